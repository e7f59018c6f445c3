package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
)

var (
	_ datasource.DataSource              = (*smtpAllowlistDataSource)(nil)
	_ datasource.DataSourceWithConfigure = (*smtpAllowlistDataSource)(nil)
)

func newSMTPAllowlistDataSource() datasource.DataSource { return &smtpAllowlistDataSource{} }

type smtpAllowlistDataSource struct{ listReader }

func (d *smtpAllowlistDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_smtp_allowlist"
}

func (d *smtpAllowlistDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := allowlistShape.dataSource()
	maps.Copy(attributes, listArguments())
	attributes["allow_missing_family"] = schema.BoolAttribute{
		Optional:            true,
		MarkdownDescription: "Whether a list that lacks a family (as 2013's lacks IPv6) may be handed out; its list for that family is then empty. Default `false`: such a list is an error.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The prefixes that Exchange Online Protection (EOP) delivers mail from, and receives mail on, over TCP port 25: what a firewall in front of an Exchange hybrid or Edge server allows.",
		Attributes:          attributes,
	}
}

func (d *smtpAllowlistDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var allowMissing types.Bool
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("allow_missing_family"), &allowMissing)...)
	found := d.find(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	a, err := allowlist.New(found.List, allowMissing.ValueBool())
	if err != nil {
		resp.Diagnostics.Append(listError(err))
		return
	}
	state := smtpAllowlistState(a, found)
	state["allow_missing_family"] = allowMissing
	resp.Diagnostics.Append(setState(ctx, &resp.State, state)...)
}

// smtpAllowlistState is everything the data source knows of a list.
func smtpAllowlistState(a *allowlist.Allowlist, found *catalog.Found) values {
	v := allowlistValues(a, string(found.Source))
	v["instance"] = types.StringValue(string(a.Instance))
	v["version"] = types.StringValue(a.Version.String())
	return v
}

// listArguments are the arguments of every data source that reads a list.
func listArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"instance": schema.StringAttribute{
			Optional: true, Computed: true,
			Validators:          []validator.String{isInstance},
			MarkdownDescription: "Service instance: `worldwide` (GCC included), `china`, `usgovdod` or `usgovgcchigh`, in any case; with a pinned `version` also `germany` and `france`. Default: the provider's `instance`.",
		},
		"version": schema.StringAttribute{
			Optional: true, Computed: true,
			Validators:          []validator.String{isVersion},
			MarkdownDescription: "List version to pin, as the web service writes it (`YYYYMMDDNN`, such as `2026081400`), or `YYYY-MM-DD` for a list kept by date. Default: the newest. Holds the version used.",
		},
	}
}
