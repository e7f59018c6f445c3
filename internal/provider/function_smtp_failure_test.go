package provider_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/smtpfailure"
)

// failure is an error text put together of a wrapper, an inner error and a target,
// with what must come out for any wording around them.
type failure struct {
	text, class, direction, suspect string
	address, host                   any
	port                            any
}

// failures are all combinations of what Exchange Online writes when it could not
// connect, in the states that texts are found in.
func failures() []failure {
	inner := []struct{ text, class string }{
		{"450 4.4.316 Connection refused [Message=Socket error code 10061]", "firewall_refused"},
		{"450 4.4.317 Cannot connect to remote server [Message=Failed to connect. Winsock error code: 10061, Win32 " +
			"error code: 10061]", "firewall_refused"},
		{"450 4.4.315 Connection timed out [Message=Socket error code 10060]", "firewall_timeout"},
		{"450 4.4.317 Cannot connect to remote server [Message=SocketError: TimedOut]", "firewall_timeout"},
		{"450 4.4.317 Cannot connect to remote server [Message=451 5.7.3 STARTTLS is required to send mail]", "tls"},
		{"450 4.4.317 Cannot connect to remote server [Message=CertificateExpired]", "certificate"},
		{"450 4.4.318 Connection was closed abruptly [Message=Socket error code 10054]", "connection_reset"},
		{"450 4.4.317 Cannot connect to remote server [Message=Socket error code 10065]", "network_unreachable"},
	}
	targets := []struct{ address, host string }{
		{"203.0.113.44", "hybrid.contoso.example"},
		{"2001:db8:25::44", "mail.fabrikam.example"},
		{"40.107.9.9", "contoso-example.mail.protection.outlook.com"},
		{"10.20.30.40", "mbx1.corp.contoso.example"},
	}
	around := []string{
		"%s",
		"Reason: [{LED=%s};{MSG=};{FQDN=};{IP=};{LRT=2/3/2026 4:05:06 AM}]",
		"Zugestellt: nein. Der Server meldete: %s Bitte versuchen Sie es später.",
		"2/3/2026 4:05:06 AM - Server at the other side returned '%s'",
		"> %s",
	}
	damages := []func(string) string{
		func(s string) string { return s },
		func(s string) string { return strings.ReplaceAll(s, " ", "\r\n") },
		func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0 ") },
		strings.ToUpper,
	}
	var out []failure
	for _, in := range inner {
		for _, target := range targets {
			for _, words := range around {
				for _, damage := range damages {
					address := netip.MustParseAddr(target.address)
					at := netip.AddrPortFrom(address, 25).String()
					f := failure{class: in.class, direction: "eop_to_onprem", address: target.address, host: target.host, port: 25.0}
					f.text = damage(fmt.Sprintf(words, in.text+" [LastAttemptedServerName="+target.host+"] [LastAttemptedIP="+at+"]"))
					connect := in.class == "firewall_refused" || in.class == "firewall_timeout"
					switch {
					case strings.HasPrefix(target.address, "40."):
						f.direction = "eop_outbound" // one tenant of Exchange Online to another
					case address.IsPrivate():
						f.direction = "internal"
						if connect || in.class == "connection_reset" {
							f.class = "internal"
						}
					}
					f.suspect = map[bool]string{true: "yes", false: "no"}[connect && f.direction == "eop_to_onprem"]
					if f.class == "connection_reset" && f.direction == "eop_to_onprem" {
						f.suspect = "maybe"
					}
					out = append(out, f)
				}
			}
		}
	}
	return out
}

func TestSMTPFailureOfEveryCombination(t *testing.T) {
	s := unconfigured(t)
	all := failures()
	texts := make([]string, len(all))
	for i, f := range all {
		texts[i] = f.text
		t.Run(fmt.Sprintf("%d %s of %v", i, f.class, f.host), func(t *testing.T) {
			got := result(t, s, "smtp_failure", f.text).(object)
			wantAttributes(t, object{
				"class": f.class, "direction": f.direction, "allowlist_suspect": f.suspect,
				"target": object{"address": f.address, "port": f.port, "host": f.host}, "failures_found": 1.0,
			}, got)
			// The object is the domain's answer, field for field.
			d, err := smtpfailure.Diagnose(f.text, newestLists{t})
			if err != nil {
				t.Fatal(err)
			}
			plain := plainFailure(d)
			plain["failures_found"] = float64(d.FailuresFound)
			if diff := cmp.Diff(plain, got); diff != "" {
				t.Errorf("%q (-domain +function):\n%s", f.text, diff)
			}
		})
	}
	// Several at once are the same, in the same order.
	together := result(t, s, "smtp_failures", texts).([]any)
	if len(together) != len(all) {
		t.Fatalf("%d of %d", len(together), len(all))
	}
	for i, one := range together {
		d, _ := smtpfailure.Diagnose(texts[i], newestLists{t})
		want := plainFailure(d)
		want["text_index"] = float64(i)
		if diff := cmp.Diff(want, one); diff != "" {
			t.Errorf("element %d:\n%s", i, diff)
		}
	}
}

func TestSMTPFailuresOfNoText(t *testing.T) {
	if out := result(t, unconfigured(t), "smtp_failures", []string{}).([]any); len(out) != 0 {
		t.Errorf("an empty list gives %v", out)
	}
}

