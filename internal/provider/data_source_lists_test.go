package provider_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

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
		args := object{"version": embeddedVersion}
		maps.Copy(args, tc.args)
		state, diags := p.Read(t, "eop_endpoints", args)
		if unexpected(diags) != "" || !slices.Equal(setIDs(state), tc.ids) {
			t.Errorf("%s: %v, %s", name, setIDs(state), diags.Errors())
			continue
		}
		if state["version"] != args["version"] || state["source"] != "embedded" ||
			state["urls_incomplete"] != (args["version"] == "2018063000") {
			t.Errorf("%s: %v %v %v", name, state["version"], state["source"], state["urls_incomplete"])
		}
	}
}

// The SMTP allowlist and the same selection by hand are one list, everywhere.
func TestEndpointsAgreeWithTheAllowlist(t *testing.T) {
	p := configured(t, nil)
	for _, instance := range endpoints.ServedInstances() {
		a, _ := p.Read(t, allowlistName, object{"instance": string(instance)})
		e, diags := p.Read(
			t,
			"eop_endpoints",
			object{"instance": string(instance), "service_areas": []string{"Exchange"}, "tcp_port": 25},
		)
		if unexpected(diags) != "" || a["sha256"] != e["sha256"] ||
			!slices.Equal(stringsOf(t, a["cidrs"]), stringsOf(t, e["cidrs"])) {
			t.Errorf("%s: %v and %v: %s", instance, a["cidrs"], e["cidrs"], diags.Errors())
		}
	}
}

func TestEndpointsOfEveryVersion(t *testing.T) {
	p := configured(t, nil)
	for _, instance := range endpoints.Instances() {
		for _, entry := range eoptest.Archive(t).Entries(instance) {
			if entry.Version.Kind() == endpoints.SMTPOnly {
				continue
			}
			state, diags := p.Read(
				t,
				"eop_endpoints",
				object{"instance": string(instance), "version": entry.Version.String(), "allow_empty": true},
			)
			l := eoptest.List(t, instance, entry.Version.String())
			if unexpected(diags) != "" || len(setIDs(state)) != len(l.Sets) || state["urls_incomplete"] != entry.URLsIncomplete {
				t.Fatalf("%s %s: %d sets, %s", instance, entry.Version, len(setIDs(state)), diags.Errors())
			}
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
		_, diags := p.Read(t, "eop_endpoints", tc.args)
		for _, w := range tc.want {
			if !strings.Contains(diags.Errors(), w) {
				t.Errorf("%s: %q lacks %q", name, diags.Errors(), w)
			}
		}
	}
	state, diags := p.Read(t, "eop_endpoints", object{"ids": []any{8}, "allow_empty": true})
	if unexpected(diags) != "" || len(stringsOf(t, state["cidrs"])) != 0 || len(stringsOf(t, state["urls"])) == 0 ||
		len(state["by_family"].(object)) != 0 {
		t.Errorf("allow_empty: %v, %s", state["cidrs"], diags.Errors())
	}
}

func versionsOf(state object) (names []string) {
	for _, e := range state["versions"].([]any) {
		names = append(names, e.(object)["version"].(string))
	}
	return names
}

func TestVersions(t *testing.T) {
	state, diags := configured(t, nil).Read(t, "eop_versions", nil)
	names := versionsOf(state)
	if unexpected(diags) != "" || len(names) != len(eoptest.Archive(t).Entries(endpoints.Worldwide)) ||
		names[0] != embeddedVersion ||
		names[len(names)-1] != "2013-04-23" ||
		state["latest_version"] != embeddedVersion {
		t.Errorf(
			"%d versions from %s to %s, latest %v, %s",
			len(names),
			names[0],
			names[len(names)-1],
			state["latest_version"],
			diags.Errors(),
		)
	}
	if last := state["versions"].([]any)[len(names)-1].(object); last["kind"] != "smtp_only" ||
		state["versions"].([]any)[0].(object)["kind"] != "full" {
		t.Errorf("kinds: %v", last["kind"])
	}
	changed := 0
	for _, e := range state["versions"].([]any) {
		v := e.(object)
		if v["smtp_changed"] == true && v["version"].(string) > "2019072900" &&
			!strings.Contains(v["version"].(string), "-") {
			t.Errorf("worldwide changed in %v; it has not since 2019-07-29", v["version"])
		}
		if v["smtp_changed"] == true {
			changed++
		}
	}
	if changed < 5 {
		t.Errorf("%d changes in all", changed)
	}
	if state, diags := configured(t, nil).Read(t, "eop_versions", object{"instance": "france"}); unexpected(diags) != "" ||
		state["latest_version"] != nil ||
		len(versionsOf(state)) != 2 {
		t.Errorf("france: latest %v, %v", state["latest_version"], diags.Errors())
	}
}

func TestVersionsOfTheService(t *testing.T) {
	s := eoptest.New(t)
	s.PublishBody(endpoints.Worldwide, "2098010100", nil)
	s.Publish(t, nextList(t))
	config := live(t, s, "auto")
	p := configured(t, config)
	if _, diags := p.Read(t, allowlistName, nil); unexpected(diags) != "" {
		t.Fatal(diags.Errors())
	}
	state, diags := p.Read(t, "eop_versions", nil)
	first, second := state["versions"].([]any)[0].(object), state["versions"].([]any)[1].(object)
	if unexpected(diags) != "" || first["version"] != nextVersion || first["source"] != "service" ||
		first["smtp_changed"] != true ||
		state["latest_version"] != nextVersion ||
		state["stale"] != false {
		t.Errorf("%v, latest %v: %s", first, state["latest_version"], diags.Errors())
	}
	if second["version"] != "2098010100" || second["smtp_changed"] != nil {
		t.Errorf("a version known by name alone: %v", second)
	}
	s.Close()
	state, diags = configured(t, config).Read(t, "eop_versions", nil)
	if diags.Errors() != "" || beyondNews(diags) == "" || state["stale"] != true || versionsOf(state)[0] != nextVersion {
		t.Errorf("unreachable: stale %v, %v, %s", state["stale"], versionsOf(state)[0], diags.Errors())
	}
	config["list_source"] = "service"
	_, diags = configured(t, config).Read(t, "eop_versions", nil)
	wantError(t, "unreachable, service", diags, "connection refused")
}

func TestChanges(t *testing.T) {
	p := configured(t, nil)
	state, diags := p.Read(
		t,
		"eop_changes",
		object{"instance": "usgovdod", "from_version": "2023073100", "to_version": "2025043000", "smtp_only": true},
	)
	if unexpected(diags) != "" || len(stringsOf(t, state["removed_cidrs"])) != 0 ||
		!slices.Contains(stringsOf(t, state["added_cidrs"]), "62.10.144.0/20") ||
		state["changes"] != nil {
		t.Errorf("%v, %v, %v: %s", state["added_cidrs"], state["removed_cidrs"], state["changes"], diags.Errors())
	}
	state, _ = p.Read(t, "eop_changes", object{"from_version": "2019072900", "smtp_only": true})
	if state["to_version"] != embeddedVersion ||
		len(stringsOf(t, state["added_cidrs"]))+len(stringsOf(t, state["removed_cidrs"])) != 0 {
		t.Errorf("worldwide since 2019: %v, %v", state["added_cidrs"], state["removed_cidrs"])
	}
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
		_, diags := p.Read(t, "eop_changes", tc.args)
		wantError(t, name, diags, tc.want)
	}
}

