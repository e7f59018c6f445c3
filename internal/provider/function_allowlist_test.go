package provider_test

import (
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
)

// The function and the data source agree, for every version of every instance,
// and the service's own JSON gives the same list again.
func TestAllowlistFunctionsAgreeWithTheDataSource(t *testing.T) {
	s := unconfigured(t)
	p := configured(t, nil)
	compared := 0
	for _, instance := range endpoints.Instances() {
		for _, e := range eoptest.Archive(t).Entries(instance) {
			name := string(instance) + " " + e.Version.String()
			state, diags := p.Read(t, allowlistName, object{"instance": string(instance), "version": e.Version.String()})
			got, err := s.Call(t, "smtp_allowlist", string(instance), e.Version.String())
			if (err != nil) != (diags.Errors() != "") {
				t.Fatalf("%s: function %v, data source %s", name, err, diags.Errors())
			}
			if err != nil {
				continue
			}
			compared++
			same(t, name, got.(object), state, "embedded")
			if e.Version.Kind() == endpoints.SMTPOnly {
				continue
			}
			l := eoptest.List(t, instance, e.Version.String())
			got, err = s.Call(t, "smtp_allowlist_from_json", string(instance), e.Version.String(), bodyOf(t, l))
			if err != nil {
				t.Fatalf("%s from JSON: %v", name, err)
			}
			same(t, name+" from JSON", got.(object), state, "argument")
		}
	}
	if compared == 0 {
		t.Error("no version was compared")
	}
}

func same(t *testing.T, name string, got, state object, source string) {
	t.Helper()
	for attribute, v := range got {
		if attribute == "source" {
			if v != source {
				t.Errorf("%s: source %v", name, v)
			}
			continue
		}
		if !equal(v, state[attribute]) {
			t.Errorf("%s: %s = %v, the data source has %v", name, attribute, v, state[attribute])
		}
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
		got, err := s.Call(t, tc.function, tc.args...)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.HasSuffix(err.Error(), ".") {
			t.Errorf("%s: %v, %v; want %q, and no period at the end", name, got, err, tc.want)
		}
	}
}

func TestAllowlistDrift(t *testing.T) {
	s := unconfigured(t)
	expected := []string{"40.92.0.0/15", "40.107.0.0/16", "2a01:111:f400::/48"}
	for name, tc := range map[string]struct {
		deployed                    []any
		inSync                      bool
		missing, excess, unresolved string
	}{
		"the same": {[]any{"2a01:111:f400::/48", "40.107.0.0/16", "40.92.0.0/15"}, true, "", "", ""},
		"in halves": {
			[]any{
				"40.92.0.0/16", "40.93.0.0/16", "40.107.0.0/17", "40.107.128.0/17", "2A01:111:F400::/49", "2a01:111:f400:8000::/49",
			},
			true, "", "", "",
		},
		"null and empty elements": {
			[]any{"40.92.0.0/15", nil, "", " ", "40.107.0.0/16", "2a01:111:f400::/48"}, true, "", "", "",
		},
		"one missing": {[]any{"40.92.0.0/15", "2a01:111:f400::/48"}, false, "40.107.0.0/16", "", ""},
		"one address in excess": {
			[]any{"40.92.0.0/15", "40.107.0.0/16", "2a01:111:f400::/48", "198.51.100.7"}, false, "", "198.51.100.7/32", "",
		},
		"nothing deployed": {[]any{}, false, "40.92.0.0/15 40.107.0.0/16 2a01:111:f400::/48", "", ""},
		"a service tag": {
			[]any{"40.92.0.0/15", "40.107.0.0/16", "2a01:111:f400::/48", "AzureCloud", "pl-0a1b2c", "sg-1"},
			false, "", "",
			"AzureCloud pl-0a1b2c sg-1",
		},
	} {
		v, err := s.Call(t, "allowlist_drift", object{"deployed": tc.deployed, "expected": expected})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := v.(object)
		if got["in_sync"] != tc.inSync || join(t, got["missing_cidrs"]) != tc.missing ||
			join(t, got["excess_cidrs"]) != tc.excess ||
			join(t, got["unresolved"]) != tc.unresolved {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, everything := range []string{"*", "Any", "any", "Internet", "INTERNET"} {
		v, err := s.Call(t, "allowlist_drift", object{"deployed": []any{everything}, "expected": expected})
		if err != nil {
			t.Fatal(err)
		}
		got := v.(object)
		if got["in_sync"] != false || join(t, got["missing_cidrs"]) != "" ||
			got["excess_addresses"].(object)["ipv4"].(float64) != 1<<32-3<<16 {
			t.Errorf(
				"%s: in sync %v, missing %v, excess %v",
				everything,
				got["in_sync"],
				got["missing_cidrs"],
				got["excess_addresses"],
			)
		}
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
			v, err := s.Call(
				t,
				"allowlist_drift",
				object{"deployed": cidr.Strings(cidr.Merge(e.SMTP.Prefixes)), "expected": cidr.Strings(e.SMTP.Prefixes)},
			)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, m := range v.(object)["matches_versions"].([]any) {
				found = found || m.(object)["instance"] == string(instance) && m.(object)["version"] == e.Version.String()
			}
			if !found || v.(object)["in_sync"] != true {
				t.Errorf("%s %s is not named", instance, e.Version)
			}
		}
	}
	v, _ := s.Call(
		t,
		"allowlist_drift",
		object{"deployed": []string{"198.51.100.0/24"}, "expected": []string{"198.51.100.0/24"}},
	)
	if m := v.(object)["matches_versions"].([]any); len(m) != 0 {
		t.Errorf("a list nobody published matches %v", m)
	}
}