func TestSMTPFailuresReturnsEveryFailureOfEveryText(t *testing.T) {
	texts := []string{
		"550 5.1.1 User unknown\n450 4.4.316 Connection refused [LastAttemptedIP=203.0.113.44:25]",
		"nothing to see",
		"550 5.2.2 mailbox full",
	}
	var got []any
	for _, f := range result(t, unconfigured(t), "smtp_failures", texts).([]any) {
		got = append(got, []any{f.(object)["text_index"], f.(object)["class"]})
	}
	want := []any{
		[]any{0.0, "recipient"}, []any{0.0, "firewall_refused"}, []any{1.0, "unknown"}, []any{2.0, "recipient"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The source of a firewall's log line is looked up in every list of the archive.
func TestSMTPFailureOfAFirewallLog(t *testing.T) {
	s := unconfigured(t)
	for _, c := range []struct{ name, source, suspect, listed, until string }{
		{"listed", "40.107.22.93", "yes", "worldwide", ""},
		{"of another cloud", "23.103.208.9", "yes", "usgovgcchigh", ""},
		{"formerly listed", "207.46.51.70", "no", "worldwide", "some"},
		{"relay pool", "40.95.12.9", "maybe", "worldwide", "some"},
		{"nobody's", "198.51.100.9", "no", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := "%ASA-4-106023: Deny tcp src outside:" + c.source + "/40123 dst dmz:203.0.113.7/25 by access-group \"out\""
			got := result(t, s, "smtp_failure", line).(object)
			if got["class"] != "firewall_log" {
				t.Errorf("class %v", got["class"])
			}
			if got["allowlist_suspect"] != c.suspect {
				t.Errorf("suspect %v, want %s", got["allowlist_suspect"], c.suspect)
			}
			source := got["source"].(object)
			if source["relay_pool"] != (c.name == "relay pool") {
				t.Errorf("relay pool %v", source["relay_pool"])
			}
			listings := source["listed_in"].([]any)
			if (len(listings) > 0) != (c.listed != "") {
				t.Fatalf("listed in %v", listings)
			}
			if c.listed == "" {
				return
			}
			last := listings[len(listings)-1].(object)
			if last["instance"] != c.listed {
				t.Errorf("listed in %v", last["instance"])
			}
			if (last["until"] != nil) != (c.until != "") {
				t.Errorf("listed until %v", last["until"])
			}
		})
	}
}

// newestLists asks every cloud's newest list prefix by prefix.
type newestLists struct{ t *testing.T }

func (l newestLists) Lists(a netip.Addr) bool {
	return slices.ContainsFunc(endpoints.ServedInstances(), func(instance endpoints.Instance) bool {
		smtp, _ := eoptest.Newest(l.t, instance).SMTP()
		return slices.ContainsFunc(smtp.Prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
	})
}

func (newestLists) History(netip.Addr) []smtpfailure.Listing { return nil }

func plainFailure(d smtpfailure.Diagnosis) object {
	target := object{"address": nil, "port": nil, "host": nil}
	if d.Target.Address.IsValid() {
		target["address"] = d.Target.Address.String()
	}
	if d.Target.Port != 0 {
		target["port"] = float64(d.Target.Port)
	}
	if d.Target.Host != "" {
		target["host"] = d.Target.Host
	}
	return object{
		"class": string(d.Class), "allowlist_suspect": string(d.AllowlistSuspect), "direction": string(d.Direction),
		"codes": object{
			"basic": anys(d.Codes.Basic), "enhanced": anys(d.Codes.Enhanced),
			"winsock": anys(d.Codes.Winsock), "inner": anys(d.Codes.Inner),
		},
		"target": target, "explanation": d.Explanation, "remediation": anys(d.Remediation),
		"evidence": anys(d.Evidence), "reference": d.Reference,
		"source": nil,
	}
}

// The addresses of every cloud are Exchange Online's, whichever cloud the reader is in.
func TestSMTPFailureKnowsEveryCloud(t *testing.T) {
	s := unconfigured(t)
	clouds := 0
	for _, instance := range endpoints.Instances() {
		newest, ok := eoptest.Archive(t).Newest(instance)
		if !ok {
			continue
		}
		clouds++
		smtp, _ := eoptest.List(t, instance, newest.String()).SMTP()
		for _, p := range smtp.Prefixes {
			t.Run(fmt.Sprintf("%s/%s", instance, p), func(t *testing.T) {
				got := result(t, s, "smtp_failure", "441 4.4.1 Winsock error code: 10060. The last endpoint attempted was "+
					netip.AddrPortFrom(p.Addr(), 25).String())
				wantAttributes(t, object{"direction": "onprem_to_eop", "allowlist_suspect": "no"}, got.(object))
			})
		}
	}
	if clouds != 4 {
		t.Errorf("%d clouds", clouds)
	}
}

func TestSMTPFailureTraps(t *testing.T) {
	s := unconfigured(t)
	for name, tc := range map[string]struct{ text, class, suspect string }{
		"words of a list": {"550 5.7.1 Unable to relay; Blocked by Customer Allow list", "policy", "no"},
		"a queue":         {"550 4.4.7 QUEUE.Expired; message expired", "expired", "maybe"},
		"prose":           {"The quick brown fox", "unknown", "maybe"},
		"another's server": {
			"connect to mx.fabrikam.example[198.51.100.5]:25: Connection timed out", "firewall_timeout", "no",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := result(t, s, "smtp_failure", tc.text).(object)
			wantAttributes(t, object{"class": tc.class, "allowlist_suspect": tc.suspect}, got)
		})
	}
}

func BenchmarkSMTPFailures(b *testing.B) {
	s := unconfigured(b)
	var texts []string
	for _, f := range failures() {
		texts = append(texts, f.text)
	}
	b.Run(fmt.Sprint(len(texts)), func(b *testing.B) { benchmarkCall(b, s, "smtp_failures", texts) })
	b.Run("10 MB", func(b *testing.B) {
		text := strings.Repeat(texts[0]+"\n", 10<<20/(len(texts[0])+1))
		b.SetBytes(int64(len(text)))
		benchmarkCall(b, s, "smtp_failure", text)
	})
}
