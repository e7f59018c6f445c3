package provider_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/healthmailbox"
	"github.com/eop-firewall/terraform-provider-eop/internal/providertest"
	"github.com/eop-firewall/terraform-provider-eop/internal/smtpfailure"
)

// result is what a function returns; an error fails the test.
func result(t testing.TB, s *providertest.Server, name string, args ...any) any {
	t.Helper()
	out, err := s.Call(t, name, args...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

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
		{"450 4.4.317 Cannot connect to remote server [Message=Failed to connect. Winsock error code: 10061, Win32 error code: 10061]", "firewall_refused"},
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
						f.direction = "onprem_to_eop"
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
		got := result(t, s, "smtp_failure", f.text).(object)
		target := object{"address": f.address, "port": f.port, "host": f.host}
		if got["class"] != f.class || got["direction"] != f.direction || got["allowlist_suspect"] != f.suspect || !reflect.DeepEqual(got["target"], target) {
			t.Errorf("%q:\ngot  %v %v %v %v\nwant %s %s %s %v", f.text, got["class"], got["direction"], got["allowlist_suspect"], got["target"], f.class, f.direction, f.suspect, target)
		}
		// The object is the domain's answer, field for field.
		d, err := smtpfailure.Diagnose(f.text, inNewestLists(t))
		if err != nil || !reflect.DeepEqual(got, plainFailure(d)) {
			t.Errorf("%q: %v is not %+v, %v", f.text, got, d, err)
		}
	}
	// Several at once are the same, in the same order.
	together := result(t, s, "smtp_failures", texts).([]any)
	if len(together) != len(all) {
		t.Fatalf("%d of %d", len(together), len(all))
	}
	for i, one := range together {
		if d, _ := smtpfailure.Diagnose(texts[i], inNewestLists(t)); !reflect.DeepEqual(one, plainFailure(d)) {
			t.Errorf("element %d: %v", i, one)
		}
	}
	if empty := result(t, s, "smtp_failures", []string{}).([]any); len(empty) != 0 {
		t.Errorf("an empty list gives %v", empty)
	}
}

// inNewestLists asks every cloud's newest list prefix by prefix.
func inNewestLists(t *testing.T) func(netip.Addr) bool {
	return func(a netip.Addr) bool {
		return slices.ContainsFunc(endpoints.ServedInstances(), func(instance endpoints.Instance) bool {
			smtp, _ := eoptest.Newest(t, instance).SMTP()
			return slices.ContainsFunc(smtp.Prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
		})
	}
}

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
			"basic": anys(d.Codes.Basic), "enhanced": anys(d.Codes.Enhanced), "winsock": anys(d.Codes.Winsock), "inner": anys(d.Codes.Inner),
		},
		"target": target, "explanation": d.Explanation, "remediation": anys(d.Remediation), "evidence": anys(d.Evidence), "reference": d.Reference,
	}
}

func anys(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
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
		list := eoptest.List(t, instance, newest.String())
		smtp, _ := list.SMTP()
		for _, p := range smtp.Prefixes {
			got := result(t, s, "smtp_failure", "441 4.4.1 Winsock error code: 10060. The last endpoint attempted was "+netip.AddrPortFrom(p.Addr(), 25).String()).(object)
			if got["direction"] != "onprem_to_eop" || got["allowlist_suspect"] != "no" {
				t.Errorf("%s %s: %v %v", instance, p, got["direction"], got["allowlist_suspect"])
			}
		}
	}
	if clouds != 4 {
		t.Errorf("%d clouds", clouds)
	}
}

func TestSMTPFailureTraps(t *testing.T) {
	s := unconfigured(t)
	for _, tc := range []struct{ text, class, suspect string }{
		{"550 5.7.1 Unable to relay; Blocked by Customer Allow list", "policy", "no"},
		{"550 4.4.7 QUEUE.Expired; message expired", "expired", "maybe"},
		{"The quick brown fox", "unknown", "maybe"},
		{"connect to mx.fabrikam.example[198.51.100.5]:25: Connection timed out", "firewall_timeout", "no"},
	} {
		got := result(t, s, "smtp_failure", tc.text).(object)
		if got["class"] != tc.class || got["allowlist_suspect"] != tc.suspect {
			t.Errorf("%q: %v %v", tc.text, got["class"], got["allowlist_suspect"])
		}
	}
}

func TestDiagnosisErrors(t *testing.T) {
	s := unconfigured(t)
	for _, tc := range []struct {
		function string
		arg      any
		want     []string
	}{
		{"smtp_failure", "", []string{"argument 0: ", "empty"}},
		{"smtp_failure", " \r\n\u00a0", []string{"argument 0: ", "empty"}},
		{"smtp_failure", "4\x005\x000\x00", []string{"argument 0: ", "NUL"}},
		{"smtp_failure", nil, []string{"argument 0: ", "null"}},
		{"smtp_failures", []string{"450 4.4.316", "", "450"}, []string{"argument 0: ", "element 1", "empty"}},
		{"smtp_failures", []any{"450 4.4.316", "450", nil}, []string{"argument 0: ", "element 2", "null"}},
		{"smtp_failures", nil, []string{"argument 0: ", "null"}},
		{"event_diagnosis", "\n", []string{"argument 0: ", "empty"}},
		{"event_diagnosis", "a\x00", []string{"argument 0: ", "NUL"}},
		{"event_diagnosis", nil, []string{"argument 0: ", "null"}},
		{"health_mailboxes", "", []string{"argument 0: ", "line 1", "empty"}},
		{"health_mailboxes", "\n\nhello there", []string{"argument 0: ", "line 3"}},
		{"health_mailboxes", "Name\nHealth\x00", []string{"argument 0: ", "line 2", "NUL"}},
		{"health_mailboxes", "<Objs>", []string{"argument 0: ", "line 1", "XML"}},
		{"health_mailboxes", nil, []string{"argument 0: ", "null"}},
		{"health_mailboxes", strings.Repeat(" ", healthmailbox.MaxInputBytes+1), []string{"argument 0: ", "larger than 32 MiB"}},
	} {
		out, err := s.Call(t, tc.function, tc.arg)
		name := fmt.Sprintf("%s(%.40v)", tc.function, tc.arg)
		if err == nil {
			t.Errorf("%s: %v", name, out)
			continue
		}
		for _, want := range tc.want {
			if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
				t.Errorf("%s: %q lacks %q", name, err, want)
			}
		}
		if strings.HasSuffix(err.Error(), ".") && tc.arg != nil {
			t.Errorf("%s: %q ends in a period, and the CLI adds one", name, err)
		}
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
