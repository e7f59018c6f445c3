package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
)

// The function and the data source agree on every version of every instance,
// and the service's own JSON gives the same list again.
func TestAllowlistFunctionsAgreeWithTheDataSource(t *testing.T) {
	s, p := unconfigured(t), configured(t, nil)
	compared := 0
	for _, instance := range endpoints.Instances() {
		for _, e := range eoptest.Archive(t).Entries(instance) {
			version := e.Version.String()
			t.Run(string(instance)+"/"+version, func(t *testing.T) {
				state, diags := p.Read(t, allowlistName, object{"instance": string(instance), "version": version})
				got, err := s.Call(t, "smtp_allowlist", string(instance), version)
				if (err != nil) != (diags.Errors() != "") {
					t.Fatalf("function %v, data source %s", err, diags.Errors())
				}
				if err != nil {
					return
				}
				compared++
				wantAttributes(t, got.(object), state)
				if e.Version.Kind() == endpoints.SMTPOnly {
					return
				}
				l := eoptest.List(t, instance, version)
				got, err = s.Call(t, "smtp_allowlist_from_json", string(instance), version, bodyOf(t, l))
				if err != nil {
					t.Fatalf("from JSON: %v", err)
				}
				wantAttributes(t, got.(object), with(state, object{"source": "argument"}))
			})
		}
	}
	if compared == 0 {
		t.Error("no version was compared")
	}
}

func TestAllowlistFunctionErrors(t *testing.T) {
	s := unconfigured(t)
	good := bodyOf(t, nextList(t))
	for name, tc := range map[string]struct {
		function string
		args     []any
		want     string
	}{
		"GCC":       {"smtp_allowlist", []any{"gcc", embeddedVersion}, "argument 0: \"gcc\""},
		"malformed": {"smtp_allowlist", []any{"worldwide", "newest"}, "argument 1: \"newest\""},
		"unknown": {"smtp_allowlist", []any{"worldwide", "2026081401"}, "argument 1: version 2026081401 of " +
			"worldwide is not known here; the nearest known are"},
		"no SMTP": {"smtp_allowlist", []any{"france", "2026033100"}, "argument 1: list 2026033100 of france has " +
			"no endpoint set"},
		"no IPv6":         {"smtp_allowlist", []any{"worldwide", "2013-04-23"}, "has no IPv6 prefix"},
		"JSON, GCC":       {"smtp_allowlist_from_json", []any{"gcc", nextVersion, good}, "argument 0"},
		"JSON, malformed": {"smtp_allowlist_from_json", []any{"worldwide", "x", good}, "argument 1"},
		"JSON, cut": {
			"smtp_allowlist_from_json",
			[]any{"worldwide", nextVersion, good[:100]},
			"argument 2: the body is not the expected JSON",
		},
		"JSON, web page": {
			"smtp_allowlist_from_json", []any{"worldwide", nextVersion, "<html>"}, "argument 2: the body is a web page",
		},
		"JSON, too wide": {
			"smtp_allowlist_from_json",
			[]any{"worldwide", nextVersion, strings.ReplaceAll(good, "40.92.0.0/15", "0.0.0.0/0")},
			"argument 2: list " + nextVersion + " of worldwide was refused",
		},
		"JSON, private": {
			"smtp_allowlist_from_json",
			[]any{"worldwide", nextVersion, strings.ReplaceAll(good, "40.92.0.0/15", "10.0.0.0/15")},
			"private use",
		},
		"JSON, no SMTP": {
			"smtp_allowlist_from_json",
			[]any{"worldwide", nextVersion, strings.ReplaceAll(good, `"tcpPorts": "25"`, `"tcpPorts": "24"`)},
			"nothing to allow",
		},
		"drift, null list": {
			"allowlist_drift",
			[]any{object{"deployed": nil, "expected": []string{"40.92.0.0/15"}}},
			"argument 0: deployed and expected must both be lists",
		},
		"drift, empty": {
			"allowlist_drift",
			[]any{object{"deployed": []string{"*"}, "expected": []string{""}}},
			"argument 0: expected: is empty",
		},
		"drift, junk": {
			"allowlist_drift",
			[]any{object{"deployed": []string{"*"}, "expected": []string{"", "AzureCloud"}}},
			"argument 0: expected: element 1: \"AzureCloud\"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			wantCallError(t, s, name, []string{tc.want}, tc.function, tc.args...)
		})
	}
}

