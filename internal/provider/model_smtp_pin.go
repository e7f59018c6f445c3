package provider

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
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
	{
		name: "retained", typ: stringMap,
		doc: "Prefixes that the accepted list no longer has and that `retain_removed_days` keeps, each with the " +
			"last accepted version that had it. They are also in `cidrs` and `rules`.",
	},
	{
		name: "retained_removed_by", typ: stringMap,
		doc: "The prefixes of `retained`, each with the accepted version that removed it. The days count from " +
			"the publication of that version.",
	},
	{
		name: "change", typ: types.StringType,
		doc: "What the last accepted step did to the prefixes to allow, such as `2026081400 -> 2026120100: added " +
			"20.1.0.0/16; removed nothing`. At most 20 prefixes are named each way. Null until there is a step.",
	},
	{name: "added_cidrs", typ: stringList, doc: "What the last accepted step added. Null until there is a step."},
	{name: "removed_cidrs", typ: stringList, doc: "What the last accepted step removed. Null until there is a step."},
})

// smtpPinModel is the resource: its arguments, and what [pinShape] computes.
type smtpPinModel struct {
	Candidate          types.Object  `tfsdk:"candidate"`
	Witness            types.List    `tfsdk:"witness"`
	ApprovedVersion    types.String  `tfsdk:"approved_version"`
	ApprovedSHA256     types.String  `tfsdk:"approved_sha256"`
	AutoApprove        types.Bool    `tfsdk:"auto_approve"`
	AllowMissingFamily types.Bool    `tfsdk:"allow_missing_family"`
	MaxRemovedPercent  types.Float64 `tfsdk:"max_removed_percent"`
	MaxGrowthFactor    types.Float64 `tfsdk:"max_growth_factor"`
	RetainRemovedDays  types.Int64   `tfsdk:"retain_removed_days"`

	Instance          types.String `tfsdk:"instance"`
	Version           types.String `tfsdk:"version"`
	CIDRs             types.List   `tfsdk:"cidrs"`
	IPv4CIDRs         types.List   `tfsdk:"ipv4_cidrs"`
	IPv6CIDRs         types.List   `tfsdk:"ipv6_cidrs"`
	ByFamily          types.Map    `tfsdk:"by_family"`
	Rules             types.Map    `tfsdk:"rules"`
	SHA256            types.String `tfsdk:"sha256"`
	Retained          types.Map    `tfsdk:"retained"`
	RetainedRemovedBy types.Map    `tfsdk:"retained_removed_by"`
	Change            types.String `tfsdk:"change"`
	AddedCIDRs        types.List   `tfsdk:"added_cidrs"`
	RemovedCIDRs      types.List   `tfsdk:"removed_cidrs"`
}

// pinValues fills [pinShape].
func pinValues(a *pin.Accepted) values {
	v := prefixValues(allowlist.Rules(a.Instance, a.Effective()))
	v["instance"] = types.StringValue(string(a.Instance))
	v["version"] = types.StringValue(a.Version.String())
	last, removed := map[string]attr.Value{}, map[string]attr.Value{}
	for p, r := range a.Retained {
		last[p.String()] = types.StringValue(r.LastIn.String())
		removed[p.String()] = types.StringValue(r.RemovedBy.String())
	}
	v["retained"] = types.MapValueMust(types.StringType, last)
	v["retained_removed_by"] = types.MapValueMust(types.StringType, removed)
	v["change"] = types.StringNull()
	v["added_cidrs"], v["removed_cidrs"] = types.ListNull(types.StringType), types.ListNull(types.StringType)
	if c := a.Change; c != nil {
		v["change"] = types.StringValue(c.Text)
		v["added_cidrs"], v["removed_cidrs"] = prefixesValue(c.Added), prefixesValue(c.Removed)
	}
	return v
}

// unknown names an argument that is known only after apply: nothing can be decided then.
func (m *smtpPinModel) unknown() string {
	if isUnknownInside(m.Candidate) {
		return "candidate"
	}
	if isUnknownInside(m.Witness) {
		return "witness"
	}
	for _, a := range []struct {
		name  string
		value attr.Value
	}{
		{"approved_version", m.ApprovedVersion},
		{"approved_sha256", m.ApprovedSHA256},
		{"auto_approve", m.AutoApprove},
		{"allow_missing_family", m.AllowMissingFamily},
		{"max_removed_percent", m.MaxRemovedPercent},
		{"max_growth_factor", m.MaxGrowthFactor},
		{"retain_removed_days", m.RetainRemovedDays},
	} {
		if a.value.IsUnknown() {
			return a.name
		}
	}
	return ""
}

// isUnknownInside looks into objects and lists.
func isUnknownInside(v attr.Value) bool {
	switch v := v.(type) {
	case types.Object:
		for _, inner := range v.Attributes() {
			if isUnknownInside(inner) {
				return true
			}
		}
	case types.List:
		if slices.ContainsFunc(v.Elements(), attr.Value.IsUnknown) {
			return true
		}
	}
	return v.IsUnknown()
}

