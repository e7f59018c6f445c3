package healthmailbox

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// blockLookahead is how many lines of a record may precede its first known property (full Format-List output
// starts with properties nobody needs).
const blockLookahead = 400

// blockAt reports whether key-and-value lines start at lines[at]: Format-List, LDIF, YAML, record blocks.
func (c *collector) blockAt(lines []line, at int) bool {
	if at < c.noBlockBefore {
		return false // an earlier search passed here in vain
	}
	for i := at; i < len(lines) && i < at+blockLookahead && !lines[i].blank(); i++ {
		c.noBlockBefore = i + 1
		text := lines[i].text
		if strings.HasPrefix(text, "#") {
			continue
		}
		key, _, ok := cutProperty(withoutDash(text))
		if !ok && i > at && (text[0] == ' ' || text[0] == '\t') {
			continue // the value above goes on
		}
		if !ok {
			if i > at {
				c.noBlockBefore = i // this line may start a shape of its own
			}
			return false
		}
		if p := propertyOf(key); p != unknownProperty {
			c.noBlockBefore = 0
			return true
		}
	}
	return false
}

// withoutDash drops the dash that starts a YAML list item.
func withoutDash(text string) string {
	if rest, ok := strings.CutPrefix(strings.TrimLeft(text, " \t"), "- "); ok {
		return rest
	}
	return text
}

// block is the state while key-and-value lines are read.
type block struct {
	c       *collector
	current record
	raw     map[string]bool // keys seen in the current record, as written
	last    int             // index of the field a folded line continues; -1 after an unknown key
	ldif    bool
	spaced  bool // every line is followed by a blank one, so blanks separate nothing
	gap     bool
	widest  int // most keys in one record so far
}

// readBlock consumes key-and-value lines and returns the index of the first line that belongs to another shape.
func (c *collector) readBlock(lines []line, at int) int {
	c.shape("list")
	b := block{c: c, last: -1, raw: map[string]bool{}}
	b.spaced = doubleSpaced(lines, at)
	for ; at < len(lines); at++ {
		text := lines[at].text
		if strings.TrimSpace(text) == "" {
			b.gap = true
			continue
		}
		if b.folds(text) {
			continue
		}
		if strings.HasPrefix(text, "#") || isRuler(text) {
			b.end()
			b.last = -1
			b.comment(lines, &at)
			continue
		}
		item := strings.HasPrefix(strings.TrimLeft(text, " \t"), "- ")
		key, value, ok := cutProperty(withoutDash(text))
		if !ok || strings.HasPrefix(text, "@{") {
			break
		}
		if b.gap && len(b.raw) == 0 && propertyOf(key) == unknownProperty && !c.blockAt(lines, at) {
			break
		}
		if b.gap && c.startsTable(lines, at) {
			break
		}
		b.take(lines[at].number, key, value, item)
	}
	if b.ldif && at == len(lines) && len(b.raw) < b.widest {
		c.listing.Notes = append(c.listing.Notes, "the last directory entry holds fewer attributes than the others; the text may be cut there")
	}
	b.end()
	return at
}

// startsTable reports a header with its ruler, which "Server: x" group headings of Format-Table precede.
func (c *collector) startsTable(lines []line, at int) bool {
	below := nextVisible(lines, at+1)
	return below < len(lines) && isRuler(lines[below].text)
}

// comment skips an LDIF comment with its folded lines.
func (b *block) comment(lines []line, at *int) {
	for *at+1 < len(lines) && strings.HasPrefix(lines[*at+1].text, " ") && strings.HasPrefix(lines[*at].text, "#") {
		if _, _, ok := cutProperty(lines[*at+1].text); ok && !b.ldif {
			return
		}
		*at++
		lines[*at].text = "#"
	}
}

// doubleSpaced looks at the first lines: two different keys with a blank line between them.
func doubleSpaced(lines []line, at int) bool {
	key, _, _ := cutProperty(withoutDash(lines[at].text))
	if at+1 >= len(lines) || !lines[at+1].blank() {
		return false
	}
	below := nextVisible(lines, at+1)
	if below == len(lines) || below+1 < len(lines) && !lines[below+1].blank() {
		return false
	}
	next, _, ok := cutProperty(withoutDash(lines[below].text))
	return ok && !strings.EqualFold(next, key)
}

// folds appends a continuation line to the value above it.
func (b *block) folds(text string) bool {
	if text[0] != ' ' && text[0] != '\t' || b.gap && !b.spaced || len(b.raw) == 0 {
		return false
	}
	trimmed := strings.TrimSpace(text)
	if !b.ldif {
		if strings.HasPrefix(trimmed, "- ") {
			return false
		}
		if key, _, ok := cutProperty(trimmed); ok && propertyOf(key) != unknownProperty {
			return false
		}
	}
	if b.last < 0 {
		return true
	}
	field := &b.current.fields[b.last]
	switch {
	case b.ldif:
		field.value += strings.TrimPrefix(text, " ")
	case endsInName(field.value) && isHex(trimmed[0]):
		field.value += trimmed
	case field.value == "":
		field.value = trimmed
	default:
		field.value += " " + trimmed
	}
	return true
}

// endsInName reports a value broken inside the hex digits of a health mailbox's name.
func endsInName(value string) bool {
	at := strings.LastIndex(lowerASCII(value), "healthmailbox")
	if at < 0 {
		return false
	}
	digits := value[at+len(namePrefix):]
	return len(digits) < guidDigits && allHex(digits)
}

// take adds one property, starting a new record where the shape says so.
func (b *block) take(number int, key, value string, item bool) {
	p := propertyOf(key)
	lowered := lowerASCII(key)
	again := b.raw[lowered] && (p.identifies() || p == serverProperty || p == databaseProperty || p == otherProperty && !multiValued[lowered])
	if item || again || lowered == "dn" || b.gap && !b.spaced {
		b.end()
	}
	b.gap = false
	if len(b.raw) == 0 {
		b.current.line = number
	}
	b.raw[lowered] = true
	if lowered == "dn" {
		b.ldif = true
	}
	if encoded, ok := strings.CutPrefix(value, ": "); ok {
		if decoded, err := base64.StdEncoding.DecodeString(encoded); err == nil && utf8.Valid(decoded) {
			value = plainLine(string(decoded))
		}
	}
	if len(value) > 1 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
		value = value[1 : len(value)-1]
	}
	if p == unknownProperty {
		b.last = -1
		return
	}
	b.current.add(p, value)
	b.last = len(b.current.fields) - 1
}

// multiValued are attributes that repeat within one directory entry.
var multiValued = map[string]bool{"objectclass": true, "memberof": true, "emailaddresses": true, "proxyaddresses": true}

// end files the record read so far; a bare Count (Measure-Object) is the listing's count.
func (b *block) end() {
	b.widest = max(b.widest, len(b.raw))
	if len(b.current.fields) > 0 {
		identified := false
		for _, f := range b.current.fields {
			identified = identified || f.property.identifies() || f.property == serverProperty || f.property == databaseProperty
		}
		if count, ok := b.current.get(countProperty); ok && !identified {
			if n, ok := smallNumber(count); ok {
				b.c.setCount(n)
			}
		} else {
			b.c.add(b.current)
		}
	}
	b.current = record{}
	clear(b.raw)
	b.last = -1
}
