package provider

import (
	"context"
	"log/slog"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// logHandler passes the domain's log on to Terraform's (TF_LOG_PROVIDER), without
// the domain knowing of it. The context of a call carries Terraform's logger.
type logHandler struct{ attributes []slog.Attr }

func (h logHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	fields := map[string]any{}
	for _, a := range h.attributes {
		fields[a.Key] = a.Value.String()
	}
	r.Attrs(func(a slog.Attr) bool {
		fields[a.Key] = a.Value.String()
		return true
	})
	switch {
	case r.Level >= slog.LevelWarn:
		tflog.Warn(ctx, r.Message, fields)
	case r.Level >= slog.LevelInfo:
		tflog.Info(ctx, r.Message, fields)
	default:
		tflog.Debug(ctx, r.Message, fields)
	}
	return nil
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{append(h.attributes[:len(h.attributes):len(h.attributes)], attrs...)}
}

// WithGroup is not used by the domain.
func (h logHandler) WithGroup(string) slog.Handler { return h }

// QuietSDK turns off the lines that the plugin SDK writes about each call and attribute, unless some logging was
// asked for. Terraform reads them all and drops them then, which takes longer than reading a list.
func QuietSDK() {
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "TF_LOG") {
			return
		}
	}
	_ = os.Setenv("TF_LOG_SDK", "OFF") // fails for no such name
}
