package smtpfailure

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// maxListed bounds every list a diagnosis carries, whatever the input's size.
const maxListed = 64

// status is an enhanced status code (RFC 3463): class, subject, detail.
type status struct{ class, subject, detail int }

func (s status) String() string {
	return strconv.Itoa(s.class) + "." + strconv.Itoa(s.subject) + "." + strconv.Itoa(s.detail)
}

// found is a code or marker and where it stands first.
type found[T comparable] struct {
	what T
	at   span
}

// reply is an SMTP reply code directly followed by an enhanced status code.
type reply struct {
	basic    int
	enhanced status
}

// replyCodes are the SMTP reply codes of class 4 and 5 that servers send (RFC 5321, 4954, 7504 and
// what Exchange adds: 400, 432, 441).
var replyCodes = []int{
	400, 421, 432, 441, 450, 451, 452, 453, 454, 455, 458, 459, 471,
	500, 501, 502, 503, 504, 510, 511, 512, 515, 521, 523, 530, 534, 535, 538, 541, 550, 551, 552, 553, 554, 555, 556, 571,
}

// winsockCodes are the Windows socket errors a connection can fail with, and 995
// (ERROR_OPERATION_ABORTED), which Exchange reports in the same place.
var winsockCodes = []int{
	995, 10013, 10048, 10049, 10050, 10051, 10052, 10053, 10054, 10055, 10057, 10058, 10060, 10061, 10064, 10065,
	11001, 11002, 11003, 11004,
}

// codeReader collects reply, enhanced and Winsock codes in one pass over the folded text.
type codeReader struct {
	text     []byte
	basic    listing[int]
	enhanced listing[status]
	winsock  listing[int]
	replies  listing[reply]

	lastBasic found[int]
	lastCode  int // offset after the last status code
}

