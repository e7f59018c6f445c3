package provider

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

var _ datasource.DataSourceWithConfigure = (*changesDataSource)(nil)

func newChangesDataSource() datasource.DataSource { return &changesDataSource{} }

type changesDataSource struct{ listReader }

var changeShape = shape{
	{name: "version", typ: types.StringType, doc: "The version that brought the change."},
	{name: "endpoint_set_id", typ: integer, doc: "The endpoint set changed."},
	{name: "disposition", typ: types.StringType, doc: "`add`, `change` or `remove`, of the set."},
	{
		name: "impact",
		typ:  types.StringType,
		doc: "Microsoft's name for the kind of change, such as `AddedIp` or `RemovedIpOrUrl`. Empty in records " +
			"from before November 2018.",
	},
	{
		name: "effective_date",
		typ:  types.StringType,
		doc: "Date on which additions take effect, `YYYY-MM-DD`, usually 30 days after publication. Null where " +
			"the record has none.",
	},
	{name: "added_cidrs", typ: stringList, doc: "Prefixes added."},
	{name: "removed_cidrs", typ: stringList, doc: "Prefixes removed."},
	{name: "added_urls", typ: stringList, doc: "Host names added."},
	{name: "removed_urls", typ: stringList, doc: "Host names removed."},
}

var changesShape = shape{
	{
		name: "added_cidrs",
		typ:  stringList,
		doc: "Addresses of the later version that the earlier one lacks, as merged prefixes, " + orderDoc +
			". May be empty: never use it as the list of a rule.",
	},
	{
		name: "removed_cidrs",
		typ:  stringList,
		doc: "Addresses of the earlier version that the later one lacks, as merged prefixes. May be empty: " +
			"never use it as the list of a rule.",
	},
	{
		name:   "changes",
		nest:   listOf,
		fields: changeShape,
		doc: "The web service's change records between the two versions. Null under `list_source = " +
			"\"embedded\"`, for a list kept by date, and when the service could not be reached.",
	},
}

func (d *changesDataSource) Metadata(
	_ context.Context,
	req datasource.MetadataRequest,
	resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_changes"
}

func (d *changesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := changesShape.dataSource()
	maps.Copy(attributes, map[string]schema.Attribute{
		"instance": instanceArgument("; with `to_version` also `germany` or `france`"),
		"from_version": schema.StringAttribute{
			Required: true, Validators: []validator.String{isVersion},
			MarkdownDescription: "The earlier version.",
		},
		"to_version": schema.StringAttribute{
			Optional: true, Computed: true, Validators: []validator.String{isVersion},
			MarkdownDescription: "The later version. Default: the newest. Holds the version used.",
		},
		"smtp_only": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether to compare only the SMTP sets. Default `false`: all endpoint sets.",
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "What changed between two published versions of an instance's list. Addresses are " +
			"compared, not spellings: a block that was split or merged has not changed.",
		Attributes: attributes,
	}
}

func (d *changesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var smtpOnly types.Bool
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("smtp_only"), &smtpOnly)...)
	instance := d.instanceOf(ctx, req.Config, &resp.Diagnostics)
	from := versionOf(ctx, req.Config, "from_version", &resp.Diagnostics)
	to := versionOf(ctx, req.Config, "to_version", &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	earlier := d.resolveAs(ctx, "from_version", catalog.Query{Instance: instance, Version: from}, &resp.Diagnostics)
	later := d.resolveAs(ctx, "to_version", catalog.Query{Instance: instance, Version: to}, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if earlier.List.Version.Compare(later.List.Version) > 0 {
		resp.Diagnostics.AddAttributeError(
			path.Root("from_version"),
			"Unable to compare backwards",
			"Version "+earlier.List.Version.String()+" is newer than "+later.List.Version.String()+". "+
				"Swap from_version and to_version.",
		)
		return
	}
	if earlier.List.Version.Kind() == endpoints.SMTPOnly && !smtpOnly.ValueBool() {
		resp.Diagnostics.AddAttributeError(
			path.Root("from_version"),
			"Unable to compare with a list from before the service",
			"Of version "+earlier.List.Version.String()+" only the SMTP addresses are known. Set smtp_only = true, or "+
				"compare from 2018063000 on.",
		)
		return
	}
	records, ok := d.lists.Feed(ctx, instance, earlier.List.Version, later.List.Version)
	state := changesValues(earlier.List, later.List, smtpOnly.ValueBool(), records, ok)
	state["instance"] = types.StringValue(string(instance))
	state["to_version"] = types.StringValue(later.List.Version.String())
	copyArguments(ctx, req.Config, state, &resp.Diagnostics, "from_version", "smtp_only")
	resp.Diagnostics.Append(setState(ctx, &resp.State, state)...)
}

// changesValues fills [changesShape]; ok says whether there are records at all.
func changesValues(earlier, later *endpoints.List, smtpOnly bool, records []endpoints.Change, ok bool) values {
	was, is := earlier.Prefixes(), later.Prefixes()
	if smtpOnly {
		before, _ := earlier.SMTP()
		after, _ := later.SMTP()
		was, is = before.Prefixes, after.Prefixes
		ids := slices.Concat(before.SetIDs, after.SetIDs)
		records = slices.DeleteFunc(
			slices.Clone(records),
			func(c endpoints.Change) bool { return !slices.Contains(ids, c.SetID) },
		)
	}
	diff := cidr.Diff(was, is)
	changes := types.ListNull(changeShape.object())
	if ok {
		changes = listValue(changeShape.object(), records, changeValue)
	}
	return values{
		"added_cidrs":   prefixesValue(diff.Missing),
		"removed_cidrs": prefixesValue(diff.Excess),
		"changes":       changes,
	}
}

func changeValue(c endpoints.Change) attr.Value {
	effective := types.StringNull()
	if c.EffectiveDate != "" {
		effective = types.StringValue(c.EffectiveDate)
	}
	return values{
		"version":         types.StringValue(c.Version.String()),
		"endpoint_set_id": types.Int64Value(int64(c.SetID)),
		"disposition":     types.StringValue(c.Disposition),
		"impact":          types.StringValue(c.Impact),
		"effective_date":  effective,
		"added_cidrs":     prefixesValue(c.AddedPrefixes),
		"removed_cidrs":   prefixesValue(c.RemovedPrefixes),
		"added_urls":      stringsValue(c.AddedURLs),
		"removed_urls":    stringsValue(c.RemovedURLs),
	}.of(changeShape)
}
