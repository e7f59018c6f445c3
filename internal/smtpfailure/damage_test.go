package smtpfailure

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// everyText is all inputs of the other tests.
func everyText() []string {
	var texts []string
	for _, id := range sortedKeys(ruleCases) {
		texts = append(texts, ruleCases[id]...)
	}
	for _, id := range sortedKeys(directionCases) {
		texts = append(texts, directionCases[id])
	}
	for _, c := range heldOut {
		texts = append(texts, c.text)
	}
	return texts
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
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

// wordWrap breaks lines at blanks, before a column where possible.
func wordWrap(text string, column int, end string) string {
	var b strings.Builder
	n := 0
	for i, word := range strings.Fields(text) {
		size := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case n+1+size > column:
			b.WriteString(end)
			n = 0
		default:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(word)
		n += size
	}
	return b.String()
}

func TestDamageDoesNotChangeTheClass(t *testing.T) {
	replace := func(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }
	damages := map[string]func(string) string{
		"CRLF":            replace("\r\n", "\r\n", "\n", "\r\n"),
		"NBSP":            replace(" ", "\u00a0"),
		"double blanks":   replace(" ", "  "),
		"tabs":            replace(" ", "\t"),
		"curly quotes":    replace("'", "\u2019", `"`, "\u201c"),
		"doubled quotes":  replace(`"`, `""`, "'", "''"),
		"no quotes":       replace(`"`, "", "'", ""),
		"retyped braces":  replace("{", "<", "}", ">", "[", "<", "]", ">"),
		"HTML":            replace("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "<br>\n"),
		"upper case":      strings.ToUpper,
		"lower case":      strings.ToLower,
		"quoted in reply": func(s string) string { return "> " + strings.ReplaceAll(wordWrap(s, 70, "\n"), "\n", "\n> ") },
		"folded header":   func(s string) string { return wordWrap(s, 60, "\r\n    ") },
		"in a sentence":   func(s string) string { return "Hello,\n\nour users see this:\n\n" + s + "\n\nAny idea?\n" },
	}
	for _, column := range []int{8, 12, 17, 20, 33, 40, 60, 72, 76, 80} {
		damages[fmt.Sprintf("word wrap at %d", column)] = func(s string) string { return wordWrap(s, column, "\n") }
	}
	for name, damage := range damages {
		for _, text := range everyText() {
			want := diagnose(t, text)
			if got := diagnose(t, damage(text)); got.Class != want.Class {
				t.Errorf("%s: %s by %s, was %s by %s: %q", name, got.Class, got.Rule, want.Class, want.Rule, damage(text))
			}
		}
	}
}

func TestHardWrapAtAnyColumnDoesNotChangeTheClass(t *testing.T) {
	for _, text := range everyText() {
		want := diagnose(t, text)
		if want.Class == Unknown {
			continue // what is no code may look like one when cut
		}
		for column := 10; column <= min(120, utf8.RuneCountInString(text)); column++ {
			for _, end := range []string{"\n", "\r\n", "=\r\n"} {
				if got := diagnose(t, hardWrap(text, column, end)); got.Class != want.Class {
					t.Errorf("column %d %q: %s by %s, was %s by %s: %q", column, end, got.Class, got.Rule, want.Class, want.Rule, hardWrap(text, column, "|"))
				}
			}
		}
	}
}

func FuzzDiagnose(f *testing.F) {
	for _, text := range everyText() {
		f.Add(text)
	}
	f.Add("\xff\xfe4\x005\x00")
	f.Add(strings.Repeat("4.4.\n", 40))
	f.Add("LastAttemptedIP=[")
	f.Add("220 ****\r\n250-XXXXXXXA")
	classes, directions := Classes(), Directions()
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Diagnose(text, inEOP)
		if err != nil {
			if !errorsKnown(err) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if !slices.Contains(classes, d.Class) || !slices.Contains(directions, d.Direction) {
			t.Fatalf("class %q direction %q", d.Class, d.Direction)
		}
		folded := strings.ReplaceAll(string(fold(text)), "\n", " ")
		for _, e := range d.Evidence {
			if !strings.Contains(folded, e) {
				t.Fatalf("evidence %q is not in %q", e, folded)
			}
		}
		if len(d.Evidence) > maxEvidence || len(d.Codes.Enhanced) > maxListed || len(d.Codes.Inner) > maxListed {
			t.Fatal("a list is too long")
		}
		if d.Explanation == "" || len(d.Remediation) == 0 || d.Reference == "" {
			t.Fatal("no advice")
		}
		if d.AllowlistSuspect == SuspectYes && d.Direction != EOPToOnPrem {
			t.Fatalf("suspect in direction %s", d.Direction)
		}
		if again, _ := Diagnose(text, inEOP); !reflect.DeepEqual(d, again) {
			t.Fatal("two answers for one text")
		}
	})
}

func errorsKnown(err error) bool { return errors.Is(err, ErrNoText) || errors.Is(err, ErrUTF16) }

const typical = "6/2/2026 7:26:11 AM - Server at hybrid.fabrikam.example (203.0.113.9) returned '450 4.4.317 Cannot connect to remote server " +
	"[Message=451 5.7.3 STARTTLS is required to send mail] [LastAttemptedServerName=hybrid.fabrikam.example] [LastAttemptedIP=203.0.113.9:25] " +
	"[SmtpSecurity=-1;-1] [AM0EUR02FT011.eop-EUR02.prod.protection.outlook.com 2026-06-02T07:26:11.001Z 08DE]'\n"

func BenchmarkTypical(b *testing.B) {
	b.SetBytes(int64(len(typical)))
	b.ReportAllocs()
	for b.Loop() {
		diagnose(b, typical)
	}
}

func Benchmark10MB(b *testing.B) {
	const size = 10 << 20
	sendLog := "2026-02-03T04:05:06.007Z,Outbound to Office 365,08DE1,5,192.168.0.78:28252,104.47.20.5:25,<,250 2.1.5 Recipient OK,\r\n"
	for name, line := range map[string]string{
		"events":    typical,
		"send log":  sendLog,
		"prose":     "The quick brown fox jumps over the lazy dog and finds no error code at all in it. ",
		"digits":    "4.4.316 10061 450 ",
		"wrapped":   "4.4.\n3\n16\n",
		"non-ASCII": "\u201cVerbindung abgelehnt\u201d \u30a8\u30e9\u30fc \u00a0",
		"labels":    "Server at [LastAttemptedIP=",
	} {
		text := strings.Repeat(line, size/len(line)+1)[:size]
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Diagnose(text, inEOP)
			}
		})
	}
}
