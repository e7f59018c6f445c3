package healthmailbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func assess(t *testing.T, in Input) Report {
	t.Helper()
	r, err := Assess(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// same compares two values of any type.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

func TestExpectedCount(t *testing.T) {
	server := func(v Version, copies int, access *bool) Server {
		return Server{Name: "s", Version: v, DatabaseCopies: &copies, ClientAccess: access}
	}
	for _, c := range []struct {
		name   string
		server Server
		want   int
	}{
		{"2013 CU5", server(Version2013CU5OrEarlier, 3, ptr(true)), 4},
		{"2013 CU5 without client access", server(Version2013CU5OrEarlier, 3, ptr(false)), 3},
		{"2013 CU6", server(Version2013CU6OrLater, 3, ptr(true)), 13},
		{"2013 CU6 without copies", server(Version2013CU6OrLater, 0, ptr(true)), 10},
		{"2016", server(Version2016, 12, nil), 22},
		{"2019", server(Version2019, 1, nil), 11},
		{"SE", server(VersionSE, 1, nil), 11},
		{"SE with nothing", server(VersionSE, 0, ptr(false)), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := assess(t, Input{Servers: []Server{c.server}})
			same(t, "count", &c.want, r.ExpectedCount)
			if !strings.Contains(r.ExpectedRule, "http") {
				t.Errorf("the rule has no source: %s", r.ExpectedRule)
			}
			same(t, "note on SE", c.server.Version == VersionSE, strings.Contains(r.ExpectedRule, "does not state"))
		})
	}
	t.Run("totals", func(t *testing.T) {
		r := assess(t, Input{Totals: &Totals{Version2016, 24, 2}, Databases: []string{"a", "b"}})
		same(t, "count", ptr(44), r.ExpectedCount)
		same(t, "rule of thumb", ptr(4), r.RuleOfThumbCount)
		if !strings.Contains(r.RuleOfThumbNote, "No Microsoft source") {
			t.Error(r.RuleOfThumbNote)
		}
	})
	t.Run("unknown copies", func(t *testing.T) {
		r := assess(t, Input{Servers: []Server{{Name: "s", Version: Version2016}}})
		same(t, "count", (*int)(nil), r.ExpectedCount)
		if !strings.HasPrefix(r.ExpectedRule, "Not known") {
			t.Error(r.ExpectedRule)
		}
	})
}

func TestInputErrors(t *testing.T) {
	one := 1
	good := Server{Name: "a", Version: Version2016, DatabaseCopies: &one}
	for field, in := range map[string]Input{
		"servers[0].client_access": {
			Servers: []Server{{Name: "a", Version: Version2013CU6OrLater, DatabaseCopies: &one}},
		},
		"servers[0].exchange_version":  {Servers: []Server{{Name: "a", Version: "2010"}}},
		"servers[1].name":              {Servers: []Server{good, {Name: "A.lab.example", Version: Version2016}}},
		"servers[0].name":              {Servers: []Server{{Name: "a\nb", Version: Version2016}}},
		"servers[0].database_copies":   {Servers: []Server{{Name: "a", Version: Version2016, DatabaseCopies: ptr(-1)}}},
		"totals":                       {Servers: []Server{good}, Totals: &Totals{Version2016, 1, 1}},
		"totals.exchange_version":      {Totals: &Totals{"2010", 1, 1}},
		"totals.database_copies":       {Totals: &Totals{Version2016, maxCopies + 1, 1}},
		"totals.client_access_servers": {Totals: &Totals{Version2016, 1, -1}},
		"databases[0]":                 {Databases: []string{" "}},
		"databases[1]":                 {Databases: []string{"DB1", "db1"}},
		"inventory":                    {Listing: &Listing{}, Inventory: []InventoryItem{}},
		"inventory[0].name":            {Inventory: []InventoryItem{{Server: "a"}}},
	} {
		t.Run(field, func(t *testing.T) {
			_, err := Assess(in)
			var input *InputError
			if !errors.As(err, &input) {
				t.Fatalf("error %v", err)
			}
			same(t, "field", field, input.Field)
			if strings.HasSuffix(err.Error(), ".") {
				t.Errorf("%q ends in a period", err)
			}
		})
	}
}

func ids(r Report) []string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, f.ID)
	}
	return out
}

