package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/hybrid"
)

const file = "../../tools/templates/guides/hybrid-firewall.md"

func generated(t *testing.T) []part {
	t.Helper()
	lists, err := archive.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	parts, err := generate(lists)
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func guide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestGuideIsUpToDate(t *testing.T) {
	want, err := insert(guide(t), generated(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, guide(t)); diff != "" {
		t.Errorf("run make generate; -generated +guide:\n%s", diff)
	}
}

// The picture is drawn by hand: it has every flow, with its ports.
func TestPictureShowsEveryFlow(t *testing.T) {
	_, rest, _ := strings.Cut(guide(t), "```text\n")
	picture, _, _ := strings.Cut(rest, "\n```")
	for _, line := range strings.Split(picture, "\n") {
		if len(line) > 100 {
			t.Errorf("%d columns: %q", len(line), line)
		}
		if regexp.MustCompile(`[^ -~]`).MatchString(line) {
			t.Errorf("not ASCII: %q", line)
		}
	}
	for _, p := range generated(t) {
		for _, row := range rows(p) {
			flow := strings.Trim(strings.Split(row[0], "<br>")[0], "`")
			t.Run(flow, func(t *testing.T) {
				if want := flow + " " + row[1]; !strings.Contains(picture, want) {
					t.Errorf("the picture lacks %q", want)
				}
			})
		}
	}
}

// rows are the cells of a flow table, without its head.
func rows(p part) (out [][]string) {
	if p.name != "inbound" && p.name != "outbound" {
		return nil
	}
	for _, line := range strings.Split(strings.TrimSpace(p.text), "\n")[2:] {
		out = append(out, strings.Split(strings.Trim(line, "| "), " | "))
	}
	return out
}

// Each flow has one row, and in each cloud addresses, names or a reason.
func TestTables(t *testing.T) {
	cell := regexp.MustCompile("^(none: note \\d+|your Edge servers|(\\d+ (prefixes|names)|`[^`]+`)(, (\\d+ " +
		"prefixes|`[^`]+`)| and \\d+ names)* \\((sets? [\\d, ]+|note \\d+)\\)(, TCP [\\d, ]+)?)$")
	seen := map[string]int{}
	for _, p := range generated(t) {
		for _, row := range rows(p) {
			flow := strings.Trim(strings.Split(row[0], "<br>")[0], "`")
			seen[flow]++
			t.Run(flow, func(t *testing.T) {
				if len(row) != 4+len(clouds) {
					t.Fatalf("%d cells: %q", len(row), row)
				}
				for i, c := range clouds {
					if !cell.MatchString(row[4+i]) {
						t.Errorf("%s: %q", c.instance, row[4+i])
					}
				}
			})
		}
	}
	want := map[string]int{}
	for _, f := range hybrid.Flows() {
		want[string(f)] = 1
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("rows per flow, -want +got:\n%s", diff)
	}
}

func TestInsertNeedsItsPlace(t *testing.T) {
	for name, text := range map[string]string{
		"none":  "text\n",
		"open":  "<!-- begin x -->\ntext\n",
		"turn":  "<!-- end x -->\n<!-- begin x -->\n",
		"twice": "<!-- begin x -->\n<!-- end x -->\n<!-- begin x -->\n<!-- end x -->\n",
	} {
		t.Run(name, func(t *testing.T) {
			if out, err := insert(text, []part{{"x", "new\n"}}); err == nil {
				t.Errorf("no error but %q", out)
			}
		})
	}
	t.Run("once", func(t *testing.T) {
		got, err := insert("a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n", []part{{"x", "new\n"}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff("a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb\n", got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
