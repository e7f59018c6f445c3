package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/eop-firewall/terraform-provider-eop/internal/healthmailbox"
)

const healthName = "eop_health_mailboxes"

// monitored is a health mailbox of the organization below: two servers with ten
// front-end mailboxes and one database copy each.
type monitored struct{ name, display, server, database string }

func organization() []monitored {
	var out []monitored
	for s, server := range []string{"MBX1", "MBX2"} {
		for n := range 11 {
			slot := fmt.Sprintf("%03d", n+1)
			if n == 10 {
				slot = fmt.Sprintf("Store-%d", s+1)
			}
			name, database := fmt.Sprintf("HealthMailbox%032x", 0xabc0000+100*s+n), fmt.Sprintf("Store %d", s+1)
			out = append(out, monitored{name, "HealthMailbox-" + server + "-" + slot, server, database})
		}
	}
	return out
}

var organizationServers = object{
	"servers": []any{
		object{"name": "MBX1", "exchange_version": "2016", "database_copies": 1},
		object{"name": "MBX2.corp.example", "exchange_version": "2019", "database_copies": 1},
	},
	"databases": []string{"Store 1", "Store 2"},
}

// listingShapes are what people save, with or without evidence of corruption.
var listingShapes = map[string]func([]monitored) string{
	"list": func(all []monitored) string {
		var b strings.Builder
		for _, m := range all {
			fmt.Fprintf(&b, "\nName        : %s\nDisplayName : %s\nServerName  : %s\nDatabase    : %s\n",
				m.name, m.display, m.server, m.database)
		}
		return b.String()
	},
	"table": func(all []monitored) string {
		const row = "%-46s %-24s %-10s %s\n"
		var b strings.Builder
		fmt.Fprintf(&b, row, "Name", "DisplayName", "ServerName", "Database")
		fmt.Fprintf(&b, row, "----", "-----------", "----------", "--------")
		for _, m := range all {
			fmt.Fprintf(&b, row, m.name, m.display, m.server, m.database)
		}
		return b.String()
	},
	"csv": func(all []monitored) string {
		var b strings.Builder
		b.WriteString("\"Name\",\"DisplayName\",\"ServerName\",\"Database\"\n")
		for _, m := range all {
			fmt.Fprintf(&b, "%q,%q,%q,%q\n", m.name, m.display, m.server, m.database)
		}
		return b.String()
	},
	"json": func(all []monitored) string {
		var records []object
		for _, m := range all {
			records = append(
				records,
				object{"Name": m.name, "DisplayName": m.display, "ServerName": m.server, "Database": m.database},
			)
		}
		out, _ := json.MarshalIndent(records, "", "  ")
		return string(out) + "\n"
	},
}

func warningsAbout(names ...string) string {
	var out string
	for _, name := range names {
		out += "WARNING: The object corp.example/Microsoft Exchange System Objects/Monitoring Mailboxes/" + name +
			" has been corrupted, and it’s in an inconsistent state. The following validation errors happened:\nWARNING: " +
			"Database is mandatory on UserMailbox.\n"
	}
	return out
}

var lineEnds = map[string]string{"LF": "\n", "CRLF": "\r\n"}

// encodings are how Windows saves a text.
var encodings = map[string]func(string) ([]byte, error){
	"UTF-8":           func(s string) ([]byte, error) { return []byte(s), nil },
	"UTF-8 with mark": func(s string) ([]byte, error) { return []byte("\ufeff" + s), nil },
	"UTF-16 LE":       unicodeBytes(unicode.LittleEndian),
	"UTF-16 BE":       unicodeBytes(unicode.BigEndian),
	"UTF-16 LE, bare": func(s string) ([]byte, error) {
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().Bytes([]byte(s))
	},
	"Windows-1252": func(s string) ([]byte, error) { return charmap.Windows1252.NewEncoder().Bytes([]byte(s)) },
}

