package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
// that a saved plan applies as it was shown, wherever the service has moved.
type smtpPinResource struct{ configured }

func (r *smtpPinResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_smtp_pin"
}

func (r *smtpPinResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	if c, ok := req.ProviderData.(configured); ok {
		r.configured = c
	}
}

const (
	maxRemovedPercent = 50.0
	maxAddedPercent   = 1600.0
)

func (r *smtpPinResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := pinShape.resource()
	maps.Copy(attributes, map[string]schema.Attribute{
		"candidate": schema.SingleNestedAttribute{
			Required: true, WriteOnly: true,
			MarkdownDescription: "The list that may be accepted: `data.eop_smtp_allowlist.<name>`, or the result of `provider::eop::smtp_allowlist` or `smtp_allowlist_from_json`. Write-only: it is looked at and not kept, so a list that moves is no diff by itself.",
			Attributes: map[string]schema.Attribute{
				"instance": schema.StringAttribute{Required: true, WriteOnly: true, Validators: []validator.String{isInstance}, MarkdownDescription: "Service instance of the list."},
				"version":  schema.StringAttribute{Required: true, WriteOnly: true, Validators: []validator.String{isVersion}, MarkdownDescription: "Version of the list."},
				"cidrs":    schema.ListAttribute{Required: true, WriteOnly: true, ElementType: types.StringType, MarkdownDescription: "Prefixes of the list."},
			},
		},
		"approved_version": schema.StringAttribute{
			Optional: true,
			Validators: []validator.String{isVersion, stringvalidator.ExactlyOneOf(
				path.MatchRoot("approved_version"), path.MatchRoot("auto_approve"))},
			MarkdownDescription: "The version to hold. The candidate is taken when it is that version; otherwise the accepted list stays, or the version is taken from the provider's archive. Naming an older version rolls back. Exactly one of this and `auto_approve`.",
		},
		"approved_sha256": schema.StringAttribute{
			Optional:            true,
			Validators:          []validator.String{isDigest, stringvalidator.AlsoRequires(path.MatchRoot("approved_version"))},
			MarkdownDescription: "Digest (`sha256` of the data source) that the approved list must have.",
		},
		"auto_approve": schema.BoolAttribute{
			Optional: true, Validators: []validator.Bool{boolvalidator.Equals(true)},
			MarkdownDescription: "`true` accepts a newer candidate with another address space by itself, within the limits below, and shows the exact diff in the plan. A newer candidate with the same space changes nothing; an older one is never taken. A tainted pin starts afresh, without limits; `-replace` alone does not, for Terraform plans the step from the list held first.",
		},
		"allow_missing_family": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether a list without IPv4 or without IPv6 may be accepted. Default `false`.",
		},
		"max_removed_percent": schema.Float64Attribute{
			Optional: true, Validators: []validator.Float64{float64validator.Between(0, 100)},
			MarkdownDescription: fmt.Sprintf("Under `auto_approve`: how much of either family's addresses one step may take away. Default `%g`.", maxRemovedPercent),
		},
		"max_added_percent": schema.Float64Attribute{
			Optional: true, Validators: []validator.Float64{float64validator.AtLeast(0)},
			MarkdownDescription: fmt.Sprintf("Under `auto_approve`: how much one step may add to the IPv4 addresses. Default `%g`. Growth of IPv6 is bounded by the provider's `guard.min_ipv6_prefix_length`.", maxAddedPercent),
		},
		"retain_removed_days": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.Between(0, 3650)},
			MarkdownDescription: "Keeps prefixes that an accepted list no longer has until a list published that many days after it is accepted, told by publication dates. Default `0`: they go at once.",
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "Holds an accepted SMTP list in state, so that a firewall changes when somebody approves, and not when Microsoft publishes. It reads nothing by itself: the candidate comes in from a data source or function. Needs write-only arguments: Terraform 1.11 or OpenTofu 1.11.",
		Attributes:          attributes,
	}
}

// pinned is the resource as its configuration and state tell it.
type pinned struct {
	candidate *pin.List // nil while it is not known
	policy    pin.Policy
	unknown   string        // the argument that is known only after apply; empty: all are
	held      *pin.Accepted // nil on create
}

// read takes the policy from the configuration and the accepted list from state.
func (r *smtpPinResource) read(ctx context.Context, config tfsdk.Config, state *tfsdk.State, diags *diag.Diagnostics) pinned {
	out := pinned{candidate: r.readCandidate(ctx, config, diags)}
	out.policy, out.unknown = readPolicy(ctx, config, diags)
	if out.candidate == nil {
		out.unknown = "candidate"
	}
	if state != nil && !state.Raw.IsNull() {
		out.held = readHeld(ctx, *state, diags)
	}
	return out
}

// decide asks the domain; a refusal becomes a diagnostic.
func (in pinned) decide(archived pin.Archive, diags *diag.Diagnostics) (pin.Decision, bool) {
	d, err := pin.Decide(in.held, in.candidate, in.policy, archived)
	if err != nil {
		diags.Append(pinError(err))
	}
	return d, err == nil
}

// ModifyPlan makes every computed value known wherever the candidate is.
func (r *smtpPinResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // destroy
	}
	in := r.read(ctx, req.Config, &req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if in.unknown != "" {
		warnUnknown(in, &resp.Diagnostics)
		return
	}
	d, ok := in.decide(r.archived, &resp.Diagnostics)
	if !ok {
		return
	}
	if d.Waiting != nil {
		warnWaiting(d, &resp.Diagnostics)
	}
	setComputed(ctx, &resp.Plan, pinValues(d.Accepted), &resp.Diagnostics)
}

