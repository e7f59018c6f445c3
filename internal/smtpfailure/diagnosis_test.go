package smtpfailure

import (
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sample is a text of testdata/failures.txt: "=== name: class suspicion direction failures", then the text. "-" is
// not judged.
type sample struct{ name, text, class, suspect, direction, found string }

//go:embed testdata/failures.txt
var sampleFile string

func samples() []sample {
	var out []sample
	for _, part := range strings.Split("\n"+sampleFile, "\n=== ")[1:] {
		head, text, _ := strings.Cut(part, "\n")
		name, verdict, _ := strings.Cut(head, ": ")
		v := strings.Fields(verdict)
		out = append(out, sample{name, text, v[0], v[1], v[2], v[3]})
	}
	return out
}

func TestSamples(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			d := diagnose(t, s.text)
			if string(d.Class) != s.class {
				t.Errorf("class %s by %s, want %s", d.Class, d.Rule, s.class)
			}
			if string(d.AllowlistSuspect) != s.suspect {
				t.Errorf("suspect %s, want %s", d.AllowlistSuspect, s.suspect)
			}
			if s.direction != "-" && string(d.Direction) != s.direction {
				t.Errorf("direction %s, want %s", d.Direction, s.direction)
			}
			if s.found != "-" && strconv.Itoa(d.FailuresFound) != s.found {
				t.Errorf("%d failures, want %s", d.FailuresFound, s.found)
			}
		})
	}
}

// What people write in a subject changes no verdict, wherever the subject stands.
func TestSubjectsAreNoEvidence(t *testing.T) {
	subjects := []string{
		"Mailbox full", "Server busy", "Connection refused", "connection timed out again", "Invoice 450 of 4.5.2026",
		"550 5.1.1 User unknown", "RE: 450 4.4.316 Connection refused", "TLS certificate has expired", "Your IP is blocked",
		"Spam: blocked by Spamhaus", "DNS query failed", "Undeliverable: Offer", "User unknown?", "Mail loop detected",
		"Postfach voll", "[EXT] rate limit exceeded, please try again later", "554 5.4.14 Hop count exceeded",
		"Winsock error code: 10061", "Access denied", "Server at mx.example returned '421 4.4.2 Connection dropped'",
	}
	failures := map[string]string{
		"refused": "Reason: [{LED=450 4.4.316 Connection refused [Message=Socket error code 10061] " +
			"[LastAttemptedServerName=hyb.contoso.example] [LastAttemptedIP=203.0.113.7:25]};{MSG=};{FQDN=};{IP=}]",
		"recipient": "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
		"reset":     "450 4.4.318 Connection was closed abruptly [LastAttemptedIP=203.0.113.7:25]",
	}
	quoted := func(s string) string { return strings.ReplaceAll(s, `"`, `""`) }
	containers := map[string]func(subject, failure string) string{
		"header": func(s, f string) string { return "From: a@contoso.example\nSubject: " + s + "\n\n" + f },
		"header at the end": func(s, f string) string {
			return "Remote server returned '" + f + "'\n\nOriginal message headers:\n\nReceived: from a (10.1.1.1)\n" +
				"Subject: " + s + "\n and more\nTo: b@contoso.example\n"
		},
		"German header": func(s, f string) string { return f + "\n\nVon: a@contoso.example\nBetreff: " + s + "\n" },
		"Format-List": func(s, f string) string {
			return "Subject          : " + s + "\nStatus           : Failed\nDetail           : " + f
		},
		"CSV": func(s, f string) string {
			return "Date,Subject,Status,Detail\n2026-11-20,\"" + quoted(s) + "\",Failed,\"" + quoted(f) + "\"\n"
		},
		"CSV with semicolons": func(s, f string) string {
			return "Date;Message Subject;Detail\n2026-11-20;\"" + quoted(s) + "\";\"" + quoted(f) + "\"\n"
		},
		"JSON": func(s, f string) string { return fmt.Sprintf(`{"Subject": %q, "Detail": %q}`, s, f) },
		"part of JSON": func(s, f string) string {
			return fmt.Sprintf("  \"MessageSubject\": %q,\n  \"Detail\": %q,\n", s, f)
		},
		"key=value": func(s, f string) string {
			return fmt.Sprintf(`subject="%s" status=deferred detail=%s`, quotes.Replace(s), f)
		},
		"XML": func(s, f string) string { return `<S N="Subject">` + s + `</S><S N="Detail">` + f + `</S>` },
		"HTML": func(s, f string) string {
			return "<table><tr><td>Subject:</td><td>" + s + "</td></tr><tr><td>Detail:</td><td>" + f + "</td></tr></table>"
		},
		"mail message": func(s, f string) string {
			return "Subject: " + s + "\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\n" +
				"Content-Type: text/plain\n\n" + f + "\n--b\nContent-Type: message/rfc822\n\nSubject: " + s + "\n\nhello\n--b--\n"
		},
	}
	type verdict struct {
		Class   Class
		Suspect Suspicion
	}
	for in, contain := range containers {
		for name, failure := range failures {
			want, alone := diagnose(t, contain("Lunch", failure)), diagnose(t, failure)
			t.Run(in+"/"+name, func(t *testing.T) {
				if diff := cmp.Diff(verdict{alone.Class, alone.AllowlistSuspect},
					verdict{want.Class, want.AllowlistSuspect}); diff != "" {
					t.Errorf("other than the failure alone: %s", diff)
				}
			})
			for _, subject := range subjects {
				t.Run(in+"/"+name+"/"+subject, func(t *testing.T) {
					got := diagnose(t, contain(subject, failure))
					if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Diagnosis{}, "Evidence"),
						cmpopts.EquateComparable(netip.Addr{})); diff != "" {
						t.Errorf("%s\n%s", contain(subject, failure), diff)
					}
				})
			}
		}
	}
}

