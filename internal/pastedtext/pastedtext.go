// Package pastedtext reads text as people paste or save it: any encoding that Windows and PowerShell write,
// and the characters that consoles, browsers, mail programs and word processors put in place of plain ones.
package pastedtext

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Pattern is a regular expression that is compiled when it is first called for: Terraform starts the provider
// several times in a run, mostly without a text to read.
type Pattern func() *regexp.Regexp

// NewPattern returns the pattern of an expression in the syntax of package regexp; calling a wrong one panics.
func NewPattern(expression string) Pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// ErrBinary is in the chain of every error of Decode: the bytes are not text in an encoding that it knows.
var ErrBinary = errors.New("the input is not text; save it as UTF-8")

// Decode returns the text that data holds, without a byte order mark. It reads UTF-8, UTF-16 (with a byte order
// mark, or without one where the first character is ASCII), UTF-32 with a byte order mark, and otherwise
// Windows-1252. Binary data, text cut inside a character and files that mix encodings are errors.
func Decode(data []byte) (string, error) {
	text, err := decode(data)
	if err != nil {
		return "", err
	}
	for offset, r := range text {
		switch {
		case unicode.IsControl(r) && !strings.ContainsRune("\t\n\v\f\r\a\b\x1a\x1b\u0085", r):
			return "", fmt.Errorf("control character %U after %d bytes of text: %w", r, offset, ErrBinary)
		case r == '\u0a0d': // No script uses it: it is CR LF of one byte each, read as one UTF-16 character.
			return "", fmt.Errorf("two encodings in one file, the second after %d bytes of text: %w", offset, ErrBinary)
		}
	}
	return text, nil
}

func decode(data []byte) (string, error) {
	var (
		name string
		enc  encoding.Encoding
		unit = 1
	)
	switch {
	case bytes.HasPrefix(data, []byte{0xEF, 0xBB, 0xBF}):
		if data = data[3:]; !utf8.Valid(data) {
			return "", fmt.Errorf("a UTF-8 byte order mark, but bytes that are not UTF-8: %w", ErrBinary)
		}
		return string(data), nil
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE, 0, 0}), bytes.HasPrefix(data, []byte{0, 0, 0xFE, 0xFF}):
		name, unit, enc = "UTF-32", 4, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), len(data) > 1 && data[0] != 0 && data[1] == 0:
		name, unit, enc = "UTF-16", 2, utf.UTF16(utf.LittleEndian, utf.UseBOM)
	case bytes.HasPrefix(data, []byte{0xFE, 0xFF}), len(data) > 1 && data[0] == 0 && data[1] != 0:
		name, unit, enc = "UTF-16", 2, utf.UTF16(utf.BigEndian, utf.UseBOM)
	case utf8.Valid(data):
		return string(data), nil
	default:
		name, enc = "Windows-1252", charmap.Windows1252
	}
	if len(data)%unit != 0 {
		return "", fmt.Errorf("%s of %d bytes, which is not a whole number of characters: %w", name, len(data), ErrBinary)
	}
	text, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return "", fmt.Errorf("%s that does not decode (%w): %w", name, err, ErrBinary)
	}
	// Text may hold U+FFFD itself, where another program could not decode something.
	given := bytes.Count(data, []byte{0xFD, 0xFF}) + bytes.Count(data, []byte{0xFF, 0xFD})
	if broken := bytes.Count(text, []byte("\uFFFD")); broken > 0 && (unit == 1 || broken > given) {
		return "", fmt.Errorf("%s with bytes that stand for no character: %w", name, ErrBinary)
	}
	return string(text), nil
}

var (
	// Colours (ESC [ 32 m) and window titles (ESC ] 0 ; text BEL).
	terminalSequence = NewPattern(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\))`)

	// The semicolon is required: "&reg=2" in the query of a URL is not an entity.
	entity = NewPattern(`&(?:amp;)*(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});`)

	// UTF-8 that was taken for Windows-1252 and saved again.
	encodedTwice = strings.NewReplacer(
		"â€¦", "…", "â€™", "’", "â€˜", "‘", "â€œ", "“", "â€\u009d", "”", "â€“", "–", "â€”", "—", "Â\u00a0", "\u00a0")
)

// Fold gives text one spelling. Line ends become "\n". No-break and other blanks become spaces (tabs stay),
// typographic quotes and dashes become ASCII, full-width forms become narrow, letters are composed (NFC), HTML
// entities become the characters that they name. Zero-width characters, control characters and terminal colours
// vanish. Lines and the columns within them keep their places: each character that stays becomes one character.
func Fold(text string) string {
	if plain(text) {
		return text
	}
	text = terminalSequence().ReplaceAllString(text, "")
	if strings.Contains(text, "â€") || strings.Contains(text, "Â\u00a0") {
		text = encodedTwice.Replace(text)
	}
	if strings.Contains(text, "&") {
		text = entity().ReplaceAllStringFunc(text, unescape)
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	// Again at the end, because marks may stand on both sides of a character that vanished.
	return norm.NFC.String(strings.Map(plainRune, norm.NFC.String(text)))
}

// unescape returns the character that an entity names, also one that was escaped again ("&amp;nbsp;").
func unescape(entity string) string {
	name := entity[1:]
	for {
		rest, again := strings.CutPrefix(name, "amp;")
		if !again || rest == "" {
			break
		}
		name = rest
	}
	if s := html.UnescapeString("&" + name); s == ";" || !strings.HasSuffix(s, ";") {
		return s
	}
	return entity // Unknown, or known without its last letters only, as "&notable;" is "&not".
}

// plain reports ASCII text that Fold leaves as it is.
func plain(text string) bool {
	for i := range len(text) {
		c := text[i]
		if c >= 0x7f || c == '&' || c < ' ' && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

func plainRune(r rune) rune {
	if r >= 0x80 {
		if folded := width.LookupRune(r).Folded(); folded != 0 {
			r = folded
		}
	}
	switch r {
	case '\t', '\n':
		return r
	case '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return '\n'
	case '‘', '’', '‚', '‛', '′', '´', '‹', '›':
		return '\''
	case '“', '”', '„', '‟', '″', '«', '»', '「', '」':
		return '"'
	case '‐', '‑', '‒', '–', '—', '―', '−', '─':
		return '-'
	}
	switch {
	case r < 0x7f && r >= ' ':
		return r
	case unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.Is(unicode.Cf, r), unicode.IsControl(r):
		return -1
	}
	return r
}