func (r *smtpPinResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	r.apply(ctx, req.Config, req.Plan, nil, &resp.State, &resp.Diagnostics)
}

func (r *smtpPinResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.apply(ctx, req.Config, req.Plan, &req.State, &resp.State, &resp.Diagnostics)
}

// apply stores what was planned; what could not be planned is decided now.
func (r *smtpPinResource) apply(ctx context.Context, config tfsdk.Config, plan tfsdk.Plan, before, after *tfsdk.State, diags *diag.Diagnostics) {
	var version types.String
	diags.Append(plan.GetAttribute(ctx, path.Root("version"), &version)...)
	if diags.HasError() {
		return
	}
	if version.IsUnknown() {
		in := r.read(ctx, config, before, diags)
		if diags.HasError() {
			return
		}
		if in.unknown != "" {
			diags.AddAttributeError(path.Root(in.unknown), "Unable to decide on a list", "The argument is not known even while applying. Give the pin values that are.")
			return
		}
		d, ok := in.decide(r.archived, diags)
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
func (r *smtpPinResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	fail := func(err error) {
		resp.Diagnostics.AddError("Unable to import the pin", sentence(err)+" The id is <instance>/<version>, such as worldwide/2026081400, and the version one that the provider's archive has.")
	}
	instanceText, versionText, ok := strings.Cut(req.ID, "/")
	instance, err := endpoints.ParseInstance(instanceText)
	if err != nil || !ok {
		fail(errors.Join(err, fmt.Errorf("the id %q was given", req.ID)))
		return
	}
	version, err := endpoints.ParseVersion(versionText)
	if err != nil {
		fail(err)
		return
	}
	l, ok := r.archived(instance, version)
	if !ok {
		fail(fmt.Errorf("version %s of %s is not in the archive, or has no SMTP list", version, instance))
		return
	}
	state := pinValues(&pin.Accepted{List: *l})
	state["approved_version"] = types.StringValue(version.String())
	for name, value := range state {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
}

// archived is the embedded archive as the pin asks it.
func (r *smtpPinResource) archived(instance endpoints.Instance, version endpoints.Version) (*pin.List, bool) {
	l, err := r.archive.List(instance, version)
	if err != nil {
		return nil, false
	}
	smtp, ok := l.SMTP()
	return &pin.List{Instance: instance, Version: version, Prefixes: smtp.Prefixes}, ok
}

// setComputed puts known values into a plan: the framework makes every computed
// one unknown when an argument changes.
func setComputed(ctx context.Context, plan *tfsdk.Plan, v values, diags *diag.Diagnostics) {
	for name, value := range v {
		diags.Append(plan.SetAttribute(ctx, path.Root(name), value)...)
	}
}

func pinError(err error) diag.Diagnostic {
	var refused *pin.Error
	if !errors.As(err, &refused) {
		return diag.NewErrorDiagnostic("Unable to pin the list", sentence(err))
	}
	advice := map[string]string{
		"approved_version":     "Feed the candidate from a data source whose version is the approved one, or approve a version that is at hand.",
		"approved_sha256":      "Nothing was accepted. If the list is meant, review what changed and write its digest here.",
		"max_removed_percent":  "If the change is Microsoft's, raise the limit for this step, or name the version in approved_version.",
		"max_added_percent":    "If the change is Microsoft's, raise the limit for this step, or name the version in approved_version.",
		"candidate":            "Nothing was accepted.",
		"allow_missing_family": "Nothing was accepted. Approve another version, or set allow_missing_family = true and use by_family, which has only the families that exist.",
	}[refused.Attribute]
	return diag.NewAttributeErrorDiagnostic(path.Root(refused.Attribute), "Unable to pin the list", sentence(err)+" "+advice)
}

func warnUnknown(in pinned, diags *diag.Diagnostics) {
	advice := "Use a variable or a literal."
	if in.unknown == "candidate" {
		advice = "Remove depends_on from the data source (and from its module), or use provider::eop::smtp_allowlist."
	}
	what := "for_each over rules or cidrs needs a list that is known while planning."
	if in.held != nil {
		what = fmt.Sprintf("Version %s is held while planning.", in.held.Version)
	}
	diags.AddAttributeWarning(path.Root(in.unknown), "The pin is decided only while applying", fmt.Sprintf("%s is known only after apply. %s %s", in.unknown, what, advice))
}

func warnWaiting(d pin.Decision, diags *diag.Diagnostics) {
	w := pin.Wait(d)
	diags.AddAttributeWarning(path.Root("approved_version"), "Another SMTP list waits for approval",
		fmt.Sprintf("Version %s is held. Version %s of the candidate has other addresses: missing here %s; in excess here %s. Set approved_version = %q to accept it.",
			d.Accepted.Version, d.Waiting.Version, listed(w.Missing), listed(w.Excess), d.Waiting.Version))
}

// listed names some prefixes, and how many more there are.
func listed(prefixes []netip.Prefix) string {
	const most = 10
	if len(prefixes) == 0 {
		return "nothing"
	}
	var out []string
	for _, p := range prefixes[:min(most, len(prefixes))] {
		out = append(out, p.String())
	}
	if more := len(prefixes) - most; more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(out, ", ")
}
