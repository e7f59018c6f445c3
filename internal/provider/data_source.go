package provider

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// configured is what the provider's configuration gives to every data source.
type configured struct {
	lists    *catalog.Catalog
	archive  *archive.Archive
	instance endpoints.Instance // where a data source names none
	guard    endpoints.Guard
	now      func() time.Time
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
		resp.Diagnostics.AddError(
			"Unable to configure the data source",
			fmt.Sprintf("The provider handed over a %T. This is a mistake in the provider; please report it.", req.ProviderData),
		)
		return
	}
	r.configured = c
}

// instanceArgument is the argument instance. older says when an instance that the service
// no longer serves may be named.
func instanceArgument(older string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Computed: true,
		Validators: []validator.String{isInstance},
		MarkdownDescription: "Service instance: `worldwide` (GCC included), `china`, `usgovdod` or `usgovgcchigh`, in any " +
			"case" + older + ". Default: the provider's `instance`; the attribute then has the instance used.",
	}
}

// listArguments are the arguments of every data source that reads one list.
func listArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"instance": instanceArgument("; with `version` also `germany` or `france`"),
		"version": schema.StringAttribute{
			Optional: true, Computed: true,
			Validators: []validator.String{isVersion},
			MarkdownDescription: "List version to pin: `YYYYMMDDNN`, such as `2026081400`, or `YYYY-MM-DD` for a " +
				"list kept by date. It must be in the embedded archive, `archive_dir` or the cache, or be the " +
				"newest of the web service. Default: the newest; the attribute then has the version used.",
		},
		"minimum_version": schema.StringAttribute{
			Optional:   true,
			Validators: []validator.String{isVersion},
			MarkdownDescription: "Oldest version to accept: an older answer is an error. Under `list_source = \"auto\"` it " +
				"also allows the newest list known here, with a warning, when the web service cannot be reached. Default: none.",
		},
	}
}

// originShape says which list it is; it never changes for a list.
var originShape = shape{
	{
		name: "published",
		typ:  types.StringType,
		doc: "Date of publication, `YYYY-MM-DD`. For a list kept by date it is the day of the capture; the list " +
			"was published on that day or before.",
	},
	{
		name: "source",
		typ:  types.StringType,
		doc:  "Where the list comes from: `service` (the cache included), `archive_dir` or `embedded`.",
	},
}

// provenanceShape is what a data source says about its list. Between two reads of the
// same list only stale can change.
var provenanceShape = slices.Concat(originShape, shape{
	{
		name: "stale",
		typ:  types.BoolType,
		doc:  "Whether the web service could not be asked for the newest list, so that this may be an older one.",
	},
})

func provenanceValues(found *catalog.Found) values {
	return values{
		"published": types.StringValue(found.List.Version.Published()),
		"source":    types.StringValue(string(found.Source)),
		"stale":     types.BoolValue(found.Stale),
	}
}

// find resolves the arguments of [listArguments].
func (r *listReader) find(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) *catalog.Found {
	q := catalog.Query{
		Instance: r.instanceOf(ctx, config, diags),
		Version:  versionOf(ctx, config, "version", diags),
		Minimum:  versionOf(ctx, config, "minimum_version", diags),
	}
	if diags.HasError() {
		return nil
	}
	return r.resolveAs(ctx, "version", q, diags)
}

// resolveAs resolves a query whose version stands in the attribute named.
func (r *listReader) resolveAs(
	ctx context.Context,
	attribute string,
	q catalog.Query,
	diags *diag.Diagnostics,
) *catalog.Found {
	found, err := r.lists.Resolve(ctx, q)
	if err != nil {
		diags.Append(diagnosticOn(attribute, err))
		return nil
	}
	addWarnings(diags, found.Warnings)
	return found
}

func (r *listReader) instanceOf(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) endpoints.Instance {
	instance := r.instance
	readText(ctx, config, "instance", isInstance.summary, diags, func(s string) (err error) {
		instance, err = endpoints.ParseInstance(s)
		return err
	})
	return instance
}

func versionOf(
	ctx context.Context,
	config tfsdk.Config,
	attribute string,
	diags *diag.Diagnostics,
) (v endpoints.Version) {
	readText(ctx, config, attribute, isVersion.summary, diags, func(s string) (err error) {
		v, err = endpoints.ParseVersion(s)
		return err
	})
	return v
}

// readText parses a string argument that is set. The validators raised the
// parser's complaints, unless the value was unknown to them.
func readText(
	ctx context.Context,
	config tfsdk.Config,
	attribute, summary string,
	diags *diag.Diagnostics,
	parse func(string) error,
) {
	var value types.String
	diags.Append(config.GetAttribute(ctx, path.Root(attribute), &value)...)
	if value.IsNull() || diags.HasError() {
		return
	}
	if err := parse(value.ValueString()); err != nil {
		diags.AddAttributeError(path.Root(attribute), summary, sentence(err))
	}
}

// copyArguments keeps arguments in the state as they were written.
func copyArguments(ctx context.Context, config tfsdk.Config, into values, diags *diag.Diagnostics, names ...string) {
	for _, name := range names {
		p := path.Root(name)
		t, d := config.Schema.TypeAtPath(ctx, p)
		diags.Append(d...)
		if d.HasError() {
			continue
		}
		value := t.ValueType(ctx)
		diags.Append(config.GetAttribute(ctx, p, &value)...)
		into[name] = value
	}
}
