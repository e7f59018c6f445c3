package healthmailbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// maxJSONDepth is how deep lists of mailboxes are looked for below the top level.
const maxJSONDepth = 4

// isJSONStart recognizes "{" and "[" followed by what JSON allows, so that the prompt "[PS]" is none.
func isJSONStart(lines []line, at int) bool {
	text := strings.TrimSpace(lines[at].text)
	if text == "" || text[0] != '{' && text[0] != '[' {
		return false
	}
	rest := strings.TrimSpace(text[1:])
	if rest == "" {
		below := nextVisible(lines, at+1)
		if below == len(lines) {
			return true
		}
		rest = strings.TrimSpace(lines[below].text)
	}
	if text[0] == '{' {
		return rest[0] == '"' || rest[0] == '}'
	}
	return strings.ContainsRune(`{["]`, rune(rest[0]))
}

// readJSON consumes the section from lines[at]: one value or several, as ConvertTo-Json and line-wise dumps write.
func (c *collector) readJSON(lines []line, at int) error {
	c.shape("json")
	body := lines[at:]
	var b strings.Builder
	starts := make([]int, len(body))
	for i, l := range body {
		starts[i] = b.Len()
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	numberAt := func(offset int64) int {
		i := sort.Search(len(starts), func(i int) bool { return int64(starts[i]) > offset })
		return body[max(i-1, 0)].number
	}
	text := b.String()
	decoder := json.NewDecoder(strings.NewReader(text))
	before := c.found()
	for {
		rest := strings.TrimLeft(text[decoder.InputOffset():], " \t\n")
		if rest == "" {
			break
		}
		offset, err := c.jsonTop(decoder, text, rest[0] == '[', numberAt)
		if err != nil {
			var known *SyntaxError
			if errors.As(err, &known) {
				return err
			}
			if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
				offset = int64(len(text))
			}
			for offset < int64(len(text)) && strings.IndexByte(" \t\n,", text[offset]) >= 0 {
				offset++ // what failed starts after the value before it
			}
			return &SyntaxError{numberAt(offset), "the JSON cannot be read (" + err.Error() + "); it may be cut"}
		}
	}
	if c.found() == before {
		return &SyntaxError{body[0].number, "the JSON holds no mailbox"}
	}
	return nil
}

// jsonTop reads the next top-level value, a list item by item so that only one is held; offset is where it failed.
func (c *collector) jsonTop(decoder *json.Decoder, text string, list bool, numberAt func(int64) int) (offset int64, err error) {
	one := func() error {
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		return c.jsonValue(value, decoder.InputOffset()-int64(len(value)), numberAt, 0)
	}
	if !list {
		err = one()
		return decoder.InputOffset(), err
	}
	if _, err = decoder.Token(); err != nil {
		return decoder.InputOffset(), err
	}
	for decoder.More() {
		start := decoder.InputOffset()
		if item := strings.TrimLeft(text[start:], " \t\n,"); item != "" && item[0] == '{' {
			// Straight into members: one pass less over the record.
			var members jsonMembers
			if err = decoder.Decode(&members); err == nil {
				err = c.jsonObject(members, int64(len(text)-len(item)), numberAt, 0)
			}
		} else {
			err = one()
		}
		if err != nil {
			return decoder.InputOffset(), err
		}
	}
	_, err = decoder.Token()
	return decoder.InputOffset(), err
}

func (c *collector) found() int {
	n := c.listing.OtherCount + c.listing.ArchiveCount + len(c.listing.Warnings)
	for i := range c.sections {
		n += len(c.sections[i].rows)
	}
	if c.listing.Count != nil {
		n++
	}
	return n
}

