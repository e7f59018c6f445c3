package provider

import (
	"bytes"
	"log/slog"
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