func csvOf(boxes []box) string { return allShapes(boxes)["csv"] }

func TestSurplusAndMissingAreNamed(t *testing.T) {
	boxes := fleet()
	changed := slices.Concat(boxes[:4], boxes[5:], []box{
		{"HealthMailbox" + guid(900), "HealthMailbox-OLD-001", "NORD-1", "DB 01"},
		{"HealthMailbox" + guid(901), boxes[7].display, "NORD-1", "DB 01"},
		{"HealthMailbox" + guid(902), "HealthMailbox-NORD-1-Gone-DB", "NORD-1", "DB 01"},
	})
	r := assessText(t, csvOf(changed), fleetInput())
	same(t, "missing", []string{boxes[4].display}, r.Missing)
	same(t, "missing count", ptr(1), r.MissingCount)
	want := []string{boxes[7].display, "HealthMailbox-NORD-1-Gone-DB", "HealthMailbox-OLD-001"}
	slices.Sort(want)
	same(t, "surplus", want, r.Surplus)
	same(t, "surplus count", ptr(3), r.SurplusCount)
	for _, id := range []string{"duplicate_display_name", "stale_server", "stale_database", "surplus", "missing"} {
		if !slices.Contains(ids(r), id) {
			t.Errorf("no finding %s in %v", id, ids(r))
		}
	}
	same(t, "healthy", ptr(false), r.Healthy)
	same(t, "needs action", true, r.NeedsAction)
}

// A database copy without its mailbox is missing, by name where the databases are known.
func TestMissingDatabaseMailbox(t *testing.T) {
	boxes := fleet()
	at := slices.IndexFunc(boxes, func(b box) bool { return strings.HasSuffix(b.display, "DB-01") })
	r := assessText(t, csvOf(slices.Delete(slices.Clone(boxes), at, at+1)), fleetInput())
	same(t, "missing count", ptr(1), r.MissingCount)
	same(t, "healthy", ptr(false), r.Healthy)
}

func TestHealthyNeedsEvidence(t *testing.T) {
	full := fleet()
	noColumns := func(boxes []box) string {
		return tableText(boxes, func(c []string) string { return padded(c[:3], []int{46, 30, 12}) }, "----")
	}
	many := make([]box, 0, 1000)
	for n := range 1000 {
		many = append(many, box{"HealthMailbox" + guid(n), "", "NORD-1", "DB"})
	}
	for _, c := range []struct {
		name    string
		text    string
		in      Input
		healthy *bool
		missing *int
		first   string // procedure of the first recommendation
	}{
		{"complete", csvOf(full), fleetInput(), ptr(true), ptr(0), ""},
		{"no servers", csvOf(full), Input{}, nil, nil, "collect"},
		{"no evidence of corruption", noColumns(full), fleetInput(), nil, ptr(0), "collect"},
		{"warnings merged", "PS> Get-Mailbox -Monitoring 3>&1 | ft\n" + noColumns(full), fleetInput(), ptr(true), ptr(0), ""},
		{"more available", csvOf(full) + "WARNING: There are more results available than are currently displayed. To view " +
			"them, increase the value for the ResultSize parameter.\n", fleetInput(), nil, nil, "collect"},
		{"exactly 1,000", csvOf(many), Input{Totals: &Totals{Version2016, 1500, 0}}, nil, nil, "collect"},
		{
			"1,000 on purpose", "PS> Get-Mailbox -Monitoring -ResultSize Unlimited | fl\n" + csvOf(many),
			Input{Totals: &Totals{Version2016, 1000, 0}},
			ptr(true), ptr(0), "",
		},
		{"some missing", csvOf(full[:20]), fleetInput(), ptr(false), ptr(2), "create_missing"},
		{"count only", "22\n", fleetInput(), nil, ptr(0), "collect"},
		{"arbitration listing", "Name Alias ServerName ProhibitSendQuota\nSystemMailbox{0a0b... SystemMailbox{0a... n1 " +
			"unlimited\n", fleetInput(), nil, nil, "collect"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := assessText(t, c.text, c.in)
			same(t, "healthy", c.healthy, r.Healthy)
			same(t, "missing", c.missing, r.MissingCount)
			first := ""
			if len(r.Recommendations) > 0 {
				first = r.Recommendations[0].Procedure
			}
			same(t, "first step", c.first, first)
		})
	}
	t.Run("without a listing", func(t *testing.T) {
		r := assess(t, fleetInput())
		same(t, "observed", (*int)(nil), r.ObservedCount)
		same(t, "healthy", (*bool)(nil), r.Healthy)
		same(t, "needs action", false, r.NeedsAction)
		same(t, "steps", 1, len(r.Recommendations))
		same(t, "expected", ptr(22), r.ExpectedCount)
	})
}

