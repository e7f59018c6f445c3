// Package provider connects the domain to Terraform. It is the only package
// that knows the plugin framework, and decides nothing itself:
// it decodes arguments, calls the domain, and fills attributes.
package provider

import (
	"context"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
)

var (
	_ provider.Provider              = (*eopProvider)(nil)
	_ provider.ProviderWithFunctions = (*eopProvider)(nil)
)

// Options are what main and tests decide.
type Options struct {
	Version string                           // the release, "dev" in a local build
	Lists   func() (*archive.Archive, error) // opens the archive of reviewed lists
	Now     func() time.Time                 // nil: the system's clock
}

type eopProvider struct {
	version   string
	lists     openLists     // opened once, when it is first needed
	directory openDirectory // of these lists
	now       func() time.Time
}

// New makes the provider.
func New(o Options) func() provider.Provider {
	if o.Now == nil {
		o.Now = time.Now
	}
	lists := openLists(sync.OnceValues(o.Lists))
	p := &eopProvider{version: o.Version, lists: lists, directory: directoryOf(lists), now: o.Now}
	return func() provider.Provider { return p }
}

func (p *eopProvider) Metadata(
	_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse,
) {
	resp.TypeName = "eop"
	resp.Version = p.version
}

func (p *eopProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The addresses that Exchange Online Protection (EOP) delivers mail from, " +
			"as typed attributes for firewall rules.",
		Attributes: providerAttributes(),
	}
}

// Configure reads the configuration and does no I/O: a provider block alone
// never reaches for the network.
func (p *eopProvider) Configure(
	ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse,
) {
	lists, err := p.lists()
	if err != nil {
		resp.Diagnostics.AddError("Unable to open the embedded lists", damagedArchive(err))
		return
	}
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.checkKnown(&resp.Diagnostics)
	config.fillFromEnvironment(ctx, os.Getenv, &resp.Diagnostics)
	guard := config.readGuard(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	c, err := config.configured(lists, guard, p.version, p.now)
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
		newSPFRecordDataSource,
		newOutlookClientsDataSource,
		func() datasource.DataSource { return newSMTPFailuresDataSource(p.directory) },
	}
}

// Functions get no configuration: they work without a provider block.
func (p *eopProvider) Functions(context.Context) []func() function.Function {
	var out []func() function.Function
	all := slices.Concat(allowlistFunctions(p.lists), cidrFunctions(), diagnosisFunctions(p.directory), outlookFunctions())
	for _, f := range all {
		out = append(out, func() function.Function { return f })
	}
	return out
}

func (p *eopProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newSMTPPinResource}
}