func TestChangesWithTheFeed(t *testing.T) {
	s := eoptest.New(t)
	s.Publish(t, nextList(t))
	s.PublishChanges(endpoints.Worldwide, []byte(`[
	 {"id":1,"endpointSetId":10,"disposition":"Change","impact":"AddedIp","version":"`+nextVersion+`","add":{"effectiveDate":"20990201","ips":["104.48.64.0/20"]}},
	 {"id":2,"endpointSetId":8,"disposition":"change","impact":"AddedUrl","version":"`+nextVersion+`","add":{"urls":["x.example"]}},
	 {"id":3,"endpointSetId":10,"disposition":"change","version":"2099020100"}]`))
	p := configured(t, live(t, s, "service"))
	state, diags := p.Read(t, "eop_changes", object{"from_version": embeddedVersion, "smtp_only": true})
	changes := state["changes"].([]any)
	if unexpected(diags) != "" || len(changes) != 1 ||
		!slices.Equal(stringsOf(t, state["added_cidrs"]), []string{"104.48.64.0/20"}) {
		t.Fatalf("%v, %v: %s", changes, state["added_cidrs"], diags.Errors())
	}
	c := changes[0].(object)
	if c["effective_date"] != "2099-02-01" || c["endpoint_set_id"] != 10.0 || c["disposition"] != "change" ||
		c["impact"] != "AddedIp" ||
		len(stringsOf(t, c["added_cidrs"])) != 1 {
		t.Errorf("record %v", c)
	}
	state, _ = p.Read(t, "eop_changes", object{"from_version": embeddedVersion})
	if changes := state["changes"].([]any); len(changes) != 2 || changes[1].(object)["effective_date"] != nil {
		t.Errorf("all sets: %v", changes)
	}
	s.Break(eoptest.OnEndpoints(eoptest.Status(http.StatusInternalServerError, "")))
	state, _ = p.Read(t, "eop_changes", object{"from_version": embeddedVersion, "to_version": nextVersion})
	if state["to_version"] != nextVersion {
		t.Errorf("pinned to the cached list: %v", state["to_version"])
	}
}
