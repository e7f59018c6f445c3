package healthmailbox

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// pageSize is where Get-Mailbox stops unless -ResultSize says otherwise (Get-Mailbox reference).
const pageSize = 1000

// Read recognizes a saved listing of health mailboxes in any of the shapes people have (Format-Table,
// Format-List, CSV, JSON, LDIF, account lists, bare names, a count), with warnings interleaved. Text that
// yields nothing is a *SyntaxError with the line; a text longer than MaxInputBytes is ErrTooLarge.
func Read(text string) (*Listing, error) {
	if len(text) > MaxInputBytes {
		return nil, ErrTooLarge
	}
	if at := strings.IndexByte(text, 0); at >= 0 {
		return nil, &SyntaxError{1 + strings.Count(text[:at], "\n"), ErrBinary.Error()}
	}
	lines := normalize(text)
	if number := eventLine(lines); number > 0 {
		return nil, &SyntaxError{number, "this is an event log entry, not a listing of mailboxes; use the event diagnosis for it"}
	}
	listing := &Listing{}
	c := &collector{listing: listing}
	for _, part := range c.splitAtCommands(takeWarnings(lines, listing)) {
		c.startSection()
		if err := c.readSection(part); err != nil {
			return nil, err
		}
	}
	c.merge()
	listing.joinWarnings()
	listing.placeRows()
	if c.found() == 0 {
		return nil, c.unreadable(lines)
	}
	if c.blanks > 0 {
		listing.Notes = append(listing.Notes, fmt.Sprintf("%d records without any mailbox property were skipped; warnings piped through Format-List or Export-Csv leave such records", c.blanks))
	}
	return listing, nil
}

// unreadable explains why a text holds nothing.
func (c *collector) unreadable(lines []line) error {
	if c.unread == nil {
		if first := nextVisible(lines, 0); first < len(lines) && c.listing.MoreAvailable {
			return &SyntaxError{lines[first].number, "the text holds a warning but no mailboxes"}
		} else if first < len(lines) {
			return &SyntaxError{lines[first].number, "the text holds no mailbox, warning or count"}
		}
		return &SyntaxError{1, "the listing is empty"}
	}
	text := strings.TrimSpace(c.unread.text)
	switch {
	case strings.HasPrefix(text, "<"):
		return &SyntaxError{c.unread.number, "XML and HTML are not read; save the mailboxes with Format-List, Export-Csv or ConvertTo-Json"}
	case strings.Contains(text, "is not recognized"):
		return &SyntaxError{c.unread.number, "this is PowerShell's error message, not a listing; run the command in the Exchange Management Shell"}
	case strings.Contains(text, "Exception"):
		return &SyntaxError{c.unread.number, "this is an exception text, not a listing of mailboxes; use the event diagnosis for it"}
	}
	return &SyntaxError{c.unread.number, "this line is no part of a health mailbox listing in a known shape"}
}

// eventMarks start the lines of an event log entry.
var eventMarks = []string{"log name:", "event id:", "event code:", "event message:", "exception information:", "exception type:", "event xml:", "task category:", "stack trace:", "<exception", "<event ", "<resultname>"}

// eventLine is the first line of an event log entry, or 0. Two marks are needed: one may be a property.
func eventLine(lines []line) int {
	first, marks := 0, 0
	for _, l := range lines {
		text := strings.TrimLeft(l.text, " \t")
		if len(text) < 8 || text[0] != '<' && strings.IndexByte(text[:min(len(text), 24)], ':') < 0 {
			continue
		}
		for _, mark := range eventMarks {
			if hasPrefixFold(text, mark) {
				if marks++; first == 0 {
					first = l.number
				}
				break
			}
		}
		if marks >= 2 {
			return first
		}
	}
	return 0
}

// splitAtCommands removes prompt and transcript lines; each command starts a new part.
func (c *collector) splitAtCommands(lines []line) [][]line {
	var parts [][]line
	start := 0
	for i, l := range lines {
		command, ok := commandOf(l.text)
		if !ok {
			continue
		}
		lower := lowerASCII(command)
		c.listing.Unlimited = c.listing.Unlimited || strings.Contains(lower, "-resultsize unlimited")
		c.listing.WarningsSaved = c.listing.WarningsSaved || strings.Contains(lower, "3>&1") || strings.Contains(lower, "*>&1")
		parts = append(parts, lines[start:i])
		start = i + 1
	}
	return append(parts, lines[start:])
}

