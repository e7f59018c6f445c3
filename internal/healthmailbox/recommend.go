package healthmailbox

import (
	"slices"
	"strings"
)

// maxNamedTargets is how many mailboxes a command names; beyond that it selects them by filter.
const maxNamedTargets = 50

// target is a mailbox a step acts on: by common name when that is complete, else by display name.
type target struct{ name, display string }

// recommend lists the steps that apply, evidence first.
func (a *assessment) recommend() {
	r := &a.report
	if why := a.whyCollect(); why != "" {
		a.recommendSteps("collect", "why", fill(why))
	}
	if r.ExpectedCount == nil {
		a.recommendSteps("collect servers")
	}
	want := any("the number the count rule gives")
	if n := r.ExpectedCount; n != nil {
		want = fill("{n} mailboxes", "n", *n)
	}
	switch {
	case a.broken():
		disable, remove, scope, unnamed := a.removal()
		for _, group := range []string{"rebuild", "rebuild_article_order"} {
			a.recommendSteps(group, "disable", disable, "remove", remove, "targets", scope, "unnamed", unnamed, "want", want)
		}
	case positive(r.MissingCount):
		a.recommendSteps("create_missing", "want", want)
	}
	a.recommendProtection()
	a.recommendArbitration()
}

// whyCollect says why a new listing is needed; "" when it is not.
func (a *assessment) whyCollect() string {
	switch {
	case a.listing == nil:
		return "{why_no_listing}"
	case a.foreign:
		return "{why_foreign}"
	case a.cut:
		return "{why_cut}"
	case a.report.ObservedCount == nil:
		return "{why_warnings}"
	case !a.report.CorruptedKnown:
		return "{why_evidence}"
	}
	return ""
}

// broken reports mailboxes that are to be removed, so that the Health Manager creates them again or not at all.
func (a *assessment) broken() bool {
	return len(a.report.Corrupted) > 0 || positive(a.report.SurplusCount) ||
		a.kinds["duplicate_display_name"]+a.kinds["stale_server"]+a.kinds["stale_database"] > 0
}

// removal builds the two deleting commands: for the named mailboxes when all can be named, else for all.
func (a *assessment) removal() (disable, remove, scope, unnamed string) {
	targets := slices.Clone(a.corruptedRows)
	named := true
	if positive(a.report.SurplusCount) || a.kinds["stale_server"]+a.kinds["stale_database"] > 0 {
		targets = append(targets, a.surplusRows...)
		named = a.surplusNamed
	}
	targets = append(targets, a.duplicates...)
	if len(targets) > 2*maxNamedTargets {
		targets, named = nil, false
	}
	common, display, unsafe := splitTargets(targets)
	if unsafe > 0 {
		unnamed = fill("{unsafe_targets}", "unsafe", unsafe)
	}
	n := len(common) + len(display)
	if !named || unsafe > 0 || n == 0 || n > maxNamedTargets {
		return fill("{disable_all}"), fill("{remove_all}"), fill("{all_targets}"), unnamed
	}
	var disables, removes []string
	if len(common) > 0 {
		disables = append(disables, fill("{disable_names}", "names_list", quoteAll(common)))
		removes = append(removes, fill("{remove_names}", "names_list", quoteAll(common)))
	}
	if len(display) > 0 {
		disables = append(disables, fill("{disable_display}", "names_list", quoteAll(display)))
		removes = append(removes, fill("{remove_display}", "names_list", quoteAll(display)))
	}
	return fill("{forest}") + strings.Join(disables, "\n"), fill("{container}") + strings.Join(removes, "\n"),
		fill("the {n} health mailboxes named in the command", "n", n), unnamed
}

// splitTargets sorts mailboxes by how a command can name them; unsafe counts those it cannot.
func splitTargets(targets []target) (common, display []string, unsafe int) {
	for _, t := range targets {
		switch {
		case t.name != "":
			common = append(common, t.name)
		case formOf(t.display) == displayName && isSafeName(t.display):
			display = append(display, t.display)
		default:
			unsafe++
		}
	}
	slices.Sort(common)
	slices.Sort(display)
	return slices.Compact(common), slices.Compact(display), unsafe
}

// recommendProtection covers the servers whose names start with another server's name and a hyphen.
func (a *assessment) recommendProtection() {
	var lines []string
	threatened := false
	for _, f := range a.report.Findings {
		if f.ID != "server_name_prefix" || f.Severity != SeverityWarning {
			continue
		}
		threatened = true
		if _, longer, _ := strings.Cut(f.Subject, ", "); isSafeName(longer) && len(lines) < maxNamedTargets {
			lines = append(lines, "Get-ADUser -SearchBase $container -LDAPFilter "+
				quote("(displayName=HealthMailbox-"+longer+"-*)")+" | Set-ADObject -ProtectedFromAccidentalDeletion $true")
		}
	}
	if threatened {
		a.recommendSteps("protect", "command", under(fill("{container}"), slices.Compact(lines)))
	}
}

// recommendArbitration says what to do instead of deleting.
func (a *assessment) recommendArbitration() {
	if len(a.arbitration) == 0 {
		return
	}
	var lines []string
	for _, name := range a.arbitration {
		if isSafeSystemName(name) && len(lines) < maxNamedTargets {
			lines = append(lines, "Set-Mailbox -Arbitration -Identity "+quote(name)+" -Database $database")
		}
	}
	const ask = "$database = Read-Host 'Name of a mounted mailbox database'\n"
	a.recommendSteps("arbitration", "command", under(ask, lines))
}

// under puts the lines of a command below its first; "" for none.
func under(first string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return first + strings.Join(lines, "\n")
}
