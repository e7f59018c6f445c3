package healthmailbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// box is one mailbox of the test fleet, which every shape below writes out.
type box struct{ name, display, server, database string }

func guid(n int) string {
	return fmt.Sprintf("%08x%08x%08x%08x", n*2654435761&0xffffffff, n+17, n*40503, n+0xabc)
}

// fleet is two servers with one database each, complete: 2 x (1 + 10) mailboxes.
func fleet() []box {
	var out []box
	for i, s := range []struct{ server, database string }{{"NORD-1", "DB 01"}, {"NORD-2", "DB 02"}} {
		out = append(
			out,
			box{"HealthMailbox" + guid(100*i), "HealthMailbox-" + s.server + "-" + hyphenated(s.database), s.server, s.database},
		)
		for n := 1; n <= 10; n++ {
			out = append(
				out,
				box{"HealthMailbox" + guid(100*i+n), fmt.Sprintf("HealthMailbox-%s-%03d", s.server, n), s.server, s.database},
			)
		}
	}
	return out
}

func warnings(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(
			"WARNING: The object lab.example/Microsoft Exchange System Objects/Monitoring Mailboxes/" + name + " has " +
				"been corrupted, and it's in an inconsistent state. The following validation errors happened:\nWARNING: " +
				"Database is mandatory on UserMailbox.\nWARNING: Database is mandatory on UserMailbox.\n",
		)
	}
	return b.String()
}

func padded(cells []string, widths []int) string {
	var b strings.Builder
	for i, cell := range cells {
		fmt.Fprintf(&b, "%-*s ", widths[i], cell)
	}
	return strings.TrimRight(b.String(), " ")
}

var columns = []string{"Name", "DisplayName", "ServerName", "Database"}

func (b box) cells() []string { return []string{b.name, b.display, b.server, b.database} }

func tableText(boxes []box, pad func([]string) string, ruler string) string {
	var b strings.Builder
	b.WriteString("\n" + pad(columns) + "\n")
	if ruler != "" {
		b.WriteString(pad([]string{ruler, ruler, ruler, ruler}) + "\n")
	}
	for _, box := range boxes {
		b.WriteString(pad(box.cells()) + "\n")
	}
	return b.String()
}

func wide(cells []string) string { return padded(cells, []int{46, 30, 12, 10}) }

func blocks(boxes []box, format, first, between string) string {
	var b strings.Builder
	for _, box := range boxes {
		for i, cell := range box.cells() {
			prefix := ""
			if i == 0 {
				prefix = first
			}
			fmt.Fprintf(&b, format, prefix, columns[i], cell)
		}
		b.WriteString(between)
	}
	return b.String()
}

func delimited(boxes []box, delimiter, quote, head string) string {
	var b strings.Builder
	b.WriteString(head)
	line := func(cells []string) {
		for i, cell := range cells {
			if i > 0 {
				b.WriteString(delimiter)
			}
			b.WriteString(quote + cell + quote)
		}
		b.WriteString("\n")
	}
	line(columns)
	for _, box := range boxes {
		line(box.cells())
	}
	return b.String()
}

func jsonFleet(boxes []box, nested bool, indent string) string {
	list := make([]map[string]any, 0, len(boxes))
	for _, box := range boxes {
		object := map[string]any{
			"Name":        box.name,
			"DisplayName": box.display,
			"ServerName":  box.server,
			"Database":    box.database,
			"IsValid":     nil,
		}
		if nested {
			object["Database"] = map[string]any{"Name": box.database, "Guid": "x"}
		}
		list = append(list, object)
	}
	out, _ := json.MarshalIndent(list, "", indent)
	return string(out) + "\n"
}

// wrapped prints a table as Format-Table -Wrap does in a narrow console: each cell goes on in the lines below.
func wrapped(boxes []box, widths ...int) string {
	var b strings.Builder
	b.WriteString(
		padded(columns, widths) + "\n" + padded([]string{"----", "-----------", "----------", "--------"}, widths) + "\n",
	)
	for _, box := range boxes {
		cells := box.cells()
		for strings.Join(cells, "") != "" {
			now := make([]string, len(cells))
			for i, cell := range cells {
				now[i] = cell[:min(len(cell), widths[i])]
				cells[i] = cell[len(now[i]):]
			}
			b.WriteString(padded(now, widths) + "\n")
		}
	}
	return b.String()
}

