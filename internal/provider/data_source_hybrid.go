package provider

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/healthmailbox"
	"github.com/eop-firewall/terraform-provider-eop/internal/hybrid"
)

var (
	_ datasource.DataSourceWithConfigure      = (*hybridDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*hybridDataSource)(nil)
)

func newHybridDataSource() datasource.DataSource { return &hybridDataSource{} }

type hybridDataSource struct{ listReader }

var (
	hybridArgumentNames = []string{"minimum_version", "flows", "hybrid_agent", "edge_servers", "include_relay_pool"}
	healthArgumentNames = []string{"listing", "listing_file", "inventory", "servers", "totals", "databases"}
)

func (d *hybridDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_hybrid"
}

func (d *hybridDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := slices.Concat(hybridShape, provenanceShape).dataSource()
	maps.Copy(attributes, listArguments())
	maps.Copy(attributes, healthArguments())
	maps.Copy(attributes, map[string]schema.Attribute{
		"flows": schema.ListAttribute{
			Optional: true, ElementType: types.StringType, Validators: []validator.List{listvalidator.SizeAtLeast(1)},
			MarkdownDescription: "Flows to resolve: " + oneOf(hybrid.Flows()) + ". Default: all.",
		},
		"hybrid_agent": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether the Hybrid Agent is used. It takes the place of the inbound flows for free/busy and mailbox moves, and of no others; " +
				"hybrid modern authentication is not supported with it, so that flow is left out, and naming it in `flows` is an error. Default `false`.",
		},
		"edge_servers": schema.ListAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Inside addresses (or prefixes) of the subscribed Edge servers, which become `address_rules[\"edge_sync\"]`. Default: there are none.",
		},
		"include_relay_pool": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether `address_rules[\"smtp_inbound\"]` also takes the relay pool's 40.95.0.0/16, with a warning, for no list publishes it. `smtp` stays as published. Default `false`.",
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "Everything a firewall around an Exchange hybrid deployment needs: the SMTP allowlist, a rule for each flow between the organization and its cloud, the reason where there is none, and the requirements that no rule expresses. " +
			"A flow rests on what Microsoft publishes for it, or says by which analogy its addresses were chosen.\n\n" +
			"The arguments `listing`, `listing_file`, `inventory`, `servers`, `totals` and `databases` are those of `eop_health_mailboxes`. They fill `health_mailboxes` and touch no rule.",
		Attributes: attributes,
	}
}

// ValidateConfig finds at `terraform validate` what the domain refuses, once all of it is known.
func (d *hybridDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	(&healthMailboxesDataSource{}).ValidateConfig(ctx, req, resp)
	if resp.Diagnostics.HasError() || !req.Config.Raw.IsFullyKnown() {
		return
	}
	options := readHybridOptions(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := options.Check(); err != nil {
		resp.Diagnostics.Append(hybridError(err))
	}
}

func (d *hybridDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	options := readHybridOptions(ctx, req.Config, &resp.Diagnostics)
	health := readHealthReport(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	found := d.find(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	deployment, err := hybrid.Resolve(found.List, options)
	if err != nil {
		resp.Diagnostics.Append(hybridError(err))
		return
	}
	for _, w := range deployment.Warnings {
		resp.Diagnostics.AddAttributeWarning(path.Root(w.Field), w.Summary, w.Detail)
	}
	state := hybridValues(deployment, found.Source)
	maps.Copy(state, provenanceValues(found))
	state["health_mailboxes"] = health
	state["instance"] = types.StringValue(string(found.List.Instance))
	state["version"] = types.StringValue(found.List.Version.String())
	copyArguments(ctx, req.Config, state, &resp.Diagnostics, slices.Concat(hybridArgumentNames, healthArgumentNames)...)
	resp.Diagnostics.Append(setState(ctx, &resp.State, state)...)
}

func readHybridOptions(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) (o hybrid.Options) {
	var agent, relayPool types.Bool
	diags.Append(config.GetAttribute(ctx, path.Root("hybrid_agent"), &agent)...)
	diags.Append(config.GetAttribute(ctx, path.Root("include_relay_pool"), &relayPool)...)
	return hybrid.Options{
		Flows:            readTexts(ctx, config, "flows", diags),
		HybridAgent:      agent.ValueBool(),
		EdgeServers:      readTexts(ctx, config, "edge_servers", diags),
		IncludeRelayPool: relayPool.ValueBool(),
	}
}

// readTexts reads a list of strings and blames null elements.
func readTexts(ctx context.Context, config tfsdk.Config, name string, diags *diag.Diagnostics) (out []string) {
	var elements []*string
	diags.Append(config.GetAttribute(ctx, path.Root(name), &elements)...)
	refuseNull(diags, name, elements)
	if diags.HasError() {
		return nil
	}
	for _, e := range elements {
		out = append(out, *e)
	}
	return out
}

// readHealthReport is the report that the arguments of eop_health_mailboxes ask
// for; null where none is given.
func readHealthReport(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) attr.Value {
	null := types.ObjectNull(healthReportShape.types())
	given := false
	for _, name := range healthArgumentNames {
		var value attr.Value
		diags.Append(config.GetAttribute(ctx, path.Root(name), &value)...)
		given = given || !diags.HasError() && !value.IsNull()
	}
	if !given || diags.HasError() {
		return null
	}
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

// hybridError puts what the domain says on the attribute it speaks of.
func hybridError(err error) diag.Diagnostic {
	var missing *allowlist.MissingFamilyError
	if errors.As(err, &missing) { // there is no allow_missing_family here
		return diag.NewAttributeErrorDiagnostic(path.Root("version"), "Unable to fill both address families",
			sentence(err)+" An empty list opens everything on some clouds, so it is not handed out. Pin a newer version.")
	}
	return diagnosticOf(err)
}
