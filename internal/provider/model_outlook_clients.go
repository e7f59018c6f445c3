package provider

import (
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/outlookclient"
)

// outlookClientsModel is the data source with its arguments and results.
type outlookClientsModel struct {
	LogPaths     types.List   `tfsdk:"log_paths"`
	Since        types.String `tfsdk:"since"`
	Until        types.String `tfsdk:"until"`
	AsOf         types.String `tfsdk:"as_of"`
	IncludeUsers types.Bool   `tfsdk:"include_users"`

	Clients               types.List   `tfsdk:"clients"`
	ByUser                types.List   `tfsdk:"by_user"`
	UpdateRequired        types.Bool   `tfsdk:"update_required"`
	BlockedClientVersions types.String `tfsdk:"blocked_client_versions"`
	Skipped               types.List   `tfsdk:"skipped"`
	Unreadable            types.List   `tfsdk:"unreadable"`
	Summary               types.Object `tfsdk:"summary"`
}

var judgementShape = shape{
	{name: "can_connect", typ: types.BoolType, doc: "Whether Exchange Online accepts the build: its technical " +
		"minimum since 2021-11-01. Null where that cannot be told."},
	{name: "supported", typ: types.BoolType, doc: "Whether Microsoft supports connecting with it on the day `as_of`. " +
		"Null where the build does not tell the licence, or is not known."},
	{name: "ews_free", typ: types.BoolType, doc: "Whether it works fully where EWS is off in the tenant. `false` is " +
		"no block: parts that use EWS can fail. Null where that cannot be told."},
}

// outlookReleaseShape is what is known of one build.
var outlookReleaseShape = slices.Concat(shape{
	{name: "version", typ: types.StringType, doc: "The build, with three numbers where an HTTP user agent told it. " +
		"Null for Outlook for iOS and Android, whose version no log carries."},
	{name: "known", typ: types.BoolType, doc: "Whether the table of releases has it."},
	{name: "product", typ: stringList, doc: "Products that have this build: several where the build does not tell the " +
		"licence, none where it is not known."},
	{name: "release", typ: types.StringType, doc: "Name of the release, such as `Outlook 2010 SP2` or `Version 2408`. " +
		"Null where it is not known."},
	{name: "channel", typ: stringList, doc: "Update channels that had the build or, where the exact build is not in the " +
		"table, its version: `current`, `current_preview`, `monthly`, `semi_annual`, `semi_annual_preview` or `volume`."},
	{name: "published", typ: types.StringType, doc: "Date of the exact build, `YYYY-MM-DD`. Null where it is not known."},
	{name: "nearest", typ: types.StringType, doc: "The closest release in the table. Null for a build that is in it."},
}, judgementShape, shape{
	{name: "can_connect_reason", typ: types.StringType, doc: "Why `can_connect` is what it is."},
	{name: "supported_reason", typ: types.StringType, doc: "Why `supported` is what it is. For shared builds it says " +
		"what is known of the version as Microsoft 365 Apps."},
	{name: "ews_free_reason", typ: types.StringType, doc: "Why `ews_free` is what it is."},
})

var seenShape = shape{
	{name: "requests", typ: integer, doc: "Lines of the logs that show it."},
	{name: "first_seen", typ: types.StringType, doc: "Time of the first of these lines, in UTC."},
	{name: "last_seen", typ: types.StringType, doc: "Time of the last of these lines, in UTC."},
}

var outlookClientShape = slices.Concat(outlookReleaseShape, seenShape, shape{
	{
		name: "mode", typ: stringList,
		doc: "`cached` and `online`, as far as seen. Empty where only HTTP logs show the version.",
	},
	{name: "sessions", typ: integer, doc: "Sessions that began in the logs. Null where only HTTP logs show the version."},
	{name: "refused", typ: integer, doc: "Requests that the server refused: an RPC or MAPI status other than 0, an HTTP " +
		"status from 400 on."},
	{name: "distinct_users", typ: integer, doc: "Distinct users. A minimum where `summary.users_are_minimum` is true."},
})

var outlookUserVersionShape = slices.Concat(shape{
	{name: "version", typ: types.StringType, doc: "The build. Null for Outlook for iOS and Android."},
	{name: "product", typ: stringList, doc: "Products that have this build."},
	{name: "release", typ: types.StringType, doc: "Name of the release. Null where it is not known."},
}, judgementShape, seenShape)

