package provider_test

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/hybrid"
)

const hybridName = "eop_hybrid"

func readHybrid(t *testing.T, args object) (state object, warnings string) {
	t.Helper()
	state, diags := configured(t, nil).Read(t, hybridName, args)
	if diags.Errors() != "" {
		t.Fatal(diags.Errors())
	}
	return state, diags.Warnings()
}

// ruleIn is the flow's rule, or nil.
func ruleIn(state object, attribute, flow string) object {
	r, _ := state[attribute].(object)[flow].(object)
	return r
}

func TestHybridOfEveryInstance(t *testing.T) {
	for _, instance := range endpoints.ServedInstances() {
		t.Run(string(instance), func(t *testing.T) {
			state, warnings := readHybrid(t, object{"instance": string(instance)})
			l := eoptest.Newest(t, instance)
			want, err := hybrid.Resolve(l, hybrid.Options{})
			if err != nil || warnings != "" {
				t.Fatal(err, warnings)
			}
			wantAttributes(t, object{
				"instance": string(instance), "version": l.Version.String(), "published": l.Version.Published(),
				"source": "embedded", "stale": false, "health_mailboxes": nil,
				"address_rules": addressRules(want.AddressRules), "name_rules": nameRules(want.NameRules),
				"unresolved": reasons(want.Unresolved), "requirements": requirements(want.Requirements),
			}, state)
		})
	}
}

// listOfEach is a list as the protocol hands it out, never null.
func listOfEach[T any](in []T, value func(T) any) []any {
	out := make([]any, len(in))
	for i, e := range in {
		out[i] = value(e)
	}
	return out
}

func textList(in []string) []any { return listOfEach(in, func(s string) any { return s }) }

func cidrs(in []netip.Prefix) []any {
	return listOfEach(in, func(p netip.Prefix) any { return p.String() })
}

func flowObject(r hybrid.Rule) object {
	return object{
		"ports":    listOfEach(r.Ports, func(p uint16) any { return float64(p) }),
		"protocol": "tcp", "inbound": r.Inbound, "required": r.Required, "purpose": r.Purpose,
		"conditions": r.Conditions, "reference": r.Reference,
		"endpoint_set_ids": listOfEach(r.SetIDs, func(id int) any { return float64(id) }),
	}
}

func addressRules(in map[hybrid.Flow]hybrid.AddressRule) object {
	out := object{}
	for f, r := range in {
		o := flowObject(r.Rule)
		ipv4, ipv6 := cidr.SplitFamilies(r.Prefixes)
		families := object{}
		if len(ipv4) > 0 {
			families["ipv4"] = cidrs(ipv4)
		}
		if len(ipv6) > 0 {
			families["ipv6"] = cidrs(ipv6)
		}
		o["cidrs"], o["ipv4_cidrs"], o["ipv6_cidrs"] = cidrs(r.Prefixes), cidrs(ipv4), cidrs(ipv6)
		o["by_family"], o["address_basis"] = families, r.Basis
		o["hostnames"], o["hostnames_without_addresses"] = textList(r.Hostnames), textList(r.NamesOnly)
		out[string(f)] = o
	}
	return out
}

func nameRules(in map[hybrid.Flow]hybrid.NameRule) object {
	out := object{}
	for f, r := range in {
		o := flowObject(r.Rule)
		o["hostnames"], o["name_basis"] = textList(r.Hostnames), r.Basis
		out[string(f)] = o
	}
	return out
}

func reasons(in map[hybrid.Flow]string) object {
	out := object{}
	for f, reason := range in {
		out[string(f)] = reason
	}
	return out
}

func requirements(in []hybrid.Requirement) []any {
	return listOfEach(in, func(r hybrid.Requirement) any {
		o := object{
			"id": r.ID, "title": r.Title, "detail": r.Detail, "reference": r.Reference, "as_of": r.AsOf,
			"deadline":   nil,
			"applies_to": listOfEach(r.AppliesTo, func(i endpoints.Instance) any { return string(i) }),
		}
		if r.Deadline != "" {
			o["deadline"] = r.Deadline
		}
		return o
	})
}

