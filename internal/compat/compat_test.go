package compat_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-cty/cty"
	"github.com/hashicorp/go-cty/cty/convert"
	ctyjson "github.com/hashicorp/go-cty/cty/json"
	"github.com/hashicorp/go-cty/cty/msgpack"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/eop-firewall/terraform-provider-eop/internal/compat"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/provider"
	"github.com/eop-firewall/terraform-provider-eop/internal/providertest"
)

func targets(t *testing.T) *compat.Table {
	t.Helper()
	table, err := compat.Targets()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// typeOf is the type of an attribute such as "rule.source_ips", within whatever
// collection of objects it is.
func typeOf(t *testing.T, table *compat.Table, resource, path string) cty.Type {
	t.Helper()
	name, rest, _ := strings.Cut(path, ".")
	described, ok := table.Resources[resource].Attributes[name]
	if !ok {
		t.Fatalf("%s.%s is not in targets.json", resource, name)
	}
	typ, err := ctyjson.UnmarshalType(described)
	if err != nil {
		t.Fatalf("%s.%s: %v", resource, name, err)
	}
	for rest != "" {
		name, rest, _ = strings.Cut(rest, ".")
		if name == "#" && typ.IsMapType() {
			return cty.String
		}
		if typ.IsCollectionType() {
			typ = typ.ElementType()
		}
		if !typ.IsObjectType() || !typ.HasAttribute(name) {
			t.Fatalf("%s.%s: no %s in targets.json", resource, path, name)
		}
		typ = typ.AttributeType(name)
	}
	return typ
}

// allowlist reads eop_smtp_allowlist from the running provider, in the type its
// schema declares.
func allowlist(t *testing.T, instance endpoints.Instance) cty.Value {
	t.Helper()
	return read(t, "eop_smtp_allowlist", instance)
}

func read(t *testing.T, dataSource string, instance endpoints.Instance) cty.Value {
	t.Helper()
	s := providertest.New(t, providerserver.NewProtocol6(provider.New(provider.Options{
		Version: "test",
		Lists:   eoptest.OpenArchive,
		Now:     eoptest.Clock,
	})())())
	if diags := s.Configure(t, providertest.Object{"list_source": "embedded"}); diags.Errors() != "" {
		t.Fatal(diags.Errors())
	}
	typ, packed := s.ReadRaw(t, dataSource, providertest.Object{"instance": string(instance)})
	described, err := typ.MarshalJSON() //nolint:staticcheck // the only way from tftypes to cty
	if err != nil {
		t.Fatal(err)
	}
	ctyType, err := ctyjson.UnmarshalType(described)
	if err != nil {
		t.Fatal(err)
	}
	value, err := msgpack.Unmarshal(packed, ctyType)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// expression is an expression of a configuration over the list: once for each
// rule that it makes.
type expression struct {
	hcl    string // for the reader
	values func(list cty.Value) []cty.Value
}

// attribute is an attribute of the list.
func attribute(name string) expression {
	return expression{name, func(list cty.Value) []cty.Value { return []cty.Value{list.GetAttr(name)} }}
}

// eachFamily is each.value with for_each = by_family.
var eachFamily = expression{"by_family, each.value", func(list cty.Value) (out []cty.Value) {
	for it := list.GetAttr("by_family").ElementIterator(); it.Next(); {
		_, cidrs := it.Element()
		out = append(out, cidrs)
	}
	return out
}}

// rule is each.value.field with for_each = rules, or with those of one family.
func rule(field, family string) expression {
	hcl := fmt.Sprintf("rules (%s), each.value.%s", family, field)
	return template(hcl, family, func(rule cty.Value) cty.Value { return rule.GetAttr(field) })
}

func template(hcl, family string, value func(rule cty.Value) cty.Value) expression {
	return expression{hcl, func(list cty.Value) (out []cty.Value) {
		for it := list.GetAttr("rules").ElementIterator(); it.Next(); {
			_, rule := it.Element()
			if family == "" || rule.GetAttr("family").AsString() == family {
				out = append(out, value(rule))
			}
		}
		return out
	}}
}

// addressAndMask is "${each.value.address} ${each.value.netmask}".
var addressAndMask = template("rules (ipv4), address and netmask", "ipv4", func(rule cty.Value) cty.Value {
	return cty.StringVal(rule.GetAttr("address").AsString() + " " + rule.GetAttr("netmask").AsString())
})

// onlyPort is the tuple [port].
var onlyPort = expression{"[port]", func(list cty.Value) []cty.Value {
	return []cty.Value{cty.TupleVal([]cty.Value{list.GetAttr("port")})}
}}

// tenAtATime is each chunk of chunklist(cidrs, 10).
var tenAtATime = expression{"chunklist(cidrs, 10)", func(list cty.Value) (out []cty.Value) {
	for chunk := range slices.Chunk(list.GetAttr("cidrs").AsValueSlice(), 10) {
		out = append(out, cty.ListVal(chunk))
	}
	return out
}}

// hosts is [for rule in values(rules) : rule.host_or_cidr if rule.family == "ipv4"].
var hosts = expression{"host_or_cidr of each IPv4 rule", func(list cty.Value) []cty.Value {
	return []cty.Value{cty.ListVal(rule("host_or_cidr", "ipv4").values(list))}
}}

// wiring is an expression given to a target's attribute, with what the target
// demands beyond its type.
type wiring struct {
	resource, path string
	from           expression
	demands        []func([]string) error
}

// eachText makes a demand of one text one of each.
func eachText(demand func(string) error) func([]string) error {
	return func(texts []string) error {
		for _, s := range texts {
			if err := demand(s); err != nil {
				return err
			}
		}
		return nil
	}
}

// exactly demands texts as the target spells them.
func exactly(allowed ...string) func([]string) error {
	return eachText(func(s string) error {
		for _, a := range allowed {
			if s == a {
				return nil
			}
		}
		return fmt.Errorf("%q is none of %q", s, allowed)
	})
}

type demands = []func([]string) error

var (
	prefixes  = demands{compat.NotEmpty, compat.Canonical, compat.Disjoint}
	oneFamily = append(demands{compat.OneFamily}, prefixes...)
	port25    = demands{exactly("25")}
)

func quota(n int, more demands) demands { return append(demands{compat.AtMost(n)}, more...) }

// wirings are all targets of the table: what a configuration for each would say.
func wirings() []wiring {
	const (
		awsIn                     = "aws_vpc_security_group_ingress_rule"
		awsOut                    = "aws_vpc_security_group_egress_rule"
		awsPL                     = "aws_ec2_managed_prefix_list"
		awsSG, awsOld             = "aws_security_group", "aws_security_group_rule"
		azRule, azNSG             = "azurerm_network_security_rule", "azurerm_network_security_group"
		azGroup, azFirewall       = "azurerm_ip_group", "azurerm_firewall_network_rule_collection"
		google, googlePolicy      = "google_compute_firewall", "google_compute_network_firewall_policy_rule"
		googleGroup               = "google_network_security_address_group"
		hcloud, ocean, linode     = "hcloud_firewall", "digitalocean_firewall", "linode_firewall"
		openstack, cloudflare     = "openstack_networking_secgroup_rule_v2", "cloudflare_list"
		azStorage, googleSecurity = "azurerm_storage_account_network_rules", "google_compute_security_policy"
		forti4, forti6            = "fortios_firewall_address", "fortios_firewall_address6"
		panos, panosAll           = "panos_address", "panos_addresses"
		checkpoint, nsxt          = "checkpoint_management_network", "nsxt_policy_group"
		oci, ibm                  = "oci_core_network_security_group_security_rule", "ibm_is_security_group_rule"
	)
	awsText, azText := demands{eachText(compat.AWSDescription)}, demands{eachText(compat.AzureDescription)}
	ipv4, ipv6 := attribute("ipv4_cidrs"), attribute("ipv6_cidrs")
	port, portRange, protocol := attribute("port"), rule("port_range", ""), attribute("protocol")
	out := []wiring{
		{awsPL, "entry.cidr", rule("cidr", "ipv4"), quota(100, oneFamily)},
		{awsPL, "entry.cidr", rule("cidr", "ipv6"), quota(100, oneFamily)},
		{awsPL, "entry.description", rule("description", ""), awsText},
		{awsPL, "address_family", rule("ethertype", ""), demands{exactly("IPv4", "IPv6")}},
		{awsSG, "ingress.cidr_blocks", ipv4, quota(60, oneFamily)},
		{awsSG, "ingress.ipv6_cidr_blocks", ipv6, quota(60, oneFamily)},
		{awsSG, "ingress.from_port", port, port25},
		{awsSG, "ingress.to_port", port, port25},
		{awsSG, "ingress.protocol", protocol, demands{exactly("tcp")}},
		{awsSG, "egress.cidr_blocks", ipv4, quota(60, oneFamily)},
		{awsSG, "egress.ipv6_cidr_blocks", ipv6, quota(60, oneFamily)},
		{awsOld, "cidr_blocks", ipv4, quota(60, oneFamily)},
		{awsOld, "ipv6_cidr_blocks", ipv6, quota(60, oneFamily)},
		{awsOld, "from_port", port, port25},
		{azRule, "source_address_prefixes", eachFamily, oneFamily},
		{azRule, "destination_address_prefixes", eachFamily, oneFamily},
		{azRule, "destination_port_range", port, port25},
		{azRule, "destination_port_range", portRange, port25},
		{azRule, "destination_port_ranges", onlyPort, port25},
		{azRule, "description", rule("description", ""), azText},
		{azNSG, "security_rule.source_address_prefixes", eachFamily, oneFamily},
		{azNSG, "security_rule.destination_address_prefixes", eachFamily, oneFamily},
		{azNSG, "security_rule.destination_port_range", port, port25},
		{azNSG, "security_rule.description", rule("description", ""), azText},
		{azGroup, "cidrs", eachFamily, oneFamily},
		{azFirewall, "rule.source_addresses", eachFamily, oneFamily},
		{azFirewall, "rule.destination_addresses", eachFamily, oneFamily},
		{azFirewall, "rule.destination_ports", onlyPort, port25},
		{google, "source_ranges", eachFamily, oneFamily},
		{google, "destination_ranges", eachFamily, oneFamily},
		{google, "allow.ports", onlyPort, port25},
		{google, "allow.protocol", protocol, demands{exactly("tcp")}},
		{googlePolicy, "match.src_ip_ranges", eachFamily, quota(5000, oneFamily)},
		{googlePolicy, "match.dest_ip_ranges", eachFamily, quota(5000, oneFamily)},
		{googlePolicy, "match.layer4_configs.ports", onlyPort, port25},
		{googlePolicy, "match.layer4_configs.ip_protocol", protocol, demands{exactly("tcp")}},
		{googleSecurity, "rule.match.config.src_ip_ranges", tenAtATime, quota(10, prefixes)},
		{azStorage, "ip_rules", hosts, demands{compat.NotEmpty, eachText(compat.Forms["azure_ip_rule"])}},
		{googleGroup, "items", eachFamily, oneFamily},
		{googleGroup, "capacity", expression{"length(cidrs)", func(l cty.Value) []cty.Value {
			return []cty.Value{cty.NumberIntVal(int64(l.GetAttr("cidrs").LengthInt()))}
		}}, nil},
		{hcloud, "rule.source_ips", attribute("cidrs"), quota(500, prefixes)},
		{hcloud, "rule.destination_ips", attribute("cidrs"), quota(500, prefixes)},
		{hcloud, "rule.port", port, port25},
		{hcloud, "rule.protocol", protocol, demands{exactly("tcp")}},
		{ocean, "inbound_rule.source_addresses", attribute("cidrs"), quota(1000, prefixes)},
		{ocean, "inbound_rule.port_range", portRange, port25},
		{linode, "inbound.ipv4", ipv4, oneFamily},
		{linode, "inbound.ipv6", ipv6, oneFamily},
		{linode, "inbound.ports", portRange, port25},
		{openstack, "remote_ip_prefix", rule("cidr", ""), prefixes},
		{openstack, "ethertype", rule("ethertype", ""), demands{exactly("IPv4", "IPv6")}},
		{openstack, "port_range_min", rule("from_port", ""), port25},
		{openstack, "port_range_max", rule("to_port", ""), port25},
		{cloudflare, "items.ip", rule("host_or_cidr", ""), demands{compat.NotEmpty, compat.HostOrCIDR}},
		{cloudflare, "items.comment", rule("description", ""), nil},
		{forti4, "subnet", addressAndMask, demands{compat.NotEmpty, compat.AddressAndMask}},
		{forti6, "ip6", rule("cidr", "ipv6"), oneFamily},
		{panos, "ip_netmask", rule("cidr", ""), prefixes},
		{panosAll, "addresses.ip_netmask", rule("cidr", ""), prefixes},
		{checkpoint, "subnet4", rule("address", "ipv4"), nil},
		{checkpoint, "mask_length4", rule("prefix_length", "ipv4"), nil},
		{checkpoint, "subnet6", rule("address", "ipv6"), nil},
		{checkpoint, "mask_length6", rule("prefix_length", "ipv6"), nil},
		{nsxt, "criteria.ipaddress_expression.ip_addresses", eachFamily, oneFamily},
		{oci, "source", rule("cidr", ""), quota(120, prefixes)},
		{oci, "tcp_options.destination_port_range.min", rule("from_port", ""), port25},
		{oci, "tcp_options.destination_port_range.max", rule("to_port", ""), port25},
		{ibm, "remote", rule("cidr", "ipv4"), oneFamily},
		{ibm, "ip_version", rule("family", "ipv4"), demands{exactly("ipv4")}},
		{ibm, "tcp.port_min", rule("from_port", ""), port25},
	}
	for _, resource := range []string{awsIn, awsOut} {
		out = append(out,
			wiring{resource, "cidr_ipv4", rule("cidr", "ipv4"), quota(60, oneFamily)},
			wiring{resource, "cidr_ipv6", rule("cidr", "ipv6"), quota(60, oneFamily)},
			wiring{resource, "description", rule("description", ""), awsText},
			wiring{resource, "ip_protocol", rule("protocol", ""), demands{exactly("tcp")}},
			wiring{resource, "from_port", rule("from_port", ""), port25},
			wiring{resource, "to_port", rule("to_port", ""), port25},
		)
	}
	return out
}

// texts are a converted value's texts as the target gets them.
func texts(t *testing.T, v cty.Value) []string {
	t.Helper()
	if v.CanIterateElements() {
		var out []string
		for it := v.ElementIterator(); it.Next(); {
			_, element := it.Element()
			out = append(out, texts(t, element)...)
		}
		return out
	}
	text, err := convert.Convert(v, cty.String)
	if err != nil {
		t.Fatal(err)
	}
	return []string{text.AsString()}
}

func TestListsFitEveryTarget(t *testing.T) {
	table := targets(t)
	for _, instance := range endpoints.ServedInstances() {
		list := allowlist(t, instance)
		for _, w := range wirings() {
			t.Run(fmt.Sprintf("%s/%s.%s = %s", instance, w.resource, w.path, w.from.hcl), func(t *testing.T) {
				w.check(t, list, typeOf(t, table, w.resource, w.path))
			})
		}
	}
}

// check converts what the expression makes of a list to the target's type, and holds it
// against the demands: a collection by itself, single values together.
func (w wiring) check(t *testing.T, list cty.Value, typ cty.Type) {
	t.Helper()
	values := w.from.values(list)
	if len(values) == 0 {
		t.Error("no rule")
	}
	var all []string
	for _, v := range values {
		got, err := convert.Convert(v, typ)
		if err != nil {
			t.Fatal(err)
		}
		if got.IsNull() || !got.IsWhollyKnown() {
			t.Fatalf("arrives as %#v", got)
		}
		if !got.CanIterateElements() {
			all = append(all, texts(t, got)...)
			continue
		}
		if got.LengthInt() == 0 {
			t.Errorf("arrives as %#v", got)
		}
		check(t, w.demands, texts(t, got))
	}
	if all != nil {
		check(t, w.demands, all)
	}
}

func TestEveryTargetIsUsed(t *testing.T) {
	table := targets(t)
	// Groups and policies take names, not addresses.
	used := map[string]bool{
		"fortios_firewall_addrgrp": true, "fortios_firewall_addrgrp6": true, "fortios_firewall_policy": true,
		"panos_address_group": true, "panos_security_policy_rules": true,
	}
	for _, w := range wirings() {
		used[w.resource] = true
	}
	for resource := range table.Resources {
		t.Run(resource, func(t *testing.T) {
			if !used[resource] {
				t.Error("it is in targets.json, but nothing is wired to it")
			}
			if table.Source(resource) == "" {
				t.Error("it is of no provider in targets.json")
			}
		})
	}
}

func check(t *testing.T, demands demands, values []string) {
	t.Helper()
	for _, demand := range demands {
		if err := demand(values); err != nil {
			t.Error(err)
		}
	}
}

// The rules of eop_hybrid offer by_family as the allowlist does, and fit where it fits.
func TestHybridRulesFit(t *testing.T) {
	table := targets(t)
	wired := []wiring{
		{"azurerm_network_security_rule", "source_address_prefixes", eachFamily, oneFamily},
		{"google_compute_firewall", "source_ranges", eachFamily, oneFamily},
		{"azurerm_ip_group", "cidrs", eachFamily, oneFamily},
	}
	for _, instance := range endpoints.ServedInstances() {
		rules := read(t, "eop_hybrid", instance).GetAttr("address_rules")
		if n := rules.LengthInt(); n < 5 {
			t.Errorf("%s has %d flows by address", instance, n)
		}
		for it := rules.ElementIterator(); it.Next(); {
			name, flow := it.Element()
			for _, w := range wired {
				t.Run(string(instance)+"/"+name.AsString()+"/"+w.resource, func(t *testing.T) {
					w.check(t, flow, typeOf(t, table, w.resource, w.path))
				})
			}
		}
	}
}

// The wirings that go wrong in practice are refused by Terraform's own rules...
func TestWrongWiringsAreRefused(t *testing.T) {
	table, list := targets(t), allowlist(t, endpoints.Worldwide)
	oneRule := list.GetAttr("rules").Index(cty.StringVal("40.92.0.0/15"))
	for name, tc := range map[string]struct {
		value          cty.Value
		resource, path string
	}{
		"a list for one CIDR":   {list.GetAttr("cidrs"), "aws_vpc_security_group_ingress_rule", "cidr_ipv4"},
		"a list for one remote": {list.GetAttr("ipv4_cidrs"), "openstack_networking_secgroup_rule_v2", "remote_ip_prefix"},
		"the map of rules for a list": {
			list.GetAttr("rules"), "azurerm_network_security_rule", "source_address_prefixes",
		},
		"by_family for a list":       {list.GetAttr("by_family"), "google_compute_firewall", "source_ranges"},
		"a rule for its CIDR":        {oneRule, "oci_core_network_security_group_security_rule", "source"},
		"a port for a list of ports": {list.GetAttr("port"), "google_compute_firewall", "allow.ports"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := convert.Convert(tc.value, typeOf(t, table, tc.resource, tc.path)); err == nil {
				t.Errorf("it became %#v", got)
			}
		})
	}
}

// ...or fit the type and break a demand, which the types cannot show.
func TestWrongFormsAreRefused(t *testing.T) {
	high, world := allowlist(t, endpoints.USGovGCCHigh), allowlist(t, endpoints.Worldwide)
	mixed := texts(t, world.GetAttr("cidrs"))
	for name, tc := range map[string]struct {
		demand func([]string) error
		values []string
	}{
		"both families on Azure":                {compat.OneFamily, mixed},
		"a list united with your own":           {compat.Disjoint, append(mixed, "40.92.1.0/24")},
		"an empty list on Google":               {compat.NotEmpty, nil},
		"a /32 on Cloudflare":                   {compat.HostOrCIDR, texts(t, high.GetAttr("cidrs"))},
		"host bits on Cloudflare":               {compat.HostOrCIDR, []string{"40.92.0.1/15"}},
		"a prefix as FortiGate's subnet":        {compat.AddressAndMask, texts(t, world.GetAttr("ipv4_cidrs"))},
		"host bits with a mask on FortiGate":    {compat.AddressAndMask, []string{"40.92.0.1 255.254.0.0"}},
		"a mask with a hole on FortiGate":       {compat.AddressAndMask, []string{"40.92.0.0 255.0.255.0"}},
		"an IPv6 prefix spelled out on AWS":     {compat.Canonical, []string{"2a01:111:f400:0::/48"}},
		"host bits on Hetzner":                  {compat.Canonical, []string{"40.92.0.1/15"}},
		"more prefixes than a security group's": {compat.AtMost(5), mixed},
		"an apostrophe on AWS":                  {eachText(compat.AWSDescription), []string{"Microsoft's mail"}},
		"an essay on Azure":                     {eachText(compat.AzureDescription), []string{strings.Repeat("x", 141)}},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.demand(tc.values) == nil {
				t.Errorf("%v passes", tc.values)
			}
		})
	}
}