// jsonValue reads an object, a list of them, or a list of names; offset is the value's place in the section.
func (c *collector) jsonValue(value json.RawMessage, offset int64, numberAt func(int64) int, depth int) error {
	if depth > maxJSONDepth || len(value) == 0 {
		return nil
	}
	switch value[0] {
	case '[':
		decoder := json.NewDecoder(strings.NewReader(string(value)))
		if _, err := decoder.Token(); err != nil {
			return &SyntaxError{numberAt(offset), "the JSON list cannot be read"}
		}
		for decoder.More() {
			var item json.RawMessage
			if err := decoder.Decode(&item); err != nil {
				return &SyntaxError{numberAt(offset + decoder.InputOffset()), "the JSON list cannot be read"}
			}
			if err := c.jsonValue(item, offset+decoder.InputOffset()-int64(len(item)), numberAt, depth+1); err != nil {
				return err
			}
		}
	case '{':
		var members jsonMembers
		if err := json.Unmarshal(value, &members); err != nil {
			return &SyntaxError{numberAt(offset), "the JSON object cannot be read"}
		}
		return c.jsonObject(members, offset, numberAt, depth)
	case '"':
		r := record{line: numberAt(offset)}
		text := jsonText(value)
		if formOf(text) == notHealth && strings.Contains(text, " ") {
			c.message(text, r.line)
			return nil
		}
		r.add(nameProperty, text)
		c.add(r)
	default:
		if n, ok := smallNumber(string(value)); ok && depth == 0 {
			c.setCount(n)
		}
	}
	return nil
}

// jsonMember is a member of an object with its value as written.
type jsonMember struct {
	key   string
	value []byte
}

// jsonMembers slices an object instead of decoding it into a map: a large listing has a hundred thousand.
type jsonMembers []jsonMember

// UnmarshalJSON is only ever given a valid value, so the scan looks for nothing but its structure.
func (m *jsonMembers) UnmarshalJSON(object []byte) error {
	if object[0] != '{' {
		return nil // null
	}
	object = slices.Clone(object) // the decoder reuses its buffer
	*m = make(jsonMembers, 0, 8)
	for at := 1; ; {
		for strings.IndexByte(" \t\r\n,", object[at]) >= 0 {
			at++
		}
		if object[at] == '}' {
			break
		}
		end := jsonEnd(object, at)
		key := jsonText(object[at:end])
		for at = end; strings.IndexByte(" \t\r\n:", object[at]) >= 0; {
			at++
		}
		end = jsonEnd(object, at)
		*m = append(*m, jsonMember{key, object[at:end]})
		at = end
	}
	slices.SortStableFunc(*m, func(a, b jsonMember) int { return strings.Compare(a.key, b.key) })
	return nil
}

// jsonEnd is where the value that starts at at ends, in valid JSON.
func jsonEnd(text []byte, at int) int {
	depth := 0
	for i := at; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']', ',', ' ', '\t', '\r', '\n', ':':
			if depth == 0 {
				return i // after a number or a literal
			}
			if text[i] == '}' || text[i] == ']' {
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
	}
	return len(text)
}

func (c *collector) jsonObject(members jsonMembers, offset int64, numberAt func(int64) int, depth int) error {
	r := record{line: numberAt(offset), fields: make([]field, 0, len(members))}
	for _, m := range members {
		if p := propertyOf(m.key); p != unknownProperty {
			r.add(p, jsonText(m.value))
		}
	}
	if len(r.fields) > 0 && c.add(r) {
		return nil
	}
	for _, m := range members {
		if inner := m.value; len(inner) > 0 && (inner[0] == '[' || inner[0] == '{') {
			if err := c.jsonValue(inner, offset, numberAt, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// jsonText renders one property; of a nested object (a database or server identity) it takes the name.
func jsonText(value json.RawMessage) string {
	if len(value) == 0 {
		return ""
	}
	switch value[0] {
	case '"':
		if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
			return plainLine(string(inner))
		}
		var text string
		if json.Unmarshal(value, &text) != nil {
			return ""
		}
		return plainLine(text)
	case '{':
		var object map[string]json.RawMessage
		if json.Unmarshal(value, &object) != nil {
			return ""
		}
		for _, key := range []string{"Name", "name", "Rdn", "DistinguishedName", "Value", "value"} {
			if inner, ok := object[key]; ok && len(inner) > 0 && inner[0] == '"' {
				return jsonText(inner)
			}
		}
		return ""
	case 'n', '[':
		return ""
	}
	return string(value)
}