func unicodeBytes(order unicode.Endianness) func(string) ([]byte, error) {
	return func(s string) ([]byte, error) {
		return unicode.UTF16(order, unicode.UseBOM).NewEncoder().Bytes([]byte(s))
	}
}

func saved(t testing.TB, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "health mailboxes.txt")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// with is an object with more attributes.
func with(base, more object) object {
	out := maps.Clone(base)
	maps.Copy(out, more)
	return out
}

// Whatever the shape, encoding and line end: from a file, a text or a function,
// the same report comes out.
func TestHealthMailboxesOfEveryShape(t *testing.T) {
	s := unconfigured(t)
	all := organization()
	for _, broken := range [][]string{nil, {all[3].name, all[15].name}} {
		for shape, write := range listingShapes {
			text := warningsAbout(broken...) + write(all)
			want := expected(t, s, healthName, with(organizationServers, object{"listing": text}))
			wantAlone := expected(t, s, healthName, object{"listing": text})
			for lineEnd, end := range lineEnds {
				text := strings.ReplaceAll(text, "\n", end)
				name := fmt.Sprintf("%s/%d broken/%s", shape, len(broken), lineEnd)
				t.Run(name+"/text", func(t *testing.T) {
					got := expected(t, s, healthName, with(organizationServers, object{"listing": text}))
					wantOrganization(t, got, broken)
					if diff := difference(with(want, object{"listing": text}), got); diff != "" {
						t.Errorf("(-with LF +got):\n%s", diff)
					}
				})
				t.Run(name+"/function", func(t *testing.T) {
					alone, err := s.Call(t, "health_mailboxes", text)
					if err != nil {
						t.Fatal(err)
					}
					wantAttributes(t, alone.(object), wantAlone)
				})
				for encoding, encode := range encodings {
					t.Run(name+"/"+encoding, func(t *testing.T) {
						data, err := encode(text)
						if err != nil {
							t.Fatal(err)
						}
						file := saved(t, data)
						got := expected(t, s, healthName, with(organizationServers, object{"listing_file": file}))
						if diff := difference(with(want, object{"listing": nil, "listing_file": file}), got); diff != "" {
							t.Errorf("(-text +file):\n%s", diff)
						}
					})
				}
			}
		}
	}
}

func wantOrganization(t *testing.T, got object, broken []string) {
	t.Helper()
	var mailboxes []any
	for _, m := range organization() {
		reasons := list()
		if slices.Contains(broken, m.name) {
			reasons = list("Database is mandatory on UserMailbox.")
		}
		mailboxes = append(mailboxes, object{
			"name": m.name, "display_name": m.display, "server": m.server, "database": m.database,
			"corrupted": slices.Contains(broken, m.name), "reasons": reasons,
		})
	}
	wantAttributes(t, object{
		"expected_count": 22.0, "observed_count": 22.0, "surplus_count": 0.0, "missing_count": 0.0,
		"rule_of_thumb_count": 4.0,
		"by_server":           object{"MBX1": 11.0, "MBX2": 11.0}, "expected_by_server": object{"MBX1": 11.0, "MBX2": 11.0},
		"corrupted_known": true, "healthy": len(broken) == 0, "needs_action": len(broken) > 0,
		"surplus": list(), "missing": list(), "corrupted": list(broken...), "mailboxes": mailboxes,
	}, got)
	wantSteps(t, got, len(broken) > 0)
}

// wantSteps requires numbered steps that begin by stopping the Health Manager.
func wantSteps(t *testing.T, got object, some bool) {
	t.Helper()
	steps := got["recommendations"].([]any)
	if some == (len(steps) == 0) {
		t.Errorf("%d steps", len(steps))
	}
	for i, one := range steps {
		step := one.(object)
		if step["order"] != float64(i+1) {
			t.Errorf("step %d has the number %v", i+1, step["order"])
		}
		if step["title"] == "" {
			t.Errorf("step %d has no title", i+1)
		}
		if step["reason"] == "" {
			t.Errorf("step %d has no reason", i+1)
		}
	}
	if some {
		wantStep(t, steps[0], "rebuild", "Stop-Service")
	}
}

