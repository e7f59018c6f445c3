package pastedtext

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// in16 encodes text as UTF-16 without a byte order mark.
func in16(order binary.AppendByteOrder, text string) []byte {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = order.AppendUint16(data, unit)
	}
	return data
}

func TestDecode(t *testing.T) {
	const text = "Größe – 4 €\r\nDatenbank 日本 😀\r\n"
	for name, data := range map[string][]byte{
		"UTF-8":              text8(text),
		"UTF-8 with mark":    text8("\ufeff" + text),
		"UTF-16LE with mark": in16(binary.LittleEndian, "\ufeff"+text),
		"UTF-16LE":           in16(binary.LittleEndian, text),
		"UTF-16BE with mark": in16(binary.BigEndian, "\ufeff"+text),
		"UTF-16BE":           in16(binary.BigEndian, text),
		"UTF-32LE with mark": append([]byte{0xFF, 0xFE, 0, 0}, in32(binary.LittleEndian, text)...),
		"UTF-32BE with mark": append([]byte{0, 0, 0xFE, 0xFF}, in32(binary.BigEndian, text)...),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(text, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func text8(text string) []byte { return []byte(text) }

func in32(order binary.AppendByteOrder, text string) []byte {
	var data []byte
	for _, r := range text {
		data = order.AppendUint32(data, uint32(r))
	}
	return data
}

func TestDecodeOthers(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, ""},
		{"one letter", []byte("a"), "a"},
		{"Windows-1252", []byte("Gr\xf6\xdfe \x96 4 \x80, don\x92t\r\n"), "Größe – 4 €, don’t\r\n"},
		{"a mark and nothing", []byte{0xFF, 0xFE}, ""},
		{"terminal colours", []byte("\x1b[32mok\x1b[0m"), "\x1b[32mok\x1b[0m"},
		{"a character that another program lost", in16(binary.LittleEndian, "a\uFFFD"), "a\uFFFD"},
		{"box drawing, whose low byte is NUL", in16(binary.LittleEndian, "a─"), "a─"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Decode(c.data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		says string
	}{
		{"a picture", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "control character"},
		{"a zip file", []byte("PK\x03\x04\x14\x00"), "control character"},
		{"a NUL in text", []byte("some text\x00"), "control character U+0000 after 9 bytes"},
		{"a byte that Windows-1252 lacks", []byte("Gr\xf6\x81"), "Windows-1252"},
		{"a UTF-8 mark before other bytes", []byte("\xEF\xBB\xBFGr\xf6"), "UTF-8 byte order mark"},
		{"UTF-16 cut inside a character", append(in16(binary.LittleEndian, "\ufeffab"), 'c'), "UTF-16 of 7 bytes"},
		{"UTF-16 with half a pair", []byte{0xFF, 0xFE, 'a', 0, 0x3D, 0xD8, 'b', 0}, "stand for no character"},
		{"UTF-16 with UTF-8 appended", append(in16(binary.LittleEndian, "ab\r\n"), "cd\r\nefg\r\n "...), "two encodings"},
		{"UTF-8 with UTF-16 appended", append([]byte("abcd\r\n"), in16(binary.LittleEndian, "ef\r\n")...), "U+0000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Decode(c.data)
			if !errors.Is(err, ErrBinary) {
				t.Fatalf("got %q and error %v, want ErrBinary", got, err)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %q does not say %q", err, c.says)
			}
		})
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain text", "Name  ServerName\n----\t----\n", "Name  ServerName\n----\t----\n"},
		{"line ends", "a\r\nb\rc\nd\u2028e\vf\u0085g", "a\nb\nc\nd\ne\nf\ng"},
		{"blanks keep their width", "a \u00a0 \u2003b\u3000c", "a    b c"},
		{"quotes", "“it’s” «so» ‚x‘ 5′", `"it's" "so" 'x' 5'`},
		{"dashes", "—— – ‑ − ──", "-- - - - --"},
		{"full-width forms", "５．７．１ ＡＢ：；＇＂", `5.7.1 AB:;'"`},
		{"zero-width characters", "Health\u200bMail\u00adbox\ufeff\u2060\u200d", "HealthMailbox"},
		{"the ellipsis stays", "HealthMailbox9a…", "HealthMailbox9a…"},
		{"decomposed letters", "Gro\u0308ße", "Größe"},
		{"a letter and its mark apart", "Gro\u200b\u0308ße", "Größe"},
		{"marks around a character that vanishes", "\u0300\x00\u0336", "\u0336\u0300"},
		{"entities", "&lt;a&gt; &amp; &quot;b&quot;&nbsp;&#39;c&#x27;", `<a> & "b" 'c'`},
		{"an entity of an entity", "&amp;amp;nbsp;|&amp;lt;|&amp;amp;", " |<|&"},
		{"no entities", "?a=1&reg=2&copy &notable; &unknown; AT&T;", "?a=1&reg=2&copy &notable; &unknown; AT&T;"},
		{"an entity that is a semicolon", "a&semi;", "a;"},
		{"text that was encoded twice", "itâ€™s \u00c2\u00a0 goneâ€¦", "it's   gone…"},
		{"terminal colours and titles", "\x1b[1;32mgreen\x1b[0m \x1b]0;PowerShell\x07x", "green x"},
		{"a lone escape and a bell", "a\x1bb\x07c", "abc"},
		{"not UTF-8", "a\xffb", "a\uFFFDb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Fold(c.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever is pasted: no panic, valid UTF-8, and nothing that folding promises to remove.
func FuzzFold(f *testing.F) {
	for _, text := range []string{"a\r\nb", "&amp;amp;#39;", "“â€™” \u00a0", "\x1b[1mx", "Gro\u0308ße", "\xff\xfea\x00"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := Decode(data)
		if err != nil {
			text = string(data)
		} else if !utf8.ValidString(text) {
			t.Fatalf("Decode(%q) is not UTF-8: %q", data, text)
		}
		folded := Fold(text)
		if !utf8.ValidString(folded) {
			t.Fatalf("Fold(%q) is not UTF-8: %q", text, folded)
		}
		if i := strings.IndexAny(folded, "\r\v\f\x1b\u00a0\u200b\ufeff“”’–"); i >= 0 {
			t.Errorf("Fold(%q) still holds %q", text, folded[i:])
		}
		if bytes.IndexByte(data, '&') < 0 && folded != Fold(folded) {
			t.Errorf("Fold(%q) = %q, folded again %q", text, folded, Fold(folded))
		}
	})
}
