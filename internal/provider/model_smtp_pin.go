package provider

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/pin"
)

var stringMap = types.MapType{ElemType: types.StringType}

// pinShape is what the pin computes: the prefixes to allow, and which list they are.
var pinShape = slices.Concat(shape{
	{name: "instance", typ: types.StringType, doc: "Service instance of the accepted list."},
	{name: "version", typ: types.StringType, doc: "The accepted version."},
}, prefixShape, shape{
	{name: "retained", typ: stringMap, doc: "Prefixes that the accepted list no longer has and that are kept for `retain_removed_days`, with the last accepted version that had them. They are in `cidrs` and `rules`, too."},
	{name: "retained_removed_by", typ: stringMap, doc: "The same prefixes, with the accepted version that removed them. The days count from its publication."},
})

// pinValues fills [pinShape].
func pinValues(a *pin.Accepted) values {
	v := prefixValues(allowlist.Rules(a.Instance, a.Effective()))
	v["instance"] = types.StringValue(string(a.Instance))
	v["version"] = types.StringValue(a.Version.String())
	last, since := map[string]attr.Value{}, map[string]attr.Value{}
	for p, r := range a.Retained {
		last[p.String()] = types.StringValue(r.LastIn.String())
		since[p.String()] = types.StringValue(r.RemovedBy.String())
	}
	v["retained"] = types.MapValueMust(types.StringType, last)
	v["retained_removed_by"] = types.MapValueMust(types.StringType, since)
	return v
}

// readHeld is the accepted list in state.
func readHeld(ctx context.Context, state tfsdk.State, diags *diag.Diagnostics) *pin.Accepted {
	var instance, version, digest types.String
	var cidrs types.List
	var last, since map[string]string
	for name, into := range map[string]any{"instance": &instance, "version": &version, "sha256": &digest, "cidrs": &cidrs, "retained": &last, "retained_removed_by": &since} {
		diags.Append(state.GetAttribute(ctx, path.Root(name), into)...)
	}
	if diags.HasError() {
		return nil
	}
	held, err := parseHeld(instance.ValueString(), version.ValueString(), texts(cidrs), last, since)
	if err == nil && allowlist.SHA256(held.Effective()) != digest.ValueString() {
		err = errors.New("the pin's cidrs and its sha256 do not belong together")
	}
	if err != nil {
		diags.AddError("Unable to read the pin's state", sentence(err)+" The state was written by something else. Remove the resource from state and import it: <instance>/<version>.")
	}
	return held
}

func parseHeld(instance, version string, cidrs []string, last, since map[string]string) (*pin.Accepted, error) {
	l, err := parseList(instance, version, cidrs)
	if err != nil {
		return nil, err
	}
	held := &pin.Accepted{List: *l, Retained: map[netip.Prefix]pin.Retained{}}
	for text, lastIn := range last {
		p, err := cidr.Parse(text)
		if err != nil {
			return nil, err
		}
		r := pin.Retained{}
		if r.LastIn, err = endpoints.ParseVersion(lastIn); err != nil {
			return nil, err
		}
		if r.RemovedBy, err = endpoints.ParseVersion(since[text]); err != nil {
			return nil, err
		}
		held.Retained[p] = r
	}
	// cidrs has the retained prefixes, too; the list itself is the rest.
	held.Prefixes = slices.DeleteFunc(held.Prefixes, func(p netip.Prefix) bool { _, kept := held.Retained[p]; return kept })
	if len(held.Prefixes) == 0 {
		return nil, errors.New("the pin holds no prefixes")
	}
	return held, nil
}

func parseList(instance, version string, cidrs []string) (*pin.List, error) {
	out := &pin.List{}
	var err error
	if out.Instance, err = endpoints.ParseInstance(instance); err != nil {
		return nil, err
	}
	if out.Version, err = endpoints.ParseVersion(version); err != nil {
		return nil, err
	}
	prefixes, err := cidr.ParseAll(cidrs)
	if err != nil {
		return nil, fmt.Errorf("cidrs: %w", err)
	}
	out.Prefixes = cidr.Outermost(prefixes)
	return out, nil
}

// readCandidate is the candidate of the configuration, judged by itself as any
// list is; nil while it is not known.
func (r *smtpPinResource) readCandidate(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) *pin.List {
	var candidate types.Object
	diags.Append(config.GetAttribute(ctx, path.Root("candidate"), &candidate)...)
	if diags.HasError() || candidate.IsUnknown() || candidate.IsNull() {
		return nil
	}
	attributes := candidate.Attributes()
	instance, _ := attributes["instance"].(types.String)
	version, _ := attributes["version"].(types.String)
	cidrs, _ := attributes["cidrs"].(types.List)
	if instance.IsUnknown() || version.IsUnknown() || cidrs.IsUnknown() || slices.ContainsFunc(cidrs.Elements(), attr.Value.IsUnknown) {
		return nil
	}
	l, err := parseList(instance.ValueString(), version.ValueString(), texts(cidrs))
	if err == nil {
		err = r.guard.CheckSMTP(l.Instance, l.Version, l.Prefixes)
	}
	if err != nil {
		diags.AddAttributeError(path.Root("candidate"), "Unable to accept the candidate", sentence(err)+" Nothing was accepted.")
		return nil
	}
	return l
}

// policyArguments are the arguments that decide; candidate is looked at apart.
var policyArguments = []string{"approved_version", "approved_sha256", "auto_approve", "max_removed_percent", "max_added_percent", "retain_removed_days", "allow_missing_family"}

// readPolicy is the policy of the configuration. unknown names an argument that
// is known only after apply: nothing can be decided then.
func readPolicy(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) (p pin.Policy, unknown string) {
	v := values{}
	copyArguments(ctx, config, v, diags, policyArguments...)
	if diags.HasError() {
		return p, ""
	}
	for _, name := range policyArguments {
		if v[name].IsUnknown() {
			return p, name
		}
	}
	p = pin.Policy{MaxRemovedPercent: maxRemovedPercent, MaxAddedPercent: maxAddedPercent, Approved: versionOf(ctx, config, "approved_version", diags)}
	for name, value := range v {
		if value.IsNull() {
			continue
		}
		switch value := value.(type) {
		case types.String:
			if name == "approved_sha256" {
				p.ApprovedSHA256 = value.ValueString()
			}
		case types.Float64:
			if name == "max_removed_percent" {
				p.MaxRemovedPercent = value.ValueFloat64()
			} else {
				p.MaxAddedPercent = value.ValueFloat64()
			}
		case types.Int64:
			p.RetainDays = int(value.ValueInt64())
		case types.Bool:
			if name == "allow_missing_family" {
				p.AllowMissingFamily = value.ValueBool()
			}
		}
	}
	return p, ""
}
