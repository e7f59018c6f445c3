package provider_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
)

const allowlistName = "eop_smtp_allowlist"

func stringsOf(t testing.TB, v any) []string {
	t.Helper()
	in, ok := v.([]any)
	if !ok {
		t.Fatalf("%v is no list", v)
	}
	out := make([]string, len(in))
	for i, e := range in {
		out[i] = e.(string)
	}
	return out
}

// Every version of every instance in the archive, through the protocol.
func TestAllowlistOfEveryVersion(t *testing.T) {
	s := configured(t, nil)
	for _, instance := range endpoints.Instances() {
		for _, e := range eoptest.SMTPHistory(t, instance) {
			name := string(instance) + " " + e.Version.String()
			state, diags := s.Read(t, allowlistName, object{"instance": string(instance), "version": e.Version.String()})
			ipv4, ipv6 := cidr.SplitFamilies(e.SMTP.Prefixes)
			switch {
			case !e.Has:
				wantError(t, name, diags, "Unable to find an SMTP endpoint set", e.Version.String())
			case len(ipv6) == 0:
				wantError(t, name, diags, "allow_missing_family", "IPv6")
			default:
				if len(diags) != 0 {
					t.Errorf("%s: %v", name, diags.Errors()+diags.Warnings())
					continue
				}
				checkPrefixes(t, name, state, ipv4, ipv6)
				if state["version"] != e.Version.String() || state["instance"] != string(instance) ||
					state["published"] != e.Version.Published() ||
					state["source"] != "embedded" {
					t.Errorf(
						"%s: provenance %v %v %v %v",
						name,
						state["version"],
						state["instance"],
						state["published"],
						state["source"],
					)
				}
			}
		}
	}
}

// checkPrefixes holds every attribute made of prefixes against the list they come from.
func checkPrefixes(t *testing.T, name string, state object, ipv4, ipv6 []netip.Prefix) {
	t.Helper()
	want4, want6 := cidr.Strings(ipv4), cidr.Strings(ipv6)
	all := slices.Concat(want4, want6)
	families := state["by_family"].(object)
	for what, pair := range map[string][2][]string{
		"cidrs":          {stringsOf(t, state["cidrs"]), all},
		"ipv4_cidrs":     {stringsOf(t, state["ipv4_cidrs"]), want4},
		"ipv6_cidrs":     {stringsOf(t, state["ipv6_cidrs"]), want6},
		"by_family ipv4": {stringsOf(t, families["ipv4"]), want4},
		"by_family ipv6": {stringsOf(t, families["ipv6"]), want6},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s: %s = %v, want %v", name, what, pair[0], pair[1])
		}
	}
	rules := state["rules"].(object)
	if len(rules) != len(all) || len(families) != 2 {
		t.Errorf("%s: %d rules and %d families for %d prefixes", name, len(rules), len(families), len(all))
	}
	for _, p := range all {
		r, _ := rules[p].(object)
		if r["cidr"] != p || r["protocol"] != "tcp" || r["from_port"] != 25.0 || r["to_port"] != 25.0 ||
			r["family"] != (allowlist.Rule{Prefix: netip.MustParsePrefix(p)}).Family() ||
			r["port_range"] != "25" {
			t.Errorf("%s: rule %s = %v", name, p, r)
		}
	}
	if got := state["sha256"]; got != allowlist.SHA256(slices.Concat(ipv4, ipv6)) {
		t.Errorf("%s: sha256 %v", name, got)
	}
	if state["port"] != 25.0 || state["protocol"] != "tcp" {
		t.Errorf("%s: %v/%v", name, state["protocol"], state["port"])
	}
}

