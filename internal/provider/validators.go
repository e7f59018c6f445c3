package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// textValidator checks a string by parsing it, so that a mistake shows at
// `terraform validate` with its attribute, in the words of the parser.
type textValidator struct {
	summary, form string
	parse         func(string) error
}

func (v textValidator) Description(context.Context) string         { return v.form }
func (v textValidator) MarkdownDescription(context.Context) string { return v.form }

func (v textValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.parse(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, v.summary, sentence(err))
	}
}

var isInstance = textValidator{
	"Unknown service instance", "a service instance",
	func(s string) error { _, err := endpoints.ParseInstance(s); return err },
}

var isVersion = textValidator{
	"Malformed list version", "a list version",
	func(s string) error { _, err := endpoints.ParseVersion(s); return err },
}

var isDigest = textValidator{
	"Malformed digest", "a SHA-256 digest in hex",
	func(s string) error {
		if _, err := hex.DecodeString(s); err != nil || len(s) != 2*sha256.Size {
			return fmt.Errorf("%q is not a SHA-256 digest: 64 hex digits", s)
		}
		return nil
	},
}
