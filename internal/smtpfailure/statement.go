package smtpfailure

import (
	"slices"
	"strconv"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// status is an enhanced status code (RFC 3463): class, subject, detail.
type status struct{ class, subject, detail int }

func (s status) String() string {
	return strconv.Itoa(s.class) + "." + strconv.Itoa(s.subject) + "." + strconv.Itoa(s.detail)
}

// replyCodes are the SMTP reply codes of class 4 and 5 that servers send (RFC 5321, 4954, 7504 and what Exchange
// adds: 400, 432, 441).
var replyCodes = []int{
	400, 421, 432, 441, 450, 451, 452, 453, 454, 455, 458, 459, 471,
	500, 501, 502, 503, 504, 510, 511, 512, 515, 521, 523, 530, 534, 535, 538, 541, 550, 551, 552, 553, 554, 555, 556, 571,
}

// socketErrors are the Windows socket errors a connection can fail with, and 995 (ERROR_OPERATION_ABORTED), which
// Exchange reports in the same place.
var socketErrors = []int{
	995, 10013, 10048, 10049, 10050, 10051, 10052, 10053, 10054, 10055, 10057, 10058, 10060, 10061, 10064, 10065,
	11001, 11002, 11003, 11004,
}

// statement is what one server said or what one socket did. Offsets are those of the unit.
type statement struct {
	basic    int
	code     status
	sockets  []int
	from, to int    // the codes
	seen     int    // end of the last code that repeats them
	end      int    // the words that follow them
	inner    bool   // the statement before it carries it
	field    bool   // the status field of a delivery report, which repeats what the diagnostic says
	bare     bool   // words without a code or a socket error
	answered bool   // a log or report names the server before it
	told     bool   // a person's words lead to it, or it fills a cell of a table that explains codes
	quoted   bool   // it stands where mail systems put one, not in the middle of a person's sentence
	text     string // lower case
	original string // as it was written
	words    string // squeezed, without addresses
}

// spoken reports whether a server said it, which therefore was reached.
func (s *statement) spoken() bool {
	switch {
	case s.code == status{}:
		return s.basic >= 500 || s.basic == 452 || s.basic == 450
	case s.code.subject == 4, s.code.subject == 0:
		return false
	case s.code == status{4, 2, 1}, s.code == status{4, 7, 0}: // what Exchange says about its own attempt
		return !strings.Contains(s.words, "unabletoconnect") && !strings.Contains(s.words, "proxysession")
	}
	return true
}

var exchangeSentences = []string{
	".316connectionrefused", ".315connectiontimedout", "messageexpired,connect",
}

// certain reports whether a mail system wrote it: it stands in a mail system's place and is more than a number with
// dots, which a version is, too, or it has Exchange's own sentence. In a person's sentence that holds where the text
// is located: it names a server.
func (s *statement) certain(located bool) bool {
	reply := s.basic != 0 && strings.ContainsAny(s.words, letters) || s.field
	socket := len(s.sockets) > 0 && contains(s.words, "sock", "wsa")
	if s.inner || socket || contains(s.text, "lastattempted", "message=", "message =") {
		return true
	}
	return (!s.told || located) && (s.quoted && reply || contains(s.words, exchangeSentences...))
}

// number is a run of digits and dots.
type number struct {
	plain    int // without dots
	basic    int // before a status code that is glued to it: "4214.4.2", "421.4.4.2"
	enhanced status
}

var enhancedCode = pastedtext.NewPattern(`^(?:(\d{3})\.?)?([45])\.([0-7])\.(\d{1,3})$`)

func parseNumber(s string) (n number) {
	if len(s) > 13 {
		return n
	}
	if strings.Count(s, ".") < 2 {
		n.plain, _ = strconv.Atoi(s)
		return n
	}
	if m := enhancedCode().FindStringSubmatch(s); m != nil {
		n.basic, _ = strconv.Atoi(m[1])
		detail, _ := strconv.Atoi(m[4])
		n.enhanced = status{int(m[2][0] - '0'), int(m[3][0] - '0'), detail}
	}
	if n.basic != 0 && !slices.Contains(replyCodes, n.basic) {
		return number{}
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isAlnum(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }
func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' }
func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// longestSaid bounds the words of a statement, in bytes.
const longestSaid = 700

// statements finds what servers and sockets said in a text, in lower case.
func statements(low string) []statement {
	var out []statement
	for i := 0; i < len(low); i++ {
		if !isDigit(low[i]) {
			continue
		}
		from := i
		for i < len(low) && (isDigit(low[i]) || low[i] == '.') {
			i++
		}
		to := from + len(strings.TrimRight(low[from:i], "."))
		if !startsNumber(low, from) || i < len(low) && (isAlnum(low[i]) || low[i] == '@') {
			continue
		}
		n := parseNumber(low[from:to])
		switch {
		case n.enhanced != status{}:
			if !isTimeAhead(low[to:]) && !isVersion(low[:from]) {
				out = addReply(out, low, n, from, to)
			}
		case slices.Contains(replyCodes, n.plain) && opensReply(low, from, to):
			out = addReply(out, low, number{basic: n.plain}, from, to)
		case slices.Contains(socketErrors, n.plain) &&
			isSocketError(low, from, len(out) > 0 && from-out[len(out)-1].seen < 64):
			out = addSocket(out, low, n.plain, from, to)
		}
	}
	for i := range out {
		s := &out[i]
		s.told = s.told || fillsCell(low[s.to:])
		s.end = min(len(low), s.to+longestSaid)
		if i+1 < len(out) {
			s.end = min(s.end, out[i+1].from)
		}
		s.end = s.to + paragraph(low[s.to:s.end])
		s.text = low[s.from:s.end]
		s.words = squeeze(s.text)
	}
	return out
}

// startsNumber reports whether a number is not the rest of a word, a path, a version or a longer number.
func startsNumber(low string, from int) bool {
	if from == 0 {
		return true
	}
	c := low[from-1]
	if from > 1 && low[from-2] == '\\' && (c == 'n' || c == 'r' || c == 't') {
		return true // a line break as logs and JSON write it
	}
	return !isAlnum(c) && c != '.' && c != '_' && c != '/' && c != '@'
}

// addReply adds a reply code, a status code or both.
func addReply(out []statement, low string, n number, from, to int) []statement {
	s := statement{basic: n.basic, code: n.enhanced, from: from, to: to, seen: to}
	s.answered = isAnswer(low, from)
	if len(out) == 0 {
		s.quoted, s.field, s.told = opens(low, from), isField(low, from), isTold(low, from)
		return append(out, s)
	}
	last := &out[len(out)-1]
	// "550" and "5.7.1" of one reply, and the lines of one reply.
	if gap := low[last.to:from]; s.basic == 0 && last.code == (status{}) && last.basic != 0 && len(gap) < 7 &&
		strings.Trim(gap, " \n\t-.,:;#'\"b(<") == "" {
		last.code, last.to, last.seen = s.code, to, to
		return out
	}
	gap := low[last.seen:from]
	s.inner = len(gap) < longestSaid && isCarried(low, from)
	if !s.inner && len(gap) < longestSaid && (s.basic == 0 || s.basic == last.basic) &&
		(s.code == last.code || s.code == status{} || last.code == status{} && s.basic == last.basic) && !isEntry(gap) {
		if last.code == (status{}) {
			last.code = s.code
		}
		last.seen = to
		return out
	}
	s.quoted = s.inner || opens(low, from)
	s.field, s.told = !s.inner && isField(low, from), !s.inner && isTold(low, from)
	return append(out, s)
}

// addSocket adds a socket error to the statement that reports it, or as one of its own.
func addSocket(out []statement, low string, code, from, to int) []statement {
	if n := len(out); n > 0 && from-out[n-1].seen < longestSaid && !isEntry(low[out[n-1].seen:from]) {
		out[n-1].seen = to
		if !slices.Contains(out[n-1].sockets, code) {
			out[n-1].sockets = append(out[n-1].sockets, code)
		}
		return out
	}
	start := max(0, from-longestSaid/2)
	if len(out) > 0 {
		start = max(start, out[len(out)-1].to)
	}
	if line := strings.LastIndexByte(low[start:from], '\n'); line >= 0 && endsSentence(low[start:start+line]) {
		start += line + 1
	}
	named := strings.Contains(low[max(start, from-64):from], "sock")
	return append(out, statement{sockets: []int{code}, from: start, to: to, seen: to, quoted: named})
}

var entryWords = []string{" returned", "led=", "diagnostic-code", "final-recipient", " said:", "remote host"}

// isEntry reports whether a new event begins in a gap between two codes.
func isEntry(gap string) bool {
	if contains(gap, entryWords...) {
		return true
	}
	head, _, found := strings.Cut(gap, "\n\n")
	return found && endsSentence(head)
}

func endsSentence(s string) bool {
	s = strings.TrimRight(s, " ")
	return s != "" && !strings.HasSuffix(s, "->") && strings.IndexByte(`.'")]}>!?`, s[len(s)-1]) >= 0
}

// paragraph returns how far the words of a statement reach: an empty line ends them, unless it cuts a sentence.
func paragraph(s string) int {
	for at := 0; ; {
		next := strings.Index(s[at:], "\n\n")
		if next < 0 {
			return len(s)
		}
		if at += next; endsSentence(s[:at]) {
			return at
		}
		at += 2
	}
}

// before returns what precedes an offset, without blanks and quotes.
func before(low string, from int) (text string, quote bool) {
	text = low[max(0, from-24):from]
	for text != "" && (isBlank(text[len(text)-1]) || isQuote(text[len(text)-1])) {
		quote = quote || isQuote(text[len(text)-1])
		text = text[:len(text)-1]
	}
	return text, quote
}

// isCarried reports whether a code belongs to a reply inside another: in brackets, in quotes, behind an arrow.
func isCarried(low string, from int) bool {
	text, quote := before(low, from)
	switch {
	case hasSuffix(text, "->", "(", "[", "{", "message=", "message =", "with", "with:", "responded:", "was:"):
		return true
	case hasSuffix(text, "returned", "said:", "=", ";", "reason:", "error:", ","):
		return false
	}
	return quote && text != "" && !hasSuffix(text, ">", ":", "#")
}

// openers stand before a code where a mail system put it.
var openers = []string{
	"returned", "said", "says", "with", "error", "code", "status", "reply", "response", "was", "responded", "gave", "smtp",
	"dsn", "failed", "defer", "deferred", "pending", "retry",
}

// tellers stand before a code that a person tells of.
var tellers = []string{"get", "gets", "got", "see", "shows"}

// opens reports whether a code stands where mail systems put one.
func opens(low string, from int) bool {
	text, quote := before(low, from)
	if text == "" || quote || low[from-1] == '\n' {
		return true
	}
	last := text[len(text)-1]
	return !isAlnum(last) && last != '.' && last < 0x80 || hasSuffix(text, openers...) || hasSuffix(text, tellers...)
}

// fillsCell reports whether nothing follows a code in its cell or field: the words are in the next one.
func fillsCell(rest string) bool {
	rest = strings.TrimLeft(rest[:min(len(rest), 32)], " ")
	line, isNext := strings.CutPrefix(rest, "\n")
	label, _, isField := strings.Cut(line, ": ")
	return hasPrefix(rest, "|", "\t") || isNext && isField && !strings.ContainsAny(label, " \n")
}

// isAnswer reports whether a code stands where a log or report writes what a server answered.
func isAnswer(low string, from int) bool {
	text, _ := before(low, from)
	return hasSuffix(text, "returned", "said:", "responded:", "responded with:", "smtp;", "led=")
}

// isTold reports whether a code goes on with a person's sentence.
func isTold(low string, from int) bool {
	text, _ := before(low, from)
	gap := low[max(0, from-24)+len(text) : from]
	return text != "" && isAlnum(text[len(text)-1]) && !contains(gap, "\n", "\t", "  ") && !hasSuffix(text, openers...)
}

func isField(low string, from int) bool {
	text, _ := before(low, from)
	return hasSuffix(text, "\nstatus:", "dsn=") || text == "status:"
}

func hasPrefix(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(s, prefix) })
}

func hasSuffix(s string, suffixes ...string) bool {
	return slices.ContainsFunc(suffixes, func(suffix string) bool { return strings.HasSuffix(s, suffix) })
}

// opensReply reports whether three digits are a reply code: they open something, and a word or a status code follows.
func opensReply(low string, from, to int) bool {
	if from > 1 && low[from-1] == ':' && isDigit(low[from-2]) || from > 0 && low[from-1] == '-' {
		return false // a port, part of a name
	}
	if isAnswer(low, from) {
		return true
	}
	rest := low[to:min(len(low), to+8)]
	if !opens(low, from) { // a number in a sentence, unless a status code follows it
		return len(rest) > 4 && isBlank(rest[0]) && (rest[1] == '4' || rest[1] == '5') && rest[2] == '.' && rest[4] == '.'
	}
	if rest == "" {
		return from == 0
	}
	if strings.IndexByte(" \n\t-:;#,", rest[0]) < 0 {
		return false
	}
	rest = strings.TrimLeft(rest, " \n\t-:;#<'\"(b,")
	return rest == "" || rest[0] >= 0x80 || rest[0] == '[' || rest[0] == '*' || isAlnum(rest[0]) &&
		(!isDigit(rest[0]) || len(rest) > 1 && rest[1] == '.')
}

// isSocketError reports whether a number is one by its surroundings.
func isSocketError(low string, from int, nearCode bool) bool {
	if from > 1 && strings.IndexByte(":,", low[from-1]) >= 0 && isDigit(low[from-2]) {
		return false // a port or a field of a log
	}
	if nearCode && low[from] == '1' {
		return true
	}
	about := squeeze(low[max(0, from-64):from])
	for _, word := range []string{"winsock", "socket", "error", "errno", "code", "wsa", "fehler"} {
		if strings.Contains(about, word) {
			return true
		}
	}
	return false
}

// isTimeAhead tells "4.7.19 09:31" from a code: no code is followed by a time of day.
func isTimeAhead(s string) bool {
	s = strings.TrimLeft(s, " \n,'\"")
	n := len(s) - len(strings.TrimLeft(s, "0123456789"))
	return (n == 1 || n == 2) && n+2 < len(s) && s[n] == ':' && isDigit(s[n+1]) && isDigit(s[n+2])
}

func isVersion(head string) bool {
	head = strings.TrimRight(head[max(0, len(head)-24):], " :=\"'")
	return hasSuffix(head, "version", "release", "build", "section", "chapter", "kernel", "§")
}

// passedOver are fields whose values are names and addresses: they say nothing of the cause.
var passedOver = []string{"lastattempted", "smtpsecurity", "outboundproxytarget", "fqdn=", "ip=", "lrt="}

// squeeze drops blanks, quotes, mail addresses and the fields that are passed over.
func squeeze(low string) string {
	out := make([]byte, 0, len(low))
	word := 0 // where the current word begins in out
	for i := 0; i < len(low); i++ {
		switch c := low[i]; {
		case isBlank(c):
			word = len(out)
		case isQuote(c):
		case c == '@' && len(out) > word:
			out = out[:word]
			for i+1 < len(low) && (isAlnum(low[i+1]) || low[i+1] == '.' || low[i+1] == '-') {
				i++
			}
		case strings.IndexByte("<>()[]{};,=:", c) >= 0:
			out = append(out, c)
			word = len(out)
		default:
			if c == 'l' || c == 's' || c == 'o' || c == 'f' || c == 'i' {
				if n := fieldAt(low[i:]); n > 0 && (i == 0 || !isAlnum(low[i-1])) {
					i += n - 1
					word = len(out)
					continue
				}
			}
			out = append(out, c)
		}
	}
	return string(out)
}

// fieldAt returns the length of a field that is passed over, 0 where none begins.
func fieldAt(low string) int {
	for _, name := range passedOver {
		if strings.HasPrefix(low, name) {
			for i := len(name); i < len(low); i++ {
				if strings.IndexByte("]}>;", low[i]) >= 0 || i > 320 {
					return i
				}
				if isBlank(low[i]) && (i > len(name)+24 || name == "ip=") {
					return i
				}
			}
			return len(low)
		}
	}
	return 0
}
