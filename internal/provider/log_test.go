package provider

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

// The domain's log reaches Terraform's, with its level and its fields.
func TestLogHandler(t *testing.T) {
	var out bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &out)
	log := slog.New(logHandler{}).With("instance", "worldwide")
	log.DebugContext(ctx, "asked")
	log.InfoContext(ctx, "list handed out", "version", "2026081400")
	log.WarnContext(ctx, "odd")
	for name, want := range map[string]string{
		"debug": `"@level":"debug","@message":"asked"`, "info": `"@level":"info","@message":"list handed out"`,
		"warning": `"@level":"warn","@message":"odd"`, "field": `"version":"2026081400"`,
		"field of the logger": `"instance":"worldwide"`,
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the log lacks %s:\n%s", want, out.String())
			}
		})
	}
}

// Somebody who asks for any logging gets all of the SDK's.
func TestQuietSDK(t *testing.T) {
	for name, tc := range map[string]struct{ variable, want string }{
		"no logging asked for":   {"", "OFF"},
		"TF_LOG":                 {"TF_LOG", ""},
		"the provider's alone":   {"TF_LOG_PROVIDER", ""},
		"a part of the SDK's":    {"TF_LOG_SDK_FRAMEWORK", ""},
		"a file, and no level":   {"TF_LOG_PATH", ""},
		"another variable's own": {"TF_LONG_NAME", "OFF"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range os.Environ() {
				if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "TF_LOG") {
					t.Setenv(name, "") // restores it after the test
					_ = os.Unsetenv(name)
				}
			}
			t.Setenv("TF_LOG_SDK", "")
			_ = os.Unsetenv("TF_LOG_SDK")
			if tc.variable != "" {
				t.Setenv(tc.variable, "TRACE")
			}
			QuietSDK()
			if got := os.Getenv("TF_LOG_SDK"); got != tc.want {
				t.Errorf("TF_LOG_SDK=%q, want %q", got, tc.want)
			}
		})
	}
}
