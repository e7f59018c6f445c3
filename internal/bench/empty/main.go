// Command empty is a provider with one data source of six texts and nothing else: what
// a plan costs with any provider of this framework.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dsschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func main() {
	options := providerserver.ServeOpts{Address: "registry.terraform.io/eop-firewall/empty"}
	err := providerserver.Serve(context.Background(), func() provider.Provider { return empty{} }, options)
	if err != nil {
		log.Fatal(err)
	}
}

type empty struct{}

func (empty) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "empty"
}

func (empty) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (empty) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (empty) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return texts{} }}
}

func (empty) Resources(context.Context) []func() resource.Resource { return nil }

type texts struct{}

type textsModel struct {
	One   types.String `tfsdk:"one"`
	Two   types.String `tfsdk:"two"`
	Three types.String `tfsdk:"three"`
	Four  types.String `tfsdk:"four"`
	Five  types.String `tfsdk:"five"`
	Six   types.String `tfsdk:"six"`
}

func (texts) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "empty_texts"
}

func (texts) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema.Attributes = map[string]dsschema.Attribute{}
	for _, name := range []string{"one", "two", "three", "four", "five", "six"} {
		resp.Schema.Attributes[name] = dsschema.StringAttribute{Computed: true, MarkdownDescription: "A text."}
	}
}

func (texts) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	text := func(n int) types.String { return types.StringValue(fmt.Sprintf("192.0.2.%d/32", n)) }
	resp.Diagnostics.Append(resp.State.Set(ctx, textsModel{text(1), text(2), text(3), text(4), text(5), text(6)})...)
}
