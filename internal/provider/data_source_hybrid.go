package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/healthmailbox"
	"github.com/eop-firewall/terraform-provider-eop/internal/hybrid"
)

var (
	_ datasource.DataSourceWithConfigure      = (*hybridDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*hybridDataSource)(nil)
)

func newHybridDataSource() datasource.DataSource { return &hybridDataSource{} }

type hybridDataSource struct{ listReader }

func (d *hybridDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_hybrid"
}

func (d *hybridDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := slices.Concat(hybridShape, provenanceShape).dataSource()
	maps.Copy(attributes, listArguments())
	maps.Copy(attributes, healthArguments())
	maps.Copy(attributes, map[string]schema.Attribute{
		"flows": schema.ListAttribute{
			Optional: true, ElementType: types.StringType,
			Validators:          []validator.List{listvalidator.SizeAtLeast(1)},
			MarkdownDescription: "Flows to resolve: " + oneOf(hybrid.Flows()) + ". Default: all.",
		},
		"hybrid_agent": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether the Hybrid Agent is used: then no inbound flow on port 443 is " +
				"`required`, and those it replaces are in `unresolved`. It does not support hybrid modern " +
				"authentication: naming that flow in `flows` is an error. Default: `false`.",
		},
		"edge_servers": schema.ListAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Inside addresses (or prefixes) of the subscribed Edge servers, which become " +
				"`address_rules[\"edge_sync\"]`. Default: there are none.",
		},
		"include_relay_pool": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: fmt.Sprintf("Whether `address_rules[%q]` also takes the relay pool's 40.95.0.0/16, with a "+
				"warning, because no list publishes it. `smtp` stays as published. Default: `false`.", hybrid.SMTPInbound),
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "Everything a firewall around an Exchange hybrid deployment needs: the SMTP " +
			"allowlist, a rule for each flow between the organization and its cloud, the reason where there is " +
			"none, and the requirements that no rule expresses, with their deadlines. Each flow names the source " +
			"of its addresses.\n\nThe arguments `listing`, `listing_file`, `inventory`, `servers`, `totals` and " +
			"`databases` are those of `eop_health_mailboxes`. They fill `health_mailboxes` and change no rule.",
		Attributes: attributes,
	}
}

// ValidateConfig finds at `terraform validate` what the domain refuses, once all of it is known.
func (d *hybridDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	(&healthMailboxesDataSource{}).ValidateConfig(ctx, req, resp)
	if resp.Diagnostics.HasError() || !req.Config.Raw.IsFullyKnown() {
		return
	}
	var m hybridModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	options := m.options(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := options.Check(); err != nil {
		resp.Diagnostics.Append(diagnosticOf(err))
	}
}

func (d *hybridDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m hybridModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	options := m.options(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	m.HealthMailboxes = types.ObjectNull(healthReportShape.types())
	if m.asksForHealth() {
		m.HealthMailboxes = readHealthReport(ctx, req.Config, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	found := d.find(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	deployment, err := hybrid.Resolve(found.List, options)
	if err != nil {
		resp.Diagnostics.Append(diagnosticOf(err))
		return
	}
	for _, w := range deployment.Warnings {
		resp.Diagnostics.AddAttributeWarning(path.Root(optionAttributes[w.Option]), w.Summary, w.Detail)
	}
	m.fill(deployment, found)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// optionAttributes are the attributes that the domain's options are set with.
var optionAttributes = map[hybrid.Option]string{
	hybrid.FlowsOption:       "flows",
	hybrid.EdgeServersOption: "edge_servers",
	hybrid.RelayPoolOption:   "include_relay_pool",
}

// readHealthReport is the report that the arguments of eop_health_mailboxes ask for.
func readHealthReport(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) types.Object {
	null := types.ObjectNull(healthReportShape.types())
	in := readHealthInput(ctx, config, diags)
	in.Listing = readListing(ctx, config, diags)
	if diags.HasError() {
		return null
	}
	report, err := healthmailbox.Assess(in)
	if err != nil {
		diags.Append(healthInputError(err))
		return null
	}
	return healthReportValues(report).of(healthReportShape)
}