var quotes = strings.NewReplacer(`"`, "'")

func TestUnreadableText(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"empty", "", ErrNoText},
		{"blanks", " \r\n\t\u00a0\u200b\ufeff", ErrNoText},
		{"UTF-16", "4\x005\x000\x00", ErrUTF16},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Diagnose(c.text, lists{}); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}
}

func TestAllKeepsTheOrder(t *testing.T) {
	failures, err := Read("msg 1: 550 5.1.1 user unknown\nmsg 2: 450 4.4.316 Connection refused [LastAttemptedIP="+
		"203.0.113.7:25]\nmsg 3: 550 5.7.1 blocked using spamhaus", lists{})
	if err != nil {
		t.Fatal(err)
	}
	var got []Class
	for _, d := range failures.All() {
		got = append(got, d.Class)
	}
	if diff := cmp.Diff([]Class{Recipient, FirewallRefused, Reputation}, got); diff != "" {
		t.Error(diff)
	}
}

// A bounce tells its failure twice: for people and for programs.
func TestEvidenceOfABounce(t *testing.T) {
	d := diagnose(
		t,
		"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: text/plain\n\nIt could not be delivered.\n\n"+
			"Server at hyb.contoso.example (203.0.113.7) returned '450 4.4.316 Connection refused'\n--b\n"+
			"Content-Type: message/delivery-status\n\nReporting-MTA: dns;AM0.eurprd01.prod.outlook.com\n\n"+
			"Final-Recipient: rfc822;b@contoso.example\nDiagnostic-Code: smtp;550 5.4.316 Message expired, connection "+
			"refused\n--b--\n",
	)
	want := []string{"450 4.4.316 Connection refused", "550 5.4.316 Message expired, connection refused"}
	if diff := cmp.Diff(want, d.Evidence); diff != "" {
		t.Error(diff)
	}
	if d.FailuresFound != 1 {
		t.Errorf("%d failures", d.FailuresFound)
	}
}

