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
	"github.com/eop-firewall/terraform-provider-eop/internal/hybrid"
	"github.com/eop-firewall/terraform-provider-eop/internal/pin"
	"github.com/eop-firewall/terraform-provider-eop/internal/vendored"
)

// diagnosticOf turns an error of the domain into a diagnostic: on the attribute that
// decides it, with what the reader can do.
func diagnosticOf(err error) diag.Diagnostic { return diagnosticOn("version", err) }

// diagnosticOn is [diagnosticOf] where another attribute than version names the version.
func diagnosticOn(version string, err error) diag.Diagnostic {
	var (
		unknown     *catalog.UnknownVersionError
		pinOnly     *catalog.PinOnlyError
		tooOld      *catalog.TooOldError
		unreachable *catalog.UnreachableError
		behind      *catalog.BehindError
		guard       *endpoints.GuardError
		folder      *vendored.Error
		noSet       *endpoints.NoSuchError
		noSMTP      *allowlist.NoSMTPError
		missing     *allowlist.MissingFamilyError
		digest      *allowlist.DigestError
		refused     *pin.Error
		option      *hybrid.OptionError
		bothNeeded  *hybrid.FamilyError
	)
	on := func(p path.Path, summary string, advice ...string) diag.Diagnostic {
		return diag.NewAttributeErrorDiagnostic(p, summary, strings.Join(append([]string{sentence(err)}, advice...), " "))
	}
	plain := func(summary string, advice ...string) diag.Diagnostic {
		return diag.NewErrorDiagnostic(summary, strings.Join(append([]string{sentence(err)}, advice...), " "))
	}
	switch {
	case errors.As(err, &refused): // first: its text may come from an error below
		return pinDiagnostic(refused)
	case errors.As(err, &unknown):
		return on(path.Root(version), "Unable to find the pinned list version", fmt.Sprintf(
			"No other list was used. Name a known version, leave version out for the newest list, or save the "+
				"web service's answer as %s/%s.json in archive_dir.",
			unknown.Instance,
			unknown.Version,
		))
	case errors.As(err, &pinOnly):
		return on(path.Root("instance"), "Unable to choose a list without a version", "Set version.")
	case errors.As(err, &tooOld):
		return on(path.Root("minimum_version"), "Unable to find a list that is new enough",
			"It was not used. Update the provider or its archive_dir, or lower minimum_version.")
	case errors.As(err, &guard):
		return plain("Unable to trust the new list", "It was neither used nor kept.", guardAdvice(guard))
	case errors.As(err, &unreachable):
		return plain("Unable to get a list from the web service", unreachableAdvice(unreachable))
	case errors.As(err, &behind):
		return plain(
			"Unable to trust an older list",
			"It was not used. Update the mirror, or pin version. The next check removes a cached list that the "+
				"web service has not named for two days.",
		)
	case errors.As(err, &folder):
		return plain(
			"Unable to use archive_dir",
			"The path is archive_dir or lies in it. Correct it, or leave archive_dir out.",
		)
	case errors.As(err, &noSet):
		return on(
			path.Root(selectionAttributes[noSet.Field]).AtListIndex(noSet.Index),
			"Unable to find a selected set or value",
		)
	case errors.As(err, &noSMTP):
		return on(path.Root(version), "Unable to find an SMTP endpoint set", noSMTPAdvice(noSMTP))
	case errors.As(err, &bothNeeded): // before the error it wraps: eop_hybrid has no allow_missing_family
		return on(path.Root(version), "Unable to fill both address families",
			"An empty list opens everything on some clouds, so it is an error. Pin a newer version.")
	case errors.As(err, &missing):
		return on(path.Root("allow_missing_family"), "Unable to fill both address families",
			"An empty list opens everything on some clouds, so it is an error. Pin a newer version, or set "+
				"allow_missing_family = true and use by_family, which has only the families that exist.")
	case errors.As(err, &digest):
		return on(path.Root("sha256"), "Unable to match the pinned digest",
			"It was not used. If you want the new list, review what changed and set its digest here.")
	case errors.As(err, &option):
		return diag.NewAttributeErrorDiagnostic(path.Root(optionAttributes[option.Option]).AtListIndex(option.Index),
			"Unable to use the option", sentence(option.Err))
	}
	return plain("Unable to read the endpoint list")
}

