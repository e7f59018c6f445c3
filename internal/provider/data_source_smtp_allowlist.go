package provider

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
)

var _ datasource.DataSourceWithConfigure = (*smtpAllowlistDataSource)(nil)

func newSMTPAllowlistDataSource() datasource.DataSource { return &smtpAllowlistDataSource{} }

type smtpAllowlistDataSource struct{ listReader }

func (d *smtpAllowlistDataSource) Metadata(
	_ context.Context,
	req datasource.MetadataRequest,
	resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_smtp_allowlist"
}

func (d *smtpAllowlistDataSource) Schema(
	_ context.Context,
	_ datasource.SchemaRequest,
	resp *datasource.SchemaResponse,
) {
	attributes := slices.Concat(allowlistShape, provenanceShape, comparisonShape).dataSource()
	maps.Copy(attributes, listArguments())
	attributes["compare_latest"] = schema.BoolAttribute{
		Optional: true,
		MarkdownDescription: "Whether to compare this list with the newest one; this fills `latest_version`, " +
			"`latest_source`, `up_to_date`, `versions_behind`, `behind_since`, `missing_cidrs`, `excess_cidrs` " +
			"and `missing_effective_date`. Default `false`. If the web service cannot be reached, the newest " +
			"list known here is compared.",
	}
	attributes["allow_missing_family"] = schema.BoolAttribute{
		Optional: true,
		MarkdownDescription: "Whether a list without IPv4 or without IPv6 (such as those of 2013) is accepted; " +
			"the list of that family is then empty. Default `false`: such a list is an error.",
	}
	attributes["sha256"] = schema.StringAttribute{
		Optional: true, Computed: true,
		Validators:          []validator.String{isDigest},
		MarkdownDescription: digestDoc + " Set it to pin the content: a list with another digest is then an error.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The prefixes that Exchange Online Protection (EOP) delivers mail from, and receives mail on, " +
			"over TCP port 25: the addresses that a firewall in front of an Exchange hybrid or Edge server allows.",
		Attributes: attributes,
	}
}

func (d *smtpAllowlistDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var allowMissing types.Bool
	var digest types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("allow_missing_family"), &allowMissing)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("sha256"), &digest)...)
	found := d.find(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	a, err := allowlist.New(found.List, allowMissing.ValueBool())
	if err == nil && !digest.IsNull() {
		err = a.CheckDigest(digest.ValueString())
	}
	if err != nil {
		resp.Diagnostics.Append(diagnosticOf(err))
		return
	}
	state := allowlistValues(a)
	maps.Copy(state, provenanceValues(found))
	maps.Copy(state, d.comparison(ctx, req.Config, found, &resp.Diagnostics))
	if !digest.IsNull() {
		state["sha256"] = digest // as written, for its case may differ
	}
	copyArguments(ctx, req.Config, state, &resp.Diagnostics, "allow_missing_family", "minimum_version", "compare_latest")
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(setState(ctx, &resp.State, state)...)
}

// comparisonShape is how a list compares with the newest one. All of it is null
// unless compare_latest is set.
var comparisonShape = shape{
	{
		name: "latest_version",
		typ:  types.StringType,
		doc:  "The newest version known. Null unless `compare_latest` is true.",
	},
	{
		name: "latest_source",
		typ:  types.StringType,
		doc: "Where the newest version comes from: `service`, `archive_dir` or `embedded`. Null unless " +
			"`compare_latest` is true.",
	},
	{
		name: "up_to_date",
		typ:  types.BoolType,
		doc: "`true`: this list has the SMTP addresses of the newest list, confirmed by the web service within `max_age`. " +
			"`false`: the newest list known has others. Null: the service could not be asked, or `compare_latest` is not true.",
	},
	{
		name: "versions_behind",
		typ:  integer,
		doc: "How many later versions changed the SMTP addresses. `0` while the newest list has the same " +
			"addresses; null unless `compare_latest` is true.",
	},
	{
		name: "behind_since", typ: types.StringType,
		doc: "Publication date, `YYYY-MM-DD`, of the first change of the SMTP addresses that this list lacks. " +
			"Null while the newest list has the same addresses, and unless `compare_latest` is true.",
	},
	{
		name: "missing_cidrs",
		typ:  stringList,
		doc: "Addresses of the newest list that this one lacks: mail from there will be refused. May be empty: " +
			"never use it as the list of a rule. Null unless `compare_latest` is true.",
	},
	{name: "excess_cidrs", typ: stringList, doc: "Addresses of this list that the newest one lacks: a hole. Null " +
		"unless `compare_latest` is true."},
	{
		name: "missing_effective_date",
		typ:  types.StringType,
		doc: "Earliest date, `YYYY-MM-DD`, on which missing addresses take effect. Null where the web service's " +
			"change feed has no date, and unless `compare_latest` is true.",
	},
}

// comparison fills [comparisonShape].
func (d *smtpAllowlistDataSource) comparison(
	ctx context.Context,
	config tfsdk.Config,
	found *catalog.Found,
	diags *diag.Diagnostics,
) values {
	var wanted types.Bool
	diags.Append(config.GetAttribute(ctx, path.Root("compare_latest"), &wanted)...)
	if !wanted.ValueBool() {
		return comparisonShape.null()
	}
	c, err := d.lists.Compare(ctx, found.List)
	if err != nil {
		diags.Append(diagnosticOn("compare_latest", err))
		return nil
	}
	addWarnings(diags, c.Warnings)
	return values{
		"latest_version":         types.StringValue(c.Latest.List.Version.String()),
		"latest_source":          types.StringValue(string(c.Latest.Source)),
		"up_to_date":             types.BoolPointerValue(c.UpToDate),
		"versions_behind":        types.Int64Value(int64(c.VersionsBehind)),
		"behind_since":           optionalText(c.BehindSince),
		"missing_cidrs":          prefixesValue(c.Missing),
		"excess_cidrs":           prefixesValue(c.Excess),
		"missing_effective_date": optionalText(c.MissingEffective),
	}
}
