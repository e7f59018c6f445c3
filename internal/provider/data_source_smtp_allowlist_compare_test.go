package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
)

// What compare_latest says of a pin, by where the newest list is known from.
func TestCompareLatest(t *testing.T) {
	for name, tc := range map[string]struct {
		mode      string
		published bool // the service has nextVersion, with one prefix more
		down      bool
		cached    bool // the service's list is in the cache, checked within the hour
		pin       string
		instance  string
		want      object
	}{
		"embedded, the newest": {
			mode: "embedded", pin: embeddedVersion,
			want: object{
				"latest_version": embeddedVersion, "latest_source": "embedded", "up_to_date": nil, "versions_behind": 0.0,
				"behind_since": nil,
			},
		},
		"embedded, an old one, same": {
			mode: "embedded", pin: "2019072900",
			want: object{"latest_version": embeddedVersion, "up_to_date": nil, "versions_behind": 0.0, "behind_since": nil},
		},
		"embedded, an old one, other": {
			mode: "embedded", pin: "2019062800",
			want: object{"up_to_date": false, "versions_behind": 1.0, "behind_since": "2019-07-29"},
		},
		"embedded, DoD of 2023": {
			mode: "embedded", pin: "2023073100", instance: "usgovdod",
			want: object{"up_to_date": false, "versions_behind": 1.0, "behind_since": "2025-04-30"},
		},
		"service, the same space": {
			mode: "service", published: true, pin: nextVersion,
			want: object{"latest_version": nextVersion, "latest_source": "service", "up_to_date": true, "versions_behind": 0.0},
		},
		"service, one more prefix": {
			mode: "service", published: true, pin: embeddedVersion,
			want: object{
				"latest_version": nextVersion, "up_to_date": false, "versions_behind": 1.0, "missing_effective_date": "2099-02-01",
			},
		},
		"auto, fresh cache, down": {
			mode: "auto", published: true, cached: true, down: true, pin: embeddedVersion,
			want: object{"latest_version": nextVersion, "up_to_date": false, "missing_effective_date": nil},
		},
		"auto, down, the newest known": {
			mode: "auto", down: true, pin: embeddedVersion,
			want: object{"latest_version": embeddedVersion, "latest_source": "embedded", "up_to_date": nil},
		},
		"auto, down, older than known":  {mode: "auto", down: true, pin: "2019062800", want: object{"up_to_date": false}},
		"service, down, the pin stands": {mode: "service", down: true, pin: embeddedVersion, want: object{"up_to_date": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := eoptest.New(t)
			if tc.published {
				s.Publish(t, nextList(t))
				s.PublishChanges(endpoints.Worldwide, []byte(`[{"id":1,"endpointSetId":10,"disposition":"change","version":"`+
					nextVersion+`","add":{"effectiveDate":"20990201","ips":["104.48.64.0/20"]}}]`))
			}
			config := live(t, s, tc.mode)
			if tc.cached {
				expected(t, configured(t, config), allowlistName, nil)
			}
			if tc.down {
				s.Close()
			}
			args := object{"version": tc.pin, "compare_latest": true}
			if tc.instance != "" {
				args["instance"] = tc.instance
			}
			state := expected(t, configured(t, config), allowlistName, args)
			wantAttributes(t, tc.want, state)
			behind := state["up_to_date"] == false
			apart := join(t, state["missing_cidrs"]) + join(t, state["excess_cidrs"])
			if behind != (apart != "") {
				t.Errorf("up to date %v, missing and in excess %q", state["up_to_date"], apart)
			}
		})
	}
}

func TestCompareLatestIsOffByDefault(t *testing.T) {
	state := expected(t, configured(t, nil), allowlistName, object{"version": "2019062800"})
	wantAttributes(t, object{
		"latest_version": nil, "latest_source": nil, "up_to_date": nil, "versions_behind": nil, "behind_since": nil,
		"missing_cidrs": nil, "excess_cidrs": nil, "missing_effective_date": nil,
	}, state)
}

func TestCompareLatestOfGermany(t *testing.T) {
	args := object{"instance": "germany", "version": "2018063000", "compare_latest": true}
	_, diags := configured(t, nil).Read(t, allowlistName, args)
	wantError(t, "germany has no latest", diags, "need a version")
}

// A newest list that was refused is news; the pin stands.
func TestCompareLatestWithARefusedList(t *testing.T) {
	s := eoptest.New(t)
	opened := strings.ReplaceAll(bodyOf(t, nextList(t)), "40.92.0.0/15", "0.0.0.0/0")
	s.PublishBody(endpoints.Worldwide, nextVersion, []byte(opened))
	args := object{"version": embeddedVersion, "compare_latest": true}
	state, diags := configured(t, live(t, s, "auto")).Read(t, allowlistName, args)
	if diags.Errors() != "" {
		t.Fatal(diags.Errors())
	}
	if got := beyondNews(diags); !strings.Contains(got, "0.0.0.0/0") {
		t.Errorf("the warning lacks 0.0.0.0/0: %q", got)
	}
	wantAttributes(t, object{"latest_version": embeddedVersion, "up_to_date": nil}, state)
}

// A fresh cache and the service give the same state: no attribute flips between runs.
func TestNothingFlipsBetweenRuns(t *testing.T) {
	s := eoptest.New(t)
	s.Publish(t, nextList(t))
	config, args := live(t, s, "auto"), object{"compare_latest": true}
	first := expected(t, configured(t, config), allowlistName, args)
	for _, run := range []struct {
		name   string
		before func()
	}{
		{"from the fresh cache", func() {}},
		{"from an old cache", func() { eoptest.AgeCache(t, config["cache_dir"].(string), s.URL, 2*time.Hour) }},
		{"from another cache", func() { config["cache_dir"] = t.TempDir() }},
	} {
		t.Run(run.name, func(t *testing.T) {
			run.before()
			if diff := difference(first, expected(t, configured(t, config), allowlistName, args)); diff != "" {
				t.Errorf("(-first +this run):\n%s", diff)
			}
		})
	}
}
