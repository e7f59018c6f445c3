package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/healthmailbox"
	"github.com/eop-firewall/terraform-provider-eop/internal/smtpfailure"
)

var (
	smtpCodesShape = shape{
		{name: "basic", typ: stringList, doc: "SMTP reply codes, such as `450`."},
		{name: "enhanced", typ: stringList, doc: "Enhanced status codes (RFC 3463), such as `4.4.316`."},
		{name: "winsock", typ: stringList, doc: "Windows socket errors, such as `10061`."},
		{name: "inner", typ: stringList, doc: "What a wrapper carries, such as `Socket error code 10061`, `QUEUE.Expired` or `ATTR36`."},
	}

	smtpTargetShape = shape{
		{name: "address", typ: types.StringType, doc: "Address, or null."},
		{name: "port", typ: integer, doc: "TCP port, or null."},
		{name: "host", typ: types.StringType, doc: "Host name in lower case, or null."},
	}

	smtpFailureShape = shape{
		{name: "class", typ: types.StringType, doc: "What the text points at: " + oneOf(smtpfailure.Classes()) + "."},
		{name: "allowlist_suspect", typ: types.StringType, doc: "Whether an outdated allowlist on the reader's firewall can be the cause: `yes`, `no` or `maybe`. It is `yes` only where Exchange Online was the client."},
		{name: "direction", typ: types.StringType, doc: "Which side opened the failed connection, and towards whom: " + oneOf(smtpfailure.Directions()) + "."},
		{name: "codes", nest: object, fields: smtpCodesShape, doc: "The codes in the text, each list distinct and in the text's order, at most 64 long."},
		{name: "target", nest: object, fields: smtpTargetShape, doc: "Where the failed connection went, as far as the text tells. With `eop_to_onprem` that is the reader's own host, to be compared with its public address: the list holds sources, not targets."},
		{name: "explanation", typ: types.StringType, doc: "What happened, in a few sentences."},
		{name: "remediation", typ: stringList, doc: "Steps, in the order to try them."},
		{name: "evidence", typ: stringList, doc: "The parts of the text that decided, at most 8."},
		{name: "reference", typ: types.StringType, doc: "The document behind the judgement."},
	}

	otherCauseShape = shape{
		{name: "id", typ: types.StringType, doc: "The cause, for programs."},
		{name: "title", typ: types.StringType, doc: "The cause in words."},
		{name: "matched", typ: types.BoolType, doc: "Whether the text shows it."},
		{name: "remediation", typ: types.StringType, doc: "What to do about it."},
		{name: "reference", typ: types.StringType, doc: "The document behind it."},
	}

	eventDiagnosisShape = shape{
		{name: "health_mailbox_cause", typ: types.BoolType, doc: "Whether a corrupted health mailbox is the cause."},
		{name: "confidence", typ: types.StringType, doc: "How sure the answer is: `high` (the text names the cause), `medium` (one certain sign is missing) or `low` (little to go by)."},
		{name: "cause", typ: types.StringType, doc: "`health_mailbox`, the `id` of the cause recognized instead, or `unknown`."},
		{name: "evidence", typ: stringList, doc: "The signs found in the text."},
		{name: "reference", typ: types.StringType, doc: "The document behind the cause recognized. Null where it is unknown."},
		{name: "remediation", typ: stringList, doc: "Steps for the cause recognized, in order."},
		{name: "other_causes", nest: listOf, fields: otherCauseShape, doc: "Every other known cause of such events: recreating health mailboxes mends none of them."},
		{name: "account", typ: types.StringType, doc: "The account in the event (`SM_...` or `HealthMailbox...`), or null."},
		{name: "from_server", typ: types.StringType, doc: "Server that made the blocked call, or null."},
		{name: "to_server", typ: types.StringType, doc: "Server it was made to, or null."},
	}
)

// oneOf lists the values of a domain's type for a description.
func oneOf[T ~string](all []T) string {
	quoted := make([]string, len(all))
	for i, one := range all {
		quoted[i] = "`" + string(one) + "`"
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// smtpFailureValue fills [smtpFailureShape].
func smtpFailureValue(d smtpfailure.Diagnosis) attr.Value {
	return values{
		"class":             types.StringValue(string(d.Class)),
		"allowlist_suspect": types.StringValue(string(d.AllowlistSuspect)),
		"direction":         types.StringValue(string(d.Direction)),
		"codes": values{
			"basic":    stringsValue(d.Codes.Basic),
			"enhanced": stringsValue(d.Codes.Enhanced),
			"winsock":  stringsValue(d.Codes.Winsock),
			"inner":    stringsValue(d.Codes.Inner),
		}.of(smtpCodesShape),
		"target":      smtpTargetValue(d.Target),
		"explanation": types.StringValue(d.Explanation),
		"remediation": stringsValue(d.Remediation),
		"evidence":    stringsValue(d.Evidence),
		"reference":   types.StringValue(d.Reference),
	}.of(smtpFailureShape)
}

func smtpTargetValue(t smtpfailure.Target) attr.Value {
	address, port := types.StringNull(), types.Int64Null()
	if t.Address.IsValid() {
		address = types.StringValue(t.Address.String())
	}
	if t.Port != 0 {
		port = types.Int64Value(int64(t.Port))
	}
	return values{"address": address, "port": port, "host": optionalText(t.Host)}.of(smtpTargetShape)
}

// eventDiagnosisValue fills [eventDiagnosisShape].
func eventDiagnosisValue(d healthmailbox.EventDiagnosis) attr.Value {
	return values{
		"health_mailbox_cause": types.BoolValue(d.HealthMailboxCause),
		"confidence":           types.StringValue(string(d.Confidence)),
		"cause":                types.StringValue(d.Cause),
		"evidence":             stringsValue(d.Evidence),
		"reference":            optionalText(d.Reference),
		"remediation":          stringsValue(d.Remedies),
		"other_causes": listValue(otherCauseShape.object(), d.OtherCauses, func(c healthmailbox.OtherCause) attr.Value {
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
