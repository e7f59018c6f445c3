package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/pin"
)

var (
	_ resource.ResourceWithConfigure   = (*smtpPinResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*smtpPinResource)(nil)
	_ resource.ResourceWithImportState = (*smtpPinResource)(nil)
)

func newSMTPPinResource() resource.Resource { return &smtpPinResource{} }

// smtpPinResource keeps an accepted list in state. It does no I/O: what it plans
// depends on its configuration, its state and the embedded archive alone, so
// that a saved plan applies as it was shown, even if the service has a newer list.
type smtpPinResource struct{ configured }

func (r *smtpPinResource) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_smtp_pin"
}

func (r *smtpPinResource) Configure(
	_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse,
) {
	if c, ok := req.ProviderData.(configured); ok {
		r.configured = c
	}
}

func (r *smtpPinResource) pin() pin.Pin { return pin.Pin{Archive: r.archive, Guard: r.guard} }

func (r *smtpPinResource) Schema(
	_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse,
) {
	limits := endpoints.DefaultStepLimits()
	attributes := pinShape.resource()
	maps.Copy(attributes, map[string]schema.Attribute{
		"candidate": schema.SingleNestedAttribute{
			Required: true, WriteOnly: true,
			MarkdownDescription: "The list that may be accepted: `data.eop_smtp_allowlist.<name>`, or the result of " +
				"`provider::eop::smtp_allowlist` or `smtp_allowlist_from_json`. Write-only: it is not in the state, and a " +
				"candidate that is not accepted changes nothing.",
			Attributes: map[string]schema.Attribute{
				"instance": schema.StringAttribute{
					Required: true, WriteOnly: true, Validators: []validator.String{isInstance},
					MarkdownDescription: "Service instance of the list.",
				},
				"version": schema.StringAttribute{
					Required: true, WriteOnly: true, Validators: []validator.String{isVersion},
					MarkdownDescription: "Version of the list.",
				},
				"cidrs": schema.ListAttribute{
					Required: true, WriteOnly: true, ElementType: types.StringType,
					MarkdownDescription: "Prefixes of the list.",
				},
			},
		},
		"witness": schema.ListAttribute{
			Optional: true, WriteOnly: true, ElementType: types.StringType,
			Validators: []validator.List{
				listvalidator.SizeAtLeast(1),
				listvalidator.AlsoRequires(path.MatchRoot("auto_approve")),
			},
			MarkdownDescription: "A second publication of the addresses, such as `data.eop_spf_record.<name>.cidrs`. With " +
				"`auto_approve`, a step that adds addresses waits for approval unless at least half of each added prefix is in " +
				"it. Default: none; an empty list is an error.",
		},
		"approved_version": schema.StringAttribute{
			Optional: true,
			Validators: []validator.String{isVersion, stringvalidator.AtLeastOneOf(
				path.MatchRoot("approved_version"), path.MatchRoot("auto_approve"))},
			MarkdownDescription: "The version that a person approved, also beyond the limits. Alone, it is the " +
				"version to hold, from the candidate, the state or the embedded archive; an older version rolls " +
				"back. Beside `auto_approve`, it accepts that version; the limits apply again to later ones.",
		},
		"approved_sha256": schema.StringAttribute{
			Optional:            true,
			Validators:          []validator.String{isDigest, stringvalidator.AlsoRequires(path.MatchRoot("approved_version"))},
			MarkdownDescription: "Digest (`sha256` of the data source) that the approved list must have.",
		},
		"auto_approve": schema.BoolAttribute{
			Optional: true, Validators: []validator.Bool{boolvalidator.Equals(true)},
			MarkdownDescription: "`true` accepts a newer candidate without a person, within `max_removed_percent` and " +
				"`max_growth_factor`, and shows the exact change in the plan. A candidate beyond these limits, or with addresses " +
				"where no published list had any, waits with a warning. Default: every step waits for `approved_version`.",
		},
		"allow_missing_family": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether a list without IPv4 or without IPv6 may be accepted. Default `false`.",
		},
		"max_removed_percent": schema.Float64Attribute{
			Optional: true, Validators: []validator.Float64{float64validator.Between(0, 100)},
			MarkdownDescription: fmt.Sprintf("With `auto_approve`: how much of each family's addresses one step "+
				"may remove, in percent. Default `%g`.", 100-limits.MinOverlapPercent),
		},
		"max_growth_factor": schema.Float64Attribute{
			Optional: true, Validators: []validator.Float64{float64validator.AtLeast(1)},
			MarkdownDescription: fmt.Sprintf(
				"With `auto_approve`: by which factor the number of a family's addresses may grow in one step. "+
					"An IPv6 total of up to a /48 is always accepted. Default `%g`.",
				limits.MaxGrowthFactor,
			),
		},
		"retain_removed_days": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.Between(0, 3650)},
			MarkdownDescription: "How many days to keep prefixes that a newly accepted list no longer contains, counted " +
				"between publication dates. Default `0`.",
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "Holds an accepted SMTP list in state, so that a firewall changes when somebody approves it " +
			"and not when Microsoft publishes it. The candidate comes from a data source or function; the resource itself " +
			"reads nothing. Needs Terraform 1.11 or OpenTofu 1.11, because `candidate` is write-only.",
		Attributes: attributes,
	}
}