// wantStep requires a step of a procedure whose command has all of the texts.
func wantStep(t *testing.T, one any, procedure string, texts ...string) {
	t.Helper()
	step := one.(object)
	if step["procedure"] != procedure {
		t.Errorf("the procedure is %v, want %s", step["procedure"], procedure)
	}
	command, _ := step["command"].(string)
	for _, text := range texts {
		if !strings.Contains(command, text) {
			t.Errorf("the command lacks %q: %q", text, command)
		}
	}
}

// Every input is optional: without a listing there is the expected count, and how
// to collect one.
func TestHealthMailboxesWithoutListing(t *testing.T) {
	s := unconfigured(t)
	server := func(version string, copies any, more object) object {
		one := object{"name": "a", "exchange_version": version, "database_copies": copies}
		return object{"servers": []any{with(one, more)}}
	}
	for name, tc := range map[string]struct {
		config   object
		expected any
		rule     string
	}{
		"nothing":        {nil, nil, "Not known"},
		"2016":           {server("2016", 3, nil), 13.0, "ten per client access server"},
		"se":             {server("se", 0, nil), 10.0, "Microsoft does not state a number for SE"},
		"no client role": {server("2013_cu6_or_later", 3, object{"client_access": false}), 3.0, "http"},
		"2013, early": {
			server("2013_cu5_or_earlier", 3, object{"client_access": true}), 4.0, "one per client access server",
		},
		"copies unknown": {server("2019", nil, nil), nil, "database_copies is missing"},
		"totals": {
			object{"totals": object{"exchange_version": "2019", "database_copies": 24, "client_access_servers": 2}},
			44.0,
			"http",
		},
		"empty servers":   {object{"servers": []any{}}, nil, "Not known"},
		"databases alone": {object{"databases": []string{"a", "b", "c"}}, nil, "Not known"},
	} {
		t.Run(name, func(t *testing.T) {
			got := expected(t, s, healthName, tc.config)
			// Nothing is claimed of mailboxes that nobody listed.
			wantAttributes(t, object{
				"expected_count": tc.expected, "healthy": nil, "observed_count": nil, "missing_count": nil, "surplus_count": nil,
				"needs_action": false, "corrupted_known": false,
			}, got)
			if rule := got["expected_rule"].(string); !strings.Contains(rule, tc.rule) {
				t.Errorf("the rule %q lacks %q", rule, tc.rule)
			}
			wantStep(t, got["recommendations"].([]any)[0], "collect", "3>&1", "-ResultSize Unlimited", "ViewEntireForest")
		})
	}
}

func TestHealthMailboxesInventory(t *testing.T) {
	s := unconfigured(t)
	var inventory []any
	for _, m := range organization() {
		inventory = append(inventory, object{
			"name": m.name, "display_name": m.display, "server": m.server, "database": m.database, "is_valid": true,
		})
	}
	t.Run("whole", func(t *testing.T) {
		got := expected(t, s, healthName, with(organizationServers, object{"inventory": inventory}))
		wantOrganization(t, got, nil)
		kept := got["inventory"].([]any)[0].(object)
		wantAttributes(t, object{"name": organization()[0].name, "corrupted": nil}, kept)
	})
	gone := object{"display_name": "HealthMailbox-GONE-001", "corrupted": true}
	for name, tc := range map[string]struct {
		inventory []any
		want      object
	}{
		"one less": {
			inventory[1:],
			object{"missing_count": 1.0, "missing": list("HealthMailbox-MBX1-001"), "healthy": false},
		},
		"one more": {
			append([]any{gone}, inventory...),
			object{
				"surplus_count": 1.0, "surplus": list("HealthMailbox-GONE-001"), "corrupted": list("HealthMailbox-GONE-001"),
			},
		},
		"none at all": {[]any{}, object{"observed_count": 0.0, "missing_count": 22.0}},
	} {
		t.Run(name, func(t *testing.T) {
			got := expected(t, s, healthName, with(organizationServers, object{"inventory": tc.inventory}))
			wantAttributes(t, tc.want, got)
		})
	}
}