func TestRebuildStopsTheHealthManagerFirst(t *testing.T) {
	boxes := fleet()
	r := assessText(t, warnings(boxes[2].name)+csvOf(boxes), fleetInput())
	if !strings.Contains(r.Recommendations[0].Command, "Stop-Service") {
		t.Error(r.Recommendations[0].Command)
	}
	procedures := map[string]int{}
	for i, step := range r.Recommendations {
		t.Run(step.Title, func(t *testing.T) {
			procedures[step.Procedure]++
			same(t, "order", i+1, step.Order)
			for what, text := range map[string]string{"title": step.Title, "scope": step.Scope, "reason": step.Reason} {
				if text == "" {
					t.Errorf("no %s", what)
				}
			}
			if !strings.Contains(step.Command, "Disable-Mailbox") {
				return
			}
			for _, part := range []string{quote(boxes[2].name), "-Monitoring"} {
				if !strings.Contains(step.Command, part) {
					t.Errorf("no %s in %s", part, step.Command)
				}
			}
		})
	}
	same(t, "procedures", map[string]int{"rebuild": 6, "rebuild_article_order": 4}, procedures)
}

// Whatever is recommended, no place of its text stays empty.
func TestAdviceIsFilled(t *testing.T) {
	inputs := []Input{fleetInput(), {}, {Totals: &Totals{Version2013CU5OrEarlier, 1, 1}, Databases: []string{"a"}}}
	inputs[0].Servers = append(inputs[0].Servers, Server{Name: "NORD", Version: Version2016, DatabaseCopies: ptr(3)})
	for name, text := range allShapes(fleet()) {
		for i, in := range inputs {
			t.Run(fmt.Sprint(name, i), func(t *testing.T) {
				r := toJSON(assessText(t, warnings(nameA, "HealthMailbox-x-001")+text+"\n", in))
				if left := placeholder().FindString(r); left != "" {
					t.Errorf("%s is left in %s", left, r)
				}
			})
		}
	}
}

func TestArbitrationMailboxesAreNeverDeleted(t *testing.T) {
	text := tableText([]box{{"SystemMailbox{0a0b}", "", "n1", ""}}, wide, "----") +
		strings.ReplaceAll(
			warnings("x"),
			"Microsoft Exchange System Objects/Monitoring Mailboxes/x",
			"Users/SystemMailbox{0a0b0c0d-1111}",
		) +
		strings.ReplaceAll(warnings("x"), "Microsoft Exchange System Objects/Monitoring Mailboxes/x", "Users/Jane Doe")
	r := assessText(t, text, fleetInput())
	same(t, "corrupted", 0, len(r.Corrupted))
	same(t, "observed", ptr(0), r.ObservedCount)
	same(t, "needs action", true, r.NeedsAction)
	for _, id := range []string{"arbitration_mailbox", "other_object"} {
		if !slices.Contains(ids(r), id) {
			t.Errorf("no finding %s in %v", id, ids(r))
		}
	}
	for _, s := range r.Recommendations {
		for _, word := range []string{"Remove-", "Disable-"} {
			if strings.Contains(s.Command, word) {
				t.Errorf("%s", s.Command)
			}
		}
	}
}

