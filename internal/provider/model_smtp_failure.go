package provider

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/smtpfailure"
)

var (
	smtpCodesShape = shape{
		{name: "basic", typ: stringList, doc: "SMTP reply codes, such as `450`."},
		{name: "enhanced", typ: stringList, doc: "Enhanced status codes (RFC 3463), such as `4.4.316`."},
		{name: "winsock", typ: stringList, doc: "Windows socket errors, such as `10061`."},
		{name: "inner", typ: stringList, doc: "What a wrapper carries, such as `Socket error code 10061`, " +
			"`QUEUE.Expired` or `ATTR36`."},
	}

	smtpTargetShape = shape{
		{name: "address", typ: types.StringType, doc: "Address, or null."},
		{name: "port", typ: integer, doc: "TCP port, or null."},
		{name: "host", typ: types.StringType, doc: "Host name in lower case, or null."},
	}

	smtpListingShape = shape{
		{name: "instance", typ: types.StringType, doc: "Cloud, such as `worldwide`."},
		{name: "since", typ: types.StringType, doc: "First version whose SMTP list holds the address."},
		{name: "until", typ: types.StringType, doc: "First version without it. Null while it is listed."},
	}

	smtpSourceShape = shape{
		{name: "address", typ: types.StringType, doc: "Address."},
		{name: "listed_in", nest: listOf, fields: smtpListingShape, doc: "Lists that hold the address or have held it. " +
			"Empty for an address that no list has held."},
		{name: "relay_pool", typ: types.BoolType, doc: "Whether it is in 40.95.0.0/16, Exchange Online's relay pool, " +
			"which no list holds."},
	}

	// failureShape is a failure, of data sources and functions.
	failureShape = shape{
		{name: "class", typ: types.StringType, doc: "What the failure points at: " + oneOf(smtpfailure.Classes()) + "."},
		{name: "allowlist_suspect", typ: types.StringType, doc: "Whether an outdated list of Exchange Online's addresses " +
			"on the reader's side can be the cause: `yes` (the firewall's), `no`, or `maybe` (the text does not tell, or the " +
			"list is one layer up, such as a receive connector's). `yes` only where Exchange Online was the client."},
		{name: "direction", typ: types.StringType, doc: "Which side opened the failed connection, and towards whom: " +
			"`eop_to_onprem` (Exchange Online to your server, the direction of the allowlist), `onprem_to_eop` (your server " +
			"to Exchange Online), `onprem_outbound` (your server to others), `eop_outbound` (Exchange Online to others), " +
			"`internal` (between servers of one organization), `submission` (a client that sends mail) or `unknown`."},
		{name: "codes", nest: object, fields: smtpCodesShape, doc: "The codes of the failure, each list distinct and in " +
			"the text's order, at most 64 long."},
		{name: "target", nest: object, fields: smtpTargetShape, doc: "Where the failed connection went, as far as the " +
			"text tells. With `eop_to_onprem` that is the reader's own host, to be compared with its public address: the " +
			"list holds sources, not targets."},
		{name: "source", nest: object, fields: smtpSourceShape, doc: "Source of a firewall's log line, or the client " +
			"that a server refused. Null where the text names none."},
		{name: "explanation", typ: types.StringType, doc: "What happened, in a few sentences."},
		{name: "remediation", typ: stringList, doc: "Steps, in the order to try them."},
		{name: "evidence", typ: stringList, doc: "The parts of the text that decided, at most 8."},
		{name: "reference", typ: types.StringType, doc: "URL of the document behind the judgement."},
	}

	smtpFailureShape = slices.Concat(failureShape, shape{
		{name: "failures_found", typ: integer, doc: "How many failures the text has. The fields describe the most " +
			"suspicious one."},
	})

	indexedFailureShape = slices.Concat(shape{
		{name: "text_index", typ: integer, doc: "Index of the text, from 0."},
	}, failureShape)
)

// failureValues fills [failureShape].
func failureValues(d smtpfailure.Diagnosis) values {
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
		"source":      smtpSourceValue(d.Source),
		"explanation": types.StringValue(d.Explanation),
		"remediation": stringsValue(d.Remediation),
		"evidence":    stringsValue(d.Evidence),
		"reference":   types.StringValue(d.Reference),
	}
}

func failureValue(d smtpfailure.Diagnosis) attr.Value { return failureValues(d).of(failureShape) }

func mostSuspiciousValue(d smtpfailure.Diagnosis) attr.Value {
	v := failureValues(d)
	v["failures_found"] = types.Int64Value(int64(d.FailuresFound))
	return v.of(smtpFailureShape)
}

func indexedFailureValue(index int, d smtpfailure.Diagnosis) attr.Value {
	v := failureValues(d)
	v["text_index"] = types.Int64Value(int64(index))
	return v.of(indexedFailureShape)
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

func smtpSourceValue(s smtpfailure.Source) attr.Value {
	if !s.Address.IsValid() {
		return types.ObjectNull(smtpSourceShape.types())
	}
	return values{
		"address": types.StringValue(s.Address.String()),
		"listed_in": listValue(smtpListingShape.object(), s.Listings, func(l smtpfailure.Listing) attr.Value {
			return values{
				"instance": types.StringValue(l.Cloud), "since": types.StringValue(l.Since), "until": optionalText(l.Until),
			}.of(smtpListingShape)
		}),
		"relay_pool": types.BoolValue(s.RelayPool),
	}.of(smtpSourceShape)
}
