package provider

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/hybrid"
)

// hybridModel is the data source with its arguments and results.
type hybridModel struct {
	Instance       types.String `tfsdk:"instance"`
	Version        types.String `tfsdk:"version"`
	MinimumVersion types.String `tfsdk:"minimum_version"`

	Flows            types.List `tfsdk:"flows"`
	HybridAgent      types.Bool `tfsdk:"hybrid_agent"`
	EdgeServers      types.List `tfsdk:"edge_servers"`
	IncludeRelayPool types.Bool `tfsdk:"include_relay_pool"`

	Listing     types.String `tfsdk:"listing"`
	ListingFile types.String `tfsdk:"listing_file"`
	Inventory   types.List   `tfsdk:"inventory"`
	Servers     types.List   `tfsdk:"servers"`
	Totals      types.Object `tfsdk:"totals"`
	Databases   types.List   `tfsdk:"databases"`

	SMTP            types.Object `tfsdk:"smtp"`
	AddressRules    types.Map    `tfsdk:"address_rules"`
	NameRules       types.Map    `tfsdk:"name_rules"`
	Unresolved      types.Map    `tfsdk:"unresolved"`
	Requirements    types.List   `tfsdk:"requirements"`
	HealthMailboxes types.Object `tfsdk:"health_mailboxes"`

	Published types.String `tfsdk:"published"`
	Source    types.String `tfsdk:"source"`
	Stale     types.Bool   `tfsdk:"stale"`
}

// options are the arguments that describe the deployment.
func (m *hybridModel) options(diags *diag.Diagnostics) hybrid.Options {
	return hybrid.Options{
		Flows:            textsIn(m.Flows, "flows", diags),
		HybridAgent:      m.HybridAgent.ValueBool(),
		EdgeServers:      textsIn(m.EdgeServers, "edge_servers", diags),
		IncludeRelayPool: m.IncludeRelayPool.ValueBool(),
	}
}

// textsIn are the strings of a list; null elements are refused.
func textsIn(list types.List, name string, diags *diag.Diagnostics) (out []string) {
	for i, e := range list.Elements() {
		text, ok := e.(types.String)
		if !ok || text.IsNull() {
			diags.AddAttributeError(path.Root(name).AtListIndex(i), "Unable to use the input",
				"It is null. Leave it out of the list.")
			continue
		}
		out = append(out, text.ValueString())
	}
	return out
}

// asksForHealth reports whether an argument of eop_health_mailboxes is given.
func (m *hybridModel) asksForHealth() bool {
	return slices.ContainsFunc(
		[]attr.Value{m.Listing, m.ListingFile, m.Inventory, m.Servers, m.Totals, m.Databases},
		func(v attr.Value) bool { return !v.IsNull() })
}

// flowShape is what rules by address and by name have in common.
var flowShape = shape{
	{name: "ports", typ: types.ListType{ElemType: integer}, doc: "Ports, in numeric order. Never empty."},
	{name: "protocol", typ: types.StringType, doc: "Always `tcp`."},
	{name: "inbound", typ: types.BoolType, doc: "Whether connections come in to the organization, so that the " +
		"addresses are sources. Otherwise they are destinations."},
	{name: "required", typ: types.BoolType, doc: "Whether the deployment fails without the flow."},
	{name: "purpose", typ: types.StringType, doc: "What the flow is for, the same in every version, in " +
		"characters that every cloud accepts as a description."},
	{name: "conditions", typ: types.StringType, doc: "When the flow is needed, between which hosts, and what to " +
		"take care of."},
	{name: "reference", typ: types.StringType, doc: "The document that states the flow."},
	{name: "endpoint_set_ids", typ: types.ListType{ElemType: integer}, doc: "Ids of the endpoint sets that the " +
		"flow's addresses and names come from. Empty where no list publishes them."},
}

var (
	addressRuleShape = slices.Concat(flowShape, shape{
		{name: "cidrs", typ: stringList, doc: "The addresses: canonical, distinct, none inside another, neighbours " +
			"not merged, " + orderDoc + ", IPv4 first. Never null and never empty."},
		{name: "ipv4_cidrs", typ: stringList, doc: "The IPv4 prefixes; empty for a flow without. For rules use " +
			"`by_family` or `cidrs`, which never hold an empty list."},
		{name: "ipv6_cidrs", typ: stringList, doc: "The IPv6 prefixes, in numeric order, none inside another."},
		{name: "by_family", typ: familyLists, doc: "The prefixes under the keys `ipv4` and `ipv6`, for `for_each`. " +
			"Only families that occur have a key."},
		{name: "address_basis", typ: types.StringType, doc: "Source of the addresses: published for this flow, " +
			"stated in a document, or taken by analogy from a flow that is named."},
		{name: "hostnames", typ: stringList, doc: "Host names published for an outbound flow, with `*` as " +
			"wildcard. Empty for inbound flows."},
		{name: "hostnames_without_addresses", typ: stringList, doc: "The `hostnames` without published " +
			"addresses: they need a proxy or a rule by name beside this one."},
	})

	nameRuleShape = slices.Concat(flowShape, shape{
		{
			name: "hostnames", typ: stringList,
			doc: "Host names, sorted and distinct, with `*` as wildcard. Never empty.",
		},
		{name: "name_basis", typ: types.StringType, doc: "Source of the names."},
	})

	requirementShape = shape{
		{name: "id", typ: types.StringType, doc: "Name of the requirement, for programs."},
		{name: "title", typ: types.StringType, doc: "The requirement in a few words."},
		{
			name: "detail", typ: types.StringType,
			doc: "What is asked for and why, what is confirmed and what is not.",
		},
		{name: "reference", typ: types.StringType, doc: "The documents that state it."},
		{name: "as_of", typ: types.StringType, doc: "Date of the newest of these documents, `YYYY-MM-DD`."},
		{name: "deadline", typ: types.StringType, doc: "Date, `YYYY-MM-DD`, from which something stops working or " +
			"stops being offered, past dates included; the last day where a document names only a month. Null where there " +
			"is no such date."},
		{name: "applies_to", typ: stringList, doc: "Service instances that the documents name; all, if they name " +
			"none. Requirements that do not apply to `instance` are left out."},
	}
)

