package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// resolver finds the list that a query names.
type resolver interface {
	Resolve(ctx context.Context, q catalog.Query) (*catalog.Found, error)
}

// configured is what the provider's configuration gives to every data source.
type configured struct {
	lists    resolver
	instance endpoints.Instance // where a data source names none
}

// listReader is the part that data sources over a list share: it is configured
// with the provider's catalog and finds the list the arguments name.
type listReader struct{ configured }

func (r *listReader) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	if req.ProviderData == nil {
		return // the provider is not configured yet
	}
	c, ok := req.ProviderData.(configured)
	if !ok {
		resp.Diagnostics.AddError("Unable to configure the data source", fmt.Sprintf("The provider handed over a %T. This is a mistake in the provider; please report it.", req.ProviderData))
		return
	}
	r.configured = c
}

// find resolves the arguments instance and version. The parsers' complaints were
// raised by the validators, unless the value was unknown then.
func (r *listReader) find(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) *catalog.Found {
	var instance, version types.String
	diags.Append(config.GetAttribute(ctx, path.Root("instance"), &instance)...)
	diags.Append(config.GetAttribute(ctx, path.Root("version"), &version)...)
	if diags.HasError() {
		return nil
	}
	q := catalog.Query{Instance: r.instance}
	var err error
	if !instance.IsNull() {
		if q.Instance, err = endpoints.ParseInstance(instance.ValueString()); err != nil {
			diags.AddAttributeError(path.Root("instance"), isInstance.summary, sentence(err))
		}
	}
	if !version.IsNull() {
		if q.Version, err = endpoints.ParseVersion(version.ValueString()); err != nil {
			diags.AddAttributeError(path.Root("version"), isVersion.summary, sentence(err))
		}
	}
	if diags.HasError() {
		return nil
	}
	found, err := r.lists.Resolve(ctx, q)
	if err != nil {
		diags.Append(listError(err))
	}
	return found
}
