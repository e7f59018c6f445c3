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
)

var _ datasource.DataSourceWithConfigure = (*smtpAllowlistDataSource)(nil)

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
	attributes["sha256"] = schema.StringAttribute{
		Optional: true, Computed: true,
		Validators:          []validator.String{isDigest},
		MarkdownDescription: digestDoc + " Set it to pin the content: a list with another digest is an error.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The prefixes that Exchange Online Protection (EOP) delivers mail from, and receives mail on, over TCP port 25: what a firewall in front of an Exchange hybrid or Edge server allows.",
		Attributes:          attributes,
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
		resp.Diagnostics.Append(listError(err))
		return
	}
	state := allowlistValues(a)
	maps.Copy(state, provenanceValues(found))
	if !digest.IsNull() {
		state["sha256"] = digest // as written, for its case may differ
	}
	copyArguments(ctx, req.Config, state, &resp.Diagnostics, "allow_missing_family", "minimum_version")
	resp.Diagnostics.Append(setState(ctx, &resp.State, state)...)
}