// hybridShape is what eop_hybrid finds out, beside its arguments and provenance.
var hybridShape = shape{
	{name: "smtp", nest: object, fields: allowlistShape, doc: "The SMTP allowlist, the same as from " +
		"`eop_smtp_allowlist`; `include_relay_pool` does not change it."},
	{name: "address_rules", nest: mapOf, fields: addressRuleShape, doc: "Flows whose addresses are known, by name."},
	{name: "name_rules", nest: mapOf, fields: nameRuleShape, doc: "Outbound flows for which only host names are " +
		"known, by name: for a proxy, or a firewall with rules by name."},
	{name: "unresolved", typ: types.MapType{ElemType: types.StringType}, doc: "Flows without a rule, by name, " +
		"with the reason: not part of this deployment, or nothing is published for this cloud. Every flow is in " +
		"exactly one of `address_rules`, `name_rules` and `unresolved`."},
	{name: "requirements", nest: listOf, fields: requirementShape, doc: "What the deployment needs beside the " +
		"rules. Those with a `deadline` are a to-do list: `[for r in data.eop_hybrid.this.requirements : r if " +
		"r.deadline != null]`."},
	{name: "health_mailboxes", nest: object, fields: healthReportShape, doc: "The report of " +
		"`eop_health_mailboxes`. Null unless one of its arguments is given."},
}

// fill sets the results except health_mailboxes.
func (m *hybridModel) fill(d *hybrid.Deployment, found *catalog.Found) {
	m.Instance = types.StringValue(string(found.List.Instance))
	m.Version = types.StringValue(found.List.Version.String())
	m.Published = types.StringValue(found.List.Version.Published())
	m.Source = types.StringValue(string(found.Source))
	m.Stale = types.BoolValue(found.Stale)
	smtp := allowlistValues(d.SMTP)
	smtp["source"] = m.Source
	m.SMTP = smtp.of(allowlistShape)
	m.AddressRules = flowsValue(addressRuleShape.object(), d.AddressRules, addressRuleValue)
	m.NameRules = flowsValue(nameRuleShape.object(), d.NameRules, nameRuleValue)
	m.Unresolved = flowsValue(types.StringType, d.Unresolved, func(reason string) attr.Value {
		return types.StringValue(reason)
	})
	m.Requirements = listValue(requirementShape.object(), d.Requirements, requirementValue)
}

func flowsValue[T any](elem attr.Type, in map[hybrid.Flow]T, value func(T) attr.Value) types.Map {
	out := make(map[string]attr.Value, len(in))
	for flow, e := range in {
		out[string(flow)] = value(e)
	}
	return types.MapValueMust(elem, out)
}

func flowValues(r hybrid.Rule) values {
	ports := make([]int, len(r.Ports))
	for i, p := range r.Ports {
		ports[i] = int(p)
	}
	return values{
		"ports":            integersValue(ports),
		"protocol":         types.StringValue(smtpProtocol),
		"inbound":          types.BoolValue(r.Inbound),
		"required":         types.BoolValue(r.Required),
		"purpose":          types.StringValue(r.Purpose),
		"conditions":       types.StringValue(r.Conditions),
		"reference":        types.StringValue(r.Reference),
		"endpoint_set_ids": integersValue(r.SetIDs),
	}
}

func addressRuleValue(r hybrid.AddressRule) attr.Value {
	v := flowValues(r.Rule)
	ipv4, ipv6 := cidr.SplitFamilies(r.Prefixes)
	v["cidrs"] = prefixesValue(r.Prefixes)
	v["ipv4_cidrs"] = prefixesValue(ipv4)
	v["ipv6_cidrs"] = prefixesValue(ipv6)
	v["by_family"] = byFamilyValue(r.Prefixes)
	v["address_basis"] = types.StringValue(r.Basis)
	v["hostnames"] = stringsValue(r.Hostnames)
	v["hostnames_without_addresses"] = stringsValue(r.NamesOnly)
	return v.of(addressRuleShape)
}

func nameRuleValue(r hybrid.NameRule) attr.Value {
	v := flowValues(r.Rule)
	v["hostnames"] = stringsValue(r.Hostnames)
	v["name_basis"] = types.StringValue(r.Basis)
	return v.of(nameRuleShape)
}

func requirementValue(r hybrid.Requirement) attr.Value {
	appliesTo := make([]string, len(r.AppliesTo))
	for i, instance := range r.AppliesTo {
		appliesTo[i] = string(instance)
	}
	return values{
		"id":         types.StringValue(r.ID),
		"title":      types.StringValue(r.Title),
		"detail":     types.StringValue(r.Detail),
		"reference":  types.StringValue(r.Reference),
		"as_of":      types.StringValue(r.AsOf),
		"deadline":   optionalText(r.Deadline),
		"applies_to": stringsValue(appliesTo),
	}.of(requirementShape)
}
