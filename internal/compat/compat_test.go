// Package compat proves, with Terraform's own conversion rules, that what the
// provider hands out fits the attributes that cloud rule resources take.
//
// targets.json is the table of those attributes and their types, as the
// providers' schemas stated them in August 2026.
package compat

import (
	_ "embed"
	"encoding/json"
	"testing"

	"github.com/hashicorp/go-cty/cty"
	"github.com/hashicorp/go-cty/cty/convert"
	ctyjson "github.com/hashicorp/go-cty/cty/json"
	"github.com/hashicorp/go-cty/cty/msgpack"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/provider"
	"github.com/eop-firewall/terraform-provider-eop/internal/providertest"
)

//go:embed targets.json
var targetsJSON []byte

// targets are the attribute types by resource and attribute.
func targets(t *testing.T) map[string]map[string]cty.Type {
	t.Helper()
	var raw map[string]map[string]json.RawMessage
	if err := json.Unmarshal(targetsJSON, &raw); err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]cty.Type{}
	for resource, attributes := range raw {
		out[resource] = map[string]cty.Type{}
		for name, typ := range attributes {
			parsed, err := ctyjson.UnmarshalType(typ)
			if err != nil {
				t.Fatalf("%s.%s: %v", resource, name, err)
			}
			out[resource][name] = parsed
		}
	}
	return out
}

// allowlist reads eop_smtp_allowlist from the running provider, in the type its
// schema declares.
func allowlist(t *testing.T, instance endpoints.Instance) cty.Value {
	t.Helper()
	s := providertest.New(t, providerserver.NewProtocol6(provider.New("test")())())
	if diags := s.Configure(t, providertest.Object{"list_source": "embedded"}); diags.Errors() != "" {
		t.Fatal(diags.Errors())
	}
	typ, packed := s.ReadRaw(t, "eop_smtp_allowlist", providertest.Object{"instance": string(instance)})
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

// wiring is an expression of a configuration and the attribute it is given to.
type wiring struct {
	resource, attribute string
	from                string // the expression in HCL, for the reader
	value               func(list cty.Value) cty.Value
}

func attribute(names ...string) func(cty.Value) cty.Value {
	return func(v cty.Value) cty.Value {
		for _, n := range names {
			if v.Type().IsMapType() {
				v = v.Index(cty.StringVal(n))
			} else {
				v = v.GetAttr(n)
			}
		}
		return v
	}
}

// eachRule takes a field of the rules as for_each does, one value a rule.
func eachRule(field string) func(cty.Value) []cty.Value {
	return func(list cty.Value) (out []cty.Value) {
		for it := list.GetAttr("rules").ElementIterator(); it.Next(); {
			_, rule := it.Element()
			out = append(out, rule.GetAttr(field))
		}
		return out
	}
}

func TestListsFitTheTargets(t *testing.T) {
	table := targets(t)
	wirings := []wiring{
		{"azurerm_network_security_rule", "source_address_prefixes", `by_family["ipv4"]`, attribute("by_family", "ipv4")},
		{"azurerm_network_security_rule", "source_address_prefixes", `by_family["ipv6"]`, attribute("by_family", "ipv6")},
		{"azurerm_ip_group", "cidrs", "ipv4_cidrs", attribute("ipv4_cidrs")},
		{"google_compute_firewall", "source_ranges", "ipv4_cidrs", attribute("ipv4_cidrs")},
		{"google_compute_firewall", "source_ranges", "ipv6_cidrs", attribute("ipv6_cidrs")},
		{"google_compute_firewall", "destination_ranges", "ipv4_cidrs", attribute("ipv4_cidrs")},
		{"google_network_security_address_group", "items", "ipv4_cidrs", attribute("ipv4_cidrs")},
		{"azurerm_network_security_rule", "destination_port_range", "port", attribute("port")},
		{"hcloud_firewall", "rule", "cidrs", func(v cty.Value) cty.Value {
			return cty.TupleVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{
				"description": cty.StringVal("x"), "destination_ips": cty.NullVal(cty.DynamicPseudoType), "direction": cty.StringVal("in"),
				"port": v.GetAttr("port"), "protocol": v.GetAttr("protocol"), "source_ips": v.GetAttr("cidrs"),
			})})
		}},
		{"aws_security_group", "ingress", "ipv4_cidrs, ipv6_cidrs", func(v cty.Value) cty.Value {
			null := cty.NullVal(cty.DynamicPseudoType)
			return cty.TupleVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{
				"cidr_blocks": v.GetAttr("ipv4_cidrs"), "ipv6_cidr_blocks": v.GetAttr("ipv6_cidrs"), "description": cty.StringVal("x"),
				"from_port": v.GetAttr("port"), "to_port": v.GetAttr("port"), "protocol": v.GetAttr("protocol"),
				"prefix_list_ids": null, "security_groups": null, "self": null,
			})})
		}},
	}
	for _, instance := range endpoints.ServedInstances() {
		list := allowlist(t, instance)
		for _, w := range wirings {
			typ, ok := table[w.resource][w.attribute]
			if !ok {
				t.Fatalf("%s.%s is not in targets.json", w.resource, w.attribute)
			}
			got, err := convert.Convert(w.value(list), typ)
			if err != nil {
				t.Errorf("%s: %s = %s: %v", w.resource, w.attribute, w.from, err)
				continue
			}
			if got.IsNull() || !got.IsWhollyKnown() || got.CanIterateElements() && got.LengthInt() == 0 {
				t.Errorf("%s: %s = %s arrives as %#v", w.resource, w.attribute, w.from, got)
			}
		}
	}
}

func TestRulesFitOneRuleTargets(t *testing.T) {
	table := targets(t)["aws_vpc_security_group_ingress_rule"]
	for _, instance := range endpoints.ServedInstances() {
		list := allowlist(t, instance)
		for field, target := range map[string]string{
			"cidr": "cidr_ipv4", "protocol": "ip_protocol", "from_port": "from_port", "to_port": "to_port", "description": "description",
		} {
			values := eachRule(field)(list)
			if len(values) == 0 {
				t.Fatalf("%s has no rules", instance)
			}
			for _, v := range values {
				if _, err := convert.Convert(v, table[target]); err != nil {
					t.Errorf("%s = each.value.%s: %v", target, field, err)
				}
			}
		}
	}
}

// The wirings that go wrong in practice are refused by the same rules.
func TestWrongWiringsAreRefused(t *testing.T) {
	table, list := targets(t), allowlist(t, endpoints.Worldwide)
	for name, tc := range map[string]struct {
		value cty.Value
		typ   cty.Type
	}{
		"a list for one CIDR":         {list.GetAttr("cidrs"), table["aws_vpc_security_group_ingress_rule"]["cidr_ipv4"]},
		"the map of rules for a list": {list.GetAttr("rules"), table["azurerm_network_security_rule"]["source_address_prefixes"]},
		"by_family for a list":        {list.GetAttr("by_family"), table["google_compute_firewall"]["source_ranges"]},
	} {
		if got, err := convert.Convert(tc.value, tc.typ); err == nil {
			t.Errorf("%s became %#v", name, got)
		}
	}
}
