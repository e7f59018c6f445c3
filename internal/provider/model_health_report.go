package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/healthmailbox"
)

const (
	articleLink = "[" + healthmailbox.ArticleTitle + "](" + healthmailbox.ArticleURL + ")"
	listingDoc  = "What PowerShell prints of `Get-Mailbox -Monitoring`: Format-Table, Format-List, Format-Wide, " +
		"Export-Csv, ConvertTo-Json, one name per line, or only the count; best with its warnings (`3>&1`)."
)

const nothingExecutedDoc = "Nothing is executed against Exchange or Active Directory: every command is text for a " +
	"person to read, judge and run."

var (
	healthMailboxShape = shape{
		{name: "name", typ: types.StringType, doc: "Name: complete where the listing or a warning has it, else ending in " +
			"`...`."},
		{name: "display_name", typ: types.StringType, doc: "Display name, which tells the server and the database or " +
			"front-end number from 2013 CU6 on. Null where it was not saved."},
		{name: "server", typ: types.StringType, doc: "Server, from the listing or the display name. Null where neither " +
			"tells."},
		{name: "database", typ: types.StringType, doc: "Database, from the listing or the display name (which shows " +
			"blanks as hyphens). Null where neither tells."},
		{name: "corrupted", typ: types.BoolType, doc: "Whether the mailbox is shown to be corrupted. `false` means " +
			"something only while `corrupted_known` is true."},
		{name: "reasons", typ: stringList, doc: "What Exchange says is wrong with it."},
	}

	healthFindingShape = shape{
		{name: "id", typ: types.StringType, doc: "Kind of finding, for programs, such as `corrupted_mailbox`, `surplus`, " +
			"`missing`, `duplicate_display_name`, `stale_server`, `stale_database`, `server_name_prefix`, " +
			"`arbitration_mailbox`, `other_object`, `other_rows`, `blank_records`, `listing_cut`, `corruption_unknown` or " +
			"`expected_unknown`."},
		{name: "severity", typ: types.StringType, doc: "`error` (monitoring is broken), `warning` (needs a decision) or " +
			"`info`."},
		{name: "subject", typ: types.StringType, doc: "What it is about: a mailbox, a server, a database or an input."},
		{name: "detail", typ: types.StringType, doc: "The finding in words."},
		{name: "reference", typ: types.StringType, doc: "The document behind the step. Null where there is none."},
	}

	healthStepShape = shape{
		{name: "order", typ: integer, doc: "Number of the step, from 1."},
		{name: "procedure", typ: types.StringType, doc: "Steps that belong together: `collect` (read-only), `rebuild` " +
			"(the safer order: stop the Health Manager everywhere first), `rebuild_article_order` (the order " +
			"of " + articleLink + ", instead of `rebuild` and never after it), `create_missing` (nothing is deleted) or " +
			"`other`."},
		{name: "title", typ: types.StringType, doc: "What the step does."},
		{name: "command", typ: types.StringType, doc: "Text for the Exchange Management Shell, or for a shell with the " +
			"Active Directory module. Null where there is none."},
		{name: "scope", typ: types.StringType, doc: "Where it applies."},
		{name: "caution", typ: types.StringType, doc: "What to take care of. Null where there is nothing special."},
		{name: "reason", typ: types.StringType, doc: "Why the step is needed."},
	}
)

