package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
)

func setIDs(state object) (ids []int) {
	for _, e := range state["endpoints"].([]any) {
		ids = append(ids, int(e.(object)["id"].(float64)))
	}
	return ids
}

func TestEndpointsSelection(t *testing.T) {
	p := configured(t, nil)
	for name, tc := range map[string]struct {
		args object
		ids  []int
	}{
		"by id": {object{"ids": []any{56, 10}}, []int{10, 56}},
		"SMTP":  {object{"service_areas": []string{"exchange"}, "tcp_port": 25}, []int{10}},
		"optimize, ER": {
			object{
				"service_areas": []string{"Exchange"}, "categories": []string{"optimize"}, "express_route_only": true,
				"required_only": true,
			},
			[]int{1},
		},
		"UDP":             {object{"udp_port": 3479}, []int{11}},
		"port in a range": {object{"version": "2018063000", "udp_port": 50007}, []int{20}},
	} {
		t.Run(name, func(t *testing.T) {
			args := with(object{"version": embeddedVersion}, tc.args)
			state := expected(t, p, "eop_endpoints", args)
			if diff := cmp.Diff(tc.ids, setIDs(state)); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			wantAttributes(t, object{
				"version": args["version"], "source": "embedded", "urls_incomplete": args["version"] == "2018063000",
			}, state)
		})
	}
}

// The SMTP allowlist and the same selection by hand are one list, everywhere.
func TestEndpointsAgreeWithTheAllowlist(t *testing.T) {
	p := configured(t, nil)
	for _, instance := range endpoints.ServedInstances() {
		t.Run(string(instance), func(t *testing.T) {
			args := object{"instance": string(instance)}
			a := expected(t, p, allowlistName, args)
			e := expected(t, p, "eop_endpoints", with(args, object{"service_areas": []string{"Exchange"}, "tcp_port": 25}))
			wantAttributes(t, object{"sha256": a["sha256"], "cidrs": a["cidrs"]}, e)
		})
	}
}

func TestEndpointsOfEveryVersion(t *testing.T) {
	p := configured(t, nil)
	for _, instance := range endpoints.Instances() {
		for _, entry := range eoptest.Archive(t).Entries(instance) {
			if entry.Version.Kind() == endpoints.SMTPOnly {
				continue
			}
			version := entry.Version.String()
			t.Run(string(instance)+"/"+version, func(t *testing.T) {
				state := expected(t, p, "eop_endpoints", object{
					"instance": string(instance), "version": version, "allow_empty": true,
				})
				if got, want := len(setIDs(state)), len(eoptest.List(t, instance, version).Sets); got != want {
					t.Errorf("%d sets, want %d", got, want)
				}
				wantAttributes(t, object{"urls_incomplete": entry.URLsIncomplete}, state)
			})
		}
	}
}

func TestEndpointsErrors(t *testing.T) {
	p := configured(t, nil)
	for name, tc := range map[string]struct {
		args object
		want []string
	}{
		"no such area": {
			object{"service_areas": []string{"Exchange", "Teams"}},
			[]string{`AttributeName("service_areas")`, "ElementKeyInt(1)", "Common, Exchange"},
		},
		"no such id":       {object{"ids": []any{10, 4711}}, []string{`AttributeName("ids")`, "4711"}},
		"no such category": {object{"categories": []string{"Best"}}, []string{"Allow, Default, Optimize"}},
		"no address":       {object{"ids": []any{8}}, []string{`AttributeName("allow_empty")`, "opens everything"}},
		"before the service": {object{"version": "2014-05-20"}, []string{
			`AttributeName("version")`, "only the SMTP addresses are known",
		}},
		"port out of range": {object{"tcp_port": 70000}, []string{`AttributeName("tcp_port")`}},
		"empty filter":      {object{"ids": []any{}}, []string{`AttributeName("ids")`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := p.Read(t, "eop_endpoints", tc.args)
			for _, want := range tc.want {
				if !strings.Contains(diags.Errors(), want) {
					t.Errorf("%q lacks %q", diags.Errors(), want)
				}
			}
		})
	}
}

func TestEndpointsAllowEmpty(t *testing.T) {
	state := expected(t, configured(t, nil), "eop_endpoints", object{"ids": []any{8}, "allow_empty": true})
	wantAttributes(t, object{"cidrs": list(), "by_family": object{}}, state)
	if len(stringsOf(t, state["urls"])) == 0 {
		t.Error("no URLs")
	}
}

// versionsOf has a line for each version: what it is, and whether the SMTP addresses changed with it.
func versionsOf(state object) (lines []string) {
	for _, e := range state["versions"].([]any) {
		v := e.(object)
		lines = append(lines, fmt.Sprint(v["version"], " ", v["kind"], " ", v["source"], " ", v["smtp_changed"]))
	}
	return lines
}

