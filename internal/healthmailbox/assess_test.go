package healthmailbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestExpectedCount(t *testing.T) {
	server := func(v Version, copies int, access *bool) Server {
		return Server{Name: "s", Version: v, DatabaseCopies: &copies, ClientAccess: access}
	}
	for _, c := range []struct {
		server Server
		want   int
	}{
		{server(Version2013CU5OrEarlier, 3, ptr(true)), 4},
		{server(Version2013CU5OrEarlier, 3, ptr(false)), 3},
		{server(Version2013CU6OrLater, 3, ptr(true)), 13},
		{server(Version2013CU6OrLater, 0, ptr(true)), 10},
		{server(Version2016, 12, nil), 22},
		{server(Version2019, 1, nil), 11},
		{server(VersionSE, 1, nil), 11},
		{server(VersionSE, 0, ptr(false)), 0},
	} {
		r, err := Assess(Input{Servers: []Server{c.server}})
		if err != nil || *r.ExpectedCount != c.want || !strings.Contains(r.ExpectedRule, "http") {
			t.Errorf("%+v: %v %v", c.server, r.ExpectedCount, err)
		}
		if se := strings.Contains(r.ExpectedRule, "does not state"); se != (c.server.Version == VersionSE) {
			t.Errorf("%s: note on SE is %v", c.server.Version, se)
		}
	}
	r, err := Assess(Input{Totals: &Totals{Version2016, 24, 2}, Databases: []string{"a", "b"}})
	if err != nil || *r.ExpectedCount != 44 || *r.RuleOfThumbCount != 4 ||
		!strings.Contains(r.RuleOfThumbNote, "No Microsoft source") {
		t.Errorf("totals: %+v %v", r, err)
	}
	r, err = Assess(Input{Servers: []Server{{Name: "s", Version: Version2016}}})
	if err != nil || r.ExpectedCount != nil || !strings.HasPrefix(r.ExpectedRule, "Not known") {
		t.Errorf("unknown copies: %v %v", r.ExpectedCount, err)
	}
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
		"totals.client_access_servers": {Totals: &Totals{Version2016, 1, -1}},
		"databases[1]":                 {Databases: []string{"DB1", "db1"}},
		"inventory":                    {Listing: &Listing{}, Inventory: []InventoryItem{}},
		"inventory[0].name":            {Inventory: []InventoryItem{{Server: "a"}}},
	} {
		_, err := Assess(in)
		var input *InputError
		if !errors.As(err, &input) || input.Field != field || strings.HasSuffix(err.Error(), ".") {
			t.Errorf("%s: %v", field, err)
		}
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
	if got := strings.Join(r.Missing, ","); got != boxes[4].display || *r.MissingCount != 1 {
		t.Errorf("missing %s, %d", got, *r.MissingCount)
	}
	want := []string{boxes[7].display, "HealthMailbox-NORD-1-Gone-DB", "HealthMailbox-OLD-001"}
	slices.Sort(want)
	if !slices.Equal(r.Surplus, want) || *r.SurplusCount != 3 {
		t.Errorf("surplus %v", r.Surplus)
	}
	for _, id := range []string{"duplicate_display_name", "stale_server", "stale_database", "surplus", "missing"} {
		if !slices.Contains(ids(r), id) {
			t.Errorf("no finding %s in %v", id, ids(r))
		}
	}
	if *r.Healthy || !r.NeedsAction {
		t.Error("not reported as unhealthy")
	}
}

