package provider

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// listError turns what kept a list from being handed out into a diagnostic: on
// the attribute that decides it, with what the reader can do.
func listError(err error) diag.Diagnostic { return listErrorOn("version", err) }

// listErrorOn is [listError] where another attribute than version names the version.
func listErrorOn(version string, err error) diag.Diagnostic {
	var (
		unknown     *catalog.UnknownVersionError
		pinOnly     *catalog.PinOnlyError
		tooOld      *catalog.TooOldError
		unreachable *catalog.UnreachableError
		backwards   *catalog.BackwardsError
		guard       *endpoints.GuardError
		noSMTP      *allowlist.NoSMTPError
		missing     *allowlist.MissingFamilyError
		digest      *allowlist.DigestError
	)
	on := func(attribute, summary, advice string) diag.Diagnostic {
		return diag.NewAttributeErrorDiagnostic(path.Root(attribute), summary, sentence(err)+" "+advice)
	}
	switch {
	case errors.As(err, &unknown):
		return on(version, "Unable to find the pinned list version",
			fmt.Sprintf("Nothing was put in its place. Name a known version, leave version out for the newest list, or vendor this one: put the web service's answer into archive_dir as %s/%s.json.", unknown.Instance, unknown.Version))
	case errors.As(err, &pinOnly):
		return on("instance", "Unable to choose a list without a version", "Set version.")
	case errors.As(err, &tooOld):
		return on("minimum_version", "Unable to find a list that is new enough", "It was not handed out. Update the provider, its archive_dir or its cache, or lower minimum_version.")
	case errors.As(err, &unreachable):
		return diag.NewErrorDiagnostic("Unable to get a list from the web service", sentence(err)+" "+unreachableAdvice(unreachable))
	case errors.As(err, &backwards):
		return diag.NewErrorDiagnostic("Unable to trust an older list",
			sentence(err)+" It was not handed out. Have the mirror brought up to date, or pin version. If the newer version came through the cache and is wrong, empty cache_dir (by default terraform-provider-eop in the user's cache folder).")
	case errors.As(err, &guard):
		return diag.NewErrorDiagnostic("Unable to trust the new list", sentence(err)+" It was neither handed out nor kept. "+guardAdvice(guard))
	case errors.As(err, &noSMTP):
		return on(version, "Unable to find an SMTP endpoint set", noSMTPAdvice(noSMTP))
	case errors.As(err, &missing):
		return on("allow_missing_family", "Unable to fill both address families",
			"An empty list opens everything on some clouds, so it is not handed out. Pin a newer version, or set allow_missing_family = true and use by_family, which has only the families that exist.")
	case errors.As(err, &digest):
		return on("sha256", "Unable to match the pinned digest",
			"It was not handed out. If the new list is meant, review what changed and write its digest here.")
	}
	return diag.NewErrorDiagnostic("Unable to read the endpoint list", sentence(err))
}

func unreachableAdvice(e *catalog.UnreachableError) string {
	mend := "Mend the connection (HTTPS_PROXY, ca_bundle, service_url)"
	if e.Answered() {
		mend = "See what answered (a proxy, a captive portal, a mirror that is broken)"
	}
	if e.Mode == catalog.Service {
		return fmt.Sprintf("The provider's list_source = \"service\" lets no other list stand in. %s, pin version = %q, or choose another list_source.", mend, e.Newest)
	}
	if !e.Minimum.IsZero() {
		return fmt.Sprintf("It is older than the stated minimum_version %s, so it may not stand in. %s, or lower minimum_version.", e.Minimum, mend)
	}
	return fmt.Sprintf("It was not put in place of the service's, for it may lack ranges that are in use. "+mend+", or go on in one of three ways: "+
		"minimum_version = %q in the data source lets lists from that version on stand in, with a warning; version = %q pins it; list_source = \"embedded\" in the provider works without the service.", e.Newest, e.Newest)
}

func guardAdvice(e *endpoints.GuardError) string {
	if e.Limit == "" {
		return "Nothing overrides this. If the list is Microsoft's after all, pin the version before it and report this."
	}
	return fmt.Sprintf("If you have seen that the change is Microsoft's, widen guard.%s in the provider; until then pin the version before it.", e.Limit)
}

func noSMTPAdvice(e *allowlist.NoSMTPError) string {
	switch e.Instance {
	case endpoints.France, endpoints.Germany:
		return "No address list can be had for this cloud from here; ask Microsoft which addresses its mail comes from."
	case endpoints.China:
		return "The lists of this cloud have SMTP addresses from version 2019062800 on."
	}
	return "Choose another version."
}

// damagedArchive is for a provider whose own lists cannot be read.
func damagedArchive(err error) string {
	return sentence(err) + " The provider's binary is damaged, or was built from a damaged checkout. " +
		"Install it again; if that does not help, please report this."
}

func addWarnings(diags *diag.Diagnostics, warnings []catalog.Warning) {
	for _, w := range warnings {
		diags.AddWarning(w.Summary, w.Detail)
	}
}

// sentence gives an error text a capital and a period; Go's have neither. A text
// that begins with a quotation, a name or a path keeps its first letter.
func sentence(err error) string {
	text := err.Error()
	first, size := utf8.DecodeRuneInString(text)
	if word, _, _ := strings.Cut(text, " "); !strings.ContainsAny(word, "/:._") {
		text = string(unicode.ToUpper(first)) + text[size:]
	}
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
