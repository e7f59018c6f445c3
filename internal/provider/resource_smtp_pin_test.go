package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/providertest"
)

const pinName = "eop_smtp_pin"

func candidate(version string, cidrs ...string) object {
	return object{"instance": "worldwide", "version": version, "cidrs": cidrs}
}

var (
	listA = candidate("2026090100", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")
	listB = candidate("2026100100", "40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")
)

// planAndApply plans and applies, and requires that everything computed was
// known in the plan, that the apply gave what was planned, and that planning
// again changes nothing.
func planAndApply(t *testing.T, s *providertest.Server, prior, config object) (object, providertest.Diagnostics) {
	t.Helper()
	planned, diags := s.Plan(t, pinName, prior, config)
	if diags.Errors() != "" {
		t.Fatal(diags.Errors())
	}
	for name, v := range planned {
		if v == unknown {
			t.Errorf("%s is unknown in the plan", name)
		}
	}
	after, applied := s.Apply(t, pinName, prior, planned, config)
	if len(applied) != 0 || !equal(after, planned) {
		t.Fatalf("planned %v\napplied %v\n%s", planned, after, applied.Errors())
	}
	again, _ := s.Plan(t, pinName, after, config)
	if !equal(again, after) {
		t.Errorf("a second plan changes %v\nto %v", after, again)
	}
	return after, diags
}

func equal(a, b any) bool {
	switch a := a.(type) {
	case object:
		b, ok := b.(object)
		return ok && maps.EqualFunc(a, b, equal)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	}
	return a == b
}

func having(config object, more object) object {
	out := maps.Clone(config)
	maps.Copy(out, more)
	return out
}

func wantPin(t *testing.T, what string, state object, version string, cidrs ...string) {
	t.Helper()
	got := stringsOf(t, state["cidrs"])
	rules := slices.Sorted(maps.Keys(state["rules"].(object)))
	if state["version"] != version || !slices.Equal(got, cidrs) || len(rules) != len(cidrs) ||
		len(state["sha256"].(string)) != 64 ||
		state["candidate"] != nil {
		t.Errorf(
			"%s: version %v, cidrs %v, %d rules, candidate %v; want %s, %v",
			what,
			state["version"],
			got,
			len(rules),
			state["candidate"],
			version,
			cidrs,
		)
	}
}

func TestPinByApproval(t *testing.T) {
	s := configured(t, nil)
	first, diags := planAndApply(t, s, nil, object{"candidate": listA, "approved_version": "2026090100"})
	wantPin(t, "create", first, "2026090100", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")
	if len(diags) != 0 {
		t.Errorf("create: %s", diags.Warnings())
	}
	held, diags := planAndApply(t, s, first, object{"candidate": listB, "approved_version": "2026090100"})
	if !equal(held, first) ||
		!strings.Contains(diags.Warnings(), "2026090100 -> 2026100100: added 40.92.0.0/15; removed nothing") ||
		len(diags) != 1 {
		t.Errorf("a list that waits: %v\n%q", held, diags.Warnings())
	}
	sameSpace := candidate("2026110100", "40.107.0.0/16", "52.100.0.0/15", "52.102.0.0/15", "2a01:111:f400::/48")
	if held, diags := planAndApply(t, s, first, object{"candidate": sameSpace, "approved_version": "2026090100"}); !equal(
		held,
		first,
	) ||
		len(diags) != 0 {
		t.Errorf("the same addresses under another number: %v\n%q", held, diags.Warnings())
	}
	second, diags := planAndApply(t, s, first, object{"candidate": listB, "approved_version": "2026100100"})
	wantPin(t, "approved", second, "2026100100", "40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")
	if len(diags) != 0 {
		t.Errorf("approved: %s", diags.Warnings())
	}
	back, _ := planAndApply(t, s, second, object{"candidate": listB, "approved_version": "2019072900"})
	wantPin(
		t,
		"rollback from the archive",
		back,
		"2019072900",
		"40.92.0.0/15",
		"40.107.0.0/16",
		"52.100.0.0/14",
		"104.47.0.0/17",
		"2a01:111:f400::/48",
		"2a01:111:f403::/48",
	)
	// Changing a limit is an update that leaves the list as it is, known.
	limited, _ := planAndApply(
		t,
		s,
		second,
		object{"candidate": listB, "approved_version": "2026100100", "max_removed_percent": 10},
	)
	wantPin(t, "a limit changed", limited, "2026100100", stringsOf(t, second["cidrs"])...)
	digest := second["sha256"]
	pinnedToo, _ := planAndApply(
		t,
		s,
		first,
		object{"candidate": listB, "approved_version": "2026100100", "approved_sha256": digest},
	)
	wantPin(t, "with digest", pinnedToo, "2026100100", stringsOf(t, second["cidrs"])...)
}

func TestPinByLimits(t *testing.T) {
	s := configured(t, nil)
	auto := object{"auto_approve": true}
	first, _ := planAndApply(t, s, nil, having(auto, object{"candidate": listA}))
	second, diags := planAndApply(t, s, first, having(auto, object{"candidate": listB}))
	wantPin(t, "newer", second, "2026100100", "40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")
	if len(diags) != 0 {
		t.Errorf("newer: %s", diags.Warnings())
	}
	if held, diags := planAndApply(t, s, second, having(auto, object{"candidate": listA})); !equal(held, second) ||
		!strings.Contains(diags.Warnings(), "older than the list held") {
		t.Errorf("older: %v %s", held["version"], diags.Warnings())
	}
	kept, _ := planAndApply(
		t,
		s,
		second,
		having(
			auto,
			object{
				"candidate":           candidate("2026110100", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48"),
				"retain_removed_days": 30,
				"max_removed_percent": 90,
			},
		),
	)
	wantPin(t, "retained", kept, "2026110100", "40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")
	if !equal(kept["retained"], object{"40.92.0.0/15": "2026100100"}) ||
		!equal(kept["retained_removed_by"], object{"40.92.0.0/15": "2026110100"}) {
		t.Errorf("retained %v since %v", kept["retained"], kept["retained_removed_by"])
	}
	gone, _ := planAndApply(
		t,
		s,
		kept,
		having(
			auto,
			object{
				"candidate":           candidate("2026120200", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48"),
				"retain_removed_days": 30,
			},
		),
	)
	wantPin(t, "no longer retained", gone, "2026120200", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")
	if len(gone["retained"].(object)) != 0 {
		t.Errorf("retained %v", gone["retained"])
	}
}

func TestPinErrors(t *testing.T) {
	s := configured(t, nil)
	first, _ := planAndApply(t, s, nil, object{"candidate": listA, "auto_approve": true})
	for name, tc := range map[string]struct {
		prior, config object
		want          []string
	}{
		"neither way":        {nil, object{"candidate": listA}, []string{"approved_version"}},
		"auto_approve false": {nil, object{"candidate": listA, "auto_approve": false}, []string{"auto_approve"}},
		"digest without version": {
			nil,
			object{"candidate": listA, "auto_approve": true, "approved_sha256": strings.Repeat("0", 64)},
			[]string{"approved_sha256"},
		},
		"not at hand, create": {
			nil,
			object{"candidate": listA, "approved_version": "2026090101"},
			[]string{`AttributeName("approved_version")`, "candidate is version 2026090100", "no version is accepted yet"},
		},
		"not at hand, update": {
			first,
			object{"candidate": listB, "approved_version": "2026090101"},
			[]string{"accepted version is 2026090100", "candidate is version 2026100100"},
		},
		"malformed version": {
			nil, object{"candidate": listA, "approved_version": "next"}, []string{`AttributeName("approved_version")`},
		},
		"another digest": {
			nil,
			object{"candidate": listA, "approved_version": "2026090100", "approved_sha256": strings.Repeat("0", 64)},
			[]string{`AttributeName("approved_sha256")`, "has the digest"},
		},
		"another cloud": {
			first,
			object{"candidate": having(listB, object{"instance": "china"}), "auto_approve": true},
			[]string{`AttributeName("candidate")`, "taint"},
		},
		"no prefixes": {
			nil,
			object{"candidate": candidate("2026090100"), "auto_approve": true},
			[]string{`AttributeName("candidate")`, "no prefixes"},
		},
		"everything": {
			nil,
			object{"candidate": candidate("2026090100", "0.0.0.0/0"), "auto_approve": true},
			[]string{`AttributeName("candidate")`, "wider than /12"},
		},
		"private space": {
			nil,
			object{"candidate": candidate("2026090100", "10.0.0.0/16"), "auto_approve": true},
			[]string{`AttributeName("candidate")`, "private use"},
		},
		"host bits": {
			nil,
			object{"candidate": candidate("2026090100", "40.92.0.1/15"), "auto_approve": true},
			[]string{`AttributeName("candidate")`, "element 0", "40.92.0.0/15"},
		},
		"GCC": {
			nil, object{"candidate": having(listA, object{"instance": "gcc"}), "auto_approve": true}, []string{"worldwide"},
		},
		"an archived list that was changed": {
			first,
			object{"candidate": candidate("2026081400", "40.92.0.0/15", "2a01:111:f400::/48"), "auto_approve": true},
			[]string{`AttributeName("candidate")`, "does not have the addresses of the published list"},
		},
		"from the future": {
			first,
			object{"candidate": candidate("2199123100", "40.92.0.0/15", "2a01:111:f400::/48"), "auto_approve": true},
			[]string{`AttributeName("candidate")`, "lies in the future"},
		},
		"an empty witness": {
			first, object{"candidate": listB, "auto_approve": true, "witness": []string{}}, []string{`AttributeName("witness")`},
		},
		"a witness without auto_approve": {
			first,
			object{"candidate": listB, "approved_version": "2026090100", "witness": []string{"40.92.0.0/15"}},
			[]string{`AttributeName("witness")`},
		},
	} {
		_, diags := s.Plan(t, pinName, tc.prior, tc.config)
		for _, w := range tc.want {
			if !strings.Contains(diags.Errors(), w) {
				t.Errorf("%s: %q lacks %q", name, diags.Errors(), w)
			}
		}
	}
}

// What auto_approve does not take waits, with what it would do and why it was not taken.
func TestPinWaitsBeyondTheLimits(t *testing.T) {
	s := configured(t, nil)
	auto := object{"auto_approve": true}
	first, _ := planAndApply(t, s, nil, having(auto, object{"candidate": listA}))
	for name, tc := range map[string]struct {
		cidrs []string
		more  object
		want  string
	}{
		"too much removed": {[]string{"40.107.0.0/16", "2a01:111:f400::/48"}, nil, "keep only 20.0 % of the IPv4 space"},
		"all IPv6 removed": {[]string{"40.107.0.0/16", "52.100.0.0/14"}, nil, "have no IPv6 prefix left"},
		"too much added": {
			[]string{"40.107.0.0/16", "52.100.0.0/14", "104.0.0.0/12", "104.16.0.0/12", "2a01:111:f400::/48"},
			nil,
			"grow to 7.4 times",
		},
		"unfamiliar space": {
			[]string{"40.107.0.0/16", "52.100.0.0/14", "62.10.144.0/20", "2a01:111:f400::/48"},
			nil,
			"it adds 62.10.144.0/20, and no published list",
		},
		"not confirmed by the witness": {
			[]string{"40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48"},
			object{
				"witness": []string{"52.100.0.0/14"},
			},
			"it adds 40.92.0.0/15, of which the witness confirms 0.0 %",
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := having(having(auto, object{"candidate": candidate("2026100100", tc.cidrs...)}), tc.more)
			held, diags := planAndApply(t, s, first, config)
			if !equal(held, first) {
				t.Errorf("the pin moved to %v", held["cidrs"])
			}
			for _, want := range []string{tc.want, `approved_version = "2026100100"`, "2026090100 -> 2026100100"} {
				if !strings.Contains(diags.Warnings(), want) {
					t.Errorf("the warning lacks %q: %s", want, diags.Warnings())
				}
			}
			approved, diags := planAndApply(
				t,
				s,
				first,
				having(config, object{"approved_version": "2026100100", "allow_missing_family": true}),
			)
			if diags.Warnings() != "" {
				t.Errorf("approved: %s", diags.Warnings())
			}
			wantPin(t, "approved", approved, "2026100100", tc.cidrs...)
		})
	}
}

// A candidate behind depends_on is known only while applying.
func TestPinWithUnknownCandidate(t *testing.T) {
	s := configured(t, nil)
	config := object{"candidate": unknown, "approved_version": "2026090100"}
	planned, diags := s.Plan(t, pinName, nil, config)
	if planned["cidrs"] != unknown || !strings.Contains(diags.Warnings(), "for_each") {
		t.Errorf("create: %v, %q", planned["cidrs"], diags.Warnings())
	}
	known := object{"candidate": listA, "approved_version": "2026090100"}
	first, diags := s.Apply(t, pinName, nil, planned, known)
	if len(diags) != 0 {
		t.Fatal(diags.Errors())
	}
	wantPin(t, "applied", first, "2026090100", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")

	held, diags := s.Plan(t, pinName, first, config)
	if !equal(held, first) || !strings.Contains(diags.Warnings(), "Version 2026090100 is held") {
		t.Errorf("update, nothing changed: %v, %q", held["version"], diags.Warnings())
	}
	planned, diags = s.Plan(t, pinName, first, object{"candidate": unknown, "approved_version": "2026100100"})
	if planned["version"] != unknown || diags.Warnings() == "" {
		t.Errorf("update, another version: %v, %q", planned["version"], diags.Warnings())
	}
	second, diags := s.Apply(t, pinName, first, planned, object{"candidate": listB, "approved_version": "2026100100"})
	if len(diags) != 0 || second["version"] != "2026100100" {
		t.Errorf("applied: %v, %s", second["version"], diags.Errors())
	}
	// What turns out while applying may be an error still, and then nothing is stored.
	_, diags = s.Apply(t, pinName, first, planned, object{"candidate": listA, "approved_version": "2026100100"})
	wantError(t, "not at hand after all", diags, `AttributeName("approved_version")`)
}

// Terraform may hand another candidate to the apply than to the plan: what was
// planned is applied.
func TestPinAppliesWhatWasPlanned(t *testing.T) {
	s := configured(t, nil)
	config := object{"candidate": listA, "auto_approve": true}
	planned, _ := s.Plan(t, pinName, nil, config)
	after, diags := s.Apply(t, pinName, nil, planned, object{"candidate": listB, "auto_approve": true})
	if len(diags) != 0 || !equal(after, planned) {
		t.Errorf("planned %v, applied %v: %s", planned["version"], after["version"], diags.Errors())
	}
}

// A policy that is known only after apply decides nothing while planning.
func TestPinWithUnknownPolicy(t *testing.T) {
	s := configured(t, nil)
	first, _ := planAndApply(t, s, nil, object{"candidate": listA, "auto_approve": true})
	for _, argument := range []string{"retain_removed_days", "max_removed_percent", "max_growth_factor"} {
		planned, diags := s.Plan(t, pinName, first, object{"candidate": listB, "auto_approve": true, argument: unknown})
		if planned["cidrs"] != unknown || !strings.Contains(diags.Warnings(), argument+" is known only after apply") {
			t.Errorf("%s: cidrs %v, %q, %s", argument, planned["cidrs"], diags.Warnings(), diags.Errors())
		}
	}
	for _, config := range []object{
		{"candidate": listB, "approved_version": unknown},
		{"candidate": listB, "approved_version": "2026100100", "approved_sha256": unknown},
	} {
		planned, diags := s.Plan(t, pinName, first, config)
		if planned["cidrs"] != unknown || diags.Errors() != "" || diags.Warnings() == "" {
			t.Errorf("%v: cidrs %v, %s", config, planned["cidrs"], diags.Errors())
		}
	}
}

// A state that was written by something else is refused.
func TestPinWithDamagedState(t *testing.T) {
	s := configured(t, nil)
	config := object{"candidate": listA, "approved_version": "2026090100"}
	first, _ := planAndApply(t, s, nil, config)
	for name, damage := range map[string]object{
		"no cidrs":    {"cidrs": nil},
		"empty cidrs": {"cidrs": []any{}},
		"everything":  {"cidrs": []any{"0.0.0.0/0"}},
		"one less":    {"cidrs": []any{"40.92.0.0/15"}},
		"no version":  {"version": nil},
		"no digest":   {"sha256": nil},
	} {
		_, diags := s.Plan(t, pinName, having(first, damage), config)
		if !strings.Contains(diags.Errors(), "Unable to read the pin's state") ||
			!strings.Contains(diags.Errors(), "start afresh") {
			t.Errorf("%s: %q", name, diags.Errors())
		}
	}
}

func TestPinWithoutAFamily(t *testing.T) {
	s := configured(t, nil)
	config := object{"candidate": listA, "approved_version": "2013-04-23"} // the archive's list of 2013 has no IPv6
	_, diags := s.Plan(t, pinName, nil, config)
	wantError(t, "2013", diags, `AttributeName("allow_missing_family")`, "lacks one of the address families")
	allowed, _ := planAndApply(t, s, nil, having(config, object{"allow_missing_family": true}))
	if allowed["version"] != "2013-04-23" || len(stringsOf(t, allowed["ipv6_cidrs"])) != 0 {
		t.Errorf("allowed: %v", allowed)
	}
}

func TestPinImport(t *testing.T) {
	s := configured(t, nil)
	state, diags := s.Import(t, pinName, "usgovgcchigh/2026033100")
	if len(diags) != 0 {
		t.Fatal(diags.Errors())
	}
	if state["instance"] != "usgovgcchigh" || state["version"] != "2026033100" || state["rules"] == nil ||
		len(state["rules"].(object)) != len(stringsOf(t, state["cidrs"])) ||
		state["by_family"] == nil {
		t.Errorf("imported %v", state)
	}
	config := object{
		"candidate":        object{"instance": "usgovgcchigh", "version": "2026033100", "cidrs": state["cidrs"]},
		"approved_version": "2026033100",
	}
	if again, diags := s.Plan(t, pinName, state, config); len(diags) != 0 || !equal(again, state) {
		t.Errorf("a plan after the import changes it: %s", diags.Errors())
	}
	for id, want := range map[string]string{
		"worldwide/2026081401": "not in the archive",
		"france/2026033100":    "no SMTP list",
		"worldwide":            "<instance>/<version>",
		"gcc/2026081400":       "worldwide",
		"worldwide/latest":     "not a list version",
		"":                     "<instance>/<version>",
	} {
		_, diags := s.Import(t, pinName, id)
		wantError(t, "import "+id, diags, want)
	}
}
