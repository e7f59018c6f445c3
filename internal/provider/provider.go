// Package provider connects the domain to Terraform. It is the only package
// that knows the plugin framework, and it holds no knowledge of its own: it
// decodes arguments, asks, and fills attributes.
package provider

import (
	"context"
	"os"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
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
		Attributes:          providerAttributes(),
	}
}

// Configure reads the configuration and does no I/O: a provider block alone
// never reaches for the network.
func (p *eopProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	set := readSettings(ctx, req.Config, os.Getenv, &resp.Diagnostics)
	guard := readGuard(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	c, err := newConfigured(set, guard, p.version)
	if err != nil {
		resp.Diagnostics.AddError("Unable to configure the provider", sentence(err))
		return
	}
	resp.DataSourceData, resp.ResourceData = c, c
}

func (p *eopProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newSMTPAllowlistDataSource,
		newEndpointsDataSource,
		newVersionsDataSource,
		newChangesDataSource,
		newHealthMailboxesDataSource,
		newHybridDataSource,
	}
}

// Functions get no configuration: they work without a provider block.
func (p *eopProvider) Functions(context.Context) []func() function.Function {
	var out []func() function.Function
	for _, f := range slices.Concat(allowlistFunctions(), cidrFunctions(), diagnosisFunctions()) {
		out = append(out, func() function.Function { return f })
	}
	return out
}

func (p *eopProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newSMTPPinResource}
}