var selectionAttributes = map[endpoints.SelectionField]string{
	endpoints.ByServiceArea: "service_areas", endpoints.ByCategory: "categories", endpoints.ByID: "ids",
}

var guardAttributes = map[endpoints.Limit]string{
	endpoints.IPv4PrefixLength: "min_ipv4_prefix_length",
	endpoints.IPv6PrefixLength: "min_ipv6_prefix_length",
	endpoints.Overlap:          "min_overlap_percent",
	endpoints.Growth:           "max_growth_factor",
}

func pinDiagnostic(refused *pin.Error) diag.Diagnostic {
	subjects := map[pin.Subject]struct{ attribute, advice string }{
		pin.Candidate: {"candidate", "Nothing was accepted."},
		pin.Approved: {
			"approved_version",
			"Give the pin a candidate of that version (version of the data source), or approve a version that is known here.",
		},
		pin.Digest: {
			"approved_sha256",
			"Nothing was accepted. If you want this list, review what changed and set its digest here.",
		},
		pin.Families: {
			"allow_missing_family",
			"Nothing was accepted. Approve another version, or set allow_missing_family = true and use by_family, which has " +
				"only the families that exist.",
		},
		pin.Held: {"version", "The list held in state cannot be trusted. " + startAfresh},
	}
	s := subjects[refused.Subject]
	return diag.NewAttributeErrorDiagnostic(
		path.Root(s.attribute),
		"Unable to pin the list",
		sentence(refused)+" "+s.advice,
	)
}

func unreachableAdvice(e *catalog.UnreachableError) string {
	fix := "Fix the connection (HTTPS_PROXY, ca_bundle, service_url)."
	if e.Answered() {
		fix = "Find out what answered (a proxy, a captive portal, a broken mirror)."
	}
	var ways []string
	switch {
	case e.Mode == catalog.Service:
		ways = []string{
			fmt.Sprintf("Pin version = %q.", e.Newest),
			"Set another list_source in the provider: with \"service\" no other list may be used.",
		}
	case !e.Minimum.IsZero():
		ways = []string{
			fmt.Sprintf(
				"Lower minimum_version: the newest list known here is older than %s, so it may not be used.",
				e.Minimum,
			),
		}
	default:
		ways = []string{
			fmt.Sprintf(
				"Set minimum_version = %q in the data source: a known list of that version or later is then used, with a warning.",
				e.Newest,
			),
			fmt.Sprintf("Pin version = %q in the data source.", e.Newest),
			"Set list_source = \"embedded\" in the provider: it then works without the service.",
		}
	}
	ways = append([]string{fix}, ways...)
	return "It was not used, because it may lack ranges that are in use. Do one of the following:\n  - " +
		strings.Join(ways, "\n  - ") + "\nTo destroy without a list, run terraform destroy -refresh=false."
}

func guardAdvice(e *endpoints.GuardError) string {
	if e.Limit == endpoints.NoLimit {
		return "No setting overrides this. If the list is from Microsoft, pin the version before it and report this."
	}
	return fmt.Sprintf(
		"Update the provider: a newer release may have reviewed this list. If you have seen that the change is "+
			"Microsoft's, widen guard.%s in the provider; until then pin the version before it.",
		guardAttributes[e.Limit],
	)
}

func noSMTPAdvice(e *allowlist.NoSMTPError) string {
	switch e.Instance {
	case endpoints.France, endpoints.Germany:
		return "No address list is published for this cloud. Ask Microsoft which addresses its mail comes from."
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
