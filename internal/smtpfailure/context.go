package smtpfailure

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

const (
	// subjectNames are what mail systems call the subject in their languages, as the end of a column's or field's name.
	subjectNames = "subject|thread-topic|betreff|objet|asunto|oggetto|onderwerp|assunto|temat|ämne|emne|aihe|tárgy|" +
		"předmět|predmet|konu|sujet|subiect|θέμα|נושא|الموضوع|тема|件名|主题|主旨|標題|제목"
	// answerMarks begin a subject that stands without its name.
	answerMarks = "re:|fw:|fwd:|aw:|wg:|antw:|sv:|rv:|tr:"
)

var subjectWords = sync.OnceValue(func() *lexicon { return newLexicon(subjectNames, answerMarks) })

// mentionsSubject tells quickly that a text can't have a subject.
func mentionsSubject(text string) bool { return subjectWords().first(strings.ToLower(text)) >= 0 }

// contextNames are columns and headers that tell of the message.
const contextNames = " from to cc bcc sender sent date received messageid inreplyto references returnpath replyto " +
	"deliveredto authenticationresults dkimsignature receivedspf mimeversion senderaddress recipient recipients " +
	"recipientaddress internetmessageid networkmessageid "

var (
	subjectField = pastedtext.NewPattern(
		`(?i)(?:^|[\s,;{|(<"'-])[\w-]*?(?:` + subjectNames + `)(?:"|'|</\w+>)?[ \t]*(?:[:=|>]|\t)[ \t]*|` +
			`(?:^|["'])(?:` + answerMarks + `) ?`,
	)
	endsInSubject = pastedtext.NewPattern(`(?i)(?:` + subjectNames + `)\W*$`)
	// What follows these in the line is evidence again: people paste headers and errors as one line.
	evidenceField = pastedtext.NewPattern(
		`(?i)\b(?:details?|reason|last ?error|diagnostic[\w -]*|generating server)\b\s*[:=]|` +
			`\{?\bled[=-]|\b(?:remote )?server (?:at \S+ |\([^)]*\) )?(?:.{0,60})returned|\bremote host said`,
	)
	fieldBorder = pastedtext.NewPattern(`[,;|]\s*["']?[\w-]+["']?\s*[=:]`)
)

// isContext reports whether a column or field tells of the message, not of its failure.
func isContext(name string) bool {
	if len(name) > 48 {
		return false
	}
	plain := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r
		}
		return -1
	}, lower(name))
	return strings.Contains(contextNames, " "+plain+" ") || mentionsSubject(name) && endsInSubject().MatchString(name)
}

// dropContext takes out subjects and message headers, which people write, not mail systems.
func dropContext(text string) string {
	var out strings.Builder
	dropping, withSubjects := false, mentionsSubject(text)
	for line := range strings.Lines(text) {
		indented := len(line) > 1 && (line[0] == ' ' || line[0] == '\t')
		if dropping && indented && !strings.Contains(line, ": ") && findEvidence(line) < 0 {
			continue
		}
		kept := line
		switch {
		case isHeader(line):
			kept = fromEvidence(line)
		case withSubjects && len(line) < longestLine && mentionsSubject(line):
			kept = withoutSubject(line)
		}
		dropping = len(kept) < len(line)
		out.WriteString(kept)
	}
	return out.String()
}

// isHeader reports whether a line begins with a header of a message.
func isHeader(line string) bool {
	colon := strings.IndexByte(line[:min(len(line), 48)], ':')
	if colon < 2 {
		return false
	}
	name := strings.ToLower(strings.Trim(line[:colon], " \t*\"'-"))
	return !strings.Contains(name, " ") &&
		(hasPrefix(name, "x-", "arc-", "content-", "list-", "thread-") || isContext(name))
}

// longestLine is where lines end that people or programs write subjects in, in bytes.
const longestLine = 64 << 10

// longestSubject is how long a line can be, in bytes, that is a subject and no more.
const longestSubject = 160

// fromEvidence returns what a dropped field leaves of its line: the next field with evidence, or the line's end.
func fromEvidence(line string) string {
	if len(line) < longestSubject {
		return "\n"
	}
	if at := findEvidence(line); at >= 0 {
		return " " + line[at:]
	}
	return "\n"
}

// findEvidence returns where a field with evidence begins, -1 where none does.
func findEvidence(line string) int {
	if contains(lower(line), "detail", "reason", "error", "diagnos", "generating", "led=", "led-", "returned", " said") {
		if at := evidenceField().FindStringIndex(line); at != nil {
			return at[0]
		}
	}
	return -1
}

