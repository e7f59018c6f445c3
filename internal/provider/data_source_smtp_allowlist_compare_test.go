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
				s.PublishChanges(
					endpoints.Worldwide,
					[]byte(
						`[{"id":1,"endpointSetId":10,"disposition":"change","version":"`+nextVersion+`","add":{"effectiveDate":"20990201","ips":["104.48.64.0/20"]}}]`,
					),
				)
			}
			config := live(t, s, tc.mode)
			if tc.cached {
				if _, diags := configured(t, config).Read(t, allowlistName, nil); unexpected(diags) != "" {
					t.Fatal(diags.Errors())
				}
			}
			if tc.down {
				s.Close()
			}
			args := object{"version": tc.pin, "compare_latest": true}
			if tc.instance != "" {
				args["instance"] = tc.instance
			}
			state, diags := configured(t, config).Read(t, allowlistName, args)
			if unexpected(diags) != "" {
				t.Fatal(diags.Errors() + beyondNews(diags))
			}
			for attribute, want := range tc.want {
				if state[attribute] != want {
					t.Errorf("%s = %v, want %v", attribute, state[attribute], want)
				}
			}
			behind := state["up_to_date"] == false
			if missing, excess := join(
				t, state["missing_cidrs"],
			), join(t, state["excess_cidrs"]); behind != (missing+excess != "") {
				t.Errorf("up to date %v, missing %q, excess %q", state["up_to_date"], missing, excess)
			}
		})
	}
}

func TestCompareLatestIsOffByDefault(t *testing.T) {
	state, _ := configured(t, nil).Read(t, allowlistName, object{"version": "2019062800"})
	for _, attribute := range []string{
		"latest_version", "latest_source", "up_to_date", "versions_behind", "behind_since", "missing_cidrs", "excess_cidrs",
		"missing_effective_date",
	} {
		if state[attribute] != nil {
			t.Errorf("%s = %v", attribute, state[attribute])
		}
	}
	_, diags := configured(
		t,
		nil,
	).Read(t, allowlistName, object{"instance": "germany", "version": "2018063000", "compare_latest": true})
	wantError(t, "germany has no latest", diags, "need a version")
}

// A newest list that was refused is news; the pin stands.
func TestCompareLatestWithARefusedList(t *testing.T) {
	s := eoptest.New(t)
	s.PublishBody(
		endpoints.Worldwide,
		nextVersion,
		[]byte(strings.ReplaceAll(bodyOf(t, nextList(t)), "40.92.0.0/15", "0.0.0.0/0")),
	)
	state, diags := configured(
		t,
		live(t, s, "auto"),
	).Read(t, allowlistName, object{"version": embeddedVersion, "compare_latest": true})
	if diags.Errors() != "" || !strings.Contains(beyondNews(diags), "0.0.0.0/0") ||
		state["latest_version"] != embeddedVersion ||
		state["up_to_date"] != nil {
		t.Errorf("%v, %s%s", state["latest_version"], diags.Errors(), beyondNews(diags))
	}
}

// A fresh cache and the service give the same state: no attribute flips between runs.
func TestNothingFlipsBetweenRuns(t *testing.T) {
	s := eoptest.New(t)
	s.Publish(t, nextList(t))
	config := live(t, s, "auto")
	one, _ := configured(t, config).Read(t, allowlistName, object{"compare_latest": true})
	two, _ := configured(t, config).Read(t, allowlistName, object{"compare_latest": true})
	eoptest.AgeCache(t, config["cache_dir"].(string), s.URL, 2*time.Hour)
	three, _ := configured(t, config).Read(t, allowlistName, object{"compare_latest": true})
	config["cache_dir"] = t.TempDir()
	four, _ := configured(t, config).Read(t, allowlistName, object{"compare_latest": true})
	for i, next := range []object{two, three, four} {
		if !equal(one, next) {
			t.Errorf("run %d differs:\n%v\n%v", i+2, one, next)
		}
	}
}
