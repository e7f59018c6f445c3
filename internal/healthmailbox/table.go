package healthmailbox

import (
	"slices"
	"strings"

	"golang.org/x/text/width"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// column is one column of Format-Table; start counts characters from the line's beginning.
type column struct {
	key      string
	property property
	start    int
	end      int // of the header's word
}

type table struct {
	columns []column
	group   *field // the heading of Format-Table -GroupBy above it
	padded  bool   // the columns stand below each other; else the blanks between them were lost
}

var (
	ruler        = pastedtext.NewPattern(`^\s*-+(?:\s+-+)*\s*$`)
	groupHeading = pastedtext.NewPattern(`^\s+([\p{L}]\w*): (.*)$`)
	words        = pastedtext.NewPattern(`\S+`)
	// A header without its ruler must consist of property names.
	headerWords = pastedtext.NewPattern(`^\s*[A-Z]\w+(?:\s+[A-Z]\w+)+\s*$`)
	fullNames   = pastedtext.NewPattern(`(?i)HealthMailbox[0-9a-f]{32}`)
)

// maxColumns is more than a console has room for.
const maxColumns = 100

func startsTable(lines []line) bool {
	_, _, ok := tableAt(lines)
	return ok
}

// tableAt reads the heading, the header and the ruler; rows are the lines after them.
func tableAt(lines []line) (t table, rows []line, ok bool) {
	if m := groupHeading().FindStringSubmatch(lines[0].text); m != nil {
		if t, rows, ok = tableUnder(dropBlank(lines[1:])); ok {
			t.group = &field{propertyOf(m[1]), m[1], strings.TrimSpace(m[2])}
			return t, rows, true
		}
	}
	return tableUnder(lines)
}

// tableUnder is tableAt without a heading.
func tableUnder(lines []line) (t table, rows []line, ok bool) {
	if len(lines) == 0 || ruler().MatchString(lines[0].text) || len(lines[0].text) > 8192 {
		return table{}, nil, false
	}
	header := lines[0].text
	cells := words().FindAllStringIndex(header, -1)
	if len(cells) > maxColumns {
		return table{}, nil, false
	}
	rows = dropBlank(lines[1:])
	if len(rows) > 0 && ruler().MatchString(rows[0].text) {
		if dashes := words().FindAllStringIndex(rows[0].text, -1); len(dashes) < len(cells) { // names with blanks
			cells = dashes
			for i := range cells {
				cells[i][0] = min(cells[i][0], len(header))
				cells[i][1] = len(header)
				if i+1 < len(cells) {
					cells[i][1] = min(cells[i+1][0], len(header))
				}
			}
		}
		rows = rows[1:]
	} else if strings.Contains(header, "\t") || !headerWords().MatchString(header) ||
		!propertyOf(firstWord(header)).identifies() {
		return table{}, nil, false
	}
	known := 0
	for _, c := range cells {
		name := strings.TrimSpace(header[c[0]:c[1]])
		p := propertyOf(name)
		if p != otherProperty {
			known++
		}
		start := len([]rune(header[:c[0]]))
		t.columns = append(t.columns, column{name, p, start, start + len([]rune(name))})
	}
	t.padded = len(cells) == 1 || slices.ContainsFunc(append([]line{lines[0]}, rows[:min(len(rows), 50)]...),
		func(l line) bool {
			return strings.Contains(strings.TrimSpace(l.text), "  ")
		})
	if len(rows) < len(dropBlank(lines[1:])) {
		return t, rows, true
	}
	return t, rows, known > 1
}

// filler stands behind a character that takes more than one place on the screen.
const filler = '\x00'

// screen is a text place by place; an ellipsis of one character may stand for three periods.
func screen(s string, ellipsis int) []rune {
	out := make([]rune, 0, len(s))
	for _, r := range s {
		out = append(out, r)
		if r == '…' {
			out = append(out, []rune{filler, filler}[:ellipsis-1]...)
		} else if r >= 0x1100 {
			if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
				out = append(out, filler)
			}
		}
	}
	return out
}

// cells cuts a row below the header's words, else at its blanks; ok is false where neither gives a row.
func (t *table) cells(l line) (cells []string, ok bool) {
	widths := []int{1, 3} // of an ellipsis
	if !strings.Contains(l.text, "…") {
		widths = widths[:1]
	}
	for _, ellipsis := range widths {
		cells, ok = t.cut(screen(l.text, ellipsis), screen(l.source, ellipsis))
		if ok && t.fits(cells, l) {
			return cells, true
		}
	}
	if cells, ok := t.words(l); ok && t.fits(cells, l) { // A name was longer than its column and moved the rest.
		return cells, true
	}
	return cells, ok
}

// cut cuts a row where its columns start. A number may start before its header, with which it ends.
func (t *table) cut(text, source []rune) ([]string, bool) {
	if len(source) < len(text) {
		source = text
	}
	blank := func(i int) bool { return i >= len(text) || text[i] == ' ' || text[i] == '\t' }
	cells := make([]string, len(t.columns))
	from := 0
	for n, c := range t.columns[1:] {
		at := min(c.start, len(text))
		if at < len(text) && at > 0 && !blank(at-1) {
			for at > from && !blank(at-1) {
				at--
			}
			if at == from || !strings.ContainsRune("-+(0123456789", text[at]) || blank(c.end-1) || !blank(c.end) {
				return nil, false
			}
		}
		cells[n] = cell(source[from:at])
		from = at
	}
	cells[len(cells)-1] = cell(source[from:len(text)])
	return cells, true
}

func cell(text []rune) string {
	return strings.TrimSpace(strings.ReplaceAll(string(text), string(filler), ""))
}