// smtp is the allowlist's data source in one object, in every instance.
func TestHybridSMTPIsTheAllowlist(t *testing.T) {
	for name, args := range map[string]object{
		"worldwide, relay pool": {"instance": "worldwide", "include_relay_pool": true},
		"china":                 {"instance": "china"},
		"usgovdod":              {"instance": "usgovdod"},
		"usgovgcchigh, 2018":    {"instance": "usgovgcchigh", "version": "2018063000"},
		"before the service":    {"version": "2014-05-20"},
	} {
		t.Run(name, func(t *testing.T) {
			state, _ := readHybrid(t, args)
			plain := maps.Clone(args)
			delete(plain, "include_relay_pool")
			allowlist, diags := configured(t, nil).Read(t, allowlistName, plain)
			if len(diags) != 0 {
				t.Fatal(diags.Errors())
			}
			smtp := state["smtp"].(object)
			want := maps.Clone(allowlist)
			maps.DeleteFunc(want, func(attribute string, _ any) bool { _, ok := smtp[attribute]; return !ok })
			if diff := cmp.Diff(want, smtp); diff != "" {
				t.Errorf("-allowlist +smtp:\n%s", diff)
			}
		})
	}
}

func TestHybridRelayPoolWarns(t *testing.T) {
	state, warnings := readHybrid(t, object{"include_relay_pool": true})
	for _, want := range []string{`AttributeName("include_relay_pool")`, "40.95.0.0/16", "SPF"} {
		if !strings.Contains(warnings, want) {
			t.Errorf("warnings %q lack %q", warnings, want)
		}
	}
	if !slices.Contains(stringsOf(t, ruleIn(state, "address_rules", "smtp_inbound")["cidrs"]), "40.95.0.0/16") {
		t.Error("the pool is not in smtp_inbound")
	}
	if slices.Contains(stringsOf(t, state["smtp"].(object)["cidrs"]), "40.95.0.0/16") {
		t.Error("the pool is in smtp")
	}
	if _, warnings := readHybrid(t, object{"include_relay_pool": false}); warnings != "" {
		t.Errorf("without: %s", warnings)
	}
}

func TestHybridOptions(t *testing.T) {
	args := object{
		"flows":        []any{"edge_sync", "hybrid_agent_outbound", "free_busy_inbound"},
		"hybrid_agent": true, "edge_servers": []any{"192.0.2.10"},
	}
	state, warnings := readHybrid(t, args)
	if warnings != "" {
		t.Error(warnings)
	}
	wantAttributes(t, with(args, object{"unresolved": object{
		"free_busy_inbound": "The Hybrid Agent takes its place: it connects from inside, see hybrid_agent_outbound.",
	}}), state)
	if diff := cmp.Diff([]any{"192.0.2.10/32"}, ruleIn(state, "address_rules", "edge_sync")["cidrs"]); diff != "" {
		t.Errorf("edge_sync, -want +got:\n%s", diff)
	}
	if ruleIn(state, "name_rules", "hybrid_agent_outbound") == nil {
		t.Errorf("name_rules: %v", state["name_rules"])
	}
}

