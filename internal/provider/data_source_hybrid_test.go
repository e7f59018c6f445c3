package provider_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

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

// rulesOf is the flow's rule, or nil.
func ruleIn(state object, attribute, flow string) object {
	r, _ := state[attribute].(object)[flow].(object)
	return r
}

func TestHybridOfEveryInstance(t *testing.T) {
	for _, instance := range endpoints.ServedInstances() {
		name := string(instance)
		state, warnings := readHybrid(t, object{"instance": name})
		l := eoptest.Newest(t, instance)
		want, err := hybrid.Resolve(l, hybrid.Options{})
		if err != nil || warnings != "" {
			t.Fatal(err, warnings)
		}
		if state["instance"] != name || state["version"] != l.Version.String() || state["published"] != l.Version.Published() || state["source"] != "embedded" || state["stale"] != false || state["health_mailboxes"] != nil {
			t.Errorf("%s: %v %v %v %v %v", name, state["instance"], state["version"], state["published"], state["source"], state["stale"])
		}
		flows := 0
		for f, r := range want.AddressRules {
			got := ruleIn(state, "address_rules", string(f))
			flows++
			families := got["by_family"].(object)
			var inFamilies []string
			for _, family := range []string{"ipv4", "ipv6"} {
				if one, ok := families[family]; ok {
					if len(stringsOf(t, one)) == 0 || !slices.Equal(stringsOf(t, one), stringsOf(t, got[family+"_cidrs"])) {
						t.Errorf("%s %s: %s %v", name, f, family, one)
					}
					inFamilies = append(inFamilies, stringsOf(t, one)...)
				}
			}
			if cidrs := stringsOf(t, got["cidrs"]); len(cidrs) != len(r.Prefixes) || !slices.Equal(cidrs, inFamilies) {
				t.Errorf("%s %s: %v by family %v", name, f, cidrs, families)
			}
			if got["address_basis"] != r.Basis || !slices.Equal(stringsOf(t, got["hostnames"]), r.Hostnames) || !slices.Equal(stringsOf(t, got["hostnames_without_addresses"]), r.NamesOnly) {
				t.Errorf("%s %s: %v", name, f, got)
			}
			checkFlow(t, name+" "+string(f), got, r.Rule)
		}
		for f, r := range want.NameRules {
			flows++
			got := ruleIn(state, "name_rules", string(f))
			if got["name_basis"] != r.Basis || !slices.Equal(stringsOf(t, got["hostnames"]), r.Hostnames) {
				t.Errorf("%s %s: %v", name, f, got)
			}
			checkFlow(t, name+" "+string(f), got, r.Rule)
		}
		for f, reason := range want.Unresolved {
			flows++
			if got := state["unresolved"].(object)[string(f)]; got != reason {
				t.Errorf("%s %s: %v", name, f, got)
			}
		}
		if n := len(state["address_rules"].(object)) + len(state["name_rules"].(object)) + len(state["unresolved"].(object)); flows != n || n != len(hybrid.Flows()) {
			t.Errorf("%s: %d flows, want %d", name, n, flows)
		}
		for i, r := range want.Requirements {
			got := state["requirements"].([]any)[i].(object)
			asOf, _ := got["as_of"].(string)
			if got["id"] != r.ID || got["title"] != r.Title || got["detail"] != r.Detail || got["reference"] != r.Reference || asOf != r.AsOf || (got["as_of"] == nil) != (r.AsOf == "") {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
}

func checkFlow(t *testing.T, name string, got object, r hybrid.Rule) {
	t.Helper()
	numbers := func(v any) string { return fmt.Sprint(v) }
	ids := r.SetIDs
	if ids == nil {
		ids = []int{}
	}
	if numbers(got["ports"]) != fmt.Sprint(r.Ports) || got["protocol"] != "tcp" || got["inbound"] != r.Inbound || got["required"] != r.Required ||
		got["purpose"] != r.Purpose || got["conditions"] != r.Conditions || got["reference"] != r.Reference || numbers(got["endpoint_set_ids"]) != fmt.Sprint(ids) {
		t.Errorf("%s: %v, want %+v", name, got, r)
	}
}

// smtp is the allowlist's data source in one object, in every instance.
func TestHybridSMTPIsTheAllowlist(t *testing.T) {
	for _, args := range []object{
		{"instance": "worldwide", "include_relay_pool": true},
		{"instance": "china"},
		{"instance": "usgovdod"},
		{"instance": "usgovgcchigh", "version": "2018063000"},
		{"version": "2014-05-20"},
	} {
		state, _ := readHybrid(t, args)
		plain := maps.Clone(args)
		delete(plain, "include_relay_pool")
		want, diags := configured(t, nil).Read(t, allowlistName, plain)
		if len(diags) != 0 {
			t.Fatal(diags.Errors())
		}
		smtp := state["smtp"].(object)
		for attribute, got := range smtp {
			if !reflect.DeepEqual(got, want[attribute]) {
				t.Errorf("%v: %s = %v, want %v", args, attribute, got, want[attribute])
			}
		}
		if len(smtp) < 13 {
			t.Errorf("%v: %d attributes", args, len(smtp))
		}
	}
}

func TestHybridRelayPoolWarns(t *testing.T) {
	state, warnings := readHybrid(t, object{"include_relay_pool": true})
	if !strings.Contains(warnings, `AttributeName("include_relay_pool")`) || !strings.Contains(warnings, "40.95.0.0/16") || !strings.Contains(warnings, "SPF") {
		t.Errorf("warnings %q", warnings)
	}
	if !slices.Contains(stringsOf(t, ruleIn(state, "address_rules", "smtp_inbound")["cidrs"]), "40.95.0.0/16") || slices.Contains(stringsOf(t, state["smtp"].(object)["cidrs"]), "40.95.0.0/16") {
		t.Error("the pool belongs into smtp_inbound, and there only")
	}
	if _, warnings := readHybrid(t, object{"include_relay_pool": false}); warnings != "" {
		t.Error(warnings)
	}
}

func TestHybridOptions(t *testing.T) {
	args := object{"flows": []string{"edge_sync", "hybrid_agent_outbound", "free_busy_inbound"}, "hybrid_agent": true, "edge_servers": []string{"192.0.2.10"}}
	state, warnings := readHybrid(t, args)
	unresolved := state["unresolved"].(object)
	if warnings != "" || len(unresolved) != 1 || !strings.Contains(unresolved["free_busy_inbound"].(string), "Hybrid Agent takes its place") {
		t.Errorf("%v %s", unresolved, warnings)
	}
	if got := stringsOf(t, ruleIn(state, "address_rules", "edge_sync")["cidrs"]); !slices.Equal(got, []string{"192.0.2.10/32"}) || ruleIn(state, "name_rules", "hybrid_agent_outbound") == nil {
		t.Errorf("%v, %v", state["address_rules"], state["name_rules"])
	}
	for name, written := range args {
		if fmt.Sprint(state[name]) != fmt.Sprint(written) {
			t.Errorf("%s is kept as %v", name, state[name])
		}
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
		state, _ := readHybrid(t, args)
		want, diags := configured(t, nil).Read(t, healthName, args)
		if len(diags) != 0 {
			t.Fatal(diags.Errors())
		}
		report, ok := state["health_mailboxes"].(object)
		if !ok {
			t.Errorf("%s: no report", name)
			continue
		}
		for attribute, got := range report {
			if !reflect.DeepEqual(got, want[attribute]) {
				t.Errorf("%s: %s = %v, want %v", name, attribute, got, want[attribute])
			}
		}
		for argument, written := range args {
			if !reflect.DeepEqual(state[argument], want[argument]) {
				t.Errorf("%s: %s is kept as %v, written %v", name, argument, state[argument], written)
			}
		}
	}
}

func TestHybridErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		args object
		want []string
	}{
		"unknown flow":        {object{"flows": []string{"smtp_inbound", "pop3"}}, []string{`AttributeName("flows").ElementKeyInt(1)`, `"pop3" is not a flow`, "smtp_inbound, smtp_outbound"}},
		"flow twice":          {object{"flows": []string{"edge_sync", "edge_sync"}}, []string{`AttributeName("flows").ElementKeyInt(1)`, "twice"}},
		"null flow":           {object{"flows": []any{nil}}, []string{`AttributeName("flows").ElementKeyInt(0)`, "It is null"}},
		"agent, modern auth":  {object{"hybrid_agent": true, "flows": []string{"hybrid_modern_auth_inbound"}}, []string{`AttributeName("flows").ElementKeyInt(0)`, "does not support hybrid modern authentication"}},
		"edge by name":        {object{"edge_servers": []string{"edge.contoso.example"}}, []string{`AttributeName("edge_servers").ElementKeyInt(0)`, "edge.contoso.example"}},
		"edge everywhere":     {object{"edge_servers": []string{"0.0.0.0/0"}}, []string{`AttributeName("edge_servers").ElementKeyInt(0)`, "every address"}},
		"two listings":        {object{"listing": "x", "listing_file": "y"}, []string{`AttributeName("listing_file")`, "Give listing or listing_file"}},
		"unreadable listing":  {object{"listing_file": "missing.txt"}, []string{`AttributeName("listing_file")`}},
		"health version":      {object{"totals": object{"exchange_version": "2003", "database_copies": 1, "client_access_servers": 1}}, []string{`AttributeName("totals").AttributeName("exchange_version")`}},
		"france pinned":       {object{"instance": "france", "version": "2026033100"}, []string{`AttributeName("version")`, "Ask Microsoft"}},
		"early china":         {object{"instance": "china", "version": "2018063000"}, []string{`AttributeName("version")`, "2019062800"}},
		"no IPv6 in 2013":     {object{"version": "2013-04-23"}, []string{`AttributeName("version")`, "no IPv6 prefix", "Pin a newer version"}},
		"GCC":                 {object{"instance": "gcc"}, []string{`AttributeName("instance")`, `"worldwide"`}},
		"unknown version":     {object{"version": "2026081401"}, []string{`AttributeName("version")`, "nearest known are"}},
		"minimum not reached": {object{"minimum_version": "2097010100"}, []string{`AttributeName("minimum_version")`}},
	} {
		state, diags := configured(t, nil).Read(t, hybridName, tc.args)
		wantError(t, name, diags, tc.want...)
		if state != nil {
			t.Errorf("%s: a state came out beside the error", name)
		}
	}
	if _, diags := configured(t, nil).Read(t, hybridName, object{"flows": []any{}}); !strings.Contains(diags.Errors(), `AttributeName("flows")`) {
		t.Errorf("no flow: %s", diags.Errors())
	}
}
