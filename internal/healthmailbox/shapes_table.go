package healthmailbox

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// column is one column of a Format-Table view; start counts runes from the line's beginning.
type column struct {
	property property
	start    int
	end      int // of the header's text
}

type table struct {
	columns []column
	named   bool // a column holds one of the mailbox's names
	strong  bool // a ruler or two known columns: every row is a mailbox
}

// isRuler recognizes the line of dashes under a header.
func isRuler(s string) bool {
	dashes := 0
	for i := range len(s) {
		switch s[i] {
		case '-', '=':
			dashes++
		case ' ', '\t':
		default:
			return false
		}
	}
	return dashes >= 2
}

// nextVisible is the index of the first non-blank line from at on, or len(lines).
func nextVisible(lines []line, at int) int {
	for at < len(lines) && lines[at].blank() {
		at++
	}
	return at
}

// tableAt reads the header at lines[at]; rows start at next.
func tableAt(lines []line, at int) (t table, next int, ok bool) {
	header := lines[at].text
	if len(header) > 4096 || isRuler(header) {
		return table{}, 0, false
	}
	below := nextVisible(lines, at+1)
	ruled := below < len(lines) && isRuler(lines[below].text)
	t.columns = splitHeader(header, ruled, below, lines)
	known, first := 0, false
	for i, c := range t.columns {
		if c.property != unknownProperty {
			known++
			first = first || i == 0
		}
		t.named = t.named || c.property.identifies()
	}
	if ruled {
		t.strong = known > 0
		return t, below + 1, true
	}
	if known == 0 || len(t.columns) > 1 && (known < 2 || !first) {
		return table{}, 0, false
	}
	if len(t.columns) == 1 {
		if below == len(lines) || !t.named || formOf(firstToken(lines[below].text)) == notHealth {
			return table{}, 0, false
		}
	}
	t.strong = len(t.columns) > 1
	return t, at + 1, true
}

// splitHeader cuts a header at its blanks, or at the ruler's dashes when names hold blanks themselves.
func splitHeader(header string, ruled bool, below int, lines []line) []column {
	runes := []rune(header)
	words := runs(runes, func(r rune) bool { return r != ' ' && r != '\t' })
	if ruled {
		if dashes := runs([]rune(lines[below].text), func(r rune) bool { return r == '-' || r == '=' }); len(dashes) > 0 && len(dashes) < len(words) {
			words = dashes
			for i := range words {
				limit := len(runes)
				if i+1 < len(words) {
					limit = words[i+1].start
				}
				words[i].end = max(min(limit, len(runes)), min(words[i].start, len(runes)))
				words[i].start = min(words[i].start, words[i].end)
			}
		}
	}
	columns := make([]column, 0, len(words))
	for _, w := range words {
		name := strings.TrimSpace(string(runes[w.start:w.end]))
		if !ruled && !isKey(name) {
			return nil
		}
		columns = append(columns, column{propertyOf(name), w.start, w.start + utf8.RuneCountInString(name)})
	}
	return columns
}

type span struct{ start, end int }

func runs(runes []rune, in func(rune) bool) []span {
	var out []span
	for i := 0; i < len(runes); {
		if !in(runes[i]) {
			i++
			continue
		}
		start := i
		for i < len(runes) && in(runes[i]) {
			i++
		}
		out = append(out, span{start, i})
	}
	return out
}

func firstToken(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i]
	}
	return s
}

// readTable consumes the rows below a header and returns the index of the first line that is none.
func (c *collector) readTable(t table, lines []line, at int) int {
	if t.counts() {
		return c.readCounts(t, lines, at)
	}
	c.shape("table")
	var pending record // a row whose name may go on in the next line (Format-Table -Wrap)
	flush := func() {
		if pending.fields != nil {
			c.add(pending)
		}
		pending = record{}
	}
	for ; at < len(lines); at++ {
		text := lines[at].text
		if strings.TrimSpace(text) == "" || isRuler(text) {
			continue
		}
		if c.endsTable(lines, at) {
			break
		}
		if isArchiveRow(text) {
			flush()
			c.listing.ArchiveCount++
			continue
		}
		cells, aligned := t.cells(text)
		if aligned && pending.fields != nil && t.continuesName(&pending, cells) {
			continue
		}
		flush()
		pending = t.record(lines[at], cells)
	}
	flush()
	return at
}