// A listing that Exchange cut at its limit counts nothing as missing.
func TestHealthMailboxesCutListing(t *testing.T) {
	var b strings.Builder
	b.WriteString("Name,DisplayName,ServerName,Database\n")
	for n := range 1000 {
		fmt.Fprintf(&b, "HealthMailbox%032x,,MBX1,DB\n", n)
	}
	totals := object{"totals": object{"exchange_version": "2016", "database_copies": 2000, "client_access_servers": 1}}
	for name, tc := range map[string]struct {
		text string
		want object
	}{
		"exactly 1,000": {b.String(), object{"missing_count": nil, "healthy": nil}},
		"more results": {
			"Name,DisplayName,ServerName,Database\nHealthMailbox" + strings.Repeat("a", 32) + ",,MBX1,DB\nWARNING: There are " +
				"more results available than are currently displayed.\n",
			object{"missing_count": nil, "healthy": nil},
		},
		"999": {
			strings.TrimSuffix(b.String(), fmt.Sprintf("HealthMailbox%032x,,MBX1,DB\n", 999)), object{"missing_count": 1011.0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := expected(t, unconfigured(t), healthName, with(totals, object{"listing": tc.text}))
			wantAttributes(t, tc.want, got)
		})
	}
}

// sparse is a file of size bytes that takes no space.
func sparse(t *testing.T, size int64) string {
	t.Helper()
	name := saved(t, nil)
	if err := os.Truncate(name, size); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestHealthMailboxesErrors(t *testing.T) {
	good := object{"name": "a", "exchange_version": "2016", "database_copies": 1}
	servers := func(all ...any) object { return object{"servers": all} }
	file := func(data string) object { return object{"listing_file": saved(t, []byte(data))} }
	at := func(name string) string { return `AttributeName("` + name + `")` }
	huge := sparse(t, healthmailbox.MaxInputBytes+1)
	for name, tc := range map[string]struct {
		config object
		want   []string
	}{
		"unknown version": {
			servers(good, with(good, object{"name": "b", "exchange_version": "2010"})),
			[]string{at("servers") + `.ElementKeyInt(1).` + at("exchange_version"), "2013_cu5_or_earlier", "se"},
		},
		"2013 without role": {
			servers(with(good, object{"exchange_version": "2013_cu6_or_later"})),
			[]string{`.ElementKeyInt(0).` + at("client_access"), "client access role"},
		},
		"server twice": {
			servers(good, with(good, object{"name": "A.corp.example"})), []string{`.ElementKeyInt(1).` + at("name"), "twice"},
		},
		"nameless server": {servers(with(good, object{"name": " "})), []string{`.ElementKeyInt(0).` + at("name")}},
		"negative copies": {
			servers(with(good, object{"database_copies": -1})), []string{at("database_copies"), "between 0 and"},
		},
		"servers and totals": {
			with(
				servers(good),
				object{"totals": object{"exchange_version": "2016", "database_copies": 1, "client_access_servers": 1}},
			),
			[]string{at("totals"), "Give servers or totals, not both."},
		},
		"totals, version": {
			object{"totals": object{"exchange_version": "2007", "database_copies": 1, "client_access_servers": 1}},
			[]string{at("totals") + `.` + at("exchange_version")},
		},
		"totals, copies": {
			object{"totals": object{"exchange_version": "2016", "database_copies": 1e9, "client_access_servers": 1}},
			[]string{at("totals") + `.` + at("database_copies")},
		},
		"totals, servers": {
			object{"totals": object{"exchange_version": "2016", "database_copies": 1, "client_access_servers": -2}},
			[]string{at("client_access_servers")},
		},
		"database twice": {
			object{"databases": []string{"DB1", "db1"}}, []string{at("databases") + `.ElementKeyInt(1)`, "twice"},
		},
		"database empty": {object{"databases": []string{""}}, []string{at("databases") + `.ElementKeyInt(0)`}},
		"two listings": {
			object{"listing": "1", "listing_file": "x"}, []string{at("listing_file"), "Give listing or listing_file, not both."},
		},
		"listing, inventory": {
			object{"listing": "1", "inventory": []any{}}, []string{at("inventory"), "Give listing or inventory"},
		},
		"file, inventory": {
			object{"listing_file": "1", "inventory": []any{}}, []string{at("inventory"), "Give listing_file or inventory"},
		},
		"nameless mailbox": {
			object{"inventory": []any{object{"server": "a"}}}, []string{at("inventory") + `.ElementKeyInt(0).` + at("name")},
		},
		"prose":         {object{"listing": "\n\nPlease restart the server."}, []string{at("listing"), "Line 3:"}},
		"empty listing": {object{"listing": ""}, []string{at("listing"), "empty"}},
		"event": {
			object{"listing": "Event code: 3005\nException type: HttpException"},
			[]string{at("listing"), "Line 1:", "event diagnosis"},
		},
		"cut JSON": {object{"listing": "[\n {\"Name\":"}, []string{at("listing"), "Line 2:", "JSON"}},
		"no file": {
			object{"listing_file": "no/such/file.txt"},
			[]string{at("listing_file"), "no/such/file.txt", "no such file in the folder that Terraform runs in"},
		},
		"folder":               {object{"listing_file": t.TempDir()}, []string{at("listing_file"), "not a regular file"}},
		"endless device":       {object{"listing_file": "/dev/zero"}, []string{at("listing_file"), "not a regular file"}},
		"too large":            {object{"listing_file": huge}, []string{at("listing_file"), "larger than 32 MiB"}},
		"binary file":          {file("Name\x00\x01"), []string{at("listing_file"), "not text"}},
		"prose in a file":      {file("one\r\ntwo\r\n"), []string{at("listing_file"), "line 1:"}},
		"UTF-16 cut in a half": {file("\xff\xfeN\x00a"), []string{at("listing_file"), "UTF-16 of 5 bytes"}},
		"null server":          {servers(nil), []string{at("servers")}},
		"null database":        {object{"databases": []any{nil}}, []string{at("databases")}},
		"null mailbox":         {object{"inventory": []any{nil}}, []string{at("inventory")}},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := unconfigured(t).Read(t, healthName, tc.config)
			wantError(t, name, diags, tc.want...)
		})
	}
}