func TestTableIsWellFormed(t *testing.T) {
	table := targets(t)
	for name := range table.DataSources {
		t.Run("data "+name, func(t *testing.T) {
			for _, path := range paths(table.DataSources[name]) {
				typeOf(t, &compat.Table{Resources: table.DataSources}, name, path)
			}
		})
	}
	for name, r := range table.Resources {
		t.Run(name, func(t *testing.T) {
			for attribute := range r.Attributes {
				typeOf(t, table, name, attribute)
			}
			for _, path := range paths(r) {
				typeOf(t, table, name, path)
			}
			for _, types := range r.Refers {
				for _, typ := range types {
					if table.Resources[typ].Key == "" {
						t.Errorf("%s is referred to, but has no key", typ)
					}
				}
			}
			for _, form := range slices.Concat(slices.Collect(maps.Values(r.Forms)), slices.Collect(maps.Values(r.API.Forms))) {
				if compat.Forms[form] == nil {
					t.Errorf("no form %s", form)
				}
			}
		})
	}
}

// paths are all paths that a resource of the table names.
func paths(r compat.Resource) []string {
	out := slices.Concat(r.Blocks, r.Nested, r.Required, r.Computed, r.ReadOnly)
	out = slices.AppendSeq(out, maps.Keys(r.Refers))
	out = slices.AppendSeq(out, maps.Keys(r.Answers))
	if r.Key != "" {
		out = append(out, r.Key)
	}
	if r.Place != nil {
		out = append(out, r.Place.At, r.Place.In)
	}
	for _, rules := range []compat.Rules{r.Rules, r.API} {
		out = slices.AppendSeq(out, maps.Keys(rules.MinItems))
		out = slices.AppendSeq(out, maps.Keys(rules.MaxItems))
		out = slices.AppendSeq(out, maps.Keys(rules.MaxLength))
		out = slices.AppendSeq(out, maps.Keys(rules.Values))
		out = slices.AppendSeq(out, maps.Keys(rules.Forms))
		for _, c := range slices.Concat(rules.ExactlyOneOf, rules.AtMostOneOf, rules.AtLeastOneOf, rules.OneFamily) {
			for _, path := range append(slices.Collect(maps.Keys(c.Unless)), c.Of...) {
				out = append(out, strings.TrimPrefix(c.In+"."+path, "."))
			}
		}
	}
	return out
}