// A database copy without its mailbox is missing, by name where the databases are known.
func TestMissingDatabaseMailbox(t *testing.T) {
	boxes := fleet()
	at := slices.IndexFunc(boxes, func(b box) bool { return strings.HasSuffix(b.display, "DB-01") })
	r := assessText(t, csvOf(slices.Delete(slices.Clone(boxes), at, at+1)), fleetInput())
	if r.MissingCount == nil || *r.MissingCount != 1 || *r.Healthy {
		t.Errorf("without %s: missing %v %v", boxes[at].display, r.MissingCount, r.Missing)
	}
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
		healthy any
		missing any
		first   string // procedure of the first recommendation
	}{
		{"complete", csvOf(full), fleetInput(), true, 0, ""},
		{"no servers", csvOf(full), Input{}, nil, nil, "collect"},
		{"no evidence of corruption", noColumns(full), fleetInput(), nil, 0, "collect"},
		{"warnings merged", "PS> Get-Mailbox -Monitoring 3>&1 | ft\n" + noColumns(full), fleetInput(), true, 0, ""},
		{"more available", csvOf(full) + "WARNING: There are more results available than are currently displayed. To view " +
			"them, increase the value for the ResultSize parameter.\n", fleetInput(), nil, nil, "collect"},
		{"exactly 1,000", csvOf(many), Input{Totals: &Totals{Version2016, 1500, 0}}, nil, nil, "collect"},
		{
			"1,000 on purpose", "PS> Get-Mailbox -Monitoring -ResultSize Unlimited | fl\n" + csvOf(many),
			Input{Totals: &Totals{Version2016, 1000, 0}},
			true, 0, "",
		},
		{"some missing", csvOf(full[:20]), fleetInput(), false, 2, "create_missing"},
		{"count only", "22\n", fleetInput(), nil, 0, "collect"},
		{"arbitration listing", "Name Alias ServerName ProhibitSendQuota\nSystemMailbox{0a0b... SystemMailbox{0a... n1 " +
			"unlimited\n", fleetInput(), nil, nil, "collect"},
	} {
		r := assessText(t, c.text, c.in)
		var healthy, missing any
		if r.Healthy != nil {
			healthy = *r.Healthy
		}
		if r.MissingCount != nil {
			missing = *r.MissingCount
		}
		first := ""
		if len(r.Recommendations) > 0 {
			first = r.Recommendations[0].Procedure
		}
		if healthy != c.healthy || missing != c.missing || first != c.first {
			t.Errorf("%s: healthy %v missing %v first %q findings %v", c.name, healthy, missing, first, ids(r))
		}
	}
	r, err := Assess(fleetInput())
	if err != nil || r.ObservedCount != nil || r.Healthy != nil || r.NeedsAction || len(r.Recommendations) != 1 ||
		*r.ExpectedCount != 22 {
		t.Errorf("without a listing: %s %v", toJSON(r), err)
	}
}

func TestRebuildStopsTheHealthManagerFirst(t *testing.T) {
	boxes := fleet()
	r := assessText(t, warnings(boxes[2].name)+csvOf(boxes), fleetInput())
	if !strings.Contains(r.Recommendations[0].Command, "Stop-Service") {
		t.Error(r.Recommendations[0].Command)
	}
	procedures := map[string]int{}
	for i, s := range r.Recommendations {
		procedures[s.Procedure]++
		if s.Order != i+1 || s.Title == "" || s.Scope == "" || s.Reason == "" {
			t.Errorf("step %+v", s)
		}
		if strings.Contains(s.Command, "Disable-Mailbox") &&
			(!strings.Contains(s.Command, quote(boxes[2].name)) || !strings.Contains(s.Command, "-Monitoring")) {
			t.Errorf("the one broken mailbox is not named: %s", s.Command)
		}
	}
	if procedures["rebuild"] != 6 || procedures["rebuild_article_order"] != 4 {
		t.Errorf("%v", procedures)
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
	if len(r.Corrupted) != 0 || *r.ObservedCount != 0 || !slices.Contains(ids(r), "arbitration_mailbox") ||
		!slices.Contains(ids(r), "other_object") ||
		!r.NeedsAction {
		t.Errorf("%s", toJSON(r))
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
			if len(r.Corrupted) != 0 || len(r.Recommendations) != 0 {
				t.Errorf("corrupted %v, steps %v", r.Corrupted, r.Recommendations)
			}
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
		r, err := Assess(Input{Servers: servers(strings.Fields(names)...)})
		if err != nil {
			t.Fatal(err)
		}
		got := Severity("")
		for _, f := range r.Findings {
			if f.ID == "server_name_prefix" {
				got = f.Severity
			}
		}
		if got != severity || r.NeedsAction != (severity == SeverityWarning) {
			t.Errorf("%s: %q %v", names, got, r.NeedsAction)
		}
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
		in := Input{
			Inventory: []InventoryItem{
				{Name: "HealthMailbox-s-" + name, DisplayName: "HealthMailbox-s-" + name, Server: name, Database: ptr("")},
			},
		}
		in.Servers = []Server{
			{Name: "s", Version: Version2016, DatabaseCopies: ptr(0)},
			{Name: "s-" + strings.ReplaceAll(name, "\r\n", " "), Version: Version2016, DatabaseCopies: ptr(0)},
		}
		r, err := Assess(in)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Recommendations) == 0 {
			t.Error("nothing recommended")
		}
		for _, s := range r.Recommendations {
			checkCommand(t, s.Command)
		}
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
	got, err := Assess(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := toJSON(assessText(t, csvOf(boxes), fleetInput())); toJSON(got) != want {
		t.Error(firstDifference(want, toJSON(got)))
	}
	in.Inventory = []InventoryItem{}
	if got, err = Assess(in); err != nil || *got.ObservedCount != 0 || *got.MissingCount != 22 || *got.Healthy {
		t.Errorf("empty inventory: %+v %v", got, err)
	}
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