var outlookUserShape = shape{
	{name: "user", typ: types.StringType, doc: "Mail address where a log has it, else the name of the user in the log."},
	{name: "cannot_connect", typ: types.BoolType, doc: "Whether one of the versions cannot connect."},
	{
		name: "versions", nest: listOf, fields: outlookUserVersionShape,
		doc: "Every version of the user, the last seen first.",
	},
}

var skippedLinesShape = shape{
	{name: "reason", typ: types.StringType, doc: "`health_mailbox`, `probe`, `winrm`, `first_leg`, `other_client`, " +
		"`no_version`, `no_client`, `outside_window` or `unfinished`."},
	{name: "detail", typ: types.StringType, doc: "The reason in words."},
	{name: "lines", typ: integer, doc: "Number of lines."},
}

var unreadableLinesShape = shape{
	{name: "file", typ: types.StringType, doc: "The file."},
	{name: "line", typ: integer, doc: "Number of the first such line; 0 where it is the file."},
	{name: "lines", typ: integer, doc: "Number of lines with the same reason."},
	{name: "why", typ: types.StringType, doc: "The reason. It holds no text of the log."},
}

var outlookSummaryShape = shape{
	{name: "as_of", typ: types.StringType, doc: "The day of the decisions on support, `YYYY-MM-DD`."},
	{name: "files", typ: integer, doc: "Files read."},
	{name: "bytes", typ: integer, doc: "Bytes read, as stored."},
	{name: "lines", typ: integer, doc: "Lines read, with those that begin with `#`."},
	{name: "counted_lines", typ: integer, doc: "Lines that show an Outlook client."},
	{name: "skipped_lines", typ: integer, doc: "Lines that do not count, by reason in `skipped`."},
	{name: "unreadable_lines", typ: integer, doc: "Lines and files that could not be read, also those beyond what " +
		"`unreadable` lists."},
	{name: "distinct_users", typ: integer, doc: "Distinct users, joined by mail address. A person whose logs have " +
		"several names and no address counts several times."},
	{name: "users_are_minimum", typ: types.BoolType, doc: "Whether there are more users than can be counted: more than " +
		"a million, or more than two million users times versions. All numbers of users are minimums then."},
	{name: "users_cannot_connect", typ: integer, doc: "Users with a version that cannot connect."},
	{name: "users_not_supported", typ: integer, doc: "Users with a version that is not supported."},
	{name: "users_not_ews_free", typ: integer, doc: "Users with a version that does not work fully where EWS is off."},
	{name: "update_percent", typ: integer, doc: "Share of the users to update before a migration, in percent, rounded " +
		"up: those with a version that cannot connect. Null without users."},
	{name: "first_seen", typ: types.StringType, doc: "Time of the first line that counts, in UTC. Null without one."},
	{name: "last_seen", typ: types.StringType, doc: "Time of the last line that counts, in UTC. Null without one."},
}

var outlookReportShape = shape{
	{name: "clients", nest: listOf, fields: outlookClientShape, doc: "One element for each version: Outlook for Windows " +
		"with the newest first, then Outlook for Mac, then Outlook for iOS and Android."},
	{name: "by_user", nest: listOf, fields: outlookUserShape, doc: "Every user with every version: whom to call. " +
		"Null unless `include_users` is true."},
	{name: "update_required", typ: types.BoolType, doc: "`true`: a version seen cannot connect to Exchange Online. " +
		"`false`: every Outlook for Windows seen can. Null: no client was seen, or none that cannot connect and one " +
		"whose `can_connect` is null."},
	{name: "blocked_client_versions", typ: types.StringType, doc: "Ranges for `Set-CASMailbox " +
		"-MAPIBlockOutlookVersions` and `Set-RpcClientAccess -BlockedClientVersions` that match the versions seen which " +
		"cannot connect. Exchange's own services and probes can match too: try it on one mailbox first. " +
		"Null where there are none."},
	{name: "skipped", nest: listOf, fields: skippedLinesShape, doc: "Lines that do not count, by reason."},
	{
		name: "unreadable", nest: listOf, fields: unreadableLinesShape,
		doc: "Lines and files that could not be read, by file and reason: 100 entries at most.",
	},
	{name: "summary", nest: object, fields: outlookSummaryShape, doc: "The totals."},
}