// candidate is the list that may be accepted. Its date is held against the time at which
// the provider was configured: that can only refuse it, and never changes a plan.
func (m *smtpPinModel) candidate(now time.Time, lists *archive.Archive, diags *diag.Diagnostics) *pin.List {
	fields := m.Candidate.Attributes()
	instance, _ := fields["instance"].(types.String)
	version, _ := fields["version"].(types.String)
	cidrs, _ := fields["cidrs"].(types.List)
	l, err := parseList(instance.ValueString(), version.ValueString(), texts(cidrs))
	if err == nil {
		newest, _ := lists.Newest(l.Instance)
		err = endpoints.CheckDate(l.Instance, l.Version, newest, now)
	}
	if err != nil {
		diags.AddAttributeError(
			path.Root("candidate"),
			"Unable to accept the candidate",
			sentence(err)+" Nothing was accepted.",
		)
		return nil
	}
	return l
}

func (m *smtpPinModel) policy(diags *diag.Diagnostics) pin.Policy {
	p := pin.Policy{
		Limits:             endpoints.DefaultStepLimits(),
		ApprovedSHA256:     m.ApprovedSHA256.ValueString(),
		Auto:               m.AutoApprove.ValueBool(),
		RetainDays:         int(m.RetainRemovedDays.ValueInt64()),
		AllowMissingFamily: m.AllowMissingFamily.ValueBool(),
	}
	if v := m.MaxRemovedPercent; !v.IsNull() {
		p.Limits.MinOverlapPercent = 100 - v.ValueFloat64()
	}
	if v := m.MaxGrowthFactor; !v.IsNull() {
		p.Limits.MaxGrowthFactor = v.ValueFloat64()
	}
	var err error
	if v := m.ApprovedVersion; !v.IsNull() {
		if p.Approved, err = endpoints.ParseVersion(v.ValueString()); err != nil {
			diags.AddAttributeError(path.Root("approved_version"), isVersion.summary, sentence(err))
		}
	}
	if v := m.Witness; !v.IsNull() {
		if p.Witness, err = cidr.ParseAll(texts(v)); err != nil {
			diags.AddAttributeError(path.Root("witness"), "Unable to read the witness", sentence(err))
		}
	}
	return p
}

// held is the accepted list in state.
func (m *smtpPinModel) held(diags *diag.Diagnostics) *pin.Accepted {
	held, err := m.parseHeld()
	if err == nil && allowlist.SHA256(held.Effective()) != m.SHA256.ValueString() {
		err = errors.New("the pin's cidrs and its sha256 do not belong together")
	}
	if err != nil {
		diags.AddError(
			"Unable to read the pin's state",
			sentence(err)+" The state was written by something else. "+startAfresh,
		)
	}
	return held
}

const startAfresh = "To start afresh, remove the resource from state (terraform state rm) and import a version of " +
	"the provider's archive (terraform import, id <instance>/<version>), or taint it."

func (m *smtpPinModel) parseHeld() (*pin.Accepted, error) {
	l, err := parseList(m.Instance.ValueString(), m.Version.ValueString(), texts(m.CIDRs))
	if err != nil {
		return nil, err
	}
	held := &pin.Accepted{List: *l, Retained: map[netip.Prefix]pin.Retained{}}
	for key, value := range m.Retained.Elements() {
		p, err := cidr.Parse(key)
		if err != nil {
			return nil, err
		}
		r := pin.Retained{}
		if r.LastIn, err = parseVersionValue(value); err != nil {
			return nil, err
		}
		if r.RemovedBy, err = parseVersionValue(m.RetainedRemovedBy.Elements()[key]); err != nil {
			return nil, err
		}
		held.Retained[p] = r
	}
	// cidrs has the retained prefixes, too; the list itself is the rest.
	held.Prefixes = slices.DeleteFunc(
		held.Prefixes,
		func(p netip.Prefix) bool { _, kept := held.Retained[p]; return kept },
	)
	if len(held.Prefixes) == 0 {
		return nil, errors.New("the pin holds no prefixes")
	}
	if m.Change.IsNull() {
		return held, nil
	}
	held.Change = &pin.Change{Text: m.Change.ValueString()}
	if held.Change.Added, err = cidr.ParseAll(texts(m.AddedCIDRs)); err != nil {
		return nil, fmt.Errorf("added_cidrs: %w", err)
	}
	if held.Change.Removed, err = cidr.ParseAll(texts(m.RemovedCIDRs)); err != nil {
		return nil, fmt.Errorf("removed_cidrs: %w", err)
	}
	return held, nil
}

func parseVersionValue(v attr.Value) (endpoints.Version, error) {
	text, _ := v.(types.String)
	return endpoints.ParseVersion(text.ValueString())
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
