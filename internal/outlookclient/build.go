package outlookclient

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Build is the number of a build, such as 16.0.17932.20742. HTTP user agents
// carry the first three numbers only; Exact is false then. Builds compare with ==.
type Build struct {
	numbers [4]uint32
	Exact   bool
}

// Macs put a date such as 21091200 into a build.
const maxNumber = 999_999_999

// ParseBuild reads three or four numbers with dots between them.
func ParseBuild(text string) (Build, error) {
	b, ok := parseBuild([]byte(text))
	if !ok {
		return Build{}, fmt.Errorf("%q is not a build: write three or four numbers with dots between them, "+
			"such as 16.0.17932 or 16.0.17932.20742", shorten(text))
	}
	return b, nil
}

// parseBuild spares the reader an error text per line.
func parseBuild(text []byte) (b Build, ok bool) {
	part, digits := 0, 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			n := b.numbers[part]*10 + uint32(c-'0')
			if n > maxNumber || digits == 9 {
				return Build{}, false
			}
			b.numbers[part], digits = n, digits+1
		case c == '.' && digits > 0 && part < 3:
			part, digits = part+1, 0
		default:
			return Build{}, false
		}
	}
	b.Exact = part == 3
	return b, part >= 2 && digits > 0
}

// String writes the numbers without leading zeros.
func (b Build) String() string {
	var out strings.Builder
	for i, n := range b.numbers {
		if i == 3 && !b.Exact {
			break
		}
		if i > 0 {
			out.WriteByte('.')
		}
		out.WriteString(strconv.FormatUint(uint64(n), 10))
	}
	return out.String()
}

// compare orders builds by number; one without its fourth number comes before
// those that have it.
func (b Build) compare(other Build) int {
	for i := range b.numbers {
		if c := cmp.Compare(b.numbers[i], other.numbers[i]); c != 0 {
			return c
		}
	}
	switch {
	case b.Exact == other.Exact:
		return 0
	case other.Exact:
		return -1
	}
	return 1
}

// short is the build without its fourth number.
func (b Build) short() Build {
	b.numbers[3], b.Exact = 0, false
	return b
}

// firstRevision is the smallest fourth number that Office builds have.
const firstRevision = 1000

// below reports whether the build is older than the minimum; known is false
// where that depends on a fourth number that is missing.
func (b Build) below(minimum Build) (below, known bool) {
	if c := b.short().compare(minimum.short()); c != 0 {
		return c < 0, true
	}
	switch {
	case b.Exact:
		return b.compare(minimum) < 0, true
	case minimum.numbers[3] <= firstRevision:
		return false, true
	}
	return false, false
}

// shorten bounds a text that an error quotes.
func shorten(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