func TestTarget(t *testing.T) {
	address := netip.MustParseAddr
	for _, c := range []struct {
		text string
		want Target
	}{
		{
			"450 4.4.316 [LastAttemptedServerName=MX.Fabrikam.Example] [LastAttemptedIP=203.0.113.4:25]",
			Target{address("203.0.113.4"), 25, "mx.fabrikam.example"},
		},
		{
			"450 4.4.316 [LastAttemptedIP=203.0.113.4:25 [HK2.prod.outlook.com](Socket error code 10061)'",
			Target{address("203.0.113.4"), 25, ""},
		},
		{"450 4.4.316 [LastAttemptedIP=[2001:db8::4]:25]", Target{address("2001:db8::4"), 25, ""}},
		{"450 4.4.316 [LastAttemptedIP = 203.0.113.4:25]", Target{address("203.0.113.4"), 25, ""}},
		{"441 4.4.1 The last endpoint attempted was\r\n203.0.113.4:25.", Target{address("203.0.113.4"), 25, ""}},
		{"441 4.4.1 The last endpoint attempted was 203.0.\n113.4:25'", Target{address("203.0.113.4"), 25, ""}},
		{
			"450 4.4.317 OutboundProxyTargetIP: 203.0.113.4. OutboundProxyTargetHostName: mx.fabrikam.example",
			Target{address("203.0.113.4"), 0, "mx.fabrikam.example"},
		},
		{
			"450 4.4.317 {FQDN=mx.fabrikam.example};{IP=203.0.113.4};{LRT=}",
			Target{address("203.0.113.4"), 0, "mx.fabrikam.example"},
		},
		{
			"Server at mx.fabrikam.example (203.0.113.4) returned '450 4.4.317'",
			Target{address("203.0.113.4"), 0, "mx.fabrikam.example"},
		},
		{
			"connect to mx.fabrikam.example[203.0.113.4]:2525: Connection refused",
			Target{address("203.0.113.4"), 2525, "mx.fabrikam.example"},
		},
		{"450 4.4.316 [LastAttemptedIP=72.x.x.x:25]", Target{}},
		{"Server at mx.fabrikam.example (0.0.0.0) returned '450 4.4.317'", Target{Host: "mx.fabrikam.example"}},
		{"Server at AM0PR01.eurprd01.prod.outlook.com returned '550 5.4.316'", Target{}},
	} {
		t.Run(c.text, func(t *testing.T) {
			if diff := cmp.Diff(c.want, diagnose(t, c.text).Target, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCodes(t *testing.T) {
	for _, c := range []struct {
		text string
		want Codes
	}{
		{
			"450 4.4.317 [Message=Socket error code 10061]",
			Codes{[]string{"450"}, []string{"4.4.317"}, []string{"10061"}, []string{"Socket error code 10061"}},
		},
		{
			"550 5.4.300 expired -> 421 4.4.2 dropped -> 421 4.4.2",
			Codes{Basic: []string{"550", "421"}, Enhanced: []string{"5.4.300", "4.4.2"}},
		},
		{"550-5.7.1 first\n550 5.7.1 second", Codes{Basic: []string{"550"}, Enhanced: []string{"5.7.1"}}},
		{"421.4.4.2 dotted", Codes{Basic: []string{"421"}, Enhanced: []string{"4.4.2"}}},
		{"4214.4.2 glued", Codes{Basic: []string{"421"}, Enhanced: []string{"4.4.2"}}},
		{"4.4.3\n16 wrapped", Codes{Enhanced: []string{"4.4.316"}}},
		{"421\n4.4.1 not wrapped", Codes{Basic: []string{"421"}, Enhanced: []string{"4.4.1"}}},
		{"Winsock error code: 100\n61", Codes{Winsock: []string{"10061"}}},
		{"10.4.4.1 4.4.1.9 v4.4.1 4.8.1 4.44.1 4.4.1000 6.4.1 port :10061 4.7.26 10:00", Codes{}},
	} {
		t.Run(c.text, func(t *testing.T) {
			if diff := cmp.Diff(c.want, diagnose(t, c.text).Codes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// hardWrap cuts lines at a column, inside words and codes.
func hardWrap(text string, column int, end string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if n == column {
			b.WriteString(end)
			n = 0
		}
		b.WriteRune(r)
		if n++; r == '\n' {
			n = 0
		}
	}
	return b.String()
}

func TestDamageDoesNotChangeTheVerdict(t *testing.T) {
	replace := func(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }
	damages := map[string]func(string) string{
		"CRLF":            replace("\n", "\r\n"),
		"NBSP":            replace(" ", "\u00a0"),
		"double blanks":   replace(" ", "  "),
		"curly quotes":    replace("'", "\u2019", `"`, "\u201c"),
		"doubled quotes":  replace(`"`, `""`, "'", "''"),
		"retyped braces":  replace("{", "<", "}", ">", "[", "<", "]", ">"),
		"HTML":            replace("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "<br>\n"),
		"upper case":      strings.ToUpper,
		"lower case":      strings.ToLower,
		"quoted in reply": func(s string) string { return "> " + strings.ReplaceAll(s, "\n", "\n> ") },
		"in a sentence":   func(s string) string { return "Hello,\n\nour users see this:\n\n" + s + "\n\nAny idea?\n" },
	}
	for _, column := range []int{10, 17, 33, 40, 60, 72, 76, 80, 100} {
		for _, end := range []string{"\n", "\r\n", "=\r\n"} {
			damages[fmt.Sprintf("cut at %d %q", column, end)] = func(s string) string { return hardWrap(s, column, end) }
		}
	}
	for name, damage := range damages {
		for _, c := range ruleCases {
			t.Run(name+"/"+c.rule+"/"+c.text, func(t *testing.T) {
				want := diagnose(t, c.text)
				if got := diagnose(t, damage(c.text)); got.Class != want.Class {
					t.Errorf("%s by %s, was %s by %s: %q", got.Class, got.Rule, want.Class, want.Rule, damage(c.text))
				}
			})
		}
	}
}

func FuzzDiagnose(f *testing.F) {
	for _, c := range ruleCases {
		f.Add(c.text)
	}
	for _, s := range samples() {
		f.Add(s.text)
	}
	for _, text := range []string{
		"\xff\xfe4\x005\x00", strings.Repeat("4.4.\n", 40), "LastAttemptedIP=[", "1.1.1.1]:", "220 ****\r\n250-XXXXXXXA",
	} {
		f.Add(text)
	}
	classes, directions := Classes(), Directions()
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Diagnose(text, lists{})
		if err != nil {
			if !errors.Is(err, ErrNoText) && !errors.Is(err, ErrUTF16) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if !slices.Contains(classes, d.Class) {
			t.Fatalf("class %q", d.Class)
		}
		if !slices.Contains(directions, d.Direction) {
			t.Fatalf("direction %q", d.Direction)
		}
		for _, e := range d.Evidence {
			if !utf8.ValidString(e) {
				t.Fatalf("evidence %q", e)
			}
		}
		if d.Explanation == "" || len(d.Remediation) == 0 || !strings.HasPrefix(d.Reference, "https://") {
			t.Fatalf("no advice: %+v", d)
		}
		if d.AllowlistSuspect == SuspectYes && d.Direction != EOPToOnPrem {
			t.Fatalf("suspect in direction %s", d.Direction)
		}
		failures, err := Read(text, nil)
		if err != nil {
			t.Fatalf("without a directory: %v", err)
		}
		for _, one := range failures.All() {
			if one.AllowlistSuspect == SuspectYes && d.FailuresFound == 0 {
				t.Fatalf("suspicious, and not found: %+v", one)
			}
		}
		if again, _ := Diagnose(text, lists{}); !cmp.Equal(d, again, cmpopts.EquateComparable(netip.Addr{})) {
			t.Fatal("two answers for one text")
		}
	})
}

func FuzzFirewallLine(f *testing.F) {
	f.Add("%asa-4-106023: deny tcp src outside:40.107.22.93/40123 dst dmz:203.0.113.7/25")
	f.Add("2 1 eni 40.107.22.93 10.0.1.5 51234 25 6 1 52 1 2 reject ok")
	f.Fuzz(func(t *testing.T, line string) {
		e, ok := readFirewallLine(lower(line))
		if ok && (!e.source.address.IsValid() || !e.destination.address.IsValid()) {
			t.Fatalf("%+v", e)
		}
	})
}

func BenchmarkDiagnose(b *testing.B) {
	const size = 10 << 20
	for _, s := range []string{
		"Server at hyb.fabrikam.example (203.0.113.9) returned '450 4.4.317 Cannot connect to remote server " +
			"[Message=451 5.7.3 STARTTLS is required to send mail] [LastAttemptedIP=203.0.113.9:25] [SmtpSecurity=-1;-1]'\n",
		"Nov 20 09:10:11 gw kernel: [UFW BLOCK] IN=eth0 SRC=40.107.22.93 DST=203.0.113.7 PROTO=TCP SPT=51234 DPT=25 SYN\n",
		"The quick brown fox jumps over the lazy dog and finds no error code at all in it. ",
	} {
		text := strings.Repeat(s, size/len(s))
		b.Run(s[:20], func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				_, _ = Diagnose(text, lists{})
			}
		})
	}
}