// healthReportShape is the report on the health mailboxes, of data sources and functions.
var healthReportShape = shape{
	{name: "expected_count", typ: integer, doc: "How many health mailboxes there should be by the documented rule. " +
		"Null where it can't be known: without `servers` and `totals`, or without `database_copies`."},
	{name: "expected_rule", typ: types.StringType, doc: "Which rule gave `expected_count`, with its source, or why " +
		"there is none."},
	{name: "expected_by_server", typ: types.MapType{ElemType: integer}, doc: "`expected_count` of each server " +
		"with known `database_copies`. Null without `servers`."},
	{
		name: "rule_of_thumb_count", typ: integer,
		doc: "The number by the rule \"two per database\" of " + articleLink + ". No Microsoft source supports it, " +
			"and it decides nothing here. Null without `databases`.",
	},
	{name: "rule_of_thumb_note", typ: types.StringType, doc: "What `rule_of_thumb_count` is worth."},
	{name: "observed_count", typ: integer, doc: "How many health mailboxes the listing shows. Null without a listing."},
	{name: "by_server", typ: types.MapType{ElemType: integer}, doc: "Mailboxes of the listing by server, without " +
		"those whose server isn't known."},
	{name: "mailboxes", nest: listOf, fields: healthMailboxShape, doc: "The health mailboxes of the listing, in its " +
		"order."},
	{name: "corrupted", typ: stringList, doc: "Names of the corrupted health mailboxes, sorted. An empty list means " +
		"none only while `corrupted_known` is true."},
	{name: "corrupted_known", typ: types.BoolType, doc: "Whether the listing could show corruption. It is `false` " +
		"when neither the warnings nor the columns Database or IsValid were saved: `Get-Mailbox > file` writes the " +
		"success stream only."},
	{name: "surplus_count", typ: integer, doc: "How many mailboxes there are too many. Null where it can't be known."},
	{name: "missing_count", typ: integer, doc: "How many are missing. Null where it can't be known, as from a listing " +
		"that was cut: exactly 1,000 rows, or \"more results are available\"."},
	{name: "surplus", typ: stringList, doc: "Display names of the surplus mailboxes where these tell which they are."},
	{name: "missing", typ: stringList, doc: "Display names of the missing mailboxes where these tell which they are."},
	{name: "findings", nest: listOf, fields: healthFindingShape, doc: "What was found, errors first."},
	{name: "healthy", typ: types.BoolType, doc: "`false` when something is broken, `true` only when the counts match " +
		"and no mailbox is corrupted, null when evidence is missing."},
	{name: "needs_action", typ: types.BoolType, doc: "Whether a problem was found. A lack of evidence alone does not " +
		"set it."},
	{name: "recommendations", nest: listOf, fields: healthStepShape, doc: "Steps to take, in order, only those that " +
		"apply. " + nothingExecutedDoc},
	{name: "notes", typ: stringList, doc: "Remarks on how the input was read."},
}

// healthReportValues fills [healthReportShape].
func healthReportValues(r healthmailbox.Report) values {
	return values{
		"expected_count":      optionalInteger(r.ExpectedCount),
		"expected_rule":       types.StringValue(r.ExpectedRule),
		"expected_by_server":  countsValue(r.ExpectedByServer),
		"rule_of_thumb_count": optionalInteger(r.RuleOfThumbCount),
		"rule_of_thumb_note":  types.StringValue(r.RuleOfThumbNote),
		"observed_count":      optionalInteger(r.ObservedCount),
		"by_server":           countsValue(r.ByServer),
		"mailboxes":           objectsValue(healthMailboxShape, r.Mailboxes, healthMailboxValues),
		"corrupted":           stringsValue(r.Corrupted),
		"corrupted_known":     types.BoolValue(r.CorruptedKnown),
		"surplus_count":       optionalInteger(r.SurplusCount),
		"missing_count":       optionalInteger(r.MissingCount),
		"surplus":             stringsValue(r.Surplus),
		"missing":             stringsValue(r.Missing),
		"findings":            objectsValue(healthFindingShape, r.Findings, healthFindingValues),
		"healthy":             types.BoolPointerValue(r.Healthy),
		"needs_action":        types.BoolValue(r.NeedsAction),
		"recommendations":     objectsValue(healthStepShape, r.Recommendations, healthStepValues),
		"notes":               stringsValue(r.Notes),
	}
}

func healthMailboxValues(m healthmailbox.Mailbox) values {
	return values{
		"name":         types.StringValue(m.Name),
		"display_name": optionalText(m.DisplayName),
		"server":       optionalText(m.Server),
		"database":     optionalText(m.Database),
		"corrupted":    types.BoolValue(m.Corrupted),
		"reasons":      stringsValue(m.Reasons),
	}
}

func healthFindingValues(f healthmailbox.Finding) values {
	return values{
		"id":        types.StringValue(f.ID),
		"severity":  types.StringValue(string(f.Severity)),
		"subject":   types.StringValue(f.Subject),
		"detail":    types.StringValue(f.Detail),
		"reference": optionalText(f.Reference),
	}
}

func healthStepValues(s healthmailbox.Step) values {
	return values{
		"order":     types.Int64Value(int64(s.Order)),
		"procedure": types.StringValue(s.Procedure),
		"title":     types.StringValue(s.Title),
		"command":   optionalText(s.Command),
		"scope":     types.StringValue(s.Scope),
		"caution":   optionalText(s.Caution),
		"reason":    types.StringValue(s.Reason),
	}
}

// optionalText is null for a text that the domain leaves empty when it does not know it.
func optionalText(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

func optionalInteger(n *int) types.Int64 {
	if n == nil {
		return types.Int64Null()
	}
	return types.Int64Value(int64(*n))
}

// countsValue is null for counts that the domain does not know.
func countsValue(counts map[string]int) types.Map {
	if counts == nil {
		return types.MapNull(integer)
	}
	out := make(map[string]attr.Value, len(counts))
	for name, n := range counts {
		out[name] = types.Int64Value(int64(n))
	}
	return types.MapValueMust(integer, out)
}