// What is known only after apply is no reason to complain at validation.
func TestHealthMailboxesUnknown(t *testing.T) {
	s := unconfigured(t)
	for name, config := range map[string]object{
		"listing": {"listing": unknown, "servers": []any{object{"name": "a", "exchange_version": "2013_cu6_or_later"}}},
		"file":    {"listing_file": unknown, "listing": "1"},
		"server":  {"servers": []any{object{"name": unknown, "exchange_version": unknown}}},
		"servers": {
			"servers": unknown, "totals": object{"exchange_version": "se", "database_copies": 1, "client_access_servers": 1},
		},
		"inventory": {"inventory": unknown},
	} {
		t.Run(name, func(t *testing.T) {
			if diags := s.Validate(t, healthName, config); len(diags) != 0 {
				t.Error(diags.Errors())
			}
		})
	}
}

// A long listing answers soon; the benchmark says how soon.
func BenchmarkHealthMailboxes10MB(b *testing.B) {
	s := unconfigured(b)
	one := organization()
	for shape, write := range listingShapes {
		var all []monitored
		enough := 10 << 20 / len(write(one)) * len(one)
		for n := 0; len(all) < enough; n++ {
			for i, m := range one {
				m.name = fmt.Sprintf("HealthMailbox%032x", n*100+i)
				all = append(all, m)
			}
		}
		text := write(all)
		b.Run(shape, func(b *testing.B) {
			config := object{"listing_file": saved(b, []byte(text))}
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				s.ReadRaw(b, "eop_health_mailboxes", config)
			}
		})
	}
}
