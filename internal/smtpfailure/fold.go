package smtpfailure

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// fold gives text one spelling: a run of blanks becomes one space, typographic quotes and dashes
// become ASCII, invisible characters vanish, full-width letters and digits become narrow,
// quoted-printable soft breaks and the HTML entities mail programs leave behind are undone.
//
// A line break with no blank on either side becomes '\n' rather than a space, because there a
// terminal may have cut a code in two. No other control character is left.
func fold(text string) []byte {
	out := make([]byte, 0, len(text))
	const none, blank, brk = 0, 1, 2
	pending := none
	emit := func(c byte) {
		if pending != none && len(out) > 0 {
			if pending == brk {
				out = append(out, '\n')
			} else {
				out = append(out, ' ')
			}
		}
		pending = none
		out = append(out, c)
	}
	lineStart := true
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\n' || c == '\r':
			if c == '\r' && i+1 < len(text) && text[i+1] == '\n' {
				i++
			}
			if pending == none {
				pending = brk
			} else {
				pending = blank // an empty line, or a blank beside the break
			}
			lineStart = true
			i++
			continue
		case c <= ' ' || c == 0x7f:
			pending = blank
			i++
			continue
		case c == '>' && lineStart && i+1 < len(text) && (text[i+1] == ' ' || text[i+1] == '>'):
			// A mail program's quote mark.
			pending = blank
			i++
			continue
		case c == '=':
			if n := softBreak(text[i+1:]); n > 0 {
				i += 1 + n
				continue
			}
			emit('=')
			i++
			if len(text)-i >= 2 && text[i] == '3' && (text[i+1] == 'D' || text[i+1] == 'd') {
				i += 2 // =3D, the quoted-printable equals sign
			}
		case c == '&':
			if r, n := entity(text[i:]); n > 0 {
				if r == ' ' {
					pending = blank
				} else {
					emit(r)
				}
				i += n
			} else {
				emit(c)
				i++
			}
		case c == '<':
			if n := lineBreakTag(text[i:]); n > 0 {
				pending = blank
				i += n
			} else {
				emit(c)
				i++
			}
		case c < utf8.RuneSelf:
			// The long way round for one byte in a thousand, the short one for all others.
			if pending == none {
				out = append(out, c)
			} else {
				emit(c)
			}
			i++
		default:
			r, n := utf8.DecodeRuneInString(text[i:])
			i += n
			if r == utf8.RuneError && n == 1 {
				r = windows1252(c)
			}
			s, special := narrow(r)
			switch {
			case !special:
				emit(0)
				out = utf8.AppendRune(out[:len(out)-1], r)
			case s == " ":
				pending = blank
			case s == "":
				continue // invisible: does not end a line start either
			default:
				emit(s[0])
				out = append(out, s[1:]...)
			}
		}
		lineStart = false
	}
	return out
}

// softBreak returns the length of the line end that follows a quoted-printable '=', or 0.
func softBreak(rest string) int {
	switch {
	case len(rest) >= 2 && rest[0] == '\r' && rest[1] == '\n':
		return 2
	case len(rest) >= 1 && (rest[0] == '\n' || rest[0] == '\r'):
		return 1
	}
	return 0
}

var entities = []struct {
	name string
	char byte
}{
	{"&quot;", '"'},
	{"&#34;", '"'},
	{"&apos;", '\''},
	{"&#39;", '\''},
	{"&rsquo;", '\''},
	{"&lsquo;", '\''},
	{"&ldquo;", '"'},
	{"&rdquo;", '"'},
	{"&lt;", '<'},
	{"&gt;", '>'},
	{"&amp;", '&'},
	{"&nbsp;", ' '},
	{"&#160;", ' '},
}

func entity(s string) (char byte, length int) {
	for _, e := range entities {
		if len(s) >= len(e.name) && equalFold(s[:len(e.name)], e.name) {
			return e.char, len(e.name)
		}
	}
	return 0, 0
}

// lineBreakTag returns the length of an HTML line break at the start of s, or 0.
// Other angle brackets stay: people retype braces as angle brackets.
func lineBreakTag(s string) int {
	for _, tag := range []string{"<br>", "<br/>", "<br />"} {
		if len(s) >= len(tag) && equalFold(s[:len(tag)], tag) {
			return len(tag)
		}
	}
	return 0
}

// equalFold compares ASCII strings of equal length, the second in lower case.
func equalFold(s, lower string) bool {
	for i := range len(s) {
		if toLower(s[i]) != lower[i] {
			return false
		}
	}
	return true
}

func toLower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// windows1252 reads a byte that is no UTF-8: only quotes, dashes and the no-break space matter here.
func windows1252(c byte) rune {
	switch c {
	case 0x91, 0x92, 0x82:
		return '\''
	case 0x93, 0x94, 0x84:
		return '"'
	case 0x96, 0x97:
		return '-'
	case 0xa0:
		return ' '
	}
	return unicode.ReplacementChar
}

// narrow returns the ASCII spelling of a rune where it has one, " " for a blank, "" for nothing.
func narrow(r rune) (ascii string, special bool) {
	switch r {
	case '\u201c', '\u201d', '\u201e', '\u201f', '\u00ab', '\u00bb', '\u2033', '\u300c', '\u300d':
		return `"`, true
	case '\u2018', '\u2019', '\u201a', '\u201b', '\u2032', '\u00b4':
		return `'`, true
	case '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212':
		return "-", true
	case '\u2026':
		return "...", true
	case '\u2192':
		return "->", true
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u200e', '\u200f':
		return "", true
	}
	switch {
	case r >= '\uff01' && r <= '\uff5e':
		return string(r - 0xfee0), true // full-width forms
	case unicode.IsSpace(r), unicode.Is(unicode.Zs, r):
		return " ", true
	case unicode.IsControl(r):
		return "", true
	}
	return "", false
}

// span is a half-open range of the folded text.
type span struct{ from, to int }

// quote returns a span as a reader would recognize it: blanks single, at most 160 bytes.
func quote(folded []byte, s span) string {
	const most = 160
	part := folded[s.from:s.to]
	if len(part) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(part[cut]) {
			cut--
		}
		part = part[:cut]
	}
	return string(bytes.ReplaceAll(part, []byte{'\n'}, []byte{' '}))
}