func TestAllowlistDefaults(t *testing.T) {
	for name, tc := range map[string]struct {
		provider, args object
		instance       string
	}{
		"nothing said":          {nil, nil, "worldwide"},
		"provider":              {object{"instance": "china"}, nil, "china"},
		"data source wins":      {object{"instance": "china"}, object{"instance": "usgovdod"}, "usgovdod"},
		"any case, in provider": {object{"instance": "USGovGCCHigh"}, nil, "usgovgcchigh"},
		"any case, in source":   {nil, object{"instance": "China"}, "china"},
	} {
		state, diags := configured(t, tc.provider).Read(t, allowlistName, tc.args)
		newest, _ := eoptest.Archive(t).Newest(endpoints.Instance(tc.instance))
		if len(diags) != 0 || state["instance"] != tc.instance || state["version"] != newest.String() {
			t.Errorf("%s: %v %v, %s", name, state["instance"], state["version"], diags.Errors())
		}
	}
}

func TestAllowlistMissingFamilyAllowed(t *testing.T) {
	state, diags := configured(
		t,
		nil,
	).Read(t, allowlistName, object{"version": "2013-04-23", "allow_missing_family": true})
	if len(diags) != 0 {
		t.Fatal(diags.Errors())
	}
	families := state["by_family"].(object)
	if len(stringsOf(t, state["ipv4_cidrs"])) != 8 || len(stringsOf(t, state["ipv6_cidrs"])) != 0 || len(families) != 1 ||
		families["ipv6"] != nil {
		t.Errorf("ipv4 %v, ipv6 %v, by family %v", state["ipv4_cidrs"], state["ipv6_cidrs"], families)
	}
}

func TestAllowlistErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		args object
		want []string
	}{
		"GCC": {
			object{"instance": "gcc"}, []string{`AttributeName("instance")`, `GCC tenants use "worldwide"`},
		},
		"unknown instance": {
			object{"instance": "mars"},
			[]string{`AttributeName("instance")`, "known are worldwide, china, usgovdod, usgovgcchigh"},
		},
		"empty instance":   {object{"instance": ""}, []string{`AttributeName("instance")`}},
		"germany unpinned": {object{"instance": "germany"}, []string{`AttributeName("instance")`, "Set version"}},
		"france unpinned": {
			object{"instance": "France"}, []string{`AttributeName("instance")`, "resolve only when the version is named"},
		},
		"france pinned": {
			object{"instance": "france", "version": "2026033100"}, []string{`AttributeName("version")`, "Ask Microsoft"},
		},
		"new germany": {
			object{"instance": "germany", "version": "2026033100"}, []string{`AttributeName("version")`, "nothing to allow"},
		},
		"early china": {
			object{"instance": "china", "version": "2018063000"}, []string{`AttributeName("version")`, "2019062800"},
		},
		"unknown version": {
			object{"version": "2026081401"}, []string{`AttributeName("version")`, "nearest known are", "2026081400"},
		},
		"version of another": {
			object{"instance": "usgovdod", "version": "2019011701"}, []string{`AttributeName("version")`, "2019011700"},
		},
		"malformed version": {object{"version": "latest"}, []string{`AttributeName("version")`, "YYYYMMDDNN"}},
		"impossible date":   {object{"version": "2026023000"}, []string{`AttributeName("version")`, "not a list version"}},
		"no IPv6 in 2013": {
			object{"version": "2013-04-23"},
			[]string{`AttributeName("allow_missing_family")`, "no IPv6 prefix", "opens everything"},
		},
	} {
		state, diags := configured(t, nil).Read(t, allowlistName, tc.args)
		wantError(t, name, diags, tc.want...)
		if state != nil {
			t.Errorf("%s: a state came out beside the error", name)
		}
	}
}

func TestProviderConfigurationErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		config object
		want   []string
	}{
		"GCC":     {object{"instance": "GCC"}, []string{`AttributeName("instance")`, "worldwide"}},
		"unknown": {object{"instance": unknown}, []string{`AttributeName("instance")`, "known only after apply"}},
	} {
		wantError(t, name, unconfigured(t).Configure(t, tc.config), tc.want...)
	}
}

func BenchmarkReadAllowlist(b *testing.B) {
	s := configured(b, nil)
	for b.Loop() {
		if _, diags := s.Read(b, allowlistName, nil); len(diags) != 0 {
			b.Fatal(diags.Errors())
		}
	}
}
