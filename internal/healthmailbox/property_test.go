package healthmailbox

import (
	"errors"
	"math/rand"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
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
		return strings.ReplaceAll(s, "has been corrupted, and", "has been corrupted or it isn't compatible with Microsoft support requirements, and")
	},
	"short wording": func(s string) string {
		return strings.ReplaceAll(s, "has been corrupted, and", "has been corrupted or isn't compatible with Microsoft support requirements, and")
	},
	"german label":  func(s string) string { return strings.ReplaceAll(s, "WARNING:", "WARNUNG:") },
	"zero width":    func(s string) string { return strings.ReplaceAll(s, "Health", "\u200bHealth") },
	"warnings last": func(s string) string { i := strings.LastIndex(s, "UserMailbox.\n") + 13; return s[i:] + "\n" + s[:i] },
}

func TestDisguisesChangeNothing(t *testing.T) {
	boxes := fleet()
	texts := shapes(boxes)
	alarm := warnings(boxes[3].name, boxes[15].name)
	want := toJSON(assessText(t, alarm+texts["list"], fleetInput()))
	for _, shape := range sortedKeys(texts) {
		for _, name := range sortedKeys(disguises) {
			if name == "warnings last" && (strings.HasPrefix(shape, "json") || strings.HasPrefix(shape, "ldif")) {
				continue // there the text would go on after the end of the data
			}
			got := toJSON(assessText(t, disguises[name](alarm+texts[shape]), fleetInput()))
			if got != want {
				t.Errorf("%s, %s: %s", shape, name, firstDifference(want, got))
			}
		}
	}
}

func encode(t *testing.T, s string) map[string][]byte {
	t.Helper()
	little, err1 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(s))
	big, err2 := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(s))
	ansi, err3 := charmap.Windows1252.NewEncoder().Bytes([]byte(s))
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"utf-8": []byte(s), "utf-8 bom": append([]byte{0xEF, 0xBB, 0xBF}, s...), "utf-16le": little, "utf-16be": big, "windows-1252": ansi}
}

func TestDecodeReadsEveryEncoding(t *testing.T) {
	want := "Name … ‘x’ — é\r\n"
	for name, data := range encode(t, want) {
		if got, err := Decode(data); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, data := range map[string][]byte{
		"nul":           []byte("Health\x00Mailbox"),
		"bare utf-16":   {'H', 0, 'e', 0},
		"nul in utf-16": {0xFF, 0xFE, 'a', 0, 0, 0},
		"odd utf-16":    {0xFF, 0xFE, 'a', 0, 'b'},
		"utf-32":        {0xFF, 0xFE, 0, 0, 'a', 0, 0, 0},
		"broken utf-8":  {0xEF, 0xBB, 0xBF, 0xC3},
		"too large":     make([]byte, MaxInputBytes+1),
	} {
		if text, err := Decode(data); err == nil {
			t.Errorf("%s: no error but %q", name, head(text))
		} else if strings.HasSuffix(err.Error(), ".") {
			t.Errorf("%s: the error ends in a period: %v", name, err)
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
	for width := 40; width <= 200; width += 3 {
		for _, words := range []bool{true, false} {
			for _, indent := range []string{"", "\u00a0 "} {
				text := tableText(boxes[:2], wide, "----") + wrap(warnings(boxes[1].name), width, words, indent) + wide(boxes[2].cells()) + "\n" + wide(boxes[3].cells()) + "\n"
				listing, err := Read(text)
				if err != nil {
					t.Fatalf("width %d: %v", width, err)
				}
				if len(listing.Rows) != 4 || len(listing.Warnings) != 1 || !listing.Rows[1].Corrupted || strings.Join(listing.Warnings[0].Reasons, "|") != "Database is mandatory on UserMailbox." {
					t.Fatalf("width %d words %v: %d rows, %+v\n%s", width, words, len(listing.Rows), listing.Warnings, text)
				}
			}
		}
	}
}

func TestRowOrderDoesNotMatter(t *testing.T) {
	boxes := fleet()
	want := assessText(t, shapes(boxes)["csv"], fleetInput())
	random := rand.New(rand.NewSource(7))
	for range 20 {
		random.Shuffle(len(boxes), func(i, j int) { boxes[i], boxes[j] = boxes[j], boxes[i] })
		got := assessText(t, shapes(boxes)["csv"], fleetInput())
		got.Mailboxes = want.Mailboxes
		if toJSON(got) != toJSON(want) {
			t.Fatal(firstDifference(toJSON(want), toJSON(got)))
		}
	}
}

func fuzzSeeds(f *testing.F) {
	boxes := fleet()[:3]
	for _, text := range shapes(boxes) {
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
		if len(listing.Rows)+len(listing.Warnings)+listing.OtherCount+listing.ArchiveCount == 0 && listing.Count == nil {
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

func FuzzDecode(f *testing.F) {
	f.Add([]byte("Name"))
	f.Add([]byte{0xFF, 0xFE, 'a', 0})
	f.Add([]byte{0xFE, 0xFF, 0, 'a'})
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := Decode(data)
		again, err2 := Decode(data)
		if text != again || (err == nil) != (err2 == nil) {
			t.Fatal("two readings differ")
		}
		if strings.IndexByte(text, 0) >= 0 {
			t.Fatal("NUL in the text")
		}
	})
}

func FuzzDiagnoseEvent(f *testing.F) {
	for _, c := range eventCases {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := DiagnoseEvent(text)
		again, _ := DiagnoseEvent(text)
		if toJSON(got) != toJSON(again) {
			t.Fatal("two diagnoses differ")
		}
		if err == nil && (got.Cause == "" || got.Confidence == "" || len(got.OtherCauses) != len(otherRules) || len(got.Remedies) == 0) {
			t.Fatalf("incomplete diagnosis %+v", got)
		}
	})
}
