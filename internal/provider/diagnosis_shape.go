package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
