package healthmailbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// MaxInputBytes is the largest listing accepted, in bytes (before and after decoding).
const MaxInputBytes = 32 << 20

// ErrTooLarge reports input longer than MaxInputBytes.
var ErrTooLarge = fmt.Errorf("the input is larger than %d MiB; save the health mailboxes only", MaxInputBytes>>20)

// SyntaxError says where a listing stops making sense. Line counts from 1 in the text as given.
type SyntaxError struct {
	Line   int
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// syntaxError is a SyntaxError that says how to get a listing that can be read.
func syntaxError(number int, format string, args ...any) error {
	return &SyntaxError{number, fmt.Sprintf(format, args...) + "; run the following in the Exchange Management Shell " +
		"and give the file that it writes: " + strings.ReplaceAll(fill("{collect}"), "\n", "; ")}
}

// Listing is what Read found. It holds at least one row, warning, other object, or a count.
type Listing struct {
	Rows     []Row
	Warnings []Warning
	// OtherCount counts rows and records that name something else than a health mailbox; FirstOther is the first.
	OtherCount int
	FirstOther string
	sameOther  bool // all of them have the name of the first
	// Blank counts records without any value, as warnings leave that are piped into Format-List or Export-Csv.
	Blank int
	// Count is the bare number of (Get-Mailbox -Monitoring).Count; nil when the text holds none.
	Count *int
	// MoreAvailable is set when Exchange said that more results exist than it returned.
	MoreAvailable bool
	// Filtered is set when a command kept in the text asked for some mailboxes only.
	Filtered bool
	// Unlimited is set when a command kept in the text asked for -ResultSize Unlimited.
	Unlimited bool
	// WarningsSaved is set when the text holds any warning, or a command kept in it merged them (3>&1).
	WarningsSaved bool
	// Notes are remarks on how the text was read, for people.
	Notes []string
}

// Row is one health mailbox as listed.
type Row struct {
	Line int
	// Name is the mailbox's name as found, maybe cut ("HealthMailbox9a62..."); "" when no name was saved.
	Name string
	// FullName is HealthMailbox and 32 hex digits, from the row or joined from a warning by prefix; "" when unknown.
	FullName    string
	DisplayName string
	// Server is the host name from the listing's server column, else the server the display name watches.
	Server string
	// Database is the mailbox's database, else the one its display name watches (blanks shown as hyphens).
	Database  string
	Corrupted bool
	Reasons   []string
	// DatabaseKnown and ValidKnown say that the Database or IsValid property was saved, be it empty.
	DatabaseKnown, ValidKnown bool

	listedServer string
	place        place
	placed       bool
}

// title is the best name for people: complete, else as found with a plain ellipsis, else the display name.
func (r *Row) title() string {
	switch stem, cut := cutEllipsis(r.Name); {
	case r.FullName != "":
		return r.FullName
	case cut:
		return stem + "..."
	case r.Name != "":
		return r.Name
	}
	return r.DisplayName
}

// line is one line of the input; number counts from 1. text is folded, so that structure shows, and source is
// what values are taken from: as typed where folding kept the columns.
type line struct {
	number       int
	text, source string
}

func (l line) blank() bool { return strings.TrimSpace(l.text) == "" }

// mentions reports a word that may be, or once was, the name of a health mailbox.
func (l line) mentions() bool {
	return strings.Contains(strings.ToLower(l.text), "health") ||
		slices.ContainsFunc(strings.Fields(l.text), func(s string) bool { return formOf(s) == unclear })
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n",
	"\u2029", "\n")

// splitLines folds line by line, so that each line still has its source.
func splitLines(text string) []line {
	text = strings.TrimPrefix(text, "\ufeff")
	sources := strings.Split(lineEnds.Replace(text), "\n")
	lines := make([]line, len(sources))
	for i, source := range sources {
		folded := strings.ReplaceAll(pastedtext.Fold(source), "\n", " ")
		if len(folded) == len(source) && folded == source ||
			utf8.RuneCountInString(folded) != utf8.RuneCountInString(source) {
			source = folded
		}
		lines[i] = line{i + 1, strings.TrimRight(folded, " \t"), source}
	}
	return lines
}

// Read reads what PowerShell prints of health mailboxes: Format-Table, Format-List, Format-Wide, Export-Csv,
// ConvertTo-Json, bare names one a line or the bare count, with the warnings, prompts and transcript headers
// among them. Every line is accounted for: text that is none of these is a *SyntaxError, which gives the line
// and the command to run, and text longer than MaxInputBytes is ErrTooLarge.
func Read(text string) (*Listing, error) {
	if len(text) > MaxInputBytes {
		return nil, ErrTooLarge
	}
	if at := strings.IndexByte(text, 0); at >= 0 {
		return nil, &SyntaxError{1 + strings.Count(text[:at], "\n"), "a NUL character: " + pastedtext.ErrBinary.Error()}
	}
	lines := dropBlank(splitLines(text))
	if len(lines) == 0 {
		return nil, syntaxError(1, "the listing is empty")
	}
	if number := eventLine(lines); number > 0 {
		return nil, &SyntaxError{number, "this is an event log entry, not a listing of mailboxes; use the event " +
			"diagnosis for it"}
	}
	for _, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line.text), "+ CategoryInfo") {
			return nil, syntaxError(line.number, "PowerShell reports an error, so the listing may lack mailboxes")
		}
	}
	var l Listing
	rest, warnings := takeWarnings(lines)
	l.addWarnings(warnings)
	sections, err := splitSections(rest)
	if err != nil {
		return nil, err
	}
	var groups []group
	for i := range sections {
		read, err := l.readSection(&sections[i])
		if err != nil {
			return nil, err
		}
		groups = append(groups, read...)
	}
	if l.Rows, err = joinGroups(groups); err != nil {
		return nil, err
	}
	if len(l.Rows)+len(l.Warnings)+l.OtherCount+l.Blank == 0 && l.Count == nil {
		return nil, syntaxError(lines[0].number, "the text holds no mailbox, warning or count")
	}
	if len(l.Rows) == 0 && l.OtherCount > 1 && l.sameOther {
		return nil, syntaxError(lines[0].number, "%d objects of one name, %q, which looks "+
			"cut", l.OtherCount, l.FirstOther)
	}
	l.joinWarnings()
	placeRows(l.Rows, nil)
	if l.Blank > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("%d records without any value were skipped; warnings that are piped into "+
			"Format-List or Export-Csv leave such records", l.Blank))
	}
	return &l, nil
}