// The report is the one eop_health_mailboxes gives for the same arguments.
func TestHybridHealthMailboxes(t *testing.T) {
	for name, args := range map[string]object{
		"servers":   organizationServers,
		"listing":   {"listing": listingShapes["list"](organization())},
		"no copies": {"servers": []any{}},
		"none":      {"inventory": []any{}},
		"databases": {"databases": []string{"Store 1"}},
		"totals":    {"totals": object{"exchange_version": "2016", "database_copies": 24, "client_access_servers": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			state, _ := readHybrid(t, args)
			health, diags := configured(t, nil).Read(t, healthName, args)
			if len(diags) != 0 {
				t.Fatal(diags.Errors())
			}
			report, ok := state["health_mailboxes"].(object)
			if !ok {
				t.Fatal("no report")
			}
			want := maps.Clone(health)
			maps.DeleteFunc(want, func(attribute string, _ any) bool { _, ok := report[attribute]; return !ok })
			if diff := cmp.Diff(want, report); diff != "" {
				t.Errorf("-eop_health_mailboxes +got:\n%s", diff)
			}
			kept := maps.Clone(health)
			maps.DeleteFunc(kept, func(attribute string, _ any) bool { _, ok := args[attribute]; return !ok })
			wantAttributes(t, kept, state)
		})
	}
}

func TestHybridErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		args object
		want []string
	}{
		"unknown flow": {
			object{"flows": []string{"smtp_inbound", "pop3"}},
			[]string{`AttributeName("flows").ElementKeyInt(1)`, `"pop3" is not a flow`, "smtp_inbound, smtp_outbound"},
		},
		"flow twice": {
			object{"flows": []string{"edge_sync", "edge_sync"}},
			[]string{`AttributeName("flows").ElementKeyInt(1)`, "twice"},
		},
		"null flow": {
			object{"flows": []any{nil}},
			[]string{`AttributeName("flows").ElementKeyInt(0)`, "It is null"},
		},
		"agent, modern auth": {
			object{"hybrid_agent": true, "flows": []string{"hybrid_modern_auth_inbound"}},
			[]string{`AttributeName("flows").ElementKeyInt(0)`, "does not support hybrid modern authentication"},
		},
		"edge by name": {
			object{"edge_servers": []string{"edge.contoso.example"}},
			[]string{`AttributeName("edge_servers").ElementKeyInt(0)`, "edge.contoso.example"},
		},
		"edge everywhere": {
			object{"edge_servers": []string{"0.0.0.0/0"}},
			[]string{`AttributeName("edge_servers").ElementKeyInt(0)`, "every address"},
		},
		"two listings": {
			object{"listing": "x", "listing_file": "y"},
			[]string{`AttributeName("listing_file")`, "Give listing or listing_file"},
		},
		"unreadable listing": {
			object{"listing_file": "missing.txt"},
			[]string{`AttributeName("listing_file")`},
		},
		"health version": {
			object{"totals": object{"exchange_version": "2003", "database_copies": 1, "client_access_servers": 1}},
			[]string{`AttributeName("totals").AttributeName("exchange_version")`},
		},
		"france pinned": {
			object{"instance": "france", "version": "2026033100"},
			[]string{`AttributeName("version")`, "Ask Microsoft"},
		},
		"early china": {
			object{"instance": "china", "version": "2018063000"},
			[]string{`AttributeName("version")`, "2019062800"},
		},
		"no IPv6 in 2013": {
			object{"version": "2013-04-23"},
			[]string{`AttributeName("version")`, "no IPv6 prefix", "Pin a newer version"},
		},
		"GCC": {
			object{"instance": "gcc"},
			[]string{`AttributeName("instance")`, `"worldwide"`},
		},
		"unknown version": {
			object{"version": "2026081401"},
			[]string{`AttributeName("version")`, "nearest known are"},
		},
		"minimum not reached": {
			object{"minimum_version": "2097010100"},
			[]string{`AttributeName("minimum_version")`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			state, diags := configured(t, nil).Read(t, hybridName, tc.args)
			wantError(t, name, diags, tc.want...)
			if state != nil {
				t.Error("a state came out beside the error")
			}
		})
	}
	t.Run("no flow", func(t *testing.T) { // the validator's own words
		_, diags := configured(t, nil).Read(t, hybridName, object{"flows": []any{}})
		if !strings.Contains(diags.Errors(), `AttributeName("flows")`) {
			t.Error(diags.Errors())
		}
	})
}