func readCodes(folded []byte) *codeReader {
	r := &codeReader{text: folded, lastCode: -1}
	for i := 0; i < len(folded); {
		if !isDigit(folded[i]) {
			i++
			continue
		}
		i = r.number(i)
	}
	return r
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlnum(c byte) bool {
	c = toLower(c)
	return isDigit(c) || 'a' <= c && c <= 'z'
}

// number reads the run of digits and dots at from and returns the offset after it.
func (r *codeReader) number(from int) int {
	t := r.text
	to := runEnd(t, from)
	// Glued to a word, a path, a version or a longer number: no code.
	if from > 0 {
		if c := t[from-1]; isAlnum(c) && !afterEscape(t, from) || c == '.' || c == '_' || c == '/' || c == '@' {
			return to
		}
	}
	to = r.mend(from, to)
	at := span{from, trimDots(t, from, to)}
	var digits [4]int
	var size [4]int
	n := split(t[at.from:at.to], &digits, &size)
	switch {
	case n == 1 && size[0] == 3 || n == 1 && size[0] == 5:
		r.single(digits[0], at)
	case n == 3 && size[0] == 1:
		r.status(status{digits[0], digits[1], digits[2]}, size[1], size[2], at)
	case n == 3 && size[0] == 4 && slices.Contains(replyCodes, digits[0]/10):
		// "4504.4.316": the blank between the codes is lost.
		r.addBasic(digits[0]/10, span{at.from, at.from + 3})
		r.status(status{digits[0] % 10, digits[1], digits[2]}, size[1], size[2], span{at.from + 3, at.to})
	case n == 4 && size[0] == 3 && size[1] == 1 && slices.Contains(replyCodes, digits[0]):
		// "421.4.4.2": dots all the way.
		r.addBasic(digits[0], span{at.from, at.from + 3})
		r.status(status{digits[1], digits[2], digits[3]}, size[2], size[3], span{at.from + 4, at.to})
	}
	return to
}

// afterEscape reports whether the letter before a number belongs to a literal \n, \r or \t, as logs and JSON show them.
func afterEscape(t []byte, at int) bool {
	return at >= 2 && t[at-2] == '\\' && (t[at-1] == 'n' || t[at-1] == 'r' || t[at-1] == 't')
}

func runEnd(t []byte, i int) int {
	for i < len(t) && (isDigit(t[i]) || t[i] == '.') {
		i++
	}
	return i
}

// mend extends a number over line breaks that a hard wrap put inside it: when the two halves
// together are a code and the second half does not stand on its own.
func (r *codeReader) mend(from, to int) int {
	t := r.text
	for to+1 < len(t) && t[to] == '\n' && (isDigit(t[to+1]) || t[to+1] == '.') {
		end := runEnd(t, to+1)
		rest := t[to+1 : trimDots(t, to+1, end)]
		if end-from > 32 {
			break // longer than any code
		}
		whole := append(append(make([]byte, 0, 32), t[from:to]...), t[to+1:end]...)
		if standsAlone(rest) && endsWhole(t[from:to]) || !couldBeCode(whole) {
			break
		}
		to = end
	}
	return to
}

// standsAlone reports whether a number is a code by itself.
func standsAlone(number []byte) bool {
	var digits, size [4]int
	switch split(number, &digits, &size) {
	case 1:
		return slices.Contains(replyCodes, digits[0]) || slices.Contains(winsockCodes, digits[0])
	case 3:
		return size[0] == 1 && validStatus(status{digits[0], digits[1], digits[2]}, size[1], size[2])
	}
	return false
}

// endsWhole reports whether the first half could end there.
func endsWhole(number []byte) bool { return number[len(number)-1] != '.' && standsAlone(number) }

// couldBeCode reports whether a number is a code or the beginning of one.
func couldBeCode(number []byte) bool {
	var digits, size [4]int
	number = number[:trimDots(number, 0, len(number))]
	switch n := split(number, &digits, &size); n {
	case 1:
		return beginsOneOf(replyCodes, digits[0]) || beginsOneOf(winsockCodes, digits[0])
	case 2, 3:
		return size[0] == 1 && (digits[0] == 4 || digits[0] == 5) && size[1] == 1 && (n == 2 || size[2] <= 3)
	}
	return false
}

// beginsOneOf reports whether n has the first digits of one of codes.
func beginsOneOf(codes []int, n int) bool {
	for _, code := range codes {
		for ; code >= n; code /= 10 {
			if code == n {
				return true
			}
			if code == 0 {
				break
			}
		}
	}
	return false
}

// trimDots returns the end of t[from:to] without the dots that end a sentence.
func trimDots(t []byte, from, to int) int {
	for to > from && t[to-1] == '.' {
		to--
	}
	return to
}

// split cuts a number at its dots and returns how many parts it has; 0 when more than four,
// or when a part is empty or longer than five digits. Line breaks inside are passed over.
func split(number []byte, digits, size *[4]int) int {
	n := 0
	for i := 0; ; n++ {
		if n == 4 {
			return 0
		}
		digits[n], size[n] = 0, 0
		for ; i < len(number) && number[i] != '.'; i++ {
			if number[i] == '\n' {
				continue
			}
			digits[n] = digits[n]*10 + int(number[i]-'0')
			if size[n]++; size[n] > 5 {
				return 0
			}
		}
		if size[n] == 0 {
			return 0
		}
		if i == len(number) {
			return n + 1
		}
		i++
	}
}

func validStatus(s status, subjectSize, detailSize int) bool {
	return (s.class == 4 || s.class == 5) && subjectSize == 1 && s.subject <= 7 && detailSize <= 3
}

func (r *codeReader) status(s status, subjectSize, detailSize int, at span) {
	if !validStatus(s, subjectSize, detailSize) || r.looksLikeDate(at.to) {
		return
	}
	r.lastCode = at.to
	r.enhanced.add(s, at)
	if last := r.lastBasic; last.at.to > 0 && at.from-last.at.to <= 2 {
		r.replies.add(reply{last.what, s}, span{last.at.from, at.to})
	}
}

// looksLikeDate tells "4.7.19 09:31" from a code: no code is followed by a time of day.
func (r *codeReader) looksLikeDate(end int) bool {
	t := r.text[end:]
	for len(t) > 0 && (ignorable(t[0]) || t[0] == ',') {
		t = t[1:]
	}
	n := 0
	for n < len(t) && isDigit(t[n]) {
		n++
	}
	return (n == 1 || n == 2) && n+2 < len(t) && t[n] == ':' && isDigit(t[n+1]) && isDigit(t[n+2])
}

// single takes a number without dots: a reply code, or a socket error where the text speaks of one.
func (r *codeReader) single(n int, at span) {
	if slices.Contains(replyCodes, n) && r.opensReply(at) {
		r.addBasic(n, at)
		return
	}
	if slices.Contains(winsockCodes, n) && !r.winsock.has(n) && r.speaksOfError(at) {
		r.winsock.add(n, r.withLabel(at))
	}
}

// withLabel widens a socket error to the words before it, "Winsock error code: 10061", for the reader.
func (r *codeReader) withLabel(at span) span {
	const reach = 32
	from := max(0, at.from-reach)
	before := bytes.ToLower(r.text[from:at.from])
	for _, word := range []string{"winsock", "socket", "error"} {
		if i := bytes.LastIndex(before, []byte(word)); i >= 0 && len(before) == at.from-from {
			return span{from + i, at.to}
		}
	}
	return at
}

func (r *codeReader) addBasic(n int, at span) {
	r.basic.add(n, at)
	r.lastBasic = found[int]{n, at}
}

// opensReply reports whether a number stands where a reply code does: before a status code or a word.
func (r *codeReader) opensReply(at span) bool {
	t := r.text
	if at.from > 0 {
		if c := t[at.from-1]; c == ':' && at.from > 1 && isDigit(t[at.from-2]) || c == '-' && at.from > 1 && isAlnum(t[at.from-2]) {
			return false // a port, or part of a name
		}
	}
	rest := t[at.to:]
	switch {
	case len(rest) == 0:
		return at.from == 0
	case rest[0] != ' ' && rest[0] != '\n' && rest[0] != '-' && rest[0] != ':' && rest[0] != ';' && rest[0] != '#':
		return false
	}
	for len(rest) > 0 && (ignorable(rest[0]) || strings.IndexByte("-:;#<", rest[0]) >= 0) {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return false
	}
	return rest[0] >= 0x80 || isAlnum(rest[0]) && !isDigit(rest[0]) ||
		len(rest) > 1 && (rest[0] == '4' || rest[0] == '5') && (rest[1] == '.' || rest[1] == '\n')
}

// contextReach is how far back a number looks for a word that makes it an error code, in bytes:
// enough for the words of one clause in a script of three bytes a letter.
const contextReach = 64

// speaksOfError reports whether a number is an error code by its surroundings.
func (r *codeReader) speaksOfError(at span) bool {
	t := r.text
	if at.from > 1 && (t[at.from-1] == ':' || t[at.from-1] == ',') && isDigit(t[at.from-2]) {
		return false // a port or a field of a log
	}
	from := max(0, at.from-contextReach)
	if r.lastCode >= from && at.to-at.from == 5 {
		return true
	}
	before := squeeze(string(t[from:at.from]))
	for _, word := range []string{"winsock", "socket", "error", "errno", "code", "wsa", "fehler"} {
		if strings.Contains(before, word) {
			return true
		}
	}
	return false
}

// listing is a distinct list in order of appearance. It stops growing at a bound that only a text
// made for the purpose reaches.
type listing[T comparable] struct {
	items []found[T]
	known map[T]int
}

const listingBound = 2048

func (l *listing[T]) add(what T, at span) {
	if _, ok := l.known[what]; ok || len(l.items) == listingBound {
		return
	}
	if l.known == nil {
		l.known = make(map[T]int)
	}
	l.known[what] = len(l.items)
	l.items = append(l.items, found[T]{what, at})
}

func (l *listing[T]) has(what T) bool {
	_, ok := l.known[what]
	return ok
}

func (l *listing[T]) at(what T) (span, bool) {
	if i, ok := l.known[what]; ok {
		return l.items[i].at, true
	}
	return span{}, false
}
