package healthmailbox

import (
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// disguises are what consoles, browsers, editors and mail programs do to a text.
var disguises = map[string]func(string) string{
	"crlf":      func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"cr":        func(s string) string { return strings.ReplaceAll(s, "\n", "\r") },
	"nbsp":      func(s string) string { return strings.ReplaceAll(s, "  ", " \u00a0") },
	"quotes":    func(s string) string { return strings.NewReplacer("'", "’", `"`, "”").Replace(s) },
	"em dashes": func(s string) string { return strings.ReplaceAll(s, "----", "—-––") },
	"padding":   func(s string) string { return strings.ReplaceAll(s, "\n", "   \n") },
	"bom":       func(s string) string { return "\ufeff" + s },
	"colours":   func(s string) string { return strings.ReplaceAll(s, "WARNING", "\x1b[33;1mWARNING") + "\x1b[0m" },
	"mojibake":  func(s string) string { return strings.ReplaceAll(s, "'", "â€™") },
	"wording": func(s string) string {
		return strings.ReplaceAll(
			s, "has been corrupted, and", "has been corrupted or it isn't compatible with Microsoft support requirements, and",
		)
	},
	"short wording": func(s string) string {
		return strings.ReplaceAll(
			s, "has been corrupted, and", "has been corrupted or isn't compatible with Microsoft support requirements, and",
		)
	},
	"german label": func(s string) string { return strings.ReplaceAll(s, "WARNING:", "WARNUNG:") },
	"zero width":   func(s string) string { return strings.ReplaceAll(s, "Health", "\u200bHealth") },
	"warnings last": func(s string) string {
		i := strings.LastIndex(
			s, "UserMailbox.\n",
		) + 13
		return s[i:] + "\n" + s[:i]
	},
}

func TestDisguisesChangeNothing(t *testing.T) {
	boxes := fleet()
	texts := allShapes(boxes)
	alarm := warnings(boxes[3].name, boxes[15].name)
	want := assessText(t, alarm+texts["list"], fleetInput())
	for _, shape := range sortedKeys(texts) {
		for _, name := range sortedKeys(disguises) {
			t.Run(shape+", "+name, func(t *testing.T) {
				if diff := cmp.Diff(want, assessText(t, disguises[name](alarm+texts[shape]), fleetInput())); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// wrap breaks lines longer than width, at blanks or anywhere.
func wrap(s string, width int, words bool, indent string) string {
	var b strings.Builder
	for line := range strings.SplitAfterSeq(s, "\n") {
		for len(line) > width+1 {
			at := width
			if words {
				if space := strings.LastIndexByte(line[:width], ' '); space > 0 {
					at = space + 1
				} else if next := strings.IndexByte(line[width:], ' '); next >= 0 {
					at = width + next + 1
				} else {
					break
				}
			}
			b.WriteString(strings.TrimRight(line[:at], "\n"))
			b.WriteString("\n" + indent)
			line = line[at:]
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestWarningsAreReadHoweverWrapped(t *testing.T) {
	boxes := fleet()[:4]
	for width := 30; width <= 200; width++ {
		for _, words := range []bool{true, false} {
			for _, indent := range []string{"", "\u00a0 "} {
				t.Run(fmt.Sprint(width, words, indent), func(t *testing.T) {
					text := tableText(boxes[:2], wide, "----") + wrap(warnings(boxes[1].name), width, words, indent) +
						wide(boxes[2].cells()) + "\n" + wide(boxes[3].cells()) + "\n"
					listing, err := Read(text)
					if err != nil {
						t.Fatalf("%v\n%s", err, text)
					}
					if len(listing.Rows) != 4 {
						t.Fatalf("%d rows\n%s", len(listing.Rows), text)
					}
					want := []Warning{{Kind: KindHealthMailbox, Name: boxes[1].name, Reasons: []string{databaseMandatory}}}
					for i := range listing.Warnings {
						listing.Warnings[i].Line, listing.Warnings[i].Object = 0, ""
					}
					if diff := cmp.Diff(want, listing.Warnings); diff != "" {
						t.Errorf("%s\n%s", diff, text)
					}
					if !listing.Rows[1].Corrupted {
						t.Error("the row is not marked")
					}
				})
			}
		}
	}
}

func TestRowOrderDoesNotMatter(t *testing.T) {
	boxes := fleet()
	want := assessText(t, allShapes(boxes)["csv"], fleetInput())
	random := rand.New(rand.NewSource(7))
	for n := range 20 {
		random.Shuffle(len(boxes), func(i, j int) { boxes[i], boxes[j] = boxes[j], boxes[i] })
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			got := assessText(t, allShapes(boxes)["csv"], fleetInput())
			got.Mailboxes = want.Mailboxes
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// recommended prints an inventory as the recommended command does: Format-List at 500 columns, with the warnings
// between the records; with or without their label, which depends on the version of PowerShell.
func recommended(random *rand.Rand, boxes []box) string {
	label := []string{"WARNING: ", ""}[random.Intn(2)]
	var b strings.Builder
	b.WriteString("\r\n\r\n")
	for _, item := range boxes {
		if item.database == "" {
			fmt.Fprintf(&b, "%sThe object lab.example/Microsoft Exchange System Objects/Monitoring Mailboxes/%s has been "+
				"corrupted, and it's in an inconsistent state. "+
				"The following validation errors happened:\r\n%sDatabase is mandatory on UserMailbox.\r\n", label, item.name, label)
		}
		valid := map[bool]string{true: "True", false: "False"}[item.database != ""]
		for _, p := range [][2]string{
			{"Name", item.name},
			{"DisplayName", item.display},
			{"ServerName", item.server},
			{"Database", item.database},
			{"IsValid", valid},
		} {
			b.WriteString(fmt.Sprintf("%-11s : %s", p[0], p[1]) + "\r\n")
		}
		b.WriteString("\r\n")
	}
	b.WriteString("\r\n\r\n")
	return b.String()
}

// randomBoxes is an inventory with any names that Exchange allows, but for HTML entities, which are undone.
func randomBoxes(random *rand.Rand, n int) []box {
	letters := []rune("abcXYZ0189 -_.,:()[]{}'’“–—…&=#+!§€äßéØЖ日本\"") // no semicolon: no entity
	word := func(longest int) string {
		var b strings.Builder
		b.WriteRune('D')
		for range random.Intn(longest) {
			b.WriteRune(letters[random.Intn(len(letters))])
		}
		b.WriteRune('b')
		return b.String()
	}
	boxes := make([]box, n)
	for i := range boxes {
		server := fmt.Sprintf("EX-%d", random.Intn(5))
		database := ""
		if random.Intn(5) > 0 {
			database = word(60)
		}
		name := fmt.Sprintf("HealthMailbox%016x%016x", random.Uint64(), random.Uint64())
		boxes[i] = box{name, "HealthMailbox-" + server + "-" + hyphenated(word(60)), server, database}
	}
	return boxes
}

func TestRecommendedCommandReadsBack(t *testing.T) {
	for seed := range 300 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewSource(int64(seed)))
			boxes := randomBoxes(random, 1+random.Intn(60))
			text := recommended(random, boxes)
			listing, err := Read(text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			got := make([]box, len(listing.Rows))
			for i := range listing.Rows {
				row := &listing.Rows[i]
				got[i] = box{row.FullName, row.DisplayName, row.Server, row.Database}
				if row.Corrupted != (row.Database == "") {
					t.Errorf("%s: corrupted %v", row.Name, row.Corrupted)
				}
			}
			if diff := cmp.Diff(boxes, got, cmp.AllowUnexported(box{})); diff != "" {
				t.Errorf("%s\n%s", diff, text)
			}
		})
	}
}

func fuzzSeeds(f *testing.F) {
	boxes := fleet()[:3]
	for _, text := range allShapes(boxes) {
		f.Add(text)
		f.Add(warnings(boxes[1].name) + text)
	}
	for _, c := range readCases {
		f.Add(c.text)
	}
	for _, c := range unreadable {
		f.Add(c.text)
	}
}

// Whatever the text: no panic, the same answer twice, errors with a line, no more mailboxes than the text has
// mentions of one, and no command that a name could change.
func FuzzRead(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		listing, err := Read(text)
		again, err2 := Read(text)
		if toJSON(listing) != toJSON(again) || (err == nil) != (err2 == nil) {
			t.Fatal("two readings differ")
		}
		if err != nil {
			var syntax *SyntaxError
			if errors.As(err, &syntax) && (syntax.Line < 1 || strings.HasSuffix(syntax.Reason, ".")) {
				t.Fatalf("bad error %v", err)
			}
			return
		}
		if len(listing.Rows)+len(listing.Warnings)+listing.OtherCount+listing.Blank == 0 && listing.Count == nil {
			t.Fatal("an empty listing without an error")
		}
		input := fleetInput()
		input.Listing = listing
		report, err := Assess(input)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range report.Recommendations {
			checkCommand(t, step.Command)
		}
	})
}
