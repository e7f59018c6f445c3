package healthmailbox

import (
	"strings"
	"unicode/utf8"
)

// line is one line of the input after normalize; number counts from 1 in the text as given.
type line struct {
	number int
	text   string
}

// blank reports a line without visible characters.
func (l line) blank() bool { return strings.TrimSpace(l.text) == "" }

// plainRune maps what consoles, browsers and word processors substitute back to what Exchange printed.
// One rune stays one rune, so the columns of a table keep their places; -1 drops the rune.
func plainRune(r rune) rune {
	switch r {
	case '\u00a0', '\u2007', '\u202f', '\u2002', '\u2003', '\u2009', '\u3000', '\v', '\f':
		return ' '
	case '\u2018', '\u2019', '\u201a', '\u201b', '\u2032':
		return '\''
	case '\u201c', '\u201d', '\u201e', '\u201f', '\u2033':
		return '"'
	case '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2015', '\u2212', '\u2500':
		return '-'
	case '\ufeff', '\u200b', '\u200e', '\u200f', '\u2060', '\u00ad':
		return -1
	}
	return r
}

// twiceEncoded undoes UTF-8 text that was once taken for Windows-1252 and saved again.
var twiceEncoded = strings.NewReplacer(
	"â€¦", "…", "â€™", "'", "â€˜", "'", "â€œ", `"`, "â€\u009d", `"`, "â€“", "-", "â€”", "-", "Â\u00a0", "\u00a0")

// normalize splits text into lines (LF, CRLF or CR), without terminal colours and typographic substitutes.
func normalize(text string) []line {
	if strings.Contains(text, "â€") || strings.Contains(text, "Â\u00a0") {
		text = twiceEncoded.Replace(text)
	}
	lines := make([]line, 0, strings.Count(text, "\n")+1)
	for number := 1; ; number++ {
		end := strings.IndexAny(text, "\r\n")
		current, last := text, end < 0
		if !last {
			current = text[:end]
			if text[end] == '\r' && end+1 < len(text) && text[end+1] == '\n' {
				end++
			}
			text = text[end+1:]
		}
		lines = append(lines, line{number, plainLine(current)})
		if last {
			return lines
		}
	}
}

// plainLine applies plainRune to one line and drops terminal escape sequences and trailing blanks.
func plainLine(s string) string {
	plain := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] == 0x1b || s[i] == '\v' || s[i] == '\f' {
			plain = false
			break
		}
	}
	if plain {
		return strings.TrimRight(s, " \t")
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if s[i] == 0x1b {
			i += escapeLength(s[i:])
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if r = plainRune(r); r >= 0 {
			b.WriteRune(r)
		}
	}
	return strings.TrimRight(b.String(), " \t")
}

// escapeLength is the length of the terminal sequence s starts with: ESC [ parameters letter, or ESC alone.
func escapeLength(s string) int {
	if len(s) < 2 || s[1] != '[' {
		return 1
	}
	for i := 2; i < len(s); i++ {
		if s[i] >= 0x40 && s[i] <= 0x7e {
			return i + 1
		}
	}
	return len(s)
}

// squeeze drops every blank and line break: a sentence then reads the same however a console wrapped it.
func squeeze(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '\r', '\n':
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// lowerASCII lowers A-Z only, so that positions stay those of the original.
func lowerASCII(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// hasPrefixFold is strings.HasPrefix without regard to the case of ASCII letters.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