// A role, a connector and a database get the same message; each is called what it is, and nothing is deleted.
func TestOtherObjectsAreCalledWhatTheyAre(t *testing.T) {
	const start, end = "WARNING: The object ", " has been corrupted, and it's in an inconsistent state. The following " +
		"validation errors happened:\nWARNING: x.\n"
	for object, want := range map[string]string{
		`EX1\Default Frontend EX1`: "receive connector",
		"lab.example/Configuration/Services/Microsoft Exchange/Lab/RBAC/Roles/My Role":                    "management role",
		"lab.example/Configuration/Services/Microsoft Exchange/Lab/Administrative Groups/X/Databases/DB1": "mailbox database",
		"lab.example/Staff/Jane Doe": "user or other recipient",
	} {
		t.Run(want, func(t *testing.T) {
			r := assessText(t, start+object+end+csvOf(fleet()), fleetInput())
			if r.Findings[0].ID != "other_object" {
				t.Fatalf("findings %v", ids(r))
			}
			if !strings.Contains(r.Findings[0].Detail, want) {
				t.Errorf("%q does not say %q", r.Findings[0].Detail, want)
			}
			same(t, "corrupted", []string(nil), r.Corrupted)
			same(t, "steps", []Step(nil), r.Recommendations)
		})
	}
}

func TestFindingsAboutTheListing(t *testing.T) {
	rows := csvOf(fleet())
	for _, c := range []struct{ name, text, id string }{
		{"rows of other mailboxes", rows + "Jane Doe,Jane Doe,NORD-1,DB 01\n", "other_rows"},
		{"records without a value", rows + ",,,\n", "blank_records"},
		{"one server only", "[PS] C:\\>Get-Mailbox -Monitoring -Server NORD-1 | ConvertTo-Csv\n" + rows, "listing_cut"},
		{"the first 50", "[PS] C:\\>Get-Mailbox -Monitoring -ResultSize 50 | ConvertTo-Csv\n" + rows, "listing_cut"},
		{"another count", "[PS] C:\\>(Get-Mailbox -Monitoring).Count\n23\n[PS] C:\\>Import-Csv x\n" + rows, "count_mismatch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := assessText(t, strings.ReplaceAll(c.text, `"`, ""), fleetInput())
			if !slices.Contains(ids(r), c.id) {
				t.Errorf("findings %v, want %s", ids(r), c.id)
			}
			if *r.ObservedCount != 22 {
				t.Errorf("observed %d", *r.ObservedCount)
			}
		})
	}
}

func TestServerNamePrefixes(t *testing.T) {
	one := 1
	servers := func(names ...string) (out []Server) {
		for _, name := range names {
			out = append(out, Server{Name: name, Version: Version2019, DatabaseCopies: &one})
		}
		return out
	}
	for names, severity := range map[string]Severity{
		"EXCH EXCH-02": SeverityWarning, "exch-02.lab.example EXCH": SeverityWarning, "EX1 EX10": SeverityInfo, "EXA EXB": "",
	} {
		t.Run(names, func(t *testing.T) {
			r := assess(t, Input{Servers: servers(strings.Fields(names)...)})
			got := Severity("")
			for _, f := range r.Findings {
				if f.ID == "server_name_prefix" {
					got = f.Severity
				}
			}
			same(t, "severity", severity, got)
			same(t, "needs action", severity == SeverityWarning, r.NeedsAction)
		})
	}
}

// checkCommand walks a command as PowerShell does and fails when anything untrusted could stand outside a literal.
func checkCommand(t *testing.T, command string) {
	t.Helper()
	for _, r := range command {
		if r == '‘' || r == '’' || r == '‚' || r == '‛' || r == '`' {
			t.Fatalf("quote or escape %q in %q", r, command)
		}
	}
	parts := strings.Split(command, "'")
	if len(parts)%2 == 0 {
		t.Fatalf("open quote in %q", command)
	}
	for i := 0; i < len(parts); i += 2 {
		if strings.Contains(parts[i], "evil") || strings.Contains(parts[i], ";") {
			t.Fatalf("unsafe command %q", command)
		}
	}
	for i := 1; i < len(parts); i += 2 {
		if strings.ContainsAny(parts[i], "\r\n;$\"") {
			t.Fatalf("unsafe literal in %q", command)
		}
	}
}