// fill sets the results of the model.
func (m *outlookClientsModel) fill(r outlookclient.Report) {
	m.Clients = listValue(outlookClientShape.object(), r.Clients, func(c outlookclient.Client) attr.Value {
		v := outlookReleaseValues(c.Release)
		v["requests"] = types.Int64Value(c.Requests)
		v["first_seen"], v["last_seen"] = instantValue(c.FirstSeen), instantValue(c.LastSeen)
		v["mode"] = stringsValue(c.Modes)
		v["sessions"] = types.Int64PointerValue(c.Sessions)
		v["refused"] = types.Int64Value(c.Refused)
		v["distinct_users"] = types.Int64Value(c.DistinctUsers)
		return v.of(outlookClientShape)
	})
	m.ByUser = types.ListNull(outlookUserShape.object())
	if r.ByUser != nil {
		m.ByUser = listValue(outlookUserShape.object(), r.ByUser, outlookUserValue)
	}
	m.UpdateRequired = types.BoolPointerValue(r.UpdateRequired)
	m.BlockedClientVersions = optionalText(r.BlockedVersions)
	m.Skipped = listValue(skippedLinesShape.object(), r.Skipped, func(s outlookclient.Skipped) attr.Value {
		return values{
			"reason": types.StringValue(s.Reason), "detail": types.StringValue(s.Detail), "lines": types.Int64Value(s.Lines),
		}.of(skippedLinesShape)
	})
	m.Unreadable = listValue(unreadableLinesShape.object(), r.Unreadable, func(u outlookclient.Unreadable) attr.Value {
		return values{
			"file": types.StringValue(u.File), "line": types.Int64Value(int64(u.Line)),
			"lines": types.Int64Value(u.Lines), "why": types.StringValue(u.Why),
		}.of(unreadableLinesShape)
	})
	m.Summary = outlookSummaryValue(r)
}

func outlookReleaseValues(r outlookclient.Release) values {
	return values{
		"version":            optionalText(r.Version),
		"known":              types.BoolValue(r.Known),
		"product":            stringsValue(r.Products),
		"release":            optionalText(r.Name),
		"channel":            stringsValue(r.Channels),
		"published":          optionalText(r.Published),
		"nearest":            optionalText(r.Nearest),
		"can_connect":        types.BoolPointerValue(r.CanConnect.Holds),
		"supported":          types.BoolPointerValue(r.Supported.Holds),
		"ews_free":           types.BoolPointerValue(r.EWSFree.Holds),
		"can_connect_reason": types.StringValue(r.CanConnect.Reason),
		"supported_reason":   types.StringValue(r.Supported.Reason),
		"ews_free_reason":    types.StringValue(r.EWSFree.Reason),
	}
}

func outlookUserValue(u outlookclient.User) attr.Value {
	return values{
		"user":           types.StringValue(u.Name),
		"cannot_connect": types.BoolValue(u.CannotConnect),
		"versions": listValue(outlookUserVersionShape.object(), u.Versions, func(v outlookclient.UserVersion) attr.Value {
			return values{
				"version":     optionalText(v.Version),
				"product":     stringsValue(v.Products),
				"release":     optionalText(v.Name),
				"can_connect": types.BoolPointerValue(v.CanConnect.Holds),
				"supported":   types.BoolPointerValue(v.Supported.Holds),
				"ews_free":    types.BoolPointerValue(v.EWSFree.Holds),
				"requests":    types.Int64Value(v.Requests),
				"first_seen":  instantValue(v.FirstSeen),
				"last_seen":   instantValue(v.LastSeen),
			}.of(outlookUserVersionShape)
		}),
	}.of(outlookUserShape)
}

func outlookSummaryValue(r outlookclient.Report) types.Object {
	s := r.Summary
	return values{
		"as_of":                types.StringValue(r.AsOf.Format(time.DateOnly)),
		"files":                types.Int64Value(s.Files),
		"bytes":                types.Int64Value(s.Bytes),
		"lines":                types.Int64Value(s.Lines),
		"counted_lines":        types.Int64Value(s.Counted),
		"skipped_lines":        types.Int64Value(s.Skipped),
		"unreadable_lines":     types.Int64Value(s.Unreadable),
		"distinct_users":       types.Int64Value(s.DistinctUsers),
		"users_are_minimum":    types.BoolValue(s.UsersAreMinimum),
		"users_cannot_connect": types.Int64Value(s.UsersCannotConnect),
		"users_not_supported":  types.Int64Value(s.UsersUnsupported),
		"users_not_ews_free":   types.Int64Value(s.UsersNotEWSFree),
		"update_percent":       types.Int64PointerValue(s.UpdatePercent),
		"first_seen":           instantValue(s.FirstSeen),
		"last_seen":            instantValue(s.LastSeen),
	}.of(outlookSummaryShape)
}

// instantValue is null for the zero time.
func instantValue(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format(time.RFC3339))
}