// readSection reads what one command printed, which may still hold several shapes one after the other.
func (c *collector) readSection(lines []line) error {
	c.noBlockBefore = 0
	for at := 0; at < len(lines); {
		if lines[at].blank() {
			at++
			continue
		}
		text := strings.TrimSpace(lines[at].text)
		if isJSONStart(lines, at) {
			return c.readJSON(lines, at)
		}
		if hasPrefixFold(text, "#TYPE") || hasPrefixFold(text, "sep=") {
			if next := nextVisible(lines, at+1); next < len(lines) {
				if delimiter, ok := delimitedAt(lines[next].text); ok {
					return c.readDelimited(lines, next, delimiter)
				}
			}
		}
		if c.hashtable(lines[at]) || c.account(lines[at]) {
			at++
			continue
		}
		if formOf(firstToken(text)) == notHealth {
			if delimiter, ok := delimitedAt(text); ok {
				return c.readDelimited(lines, at, delimiter)
			}
			if group, next, ok := groupHeading(lines, at); ok {
				at = c.readGroup(group, lines, next)
				continue
			}
			if c.blockAt(lines, at) {
				if next := c.readBlock(lines, at); next > at {
					at = next
					continue
				}
			}
			if t, next, ok := tableAt(lines, at); ok {
				at = c.readTable(t, lines, next)
				continue
			}
			if n, ok := smallNumber(text); ok {
				c.setCount(n)
				at++
				continue
			}
		}
		if !c.bareNames(lines[at]) && !c.mention(lines[at]) {
			if isArchive(text) {
				c.listing.ArchiveCount++
			} else if c.skip(lines[at]); c.unreadCount == maxUnread && c.found() == 0 {
				return c.unreadable(lines)
			}
		}
		at++
	}
	return nil
}

// groupHeading recognizes "   ServerName: EX1" above a table of Format-Table -GroupBy.
func groupHeading(lines []line, at int) (group field, header int, ok bool) {
	key, value, ok := cutProperty(lines[at].text)
	if p := propertyOf(key); !ok || p != serverProperty && p != databaseProperty {
		return field{}, 0, false
	}
	header = nextVisible(lines, at+1)
	if header == len(lines) {
		return field{}, 0, false
	}
	ruler := nextVisible(lines, header+1)
	if ruler == len(lines) || !isRuler(lines[ruler].text) {
		return field{}, 0, false
	}
	return field{propertyOf(key), value}, header, true
}

// readGroup reads the table below a group heading and gives its rows the group's value.
func (c *collector) readGroup(group field, lines []line, header int) int {
	t, next, ok := tableAt(lines, header)
	if !ok {
		return header
	}
	before := len(c.current().rows)
	end := c.readTable(t, lines, next)
	rows := c.current().rows
	for i := before; i < len(rows); i++ {
		switch {
		case group.property == serverProperty && rows[i].Server == "":
			rows[i].listedServer = shortServer(group.value)
			rows[i].Server = rows[i].listedServer
		case group.property == databaseProperty && rows[i].Database == "":
			rows[i].Database = group.value
		}
	}
	return end
}

// smallNumber reads a count; anything longer than nine digits is none.
func smallNumber(text string) (int, bool) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > 9 {
		return 0, false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// setCount keeps the first count of a text.
func (c *collector) setCount(n int) {
	c.shape("count")
	if c.listing.Count == nil {
		c.listing.Count = &n
	}
}

// joinWarnings drops repeated warnings, then marks the rows they name. A name cut by Format-Table is joined
// with the one full name that starts like it; two candidates join neither.
func (l *Listing) joinWarnings() {
	seen := map[string]int{}
	kept := l.Warnings[:0]
	for _, w := range l.Warnings {
		key := lowerASCII(w.Name) + "|" + lowerASCII(w.Object)
		if w.HealthMailbox {
			key = lowerASCII(w.Name)
		}
		if at, ok := seen[key]; ok {
			for _, reason := range w.Reasons {
				addReason(&kept[at], reason)
			}
			continue
		}
		seen[key] = len(kept)
		kept = append(kept, w)
	}
	l.Warnings = kept
	type named struct {
		lower string
		index int
	}
	var names []named
	for i, w := range l.Warnings {
		if w.HealthMailbox {
			names = append(names, named{lowerASCII(w.Name), i})
		}
	}
	sort.Slice(names, func(a, b int) bool { return names[a].lower < names[b].lower })
	for i := range l.Rows {
		row := &l.Rows[i]
		key, exact := lowerASCII(row.FullName), true
		if key == "" {
			stem, cut := cutEllipsis(row.Name)
			key, exact = lowerASCII(stem), !cut && len(stem) != len(namePrefix)+7
		}
		if len(key) <= len(namePrefix) {
			continue
		}
		at := sort.Search(len(names), func(n int) bool { return names[n].lower >= key })
		matches := func(n int) bool {
			return n < len(names) && (names[n].lower == key || !exact && strings.HasPrefix(names[n].lower, key))
		}
		if !matches(at) || !exact && names[at].lower != key && matches(at+1) {
			continue
		}
		w := l.Warnings[names[at].index]
		row.Corrupted = true
		row.Reasons = append(row.Reasons, w.Reasons...)
		if full, ok := fullCommonName(w.Name); ok && row.FullName == "" {
			row.FullName = full
		}
	}
}