// decide reads everything the decision needs and asks the domain. unknown names an
// argument that is known only after apply; ok is false where there is an error.
func (r *smtpPinResource) decide(
	ctx context.Context, config tfsdk.Config, state *tfsdk.State, diags *diag.Diagnostics,
) (d pin.Decision, held *pin.Accepted, unknown string, ok bool) {
	var arguments smtpPinModel
	diags.Append(config.Get(ctx, &arguments)...)
	if state != nil && !state.Raw.IsNull() {
		var before smtpPinModel
		diags.Append(state.Get(ctx, &before)...)
		held = before.held(diags)
	}
	if diags.HasError() {
		return d, held, "", false
	}
	if unknown = arguments.unknown(); unknown != "" {
		return d, held, unknown, false
	}
	if held != nil {
		newest, _ := r.archive.Newest(held.Instance)
		if err := endpoints.CheckDate(held.Instance, held.Version, newest, r.now()); err != nil {
			diags.Append(diagnosticOf(&pin.Error{Subject: pin.Held, Text: err.Error()}))
			return d, held, "", false
		}
	}
	candidate := arguments.candidate(r.now(), r.archive, diags)
	policy := arguments.policy(diags)
	if diags.HasError() {
		return d, held, "", false
	}
	d, err := r.pin().Decide(held, candidate, policy)
	if err != nil {
		diags.Append(diagnosticOf(err))
	}
	return d, held, "", err == nil
}

// ModifyPlan makes every computed value known if the candidate is known.
func (r *smtpPinResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if req.Plan.Raw.IsNull() {
		return // destroy
	}
	if r.archive == nil {
		return // the provider could not be configured, and has said so
	}
	d, held, unknown, ok := r.decide(ctx, req.Config, &req.State, &resp.Diagnostics)
	if unknown != "" {
		warnUnknown(unknown, held, &resp.Diagnostics)
	}
	if !ok {
		return
	}
	if d.Waiting != nil {
		warnWaiting(d, &resp.Diagnostics)
	}
	setComputed(ctx, &resp.Plan, pinValues(d.Accepted), &resp.Diagnostics)
}

func (r *smtpPinResource) Create(
	ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse,
) {
	resp.State.Raw = req.Plan.Raw
	r.apply(ctx, req.Config, req.Plan, nil, &resp.State, &resp.Diagnostics)
}

func (r *smtpPinResource) Update(
	ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse,
) {
	r.apply(ctx, req.Config, req.Plan, &req.State, &resp.State, &resp.Diagnostics)
}

