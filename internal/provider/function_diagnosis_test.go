package provider_test

import (
	"fmt"
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
		{
			"health_mailboxes", strings.Repeat(" ", healthmailbox.MaxInputBytes+1),
			[]string{"argument 0: ", "larger than 32 MiB"},
		},
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