// counts reports the table of Group-Object or Measure-Object: numbers of mailboxes, no mailboxes.
func (t *table) counts() bool {
	return len(t.columns) > 1 && slices.ContainsFunc(t.columns, func(c column) bool { return c.property == countProperty })
}

// readCounts adds up the Count column.
func (c *collector) readCounts(t table, lines []line, at int) int {
	counted, sum, found := slices.IndexFunc(t.columns, func(c column) bool { return c.property == countProperty }), 0, false
	for ; at < len(lines) && (lines[at].blank() || !c.endsTable(lines, at)); at++ {
		if cells, _ := t.cells(lines[at].text); counted < len(cells) && !lines[at].blank() {
			if n, ok := smallNumber(cells[counted]); ok {
				sum, found = min(sum+n, maxCopies), true
			}
		}
	}
	if found {
		c.setCount(sum)
	}
	return at
}

// isArchiveRow looks at the row's first value: up to the mark of a cut, else up to a run of blanks.
func isArchiveRow(text string) bool {
	if !strings.Contains(text, " - ") {
		return false
	}
	value := strings.TrimSpace(text)
	if at := strings.Index(value, "..."); at >= 0 {
		value = value[:at+len("...")]
	} else if at := strings.Index(value, "…"); at >= 0 {
		value = value[:at+len("…")]
	}
	if at := strings.Index(value, "  "); at >= 0 {
		value = value[:at]
	}
	return isArchive(value)
}

// endsTable reports a line that starts another shape.
func (c *collector) endsTable(lines []line, at int) bool {
	text := strings.TrimSpace(lines[at].text)
	if strings.ContainsAny(text[:1], "{[<#") || strings.HasPrefix(text, "@{") {
		return true
	}
	if formOf(firstToken(text)) != notHealth {
		return false
	}
	if key, _, ok := cutProperty(text); ok && propertyOf(key) != unknownProperty {
		return true
	}
	if propertyOf(firstToken(text)) == unknownProperty {
		below := nextVisible(lines, at+1)
		return below < len(lines) && isRuler(lines[below].text)
	}
	_, _, ok := tableAt(lines, at)
	return ok
}

// record names the cells of a row; a cell that holds a health mailbox's name is one under any header.
func (t *table) record(l line, cells []string) record {
	r := record{line: l.number, fields: make([]field, 0, len(cells)+1)}
	for i, cell := range cells {
		p := t.columns[i].property
		if p == unknownProperty && formOf(strings.TrimSpace(cell)) != notHealth {
			p = nameProperty
		}
		r.add(p, cell)
	}
	if !t.strong && !t.named {
		if name := firstToken(l.text); formOf(name) != notHealth {
			r.add(nameProperty, name)
		}
	}
	return r
}

// continuesName joins the second half of a wrapped name: hex digits alone under a name that lacks some.
func (t *table) continuesName(pending *record, cells []string) bool {
	at := -1
	for i, f := range pending.fields {
		if f.property.identifies() && formOf(f.value) == commonName && i < len(cells) {
			cell := strings.TrimSpace(cells[i])
			if _, cut := cutEllipsis(f.value); cut || cell == "" || !allHex(cell) || len(f.value)+len(cell) > len(namePrefix)+guidDigits {
				return false
			}
			at = i
		}
	}
	if at < 0 {
		return false
	}
	for i := range pending.fields {
		if i < len(cells) {
			pending.fields[i].value += strings.TrimSpace(cells[i])
		}
	}
	return true
}
