package healthmailbox

import (
	"slices"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// Warning is one "has been corrupted" message of Exchange.
type Warning struct {
	Line int
	// Object is the path or name in the message; Name its last part.
	Object, Name string
	// Kind tells a health mailbox from what else gets the same message.
	Kind    ObjectKind
	Reasons []string
}

// ObjectKind is what a warning is about, in words: "health mailbox", "receive connector".
type ObjectKind string

// The kinds that the advice depends on; others are named by the advice.
const (
	KindHealthMailbox ObjectKind = "health mailbox"
	KindArbitration   ObjectKind = "arbitration mailbox"
	kindUnknown       ObjectKind = "object that is not a health mailbox"
)

// kindOf tells what an object is by its path (canonical name, distinguished name or server\name), which says where
// in Active Directory it is. The first kind that fits counts.
func kindOf(object string) ObjectKind {
	for _, k := range advice().Kinds {
		if k.pattern().MatchString(object) {
			return k.Kind
		}
	}
	return kindUnknown
}

var (
	// A message of the shell: its label is a word in capitals in every language that has them.
	label        = pastedtext.NewPattern(`^[ \t>]*(\p{Lu}{5,}|警告|경고|詳細|详细信息) ?: ?(.*)$`)
	warningLabel = pastedtext.NewPattern(`^(?:WARN|AVERT|ADVERT|AVVI|AVIS|WAARSCH|ПРЕДУПР|警告|경고)`)

	// Messages without blanks, in lower case. The English sentences are Exchange's, of either wording; the
	// other languages are a courtesy and not taken from a published text.
	corruptionMarks = []string{
		"hasbeencorrupted", "inaninconsistentstate", "istbeschädigt", "wurdebeschädigt", "beschädigt",
		"aétéendommagé", "endommagé", "incohérent", "estádañado", "dañado", "èdanneggiato", "danneggiato", "破損",
	}
	moreResults = pastedtext.NewPattern(`moreresults(?:are)?available|onlythefirst1000`)
	health      = pastedtext.NewPattern(`(?i)HealthMailbox(?:[0-9a-f]{32}|[0-9a-f]{7}\b|-[^/"']+)`)
)

// sentences are how Exchange's messages start and end, in lower case without blanks.
var sentences = [][2]string{
	{"theobject", "happened:"},
	{"databaseismandatory", "usermailbox."},
	{"therearemoreresultsavailable", "resultsizeparameter."},
	{"bydefault,onlythefirst1000items", "batchchanges."},
}

// squeeze drops every blank and line break: a sentence then reads the same however a console wrapped it.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// squeezed is squeeze in one spelling.
func squeezed(s string) string { return strings.ToLower(squeeze(pastedtext.Fold(s))) }

// databaseMandatory is the validation error of every published case.
const databaseMandatory = "Database is mandatory on UserMailbox."

const (
	maxMessageLines = 12 // a warning wrapped at 20 columns still fits
	maxReasons      = 20 // per object; Exchange prints two or three
)

// message is one message of the shell, its lines joined.
type message struct {
	line    int
	text    string // joined by blanks
	label   string // "" for a warning saved without one
	warning bool
}

// takeWarnings separates the shell's messages, however wrapped and interleaved, from the lines of the listing.
func takeWarnings(lines []line) (rest []line, messages []message) {
	rest = make([]line, 0, len(lines))
	open := false // a corruption message without a label: its reasons have none either
	for i := 0; i < len(lines); {
		m, next := messageAt(lines, i)
		switch {
		case m != nil:
			open = m.label == ""
			messages = append(messages, *m)
			i = next
			continue
		case open && squeezed(lines[i].text) == squeezed(databaseMandatory):
			messages = append(messages, message{line: lines[i].number, text: databaseMandatory, warning: true})
			i++
			continue
		case !lines[i].blank():
			open = false
		}
		rest = append(rest, lines[i])
		i++
	}
	return rest, messages
}

// labelOf takes the label off a message; nil where there is none.
func labelOf(text string) []string {
	start := strings.TrimLeft(text, " \t>")
	if len(start) < 2 || start[0] < 'A' || start[1] >= 'a' && start[1] <= 'z' || !strings.Contains(start, ":") {
		return nil // the common case, for speed
	}
	return label().FindStringSubmatch(text)
}

// messageAt reads the message that starts at lines[at]; nil where none does.
func messageAt(lines []line, at int) (m *message, next int) {
	m = &message{line: lines[at].number}
	if found := labelOf(lines[at].text); found != nil {
		m.label, m.text = found[1], found[2]
		m.warning = warningLabel().MatchString(m.label)
	} else if m.text = strings.TrimSpace(lines[at].text); !strings.HasPrefix(m.text, "The object ") {
		return nil, at
	}
	rest := lines[at+1 : min(len(lines), at+2*maxMessageLines)]
	n := m.sentence(rest)
	if n < 0 {
		n = m.goesOn(rest)
	}
	for _, l := range rest[:n] {
		m.text = strings.TrimSpace(m.text + " " + strings.TrimSpace(l.text))
	}
	if m.label == "" && corruptedAt(squeezed(m.text)) < 0 {
		return nil, at
	}
	return m, at + 1 + n
}

// startsMessage reports a line that starts a message, so that the one before has ended.
func startsMessage(l line) bool {
	return labelOf(l.text) != nil || strings.HasPrefix(strings.TrimSpace(l.text), "The object ")
}

// sentence counts the lines up to the end of one of Exchange's sentences, however wrapped, even inside words and
// with its line breaks doubled; -1 where the message is none of these or lost its end.
func (m *message) sentence(lines []line) int {
	for _, s := range sentences {
		text := squeezed(m.text)
		for n := 0; strings.HasPrefix(text, s[0]) || n == 0 && strings.HasPrefix(s[0], text); n++ {
			switch {
			case strings.HasSuffix(text, s[1]):
				return n
			case n == len(lines) || startsMessage(lines[n]):
				return -1
			}
			if text += squeezed(lines[n].text); strings.Count(text, "healthmailbox") > 1 {
				return -1 // A row: a message names one mailbox.
			}
		}
	}
	return -1
}

// goesOn counts the lines that continue a message of another wording: up to a colon after the name of an object,
// else up to a period or a colon, but not into what may be the listing's next line.
func (m *message) goesOn(lines []line) int {
	text := m.text
	for n, l := range lines[:min(len(lines), maxMessageLines)] {
		ended := strings.HasSuffix(text, ":") || !strings.Contains(text, "/") && !strings.Contains(text, "object") &&
			(strings.HasSuffix(text, ".") || strings.HasSuffix(text, "。"))
		_, command := commandOf(l.text)
		if ended || l.blank() || startsMessage(l) || command || shapeAt([]line{l}) != nil {
			return n
		}
		if strings.Contains(strings.ToLower(l.text), "healthmailbox") { // A row, unless it ends the path.
			path := strings.Contains(text, "/") && !health().MatchString(squeeze(text))
			if !path || !strings.HasSuffix(text, "/") && !strings.Contains(squeeze(l.text), "/HealthMailbox") {
				return n
			}
		}
		text += " " + strings.TrimSpace(l.text)
	}
	return min(len(lines), maxMessageLines)
}

// addWarnings files messages: corruption, a result that was cut, or a reason for the warning before.
func (l *Listing) addWarnings(messages []message) {
	for _, m := range messages {
		l.WarningsSaved = l.WarningsSaved || m.warning || m.label == ""
		switch w, ok := corruptionIn(m.text, m.line); {
		case ok:
			l.Warnings = append(l.Warnings, w)
		case moreResults().MatchString(squeezed(m.text)):
			l.MoreAvailable = true
		case m.warning && len(l.Warnings) > 0 && len(l.Warnings[len(l.Warnings)-1].Reasons) < maxReasons:
			last := &l.Warnings[len(l.Warnings)-1]
			last.Reasons = append(last.Reasons, reason(m.text))
		}
	}
	for i := range l.Warnings {
		l.Warnings[i].Reasons = distinct(l.Warnings[i].Reasons)
	}
}

// reason undoes a wrap inside a word, which left a blank there.
func reason(text string) string {
	if squeezed(text) == squeezed(databaseMandatory) {
		return databaseMandatory
	}
	return strings.Join(strings.Fields(text), " ")
}

// corruptedAt is where a squeezed message says that its object is corrupted, or -1.
func corruptedAt(squeezed string) int {
	first := -1
	for _, mark := range corruptionMarks {
		if at := strings.Index(squeezed, mark); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// corruptionIn reads one message; ok is false when it is about something else. The name of a health mailbox is
// looked for without blanks, because a console may have broken the line inside it.
func corruptionIn(text string, number int) (w Warning, ok bool) {
	before := squeeze(pastedtext.Fold(text))
	at := corruptedAt(before)
	if at < 0 {
		return Warning{}, false
	}
	w.Line = number
	before = before[:at]
	if i := strings.LastIndex(before, "HealthMailbox"); i >= 0 {
		name := health().FindString(before[i:])
		ends := name != "" && !strings.Contains(before[i+len(name):], "/") // nothing below the mailbox
		if ends && (i == 0 || strings.ContainsRune(`/\=,"'`, rune(before[i-1])) || strings.HasSuffix(before[:i], "object")) {
			w.Name, w.Kind, w.Object = name, KindHealthMailbox, objectIn(text)
		}
	}
	if w.Kind == "" {
		w.Object = objectIn(text)
		w.Kind = kindOf(w.Object)
		w.Name = commonName(afterLast(w.Object, "/"))
	}
	if _, errs, found := strings.Cut(pastedtext.Fold(text), "happened:"); found && strings.TrimSpace(errs) != "" {
		w.Reasons = append(w.Reasons, reason(errs))
	}
	return w, w.Name != ""
}

var objectPath = pastedtext.NewPattern(`(?i)^(?:the )?(?:object )?["']?(.*?)["']? ` +
	`(?:has been corrupted|is in an incons)|` +
	`^(?:\S+ ){0,3}?["']?(\S*/.*/\S+)`)

// objectIn is the path or name that a message is about.
func objectIn(text string) string {
	plain := strings.Join(strings.Fields(pastedtext.Fold(text)), " ")
	m := objectPath().FindStringSubmatch(plain)
	switch {
	case m == nil:
		return ""
	case m[1] != "":
		return m[1]
	}
	return strings.Trim(m[2], `"'`)
}

// joinWarnings drops repeated warnings, then marks the rows they name. A name that was cut is joined with the
// one full name that starts like it; two candidates join neither.
func (l *Listing) joinWarnings() {
	at := map[string]int{}
	kept := l.Warnings[:0]
	var names []string
	for _, w := range l.Warnings {
		id := keyOf(w.Name)
		if w.Kind != KindHealthMailbox {
			id = keyOf(w.Object)
		}
		if first, ok := at[id]; ok {
			kept[first].Reasons = distinct(append(kept[first].Reasons, w.Reasons...))
			continue
		}
		at[id] = len(kept)
		kept = append(kept, w)
		if w.Kind == KindHealthMailbox {
			names = append(names, id)
		}
	}
	l.Warnings = kept
	slices.Sort(names)
	for i := range l.Rows {
		row := &l.Rows[i]
		for _, name := range []string{row.FullName, row.Name, row.DisplayName} {
			id := onlyName(names, name)
			if id == "" || strings.HasPrefix(keyOf(namePrefix)+"...", keyOf(name)) {
				continue
			}
			w := kept[at[id]]
			row.Corrupted = true
			row.Reasons = append(row.Reasons, w.Reasons...)
			if row.FullName == "" && formOf(w.Name) == fullName {
				row.FullName = w.Name
			}
			break
		}
	}
}

// WarnsOfHealthMailbox reports a text that holds Exchange's message about a corrupted health mailbox.
func WarnsOfHealthMailbox(text string) bool {
	var l Listing
	_, messages := takeWarnings(splitLines(text))
	l.addWarnings(messages)
	return slices.ContainsFunc(l.Warnings, func(w Warning) bool { return w.Kind == KindHealthMailbox })
}
