package provider_test

import (
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/healthmailbox"
	"github.com/eop-firewall/terraform-provider-eop/internal/providertest"
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

func anys(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}

func TestDiagnosisErrors(t *testing.T) {
	s := unconfigured(t)
	for name, tc := range map[string]struct {
		function string
		arg      any
		want     []string
	}{
		"a failure, empty":      {"smtp_failure", "", []string{"empty"}},
		"a failure of blanks":   {"smtp_failure", " \r\n\u00a0", []string{"empty"}},
		"a failure in UTF-16":   {"smtp_failure", "4\x005\x000\x00", []string{"NUL"}},
		"a failure, null":       {"smtp_failure", nil, []string{"null"}},
		"one of several, empty": {"smtp_failures", []string{"450 4.4.316", "", "450"}, []string{"element 1", "empty"}},
		"one of several, null":  {"smtp_failures", []any{"450 4.4.316", "450", nil}, []string{"element 2", "null"}},
		"failures, null":        {"smtp_failures", nil, []string{"null"}},
		"an event, empty":       {"event_diagnosis", "\n", []string{"empty"}},
		"an event with a NUL":   {"event_diagnosis", "a\x00", []string{"NUL"}},
		"an event, null":        {"event_diagnosis", nil, []string{"null"}},
		"mailboxes, empty":      {"health_mailboxes", "", []string{"line 1", "empty"}},
		"mailboxes, prose":      {"health_mailboxes", "\n\nhello there", []string{"line 3"}},
		"mailboxes with a NUL":  {"health_mailboxes", "Name\nHealth\x00", []string{"line 2", "NUL"}},
		"mailboxes in CLIXML":   {"health_mailboxes", "<Objs>", []string{"line 1", "XML"}},
		"mailboxes, null":       {"health_mailboxes", nil, []string{"null"}},
		"mailboxes, too large": {
			"health_mailboxes", strings.Repeat(" ", healthmailbox.MaxInputBytes+1), []string{"larger than 32 MiB"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := s.Call(t, tc.function, tc.arg)
			if err == nil {
				t.Fatalf("no error, but %v", out)
			}
			for _, want := range append(tc.want, "argument 0: ") {
				if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
			if strings.HasSuffix(err.Error(), ".") && tc.arg != nil {
				t.Errorf("%q ends in a period, and the CLI adds one", err)
			}
		})
	}
}