// words takes a row apart at its blanks, where all columns but one hold one word.
func (t *table) words(l line) ([]string, bool) {
	found := strings.Fields(l.text)
	last := len(t.columns) - 1
	if len(found) > len(t.columns) && !t.columns[last].property.oneWord() {
		found = append(slices.Clone(found[:last]), strings.Join(found[last:], " "))
	}
	if len(found) != len(t.columns) {
		return nil, false
	}
	several := 0 // columns whose values may hold blanks
	for i, c := range t.columns {
		if !c.property.oneWord() {
			several++
		}
		if c.property.identifies() && formOf(found[i]) == notHealth {
			return nil, false
		}
	}
	return found, several <= 1
}

// alike reports a row whose name has the form of the names above it; without columns, prose is told by little else.
func (t *table) alike(records []record, cells []string) bool {
	named := t.identity()
	if len(records) == 0 {
		return true
	}
	above := formOf(records[0].fields[named].value)
	return (above == displayName) == (formOf(cells[named]) == displayName) || above == notHealth ||
		t.columns[named].property == displayProperty
}

// identity is the column that names the mailbox, or -1.
func (t *table) identity() int {
	return slices.IndexFunc(t.columns, func(c column) bool { return c.property.identifies() })
}

func readTable(lines []line) (records []record, rest []line, err error) {
	t, rest, _ := tableAt(lines)
	if t.identity() < 0 {
		return nil, nil, syntaxError(lines[0].number, "a table without a column that names the mailboxes")
	}
	if slices.ContainsFunc(t.columns, func(c column) bool { return c.key == "Count" }) {
		return nil, nil, syntaxError(lines[0].number, "a table of counts, not of mailboxes")
	}
	var last []string // the cells of the row before, by piece
	for ; len(rest) > 0; rest = rest[1:] {
		l := rest[0]
		if l.blank() {
			continue
		}
		if t.endsAt(rest) {
			break
		}
		cells, ok := t.row(l, records)
		if ok && len(records) > 0 && t.goesOn(&records[len(records)-1], last, cells) {
			for i, cell := range cells {
				f := &records[len(records)-1].fields[i]
				f.value = joinWrapped(f.property, f.value, cell)
			}
			last = cells
			continue
		}
		if !ok || t.padded && !t.fits(cells, l) {
			return nil, nil, syntaxError(l.number, "a row that does not fit the columns of its table")
		}
		r := record{line: l.number, fields: make([]field, 0, len(cells)+1)}
		for i, cell := range cells {
			r.fields = append(r.fields, field{t.columns[i].property, t.columns[i].key, cell})
		}
		if t.group != nil {
			r.fields = append(r.fields, *t.group)
		}
		records = append(records, r)
		last = cells
	}
	return records, rest, nil
}

// row takes a line apart. A line that fits no column and mentions no health mailbox is a row of something else.
func (t *table) row(l line, above []record) (cells []string, ok bool) {
	if t.padded {
		cells, ok = t.cells(l)
	} else if cells, ok = t.words(l); ok {
		ok = t.alike(above, cells)
	}
	if !ok && !l.mentions() {
		cells, ok = make([]string, len(t.columns)), true
		cells[t.identity()] = oneLine(l.text)
	}
	return cells, ok
}

// fits reports cells that a row can have: a health mailbox has no blank in any of its names, and the row of
// something else does not name one, be it by the start of the word in a narrow column.
func (t *table) fits(cells []string, l line) bool {
	named := t.identity()
	f := field{property: t.columns[named].property, value: cells[named]}
	if name := f.name(); formOf(name) == notHealth {
		if filled := named+1 < len(t.columns) && len(name) == t.columns[named+1].start-t.columns[named].start-1; filled {
			return !strings.HasPrefix(namePrefix, name)
		}
		return !fullNames().MatchString(l.text) && !damaged().MatchString(name)
	}
	for i, c := range t.columns {
		words := strings.Fields(cells[i])
		if c.property.oneWord() && len(words) > 1 || !c.property.identifies() &&
			slices.ContainsFunc(words, func(w string) bool { return formOf(w) != notHealth }) {
			return false
		}
	}
	return true
}

// endsAt reports the start of something else below a table.
func (t *table) endsAt(lines []line) bool {
	if formOf(firstWord(lines[0].text)) != notHealth {
		return false
	}
	return startsJSON(lines) || startsTable(lines) || startsList(lines)
}

// goesOn reports a line of Format-Table -Wrap that continues the row before: it names no mailbox of its own, and
// each of its words did not fit into its column any more.
func (t *table) goesOn(row *record, last, cells []string) bool {
	certain := false // hex digits that a name lacks
	if last == nil || !t.padded {
		return false
	}
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		f := &row.fields[i]
		if f.property.oneWord() && len(strings.Fields(cell)) > 1 || len(f.value) > maxValue {
			return false
		}
		if f.property.identifies() {
			whole := formOf(f.name())
			wrapped := whole == partName || whole == accountName
			if formOf(cell) != notHealth || wrapped && formOf(f.value+cell) == notHealth || !wrapped && whole != displayName {
				return false
			}
			certain = certain || wrapped
		}
		if i+1 == len(cells) { // The width of the last column is not known, but every mailbox has a name.
			named := t.identity()
			if !certain && (f.property.oneWord() || cells[named] != "" || t.columns[named].property == displayProperty) {
				return false
			}
			continue
		}
		left := t.columns[i+1].start - t.columns[i].start - 1 - len([]rune(last[i]))
		if last[i] == "" || f.property.oneWord() && left > 0 || left > len([]rune(firstWord(cell))) {
			return false
		}
	}
	return true
}