func withoutSubject(line string) string {
	var out strings.Builder
	for {
		at := subjectField().FindStringIndex(line)
		if at == nil {
			out.WriteString(line)
			return out.String()
		}
		label, value := line[at[0]:at[1]], line[at[1]:]
		before := lower(strings.TrimRight(line[max(0, at[0]-16):at[0]], " "))
		if hasSuffix(before, "expected", "presented", "certificate") { // a certificate has a subject, too
			out.WriteString(line[:at[1]])
			line = value
			continue
		}
		out.WriteString(line[:at[0]])
		if line = afterSubject(label, value); line == "" {
			out.WriteString(fromEvidence(value))
			return out.String()
		}
	}
}

// afterSubject returns what follows a subject that a quote, a tag or a field's border ends; nothing where only the line
// ends it.
func afterSubject(label, value string) string {
	if value != "" && isQuote(value[0]) {
		if end := closingQuote(value); end > 0 {
			return value[end:]
		}
	}
	if last := label[0]; isQuote(last) && strings.HasSuffix(strings.TrimRight(label, " "), ":") { // "RE: a subject"
		if end := strings.IndexByte(value, last); end >= 0 {
			return value[end:]
		}
	}
	if end := strings.IndexByte(value, '<'); end >= 0 && strings.HasSuffix(strings.TrimRight(label, " "), ">") {
		return value[end:]
	}
	if border := fieldBorder().FindStringIndex(value); border != nil && strings.ContainsAny(label, "=|,;") {
		return value[border[0]:]
	}
	return ""
}

// closingQuote returns the offset after the quote that ends a quoted value, 0 when there is none.
func closingQuote(value string) int {
	for i := 1; i < len(value); i++ {
		if value[i] == '\\' {
			i++
		} else if value[i] == value[0] && (i+1 == len(value) || strings.IndexByte(" ,;}\n\t)>", value[i+1]) >= 0) {
			return i + 1
		}
	}
	return 0
}

// deliveries cuts a delivery report at its recipients. Each part keeps the line that names the reporting server.
func deliveries(text string) []string {
	const label = "final-recipient:"
	low := lower(text)
	if strings.Count(low, label) < 2 {
		return []string{text}
	}
	reporter := ""
	if at := strings.Index(low, "reporting-mta:"); at >= 0 {
		reporter, _, _ = strings.Cut(text[at:], "\n")
	}
	var out []string
	for from := 0; ; {
		next := strings.Index(low[from+1:], label)
		if next < 0 {
			return append(out, reporter+"\n"+text[from:])
		}
		out = append(out, reporter+"\n"+text[from:from+1+next])
		from += 1 + next
	}
}

// unwrap joins what a console or mail program cut: the lines of a block that are all equally long, and codes
// and addresses that stand on two lines.
func unwrap(text string) string {
	if !strings.Contains(strings.TrimSuffix(text, "\n"), "\n") {
		return text
	}
	var out strings.Builder
	for block := range strings.SplitSeq(text, "\n\n") {
		lines := strings.Split(strings.Trim(block, "\n"), "\n")
		if out.Len() > 0 {
			out.WriteString("\n\n")
		}
		if hardWrapped(lines) {
			out.WriteString(strings.Join(lines, ""))
			continue
		}
		for i, line := range lines {
			if i > 0 && !cutsNumber(lines[i-1], line) {
				out.WriteByte('\n')
			}
			out.WriteString(line)
		}
	}
	return out.String()
}

func hardWrapped(lines []string) bool {
	if len(lines) < 3 {
		return false
	}
	width := utf8.RuneCountInString(lines[0])
	for _, line := range lines[:len(lines)-1] {
		if utf8.RuneCountInString(line) != width {
			return false
		}
	}
	return width >= 10 && utf8.RuneCountInString(lines[len(lines)-1]) <= width
}

// cutsNumber reports whether a line break stands inside a code or an address.
func cutsNumber(before, after string) bool {
	left := before[len(strings.TrimRight(before, "0123456789.")):]
	right := after[:len(after)-len(strings.TrimLeft(after, "0123456789."))]
	if left == "" || right == "" || len(left)+len(right) > 20 || isWhole(left) && isWhole(strings.TrimRight(right, ".")) {
		return false
	}
	return isWhole(strings.TrimRight(left+right, "."))
}

// isWhole reports whether a number is a reply code, a status code, a socket error or an address.
func isWhole(number string) bool {
	if n := parseNumber(number); n.enhanced != (status{}) || slices.Contains(replyCodes, n.plain) ||
		slices.Contains(socketErrors, n.plain) {
		return true
	}
	if strings.Count(number, ".") != 3 {
		return false
	}
	_, err := netip.ParseAddr(number)
	return err == nil
}
