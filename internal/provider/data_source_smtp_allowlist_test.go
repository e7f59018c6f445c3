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
		t.Fatalf("%v is not a list", v)
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
			version := e.Version.String()
			t.Run(string(instance)+"/"+version, func(t *testing.T) {
				state, diags := s.Read(t, allowlistName, object{"instance": string(instance), "version": version})
				ipv4, ipv6 := cidr.SplitFamilies(e.SMTP.Prefixes)
				switch {
				case !e.Has:
					wantError(t, version, diags, "Unable to find an SMTP endpoint set", version)
				case len(ipv6) == 0:
					wantError(t, version, diags, "allow_missing_family", "IPv6")
				case len(diags) != 0:
					t.Error(diags.Errors() + diags.Warnings())
				default:
					wantPrefixes(t, state, ipv4, ipv6)
					wantAttributes(t, object{
						"version": version, "instance": string(instance), "published": e.Version.Published(), "source": "embedded",
					}, state)
				}
			})
		}
	}
}

// wantPrefixes holds every attribute made of prefixes against the list they come from.
func wantPrefixes(t *testing.T, state object, ipv4, ipv6 []netip.Prefix) {
	t.Helper()
	all := slices.Concat(ipv4, ipv6)
	want4, want6 := list(cidr.Strings(ipv4)...), list(cidr.Strings(ipv6)...)
	wantAttributes(t, object{
		"cidrs": slices.Concat(want4, want6), "ipv4_cidrs": want4, "ipv6_cidrs": want6,
		"by_family": object{"ipv4": want4, "ipv6": want6},
		"sha256":    allowlist.SHA256(all), "port": 25.0, "protocol": "tcp",
	}, state)
	want := object{}
	for _, r := range allowlist.Rules(endpoints.Instance(state["instance"].(string)), all) {
		rule := object{
			"cidr": r.Prefix.String(), "family": r.Family(), "ethertype": r.Ethertype(), "address": r.Prefix.Addr().String(),
			"prefix_length": float64(r.Prefix.Bits()), "netmask": nil, "host_or_cidr": r.HostOrCIDR(),
			"protocol": "tcp", "from_port": 25.0, "to_port": 25.0, "port_range": "25", "description": r.Description,
		}
		if mask, ok := r.Netmask(); ok {
			rule["netmask"] = mask
		}
		want[r.Prefix.String()] = rule
	}
	if diff := difference(want, state["rules"]); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
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
		t.Run(name, func(t *testing.T) {
			newest, _ := eoptest.Archive(t).Newest(endpoints.Instance(tc.instance))
			wantAttributes(t, object{"instance": tc.instance, "version": newest.String()},
				expected(t, configured(t, tc.provider), allowlistName, tc.args))
		})
	}
}

func TestAllowlistMissingFamilyAllowed(t *testing.T) {
	args := object{"version": "2013-04-23", "allow_missing_family": true}
	state := expected(t, configured(t, nil), allowlistName, args)
	if n := len(stringsOf(t, state["ipv4_cidrs"])); n != 8 {
		t.Errorf("%d IPv4 prefixes, want 8", n)
	}
	wantAttributes(t, object{"ipv6_cidrs": list(), "by_family": object{"ipv4": state["ipv4_cidrs"]}}, state)
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
			object{"instance": "France"}, []string{`AttributeName("instance")`, "need a version"},
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
		t.Run(name, func(t *testing.T) {
			_, diags := configured(t, nil).Read(t, allowlistName, tc.args)
			wantError(t, name, diags, tc.want...)
		})
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
		t.Run(name, func(t *testing.T) {
			wantError(t, name, unconfigured(t).Configure(t, tc.config), tc.want...)
		})
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