func TestVersions(t *testing.T) {
	for instance, tc := range map[string]struct {
		latest   any
		versions []string
	}{
		"worldwide": {embeddedVersion, []string{
			embeddedVersion + " full embedded false", "2025043000 full embedded false", "2023073100 full embedded false",
			"2021-07-04 capture embedded false", "2020022800 full embedded false", "2019072900 full embedded true",
			"2019062800 full embedded true", "2018063000 full embedded true", "2014-05-20 smtp_only embedded true",
			"2013-04-23 smtp_only embedded true",
		}},
		"france": {nil, []string{"2026033100 full embedded false", "2025053000 full embedded false"}},
	} {
		t.Run(instance, func(t *testing.T) {
			state := expected(t, configured(t, nil), "eop_versions", object{"instance": instance})
			if diff := cmp.Diff(tc.versions, versionsOf(state)); diff != "" {
				t.Errorf("versions (-want +got):\n%s", diff)
			}
			wantAttributes(t, object{"latest_version": tc.latest}, state)
		})
	}
}

func TestVersionsOfTheService(t *testing.T) {
	s := eoptest.New(t)
	s.PublishBody(endpoints.Worldwide, "2098010100", nil)
	s.Publish(t, nextList(t))
	config := live(t, s, "auto")
	p := configured(t, config)
	expected(t, p, allowlistName, nil)
	state := expected(t, p, "eop_versions", nil)
	wantAttributes(t, object{"latest_version": nextVersion, "stale": false}, state)
	want := []string{nextVersion + " full service true", "2098010100 full service <nil>"} // the second by name alone
	if diff := cmp.Diff(want, versionsOf(state)[:2]); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
	s.Close()
	state, diags := configured(t, config).Read(t, "eop_versions", nil)
	if diags.Errors() != "" {
		t.Fatalf("unreachable: %s", diags.Errors())
	}
	if beyondNews(diags) == "" {
		t.Error("unreachable: no warning")
	}
	wantAttributes(t, object{"stale": true, "latest_version": nextVersion}, state)
	if got := versionsOf(state)[0]; got != want[0] {
		t.Errorf("unreachable: the first version is %s", got)
	}
	config["list_source"] = "service"
	_, diags = configured(t, config).Read(t, "eop_versions", nil)
	wantError(t, "unreachable, service", diags, "connection refused")
}

func TestChanges(t *testing.T) {
	p := configured(t, nil)
	t.Run("DoD", func(t *testing.T) {
		state := expected(t, p, "eop_changes", object{
			"instance": "usgovdod", "from_version": "2023073100", "to_version": "2025043000", "smtp_only": true,
		})
		wantAttributes(t, object{"removed_cidrs": list(), "changes": nil}, state)
		if added := stringsOf(t, state["added_cidrs"]); !slices.Contains(added, "62.10.144.0/20") {
			t.Errorf("added %v", added)
		}
	})
	t.Run("worldwide since 2019", func(t *testing.T) {
		state := expected(t, p, "eop_changes", object{"from_version": "2019072900", "smtp_only": true})
		wantAttributes(t, object{
			"to_version": embeddedVersion, "added_cidrs": list(), "removed_cidrs": list(),
		}, state)
	})
	for name, tc := range map[string]struct {
		args object
		want string
	}{
		"backwards": {
			object{"from_version": embeddedVersion, "to_version": "2019072900"}, "Swap from_version and to_version",
		},
		"unknown first": {object{"from_version": "2019072901"}, `AttributeName("from_version")`},
		"unknown last":  {object{"from_version": "2019072900", "to_version": "2019072901"}, `AttributeName("to_version")`},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := p.Read(t, "eop_changes", tc.args)
			wantError(t, name, diags, tc.want)
		})
	}
}

func TestChangesWithTheFeed(t *testing.T) {
	s := eoptest.New(t)
	s.Publish(t, nextList(t))
	s.PublishChanges(endpoints.Worldwide, []byte(`[
	 {"id":1,"endpointSetId":10,"disposition":"Change","impact":"AddedIp","version":"`+nextVersion+`",
	  "add":{"effectiveDate":"20990201","ips":["104.48.64.0/20"]}},
	 {"id":2,"endpointSetId":8,"disposition":"change","impact":"AddedUrl","version":"`+nextVersion+`",
	  "add":{"urls":["x.example"]}},
	 {"id":3,"endpointSetId":10,"disposition":"change","version":"2099020100"}]`))
	p := configured(t, live(t, s, "service"))
	record := object{
		"version": nextVersion, "endpoint_set_id": 10.0, "disposition": "change", "impact": "AddedIp",
		"effective_date": "2099-02-01", "added_cidrs": list("104.48.64.0/20"), "removed_cidrs": list(),
		"added_urls": list(), "removed_urls": list(),
	}
	t.Run("SMTP only", func(t *testing.T) {
		state := expected(t, p, "eop_changes", object{"from_version": embeddedVersion, "smtp_only": true})
		wantAttributes(t, object{"added_cidrs": list("104.48.64.0/20"), "changes": []any{record}}, state)
	})
	t.Run("all sets", func(t *testing.T) {
		state := expected(t, p, "eop_changes", object{"from_version": embeddedVersion})
		wantAttributes(t, object{"changes": []any{record, with(record, object{
			"endpoint_set_id": 8.0, "impact": "AddedUrl", "effective_date": nil, "added_cidrs": list(),
			"added_urls": list("x.example"),
		})}}, state)
	})
	t.Run("pinned to the cached list", func(t *testing.T) {
		s.Break(eoptest.OnEndpoints(eoptest.Status(http.StatusInternalServerError, "")))
		state := expected(t, p, "eop_changes", object{"from_version": embeddedVersion, "to_version": nextVersion})
		wantAttributes(t, object{"to_version": nextVersion}, state)
	})
}
