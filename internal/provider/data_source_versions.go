package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/known"
)

var _ datasource.DataSourceWithConfigure = (*versionsDataSource)(nil)

func newVersionsDataSource() datasource.DataSource { return &versionsDataSource{} }

type versionsDataSource struct{ listReader }

var versionShape = shape{
	{name: "version", typ: types.StringType, doc: "The version, `YYYYMMDDNN`, or `YYYY-MM-DD` for a list kept by date."},
	{
		name: "published",
		typ:  types.StringType,
		doc:  "Date of publication, `YYYY-MM-DD`; for a list kept by date, the day of the capture.",
	},
	{
		name: "kind",
		typ:  types.StringType,
		doc: "`full`: a numbered list of the web service. `capture`: a list kept by date, without its number. " +
			"`smtp_only`: only the SMTP addresses, from before the web service.",
	},
	{
		name: "source",
		typ:  types.StringType,
		doc:  "Where it is known from: `embedded`, `archive_dir` or `service` (the cache included).",
	},
	{
		name: "smtp_changed",
		typ:  types.BoolType,
		doc: "Whether the SMTP addresses differ from those of the version before it. Null where the list of the " +
			"version is not known here.",
	},
}

var versionsShape = shape{
	{name: "versions", nest: listOf, fields: versionShape, doc: "Every known version, newest first."},
	{
		name: "latest_version",
		typ:  types.StringType,
		doc:  "The newest numbered version. Null for instances that the web service does not serve.",
	},
	{
		name: "stale",
		typ:  types.BoolType,
		doc:  "Whether the web service could not be asked for its versions, so that newer ones may exist.",
	},
}

func (d *versionsDataSource) Metadata(
	_ context.Context,
	req datasource.MetadataRequest,
	resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_versions"
}

func (d *versionsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := versionsShape.dataSource()
	attributes["instance"] = instanceArgument("; also `germany` or `france`")
	resp.Schema = schema.Schema{
		MarkdownDescription: "Every known version of an instance's list: those of the embedded archive, of `archive_dir` " +
			"and of the cache, and unless `list_source` is `embedded` those that the web service names.",
		Attributes: attributes,
	}
}

func (d *versionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	instance := d.instanceOf(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	h, err := d.lists.History(ctx, instance)
	if err != nil {
		resp.Diagnostics.Append(diagnosticOf(err))
		return
	}
	addWarnings(&resp.Diagnostics, h.Warnings)
	state := versionsValues(instance, h)
	state["instance"] = types.StringValue(string(instance))
	resp.Diagnostics.Append(setState(ctx, &resp.State, state)...)
}

func versionsValues(instance endpoints.Instance, h *catalog.History) values {
	newestFirst := slices.Clone(h.Versions)
	slices.Reverse(newestFirst)
	latest := types.StringNull()
	numbered := func(v known.Version) bool { return v.Version.Kind() == endpoints.Full }
	if i := slices.IndexFunc(newestFirst, numbered); i >= 0 && instance.Served() {
		latest = types.StringValue(newestFirst[i].Version.String())
	}
	return values{
		"versions": listValue(versionShape.object(), newestFirst, func(v known.Version) attr.Value {
			return values{
				"version":      types.StringValue(v.Version.String()),
				"published":    types.StringValue(v.Version.Published()),
				"kind":         types.StringValue(string(v.Version.Kind())),
				"source":       types.StringValue(string(v.Source)),
				"smtp_changed": types.BoolPointerValue(v.SMTPChanged),
			}.of(versionShape)
		}),
		"latest_version": latest,
		"stale":          types.BoolValue(h.Stale),
	}
}