func TestAllowlistDrift(t *testing.T) {
	s := unconfigured(t)
	whole := []any{"40.92.0.0/15", "40.107.0.0/16", "2a01:111:f400::/48"}
	for name, tc := range map[string]struct {
		deployed []any
		want     object // what differs from a list in sync
	}{
		"the same": {[]any{whole[2], whole[1], whole[0]}, nil},
		"in halves": {
			[]any{
				"40.92.0.0/16", "40.93.0.0/16", "40.107.0.0/17", "40.107.128.0/17", "2A01:111:F400::/49", "2a01:111:f400:8000::/49",
			},
			nil,
		},
		"null and empty elements": {[]any{whole[0], nil, "", " ", whole[1], whole[2]}, nil},
		"one missing": {
			[]any{whole[0], whole[2]}, object{"in_sync": false, "missing_cidrs": list("40.107.0.0/16")},
		},
		"one address in excess": {
			append(slices.Clone(whole), "198.51.100.7"), object{"in_sync": false, "excess_cidrs": list("198.51.100.7/32")},
		},
		"nothing deployed": {[]any{}, object{"in_sync": false, "missing_cidrs": whole}},
		"a service tag": {
			append(slices.Clone(whole), "AzureCloud", "pl-0a1b2c", "sg-1"),
			object{"in_sync": false, "unresolved": list("AzureCloud", "pl-0a1b2c", "sg-1")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := s.Call(t, "allowlist_drift", object{"deployed": tc.deployed, "expected": whole})
			if err != nil {
				t.Fatal(err)
			}
			wantAttributes(t, with(object{
				"in_sync": true, "missing_cidrs": list(), "excess_cidrs": list(), "unresolved": list(),
			}, tc.want), v.(object))
		})
	}
}

func TestAllowlistDriftOfEverything(t *testing.T) {
	s := unconfigured(t)
	whole := list("40.92.0.0/15", "40.107.0.0/16", "2a01:111:f400::/48")
	for _, everything := range []string{"*", "Any", "any", "Internet", "INTERNET"} {
		t.Run(everything, func(t *testing.T) {
			v, err := s.Call(t, "allowlist_drift", object{"deployed": []any{everything}, "expected": whole})
			if err != nil {
				t.Fatal(err)
			}
			wantAttributes(t, object{"in_sync": false, "missing_cidrs": list(), "unresolved": list()}, v.(object))
			wantAttributes(t, object{"ipv4": 1.0 * (1<<32 - 3<<16)}, v.(object)["excess_addresses"].(object))
		})
	}
}

func join(t *testing.T, v any) string { return strings.Join(stringsOf(t, v), " ") }

// What a rule was made from: every archived version names itself.
func TestDriftNamesTheVersions(t *testing.T) {
	s := unconfigured(t)
	for _, instance := range endpoints.Instances() {
		for _, e := range eoptest.SMTPHistory(t, instance) {
			if !e.Has || !e.Changed {
				continue
			}
			t.Run(string(instance)+"/"+e.Version.String(), func(t *testing.T) {
				merged, prefixes := cidr.Strings(cidr.Merge(e.SMTP.Prefixes)), cidr.Strings(e.SMTP.Prefixes)
				v, err := s.Call(t, "allowlist_drift", object{"deployed": merged, "expected": prefixes})
				if err != nil {
					t.Fatal(err)
				}
				wantAttributes(t, object{"in_sync": true}, v.(object))
				matches := v.(object)["matches_versions"].([]any)
				if !slices.ContainsFunc(matches, func(m any) bool {
					return m.(object)["instance"] == string(instance) && m.(object)["version"] == e.Version.String()
				}) {
					t.Errorf("it is not named: %v", matches)
				}
			})
		}
	}
	t.Run("a list nobody published", func(t *testing.T) {
		other := list("198.51.100.0/24")
		v, err := s.Call(t, "allowlist_drift", object{"deployed": other, "expected": other})
		if err != nil {
			t.Fatal(err)
		}
		wantAttributes(t, object{"matches_versions": list()}, v.(object))
	})
}
