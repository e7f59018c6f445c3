package healthmailbox

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// MaxInputBytes is the largest listing or event text accepted, in bytes (before and after decoding).
const MaxInputBytes = 32 << 20

var (
	// ErrBinary reports input that holds NUL characters and no UTF-16 byte order mark.
	ErrBinary = errors.New("the input holds NUL characters: it is binary, or UTF-16 saved without a byte order mark; save it as UTF-8 or UTF-16 text")
	// ErrTooLarge reports input longer than MaxInputBytes.
	ErrTooLarge = fmt.Errorf("the input is larger than %d MiB; save the health mailboxes only", MaxInputBytes>>20)
)

// Decode turns the bytes of a saved listing into text. It reads UTF-8 with or without a byte order mark,
// UTF-16 in either byte order with one (what Windows PowerShell's > writes), and takes anything else for
// Windows-1252. NUL characters are ErrBinary, oversized input is ErrTooLarge; the result holds no mark.
func Decode(data []byte) (string, error) {
	if len(data) > MaxInputBytes {
		return "", ErrTooLarge
	}
	var text string
	switch {
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE, 0, 0}), bytes.HasPrefix(data, []byte{0, 0, 0xFE, 0xFF}):
		return "", errors.New("the input is UTF-32; save it as UTF-8 or UTF-16 text")
	case bytes.HasPrefix(data, []byte{0xEF, 0xBB, 0xBF}):
		data = data[3:]
		if !utf8.Valid(data) {
			return "", errors.New("the input has a UTF-8 byte order mark but is not valid UTF-8")
		}
		text = string(data)
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		if len(data)%2 != 0 {
			return "", errors.New("the input has a UTF-16 byte order mark but an odd number of bytes: the file was cut or mixes encodings")
		}
		decoded, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil {
			return "", fmt.Errorf("the input has a UTF-16 byte order mark but does not decode: %w", err)
		}
		text = string(decoded)
	case utf8.Valid(data):
		text = string(data)
	default:
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(data)
		if err != nil {
			return "", fmt.Errorf("the input is neither UTF-8, UTF-16 nor Windows-1252: %w", err)
		}
		text = string(decoded)
	}
	if strings.IndexByte(text, 0) >= 0 {
		return "", ErrBinary
	}
	return text, nil
}
