package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/exchangeevent"
)

var (
	otherCauseShape = shape{
		{name: "id", typ: types.StringType, doc: "The cause, for programs."},
		{name: "title", typ: types.StringType, doc: "The cause in words."},
		{name: "matched", typ: types.BoolType, doc: "Whether the text shows it."},
		{name: "remediation", typ: types.StringType, doc: "What to do about it."},
		{name: "reference", typ: types.StringType, doc: "The document behind it."},
	}

	eventDiagnosisShape = shape{
		{name: "health_mailbox_cause", typ: types.BoolType, doc: "Whether a corrupted health mailbox is the cause."},
		{name: "confidence", typ: types.StringType, doc: "How sure the answer is: `high` (the text names the cause), " +
			"`medium` (one certain sign is missing) or `low` (little to go by)."},
		{name: "cause", typ: types.StringType, doc: "`health_mailbox`, the `id` of the cause recognized instead, or " +
			"`unknown`."},
		{name: "evidence", typ: stringList, doc: "The signs found in the text."},
		{name: "reference", typ: types.StringType, doc: "The document behind the cause recognized. Null where it is " +
			"unknown."},
		{name: "remediation", typ: stringList, doc: "Steps for the cause recognized, in order. An unknown cause has the " +
			"next step to find it."},
		{name: "other_causes", nest: listOf, fields: otherCauseShape, doc: "Every other known cause of such events: " +
			"re-creating health mailboxes removes none of them."},
		{name: "account", typ: types.StringType, doc: "The account in the event (`SM_...` or `HealthMailbox...`), or null."},
		{name: "from_server", typ: types.StringType, doc: "Server that made the blocked call, or null."},
		{name: "to_server", typ: types.StringType, doc: "Server it was made to, or null."},
	}
)

// eventDiagnosisValue fills [eventDiagnosisShape].
func eventDiagnosisValue(d exchangeevent.Diagnosis) attr.Value {
	return values{
		"health_mailbox_cause": types.BoolValue(d.HealthMailboxCause),
		"confidence":           types.StringValue(string(d.Confidence)),
		"cause":                types.StringValue(d.Cause),
		"evidence":             stringsValue(d.Evidence),
		"reference":            optionalText(d.Reference),
		"remediation":          stringsValue(d.Remedies),
		"other_causes": listValue(otherCauseShape.object(), d.OtherCauses, func(c exchangeevent.OtherCause) attr.Value {
			return values{
				"id":          types.StringValue(c.ID),
				"title":       types.StringValue(c.Title),
				"matched":     types.BoolValue(c.Matched),
				"remediation": types.StringValue(c.Remedy),
				"reference":   types.StringValue(c.Reference),
			}.of(otherCauseShape)
		}),
		"account":     optionalText(d.Account),
		"from_server": optionalText(d.FromServer),
		"to_server":   optionalText(d.ToServer),
	}.of(eventDiagnosisShape)
}