// allShapes writes the fleet in every shape; all must yield the same report.
func allShapes(boxes []box) map[string]string {
	grouped := func() string {
		var b strings.Builder
		server := ""
		for _, box := range boxes {
			if box.server != server {
				server = box.server
				b.WriteString(
					"\n\n   ServerName: " + server + "\n\n" + padded(
						[]string{"Name", "DisplayName", "Database"},
						[]int{46, 30, 10},
					) + "\n" + padded(
						[]string{"----", "-----------", "--------"},
						[]int{46, 30, 10},
					) + "\n",
				)
			}
			b.WriteString(padded([]string{box.name, box.display, box.database}, []int{46, 30, 10}) + "\n")
		}
		return b.String()
	}
	ndjson := func() string {
		var b strings.Builder
		for _, item := range boxes {
			b.WriteString(
				strings.TrimSpace(
					strings.ReplaceAll(strings.Trim(strings.TrimSpace(jsonFleet([]box{item}, false, "")), "[]"), "\n", ""),
				) + "\n",
			)
		}
		return b.String()
	}
	return map[string]string{
		"table":           tableText(boxes, wide, "----"),
		"table collapsed": tableText(boxes, func(c []string) string { return strings.Join(c, " ") }, "—-"),
		"table no ruler":  tableText(boxes, wide, ""),
		"table prompt": "[PS] C:\\>Get-Mailbox -Monitoring | ft Name,DisplayName,ServerName,Database" + tableText(
			boxes,
			wide,
			"----",
		) + "\n[PS] C:\\>\n",
		"table doubled": strings.ReplaceAll(tableText(boxes, wide, "----"), "\n", "\n\n"),
		"table grouped": grouped(),
		"table wrapped": wrapped(boxes, 25, 20, 10, 10),
		"table narrow":  wrapped(boxes, 14, 15, 10, 10),
		"transcript": "**********************\nWindows PowerShell transcript start\nStart time: 20260901\nUsername: " +
			"LAB\\admin\n**********************\n" +
			"Transcript started, output file is C:\\t.txt\nPS C:\\> Get-Mailbox -Monitoring | fl Name,\n>> " +
			"DisplayName,ServerName,Database\n\n" + blocks(
			boxes,
			"%s%-11s : %s\n",
			"",
			"\n",
		) +
			"PS C:\\> Stop-Transcript\n**********************\nWindows PowerShell transcript end\nEnd time: " +
			"20260901\n**********************\n",
		"list":           "\n" + blocks(boxes, "%s%-11s : %s\n", "", "\n"),
		"list flat":      blocks(boxes, "%s%s : %s\n", "", ""),
		"list doubled":   blocks(boxes, "%s%-11s : %s\n\n", "", "\n"),
		"list ids first": blocks(boxes, "%s%-11s : %s\n", "RunspaceId  : 0b7e\n", "\n"),
		"csv":            delimited(boxes, ",", `"`, "#TYPE Microsoft.Exchange.Data.Directory.Management.Mailbox\n"),
		"csv plain":      delimited(boxes, ",", "", ""),
		"csv semicolon":  delimited(boxes, ";", `"`, "sep=;\n"),
		"csv tab":        delimited(boxes, "\t", "", ""),
		"json":           jsonFleet(boxes, false, "    "),
		"json nested":    jsonFleet(boxes, true, "  "),
		"json wrapped":   `{"value": ` + jsonFleet(boxes, false, "  ") + "}",
		"json lines":     ndjson(),
	}
}

func assessText(t *testing.T, text string, in Input) Report {
	t.Helper()
	listing, err := Read(text)
	if err != nil {
		t.Fatalf("Read: %v\n%s", err, head(text))
	}
	in.Listing = listing
	report, err := Assess(in)
	if err != nil {
		t.Fatalf("Assess: %v", err)
	}
	for _, f := range report.Findings { // each has its entry in the advice, and the entry all its values
		if f.Severity == "" {
			t.Errorf("the finding %s has no severity", f.ID)
		}
		if f.Detail == "" || placeholder().MatchString(f.Detail) {
			t.Errorf("the finding %s says %q", f.ID, f.Detail)
		}
	}
	return report
}

func head(s string) string { return s[:min(len(s), 600)] }

func toJSON(v any) string {
	out, _ := json.MarshalIndent(v, "", " ")
	return string(out)
}

func ptr[T any](v T) *T { return &v }

func fleetInput() Input {
	return Input{
		Servers: []Server{
			{Name: "NORD-1", Version: Version2016, DatabaseCopies: ptr(1)},
			{Name: "NORD-2", Version: VersionSE, DatabaseCopies: ptr(1)},
		},
		Databases: []string{"DB 01", "DB 02"},
	}
}

func TestEveryShapeYieldsTheSameReport(t *testing.T) {
	boxes := fleet()
	texts := allShapes(boxes)
	alarm := warnings(boxes[3].name, boxes[15].name)
	want := assessText(t, alarm+texts["list"], fleetInput())
	same(t, "observed", ptr(22), want.ObservedCount)
	same(t, "expected", ptr(22), want.ExpectedCount)
	same(t, "corrupted", []string{boxes[15].name, boxes[3].name}, want.Corrupted)
	same(t, "corrupted known", true, want.CorruptedKnown)
	same(t, "healthy", ptr(false), want.Healthy)
	for _, name := range sortedKeys(texts) {
		t.Run(name, func(t *testing.T) {
			same(t, "report", want, assessText(t, alarm+texts[name], fleetInput()))
		})
	}
}

func TestHealthyFleetIsHealthyOnlyWithEvidence(t *testing.T) {
	texts := allShapes(fleet())
	for _, name := range sortedKeys(texts) {
		t.Run(name, func(t *testing.T) {
			report := assessText(t, texts[name], fleetInput())
			same(t, "healthy", ptr(true), report.Healthy)
			same(t, "needs action", false, report.NeedsAction)
			same(t, "steps", []Step(nil), report.Recommendations)
		})
	}
}