// group is what one table, list or file holds; header says which properties it shows.
type group struct {
	line     int
	header   string
	section  *section
	filtered bool
	grouped  bool // a part of Format-Table -GroupBy
	rows     []Row
}

// readSection reads what one command printed, shape after shape.
func (l *Listing) readSection(s *section) (groups []group, err error) {
	l.Unlimited = l.Unlimited || unlimitedCommand().MatchString(s.command)
	l.Filtered = l.Filtered || filteredCommand().MatchString(s.command)
	l.WarningsSaved = l.WarningsSaved || strings.Contains(s.command, ">&1")
	for rest := dropBlank(s.lines); len(rest) > 0; rest = dropBlank(rest) {
		found := shapeAt(rest)
		if found == nil {
			return nil, notRead(rest[0])
		}
		if found.name == "count" {
			if err := l.readCount(s, rest); err != nil {
				return nil, err
			}
			rest = rest[1:]
			continue
		}
		records, after, err := found.read(rest)
		if err != nil {
			return nil, err
		}
		g := group{
			line: rest[0].number, header: found.name, section: s, filtered: filteredCommand().MatchString(s.command),
			grouped: found.name == "table" && groupHeading().MatchString(rest[0].text),
		}
		for i := range records {
			if i == 0 {
				g.header += records[i].header()
			}
			row, err := l.file(&records[i])
			if err != nil {
				return nil, err
			}
			if row != nil {
				g.rows = append(g.rows, *row)
			}
		}
		if err := checkNamesOnce(g.rows); err != nil {
			return nil, err
		}
		groups = append(groups, g)
		rest = after
	}
	return groups, nil
}

// checkNamesOnce refuses a name that comes twice although it is not complete: two mailboxes may have it, or the
// text may hold one of them twice, as a list of permissions does.
func checkNamesOnce(rows []Row) error {
	const certain = len(namePrefix) + 9 // characters, which Format-Table shows by default
	seen := map[string]bool{}
	for i := range rows {
		row := &rows[i]
		stem, cut := cutEllipsis(keyOf(row.Name))
		switch form := formOf(row.Name); {
		case form == displayName && !cut, form == accountName, form == cutName && len(stem) >= certain:
		case form == cutName:
			stem = strings.Join([]string{stem, row.DisplayName, row.Server, row.Database}, "\x00") // they may tell
		default:
			continue
		}
		if seen[stem] {
			return syntaxError(row.Line, "the name %s again, which may be one mailbox or two", row.Name)
		}
		seen[stem] = true
	}
	return nil
}

func dropBlank(lines []line) []line {
	for len(lines) > 0 && lines[0].blank() {
		lines = lines[1:]
	}
	return lines
}

// readCount takes a bare number, which must be all that the command printed.
func (l *Listing) readCount(s *section, rest []line) error {
	if len(dropBlank(s.lines)) != len(rest) || len(dropBlank(rest[1:])) > 0 ||
		s.command != "" && !monitoringCommand().MatchString(s.command) || l.Count != nil {
		return syntaxError(rest[0].number, "this number is not certain to count the health mailboxes")
	}
	n, err := strconv.Atoi(strings.TrimSpace(rest[0].text))
	if err != nil || n > maxCopies {
		return syntaxError(rest[0].number, "this number is too large for a count of mailboxes")
	}
	l.Count = &n
	return nil
}

// notRead says what a line looks like that starts no shape.
func notRead(l line) error {
	text := strings.TrimSpace(l.text)
	switch {
	case strings.HasPrefix(text, "<"):
		return syntaxError(l.number, "XML and HTML are not read")
	case strings.Contains(text, "Exception"):
		return &SyntaxError{l.number, "this is an exception, not a listing of mailboxes; use the event diagnosis for it"}
	}
	shown := []rune(text)
	if len(shown) > 60 {
		shown = append(shown[:60], '…')
	}
	return syntaxError(l.number, "%q is nothing that PowerShell prints of health mailboxes (a table, a list, CSV, "+
		"JSON or names)", string(shown))
}

// eventMarks are what lines of an event log entry call their values. Two are needed: one may be a property.
var eventMarks = []string{
	"log name", "event id", "event code", "event message", "exception information", "exception type", "event xml",
	"task category", "stack trace",
}

// eventLine is the first line of an event log entry, or 0.
func eventLine(lines []line) int {
	first := 0
	for _, l := range lines {
		name, _, ok := strings.Cut(l.text, ":")
		if !ok || len(name) > 64 || !slices.Contains(eventMarks, strings.ToLower(strings.TrimLeft(name, " \t"))) {
			continue
		}
		if first > 0 {
			return first
		}
		first = l.number
	}
	return 0
}
