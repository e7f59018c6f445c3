package healthmailbox

import "strings"

// hashtable reads "@{Name=HealthMailbox...; ServerName=EX1}", how PowerShell prints an object inside a string.
func (c *collector) hashtable(l line) bool {
	text := strings.TrimSpace(l.text)
	inner, ok := strings.CutPrefix(text, "@{")
	if !ok {
		return false
	}
	r := record{line: l.number}
	for part := range strings.SplitSeq(strings.TrimSuffix(inner, "}"), ";") {
		key, value, found := strings.Cut(part, "=")
		if p := propertyOf(strings.TrimSpace(key)); found && p != unknownProperty {
			r.add(p, value)
		}
	}
	if len(r.fields) == 0 {
		return false
	}
	c.shape("list")
	return c.add(r)
}

// account reads one line of a directory account list: "... Account: x  Name: y  Desc: z" or "user:[x] rid:[n]".
func (c *collector) account(l line) bool {
	fields := labelled(l.text)
	if len(fields) < 2 {
		return false
	}
	r := record{line: l.number}
	accounts := 0
	for _, f := range fields {
		if f.property == accountProperty {
			accounts++
		}
		r.add(f.property, f.value)
	}
	if accounts != 1 {
		return false
	}
	c.shape("accounts")
	return c.add(r)
}

// labelled cuts a line at its known "label:" words.
func labelled(text string) []field {
	if len(text) > 4096 || strings.Count(text, ":") < 2 {
		return nil
	}
	var out []field
	valueStart := -1
	closeAt := func(end int) {
		if valueStart >= 0 {
			value := strings.TrimSpace(text[valueStart:end])
			out[len(out)-1].value = strings.TrimSuffix(strings.TrimPrefix(value, "["), "]")
		}
	}
	for i := range len(text) {
		if text[i] != ':' || i+1 < len(text) && text[i+1] != ' ' && text[i+1] != '[' && text[i+1] != '\t' {
			continue
		}
		start := i
		for start > 0 && isWordByte(text[start-1]) {
			start--
		}
		p := propertyOf(text[start:i])
		if start == i || p == unknownProperty {
			continue
		}
		closeAt(start)
		out = append(out, field{property: p})
		valueStart = i + 1
	}
	closeAt(len(text))
	return out
}

// bareNames reads a line that starts with a health mailbox's name without any header: the output of
// Select-Object -ExpandProperty Name, rows pasted without their header, or Format-Wide.
func (c *collector) bareNames(l line) bool {
	tokens := strings.Fields(strings.ReplaceAll(l.text, ",", " "))
	for i := range tokens {
		tokens[i] = strings.Trim(tokens[i], `"'`)
	}
	if len(tokens) == 0 || formOf(tokens[0]) == notHealth {
		return false
	}
	c.shape("names")
	r := record{line: l.number}
	r.add(nameProperty, tokens[0])
	rest := tokens[1:]
	if len(rest) > 0 && sameMailbox(tokens[0], rest[0]) {
		// The default view: name, alias, server, quota.
		if len(rest) > 2 && formOf(rest[1]) == notHealth {
			r.add(serverProperty, rest[1])
		}
		c.add(r)
		return true
	}
	c.add(r)
	for _, token := range rest {
		if formOf(token) != notHealth {
			other := record{line: l.number}
			other.add(nameProperty, token)
			c.add(other)
		}
	}
	return true
}

// sameMailbox reports that one name is the other, cut shorter.
func sameMailbox(a, b string) bool {
	if formOf(a) == notHealth || formOf(b) == notHealth {
		return false
	}
	stemA, cutA := cutEllipsis(lowerASCII(a))
	stemB, cutB := cutEllipsis(lowerASCII(b))
	return stemA == stemB || cutA && strings.HasPrefix(stemB, stemA) || cutB && strings.HasPrefix(stemA, stemB)
}

// mention reads a line of a kind not known that holds one unmistakable name (DOMAIN\HealthMailbox..., LDAP://CN=...).
// A sentence about a mailbox is not a listing.
func (c *collector) mention(l line) bool {
	lower := lowerASCII(l.text)
	at := strings.Index(lower, "healthmailbox")
	if at < 0 || isArchive(l.text) || len(l.text) > 2000 || isProse(lower) {
		return false
	}
	if at > 0 && isWordByte(l.text[at-1]) {
		return false
	}
	end := at + len(namePrefix)
	for end < len(l.text) && (isWordByte(l.text[end]) || l.text[end] == '-') {
		end++
	}
	name := l.text[at:end]
	digits := len(name) - len(namePrefix)
	if form := formOf(name); form != displayName && (form != commonName || digits != guidDigits && digits != 7) {
		return false
	}
	if before := strings.TrimSpace(lower[:at]); strings.HasSuffix(before, "cn=") && strings.Contains(before, ",") {
		return false // an object below the mailbox
	}
	r := record{line: l.number}
	r.add(nameProperty, name)
	c.shape("names")
	return c.add(r)
}

var proseWords = map[string]bool{"the": true, "is": true, "are": true, "was": true, "has": true, "have": true, "of": true, "to": true, "not": true, "and": true, "for": true, "with": true, "cannot": true, "error": true, "exception:": true}

func isProse(lower string) bool {
	n := 0
	for word := range strings.FieldsSeq(lower) {
		if proseWords[word] {
			n++
		}
	}
	return n >= 2
}
