// Package provider connects the domain to Terraform. It is the only package
// that knows the plugin framework, and it holds no knowledge of its own: it
// decodes arguments, asks, and fills attributes.
package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

var (
	_ provider.Provider              = (*eopProvider)(nil)
	_ provider.ProviderWithFunctions = (*eopProvider)(nil)
)

type eopProvider struct{ version string }

// New makes the provider; version is the release, "dev" in a build of one's own.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &eopProvider{version: version} }
}

func (p *eopProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "eop"
	resp.Version = p.version
}

func (p *eopProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The addresses that Exchange Online Protection (EOP) delivers mail from, as typed attributes for firewall rules.",
		Attributes: map[string]schema.Attribute{
			"instance": schema.StringAttribute{
				Optional:            true,
				Validators:          []validator.String{isInstance},
				MarkdownDescription: "Service instance where a data source names none: `worldwide` (GCC included), `china`, `usgovdod` or `usgovgcchigh`, in any case. Default `worldwide`.",
			},
		},
	}
}

// Configure reads the configuration and does no I/O: a provider block alone
// never reaches for the network.
func (p *eopProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var instance types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("instance"), &instance)...)
	if instance.IsUnknown() {
		resp.Diagnostics.AddAttributeError(path.Root("instance"), "Service instance not known yet",
			"The provider's instance depends on something that is known only after apply. Which cloud a list is for must be known when it is read: use a variable or a literal.")
	}
	if resp.Diagnostics.HasError() {
		return
	}
	c := configured{lists: catalog.New(), instance: endpoints.Worldwide}
	if !instance.IsNull() {
		var err error
		if c.instance, err = endpoints.ParseInstance(instance.ValueString()); err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("instance"), isInstance.summary, sentence(err))
			return
		}
	}
	resp.DataSourceData = c
}

func (p *eopProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newSMTPAllowlistDataSource}
}

// Functions get no configuration: they work without a provider block.
func (p *eopProvider) Functions(context.Context) []func() function.Function {
	var out []func() function.Function
	for _, f := range slices.Concat(cidrFunctions()) {
		out = append(out, func() function.Function { return f })
	}
	return out
}

func (p *eopProvider) Resources(context.Context) []func() resource.Resource { return nil }
