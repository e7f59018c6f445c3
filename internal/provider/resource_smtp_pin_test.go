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
	if len(applied) != 0 {
		t.Fatal(applied.Errors() + applied.Warnings())
	}
	if diff := difference(planned, after); diff != "" {
		t.Fatalf("(-planned +applied):\n%s", diff)
	}
	again, _ := s.Plan(t, pinName, after, config)
	if diff := difference(after, again); diff != "" {
		t.Errorf("(-applied +planned again):\n%s", diff)
	}
	return after, diags
}

func wantPin(t *testing.T, what string, state object, version string, cidrs ...string) {
	t.Helper()
	rules := list(slices.Sorted(maps.Keys(state["rules"].(object)))...)
	want := object{
		"version": version, "cidrs": list(cidrs...), "rules": list(slices.Sorted(slices.Values(cidrs))...), "candidate": nil,
	}
	got := object{
		"version": state["version"], "cidrs": state["cidrs"], "rules": rules, "candidate": state["candidate"],
	}
	if diff := difference(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
	if digest := state["sha256"].(string); len(digest) != 64 {
		t.Errorf("%s: sha256 %q", what, digest)
	}
}

// wantHeld requires that the pin stays at a state, and says what waits and why.
func wantHeld(t *testing.T, what string, before, state object, diags providertest.Diagnostics, warning string) {
	t.Helper()
	if diff := difference(before, state); diff != "" {
		t.Errorf("%s (-before +after):\n%s", what, diff)
	}
	if len(diags) != 1 || !strings.Contains(diags.Warnings(), warning) {
		t.Errorf("%s: got %q, want one warning with %q", what, diags.Errors()+diags.Warnings(), warning)
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
	wantHeld(t, "a list that waits", first, held, diags,
		"2026090100 -> 2026100100: added 40.92.0.0/15; removed nothing")
	sameSpace := candidate("2026110100", "40.107.0.0/16", "52.100.0.0/15", "52.102.0.0/15", "2a01:111:f400::/48")
	held, diags = planAndApply(t, s, first, object{"candidate": sameSpace, "approved_version": "2026090100"})
	if diff := difference(first, held); diff != "" {
		t.Errorf("the same addresses under another number (-before +after):\n%s", diff)
	}
	if len(diags) != 0 {
		t.Errorf("the same addresses under another number: %s", diags.Warnings())
	}
	second, diags := planAndApply(t, s, first, object{"candidate": listB, "approved_version": "2026100100"})
	wantPin(t, "approved", second, "2026100100", "40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")
	if len(diags) != 0 {
		t.Errorf("approved: %s", diags.Warnings())
	}
	t.Run("rollback from the archive", func(t *testing.T) {
		back, _ := planAndApply(t, s, second, object{"candidate": listB, "approved_version": "2019072900"})
		wantPin(t, "rollback", back, "2019072900", "40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17",
			"2a01:111:f400::/48", "2a01:111:f403::/48")
	})
	for name, tc := range map[string]struct{ prior, more object }{
		// An update that leaves the list as it is, known.
		"a limit changed": {second, object{"max_removed_percent": 10}},
		"with digest":     {first, object{"approved_sha256": second["sha256"]}},
	} {
		t.Run(name, func(t *testing.T) {
			config := with(object{"candidate": listB, "approved_version": "2026100100"}, tc.more)
			got, _ := planAndApply(t, s, tc.prior, config)
			wantPin(t, name, got, "2026100100", stringsOf(t, second["cidrs"])...)
		})
	}
}

func TestPinByLimits(t *testing.T) {
	s := configured(t, nil)
	auto := object{"auto_approve": true}
	first, _ := planAndApply(t, s, nil, with(auto, object{"candidate": listA}))
	second, diags := planAndApply(t, s, first, with(auto, object{"candidate": listB}))
	wantPin(t, "newer", second, "2026100100", "40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")
	if len(diags) != 0 {
		t.Errorf("newer: %s", diags.Warnings())
	}
	held, diags := planAndApply(t, s, second, with(auto, object{"candidate": listA}))
	wantHeld(t, "older", second, held, diags, "older than the list held")

	retaining := with(auto, object{"retain_removed_days": 30, "max_removed_percent": 90})
	kept, _ := planAndApply(t, s, second, with(retaining, object{
		"candidate": candidate("2026110100", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48"),
	}))
	wantPin(t, "retained", kept, "2026110100", "40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")
	wantAttributes(t, object{
		"retained": object{"40.92.0.0/15": "2026100100"}, "retained_removed_by": object{"40.92.0.0/15": "2026110100"},
	}, kept)
	gone, _ := planAndApply(t, s, kept, with(auto, object{
		"candidate":           candidate("2026120200", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48"),
		"retain_removed_days": 30,
	}))
	wantPin(t, "no longer retained", gone, "2026120200", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")
	wantAttributes(t, object{"retained": object{}}, gone)
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
			object{"candidate": with(listB, object{"instance": "china"}), "auto_approve": true},
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
			nil, object{"candidate": with(listA, object{"instance": "gcc"}), "auto_approve": true}, []string{"worldwide"},
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
		t.Run(name, func(t *testing.T) {
			_, diags := s.Plan(t, pinName, tc.prior, tc.config)
			for _, want := range tc.want {
				if !strings.Contains(diags.Errors(), want) {
					t.Errorf("%q lacks %q", diags.Errors(), want)
				}
			}
		})
	}
}

// What auto_approve does not take waits, with what it would do and why it was not taken.
func TestPinWaitsBeyondTheLimits(t *testing.T) {
	s := configured(t, nil)
	auto := object{"auto_approve": true}
	first, _ := planAndApply(t, s, nil, with(auto, object{"candidate": listA}))
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
			config := with(with(auto, object{"candidate": candidate("2026100100", tc.cidrs...)}), tc.more)
			held, diags := planAndApply(t, s, first, config)
			for _, warning := range []string{tc.want, `approved_version = "2026100100"`, "2026090100 -> 2026100100"} {
				wantHeld(t, "held", first, held, diags, warning)
			}
			approved, diags := planAndApply(
				t,
				s,
				first,
				with(config, object{"approved_version": "2026100100", "allow_missing_family": true}),
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
	wantUnknown(t, planned, diags, "for_each")
	known := object{"candidate": listA, "approved_version": "2026090100"}
	first, diags := s.Apply(t, pinName, nil, planned, known)
	if len(diags) != 0 {
		t.Fatal(diags.Errors())
	}
	wantPin(t, "applied", first, "2026090100", "40.107.0.0/16", "52.100.0.0/14", "2a01:111:f400::/48")

	held, diags := s.Plan(t, pinName, first, config)
	wantHeld(t, "update, nothing changed", first, held, diags, "Version 2026090100 is held")
	planned, diags = s.Plan(t, pinName, first, object{"candidate": unknown, "approved_version": "2026100100"})
	wantUnknown(t, planned, diags, "")
	second, diags := s.Apply(t, pinName, first, planned, object{"candidate": listB, "approved_version": "2026100100"})
	if len(diags) != 0 {
		t.Errorf("applied: %s", diags.Errors())
	}
	wantAttributes(t, object{"version": "2026100100"}, second)
	// What turns out while applying may be an error still, and then nothing is stored.
	_, diags = s.Apply(t, pinName, first, planned, object{"candidate": listA, "approved_version": "2026100100"})
	wantError(t, "not at hand after all", diags, `AttributeName("approved_version")`)
}

// wantUnknown requires a plan that leaves the list open, and a warning that says so.
func wantUnknown(t *testing.T, planned object, diags providertest.Diagnostics, warning string) {
	t.Helper()
	wantAttributes(t, object{"version": unknown, "cidrs": unknown}, planned)
	if diags.Errors() != "" {
		t.Error(diags.Errors())
	}
	if got := diags.Warnings(); got == "" || !strings.Contains(got, warning) {
		t.Errorf("warnings %q, want %q", got, warning)
	}
}

// Terraform may hand another candidate to the apply than to the plan: what was
// planned is applied.
func TestPinAppliesWhatWasPlanned(t *testing.T) {
	s := configured(t, nil)
	config := object{"candidate": listA, "auto_approve": true}
	planned, _ := s.Plan(t, pinName, nil, config)
	after, diags := s.Apply(t, pinName, nil, planned, object{"candidate": listB, "auto_approve": true})
	if len(diags) != 0 {
		t.Error(diags.Errors())
	}
	if diff := difference(planned, after); diff != "" {
		t.Errorf("(-planned +applied):\n%s", diff)
	}
}

// A policy that is known only after apply decides nothing while planning.
func TestPinWithUnknownPolicy(t *testing.T) {
	s := configured(t, nil)
	first, _ := planAndApply(t, s, nil, object{"candidate": listA, "auto_approve": true})
	const late = " is known only after apply"
	for name, tc := range map[string]struct {
		policy  object
		warning string
	}{
		"retain_removed_days": {object{"auto_approve": true, "retain_removed_days": unknown}, "retain_removed_days" + late},
		"max_removed_percent": {object{"auto_approve": true, "max_removed_percent": unknown}, "max_removed_percent" + late},
		"max_growth_factor":   {object{"auto_approve": true, "max_growth_factor": unknown}, "max_growth_factor" + late},
		"approved_version":    {object{"approved_version": unknown}, ""},
		"approved_sha256":     {object{"approved_version": "2026100100", "approved_sha256": unknown}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			planned, diags := s.Plan(t, pinName, first, with(object{"candidate": listB}, tc.policy))
			wantUnknown(t, planned, diags, tc.warning)
		})
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
		t.Run(name, func(t *testing.T) {
			_, diags := s.Plan(t, pinName, with(first, damage), config)
			wantError(t, name, diags, "Unable to read the pin's state", "start afresh")
		})
	}
}

func TestPinWithoutAFamily(t *testing.T) {
	s := configured(t, nil)
	config := object{"candidate": listA, "approved_version": "2013-04-23"} // the archive's list of 2013 has no IPv6
	_, diags := s.Plan(t, pinName, nil, config)
	wantError(t, "2013", diags, `AttributeName("allow_missing_family")`, "lacks one of the address families")
	allowed, _ := planAndApply(t, s, nil, with(config, object{"allow_missing_family": true}))
	wantAttributes(t, object{"version": "2013-04-23", "ipv6_cidrs": list()}, allowed)
}

func TestPinImport(t *testing.T) {
	s := configured(t, nil)
	state, diags := s.Import(t, pinName, "usgovgcchigh/2026033100")
	if len(diags) != 0 {
		t.Fatal(diags.Errors())
	}
	wantAttributes(t, object{"instance": "usgovgcchigh"}, state)
	wantPin(t, "imported", state, "2026033100", stringsOf(t, state["cidrs"])...)
	if state["by_family"] == nil {
		t.Error("by_family is null")
	}
	config := object{
		"candidate":        object{"instance": "usgovgcchigh", "version": "2026033100", "cidrs": state["cidrs"]},
		"approved_version": "2026033100",
	}
	again, diags := s.Plan(t, pinName, state, config)
	if len(diags) != 0 {
		t.Errorf("a plan after the import: %s", diags.Errors())
	}
	if diff := difference(state, again); diff != "" {
		t.Errorf("(-imported +planned):\n%s", diff)
	}
	for id, want := range map[string]string{
		"worldwide/2026081401": "not in the archive",
		"france/2026033100":    "no SMTP list",
		"worldwide":            "<instance>/<version>",
		"gcc/2026081400":       "worldwide",
		"worldwide/latest":     "not a list version",
		"":                     "<instance>/<version>",
	} {
		t.Run("refused: "+id, func(t *testing.T) {
			_, diags := s.Import(t, pinName, id)
			wantError(t, "import", diags, want)
		})
	}
}
