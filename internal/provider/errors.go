package provider

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// listError turns what kept a list from being handed out into a diagnostic on
// the attribute that decides it.
func listError(err error) diag.Diagnostic {
	var (
		unknown *catalog.UnknownVersionError
		pinOnly *catalog.PinOnlyError
		noSMTP  *allowlist.NoSMTPError
		missing *allowlist.MissingFamilyError
	)
	switch {
	case errors.As(err, &unknown):
		return diag.NewAttributeErrorDiagnostic(path.Root("version"), "Unable to find the pinned list version",
			sentence(err)+" Nothing was put in its place. Name a known version, or leave version out to get the newest list.")
	case errors.As(err, &pinOnly):
		return diag.NewAttributeErrorDiagnostic(path.Root("instance"), "Unable to choose a list without a version",
			sentence(err)+" Set version.")
	case errors.As(err, &noSMTP):
		return diag.NewAttributeErrorDiagnostic(path.Root("version"), "Unable to find an SMTP endpoint set",
			sentence(err)+noSMTPAdvice(noSMTP))
	case errors.As(err, &missing):
		return diag.NewAttributeErrorDiagnostic(path.Root("allow_missing_family"), "Unable to fill both address families",
			sentence(err)+" An empty list opens everything on some clouds, so it is not handed out. Pin a newer version, or set allow_missing_family = true and use by_family, which has only the families that exist.")
	}
	return diag.NewErrorDiagnostic("Unable to read the endpoint list", sentence(err))
}

func noSMTPAdvice(e *allowlist.NoSMTPError) string {
	switch e.Instance {
	case endpoints.France, endpoints.Germany:
		return " No address list can be had for this cloud from here; ask Microsoft which addresses its mail comes from."
	case endpoints.China:
		return " The lists of this cloud have SMTP addresses from version 2019062800 on."
	}
	return ""
}

// sentence gives an error text a capital and a period; Go's have neither.
func sentence(err error) string {
	text := err.Error()
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