// apply stores what was planned; what could not be planned is decided now.
func (r *smtpPinResource) apply(
	ctx context.Context, config tfsdk.Config, plan tfsdk.Plan, before, after *tfsdk.State, diags *diag.Diagnostics,
) {
	var version types.String
	diags.Append(plan.GetAttribute(ctx, path.Root("version"), &version)...)
	if diags.HasError() {
		return
	}
	if version.IsUnknown() {
		d, _, unknown, ok := r.decide(ctx, config, before, diags)
		if unknown != "" {
			diags.AddAttributeError(path.Root(unknown), "Unable to decide on a list",
				"The argument is not known even while applying. Give the pin values that are.")
		}
		if !ok {
			return
		}
		setComputed(ctx, &plan, pinValues(d.Accepted), diags)
	}
	after.Raw = plan.Raw
}

// Read leaves the state as it is: the pin is nowhere else.
func (r *smtpPinResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Delete has nothing to undo.
func (r *smtpPinResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// ImportState takes <instance>/<version> from the archive.
func (r *smtpPinResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	accepted, err := r.imported(req.ID)
	if err != nil {
		resp.Diagnostics.AddError("Unable to import the pin", sentence(err)+
			" The id is <instance>/<version>, such as worldwide/2026081400, and the version one that the provider's "+
			"archive has.")
		return
	}
	state := pinValues(accepted)
	state["approved_version"] = types.StringValue(accepted.Version.String())
	for name, value := range state {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
}

func (r *smtpPinResource) imported(id string) (*pin.Accepted, error) {
	instanceText, versionText, ok := strings.Cut(id, "/")
	instance, err := endpoints.ParseInstance(instanceText)
	if err != nil || !ok {
		return nil, errors.Join(err, fmt.Errorf("the id %q was given", id))
	}
	version, err := endpoints.ParseVersion(versionText)
	if err != nil {
		return nil, err
	}
	return r.pin().Archived(instance, version)
}

// setComputed puts known values into a plan: the framework makes every computed
// one unknown when an argument changes.
func setComputed(ctx context.Context, plan *tfsdk.Plan, v map[string]attr.Value, diags *diag.Diagnostics) {
	for name, value := range v {
		diags.Append(plan.SetAttribute(ctx, path.Root(name), value)...)
	}
}

func warnUnknown(argument string, held *pin.Accepted, diags *diag.Diagnostics) {
	advice := "Use a variable or a literal."
	if argument == "candidate" {
		advice = "Remove depends_on from the data source (and from its module), or use provider::eop::smtp_allowlist."
	}
	what := "for_each over rules or cidrs needs a list that is known while planning."
	if held != nil {
		what = fmt.Sprintf("Version %s is held while planning.", held.Version)
	}
	diags.AddAttributeWarning(path.Root(argument), "The pin is decided only while applying",
		fmt.Sprintf("%s is known only after apply. %s %s", argument, what, advice))
}

func warnWaiting(d pin.Decision, diags *diag.Diagnostics) {
	text := fmt.Sprintf("Version %s is held, and version %s of the candidate has other addresses. %s.",
		d.Accepted.Version, d.Waiting.Version, d.WaitingChange().Text)
	if d.Reason != "" {
		text += fmt.Sprintf(" It was not accepted unattended: %s.", d.Reason)
	}
	advice := fmt.Sprintf("Set approved_version = %q to accept it.", d.Waiting.Version)
	if d.Waiting.Version == d.Accepted.Version { // the number alone does not tell the two apart
		advice = fmt.Sprintf("To accept it, set approved_version = %q and approved_sha256 = %q.",
			d.Waiting.Version, allowlist.SHA256(d.Waiting.Prefixes))
	}
	diags.AddAttributeWarning(
		path.Root("approved_version"), "Another SMTP list waits for approval", text+" "+advice)
}