func TestNamesCannotInject(t *testing.T) {
	for _, name := range []string{
		"x'; evil; '", "x’; evil #", "x\r\nevil", "x$(evil)", "x`evil", `x"; evil; "`, "x)(evil", "x*evil",
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{
				Inventory: []InventoryItem{
					{Name: "HealthMailbox-s-" + name, DisplayName: "HealthMailbox-s-" + name, Server: name, Database: ptr("")},
				},
			}
			in.Servers = []Server{
				{Name: "s", Version: Version2016, DatabaseCopies: ptr(0)},
				{Name: "s-" + strings.ReplaceAll(name, "\r\n", " "), Version: Version2016, DatabaseCopies: ptr(0)},
			}
			r := assess(t, in)
			if len(r.Recommendations) == 0 {
				t.Error("nothing recommended")
			}
			for _, s := range r.Recommendations {
				checkCommand(t, s.Command)
			}
		})
	}
	if got := quote("a'b’c"); got != "'a''b’’c'" {
		t.Error(got)
	}
}

func TestInventoryEqualsListing(t *testing.T) {
	boxes := fleet()
	in := fleetInput()
	for _, b := range boxes {
		in.Inventory = append(
			in.Inventory,
			InventoryItem{Name: b.name, DisplayName: b.display, Server: b.server, Database: ptr(b.database)},
		)
	}
	same(t, "report", assessText(t, csvOf(boxes), fleetInput()), assess(t, in))
	in.Inventory = []InventoryItem{}
	empty := assess(t, in)
	same(t, "observed", ptr(0), empty.ObservedCount)
	same(t, "missing", ptr(22), empty.MissingCount)
	same(t, "healthy", ptr(false), empty.Healthy)
}

func bigText(build func(n int) string) string {
	var b strings.Builder
	for n := 0; b.Len() < 10<<20; n++ {
		b.WriteString(build(n))
	}
	return b.String()
}

func BenchmarkRead10MB(b *testing.B) {
	row := func(n int) box {
		return box{
			"HealthMailbox" + guid(n),
			fmt.Sprintf("HealthMailbox-S%d-%03d", n/10, n%10+1),
			fmt.Sprintf("S%d", n/10),
			"DB 1",
		}
	}
	for name, text := range map[string]string{
		"table": tableText(nil, wide, "----") + bigText(func(n int) string { return wide(row(n).cells()) + "\n" }),
		"warnings": tableText(nil, wide, "----") + bigText(
			func(n int) string { return wide(row(n).cells()) + "\n" + warnings(row(n).name) },
		),
		"list": bigText(func(n int) string { return blocks([]box{row(n)}, "%s%-11s : %s\n", "", "\n") }),
		"csv": "Name,DisplayName,ServerName,Database\n" + bigText(
			func(n int) string { return strings.Join(row(n).cells(), ",") + "\n" },
		),
		"json": "[" + strings.TrimSuffix(bigText(func(n int) string {
			return strings.Trim(strings.TrimSpace(jsonFleet([]box{row(n)}, false, "")), "[]") + ","
		}), ",") + "]",
		"garbage":  bigText(func(n int) string { return fmt.Sprintf("noise %d: the quick brown fox\n", n) }),
		"one line": strings.Repeat("HealthMailbox-", 700_000),
		"colons":   strings.Repeat("a : b\n", 1_700_000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Read(text)
			}
		})
	}
}

func BenchmarkAssess10MB(b *testing.B) {
	text := "Name,DisplayName,ServerName,Database\n" + bigText(func(n int) string {
		return fmt.Sprintf("HealthMailbox%s,HealthMailbox-S%d-%03d,S%d,DB 1\n", guid(n), n/10, n%10+1, n/10)
	})
	listing, err := Read(text)
	if err != nil {
		b.Fatal(err)
	}
	in := fleetInput()
	in.Listing = listing
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Assess(in); err != nil {
			b.Fatal(err)
		}
	}
}
