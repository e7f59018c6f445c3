package healthmailbox

import (
	"regexp"
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

// The kinds that the advice depends on; others are named by objectKinds.
const (
	KindHealthMailbox ObjectKind = "health mailbox"
	KindArbitration   ObjectKind = "arbitration mailbox"
	kindUnknown       ObjectKind = "object that is not a health mailbox"
)

// objectKinds tell what an object is by its path (canonical name, distinguished name or server\name), which
// says where in Active Directory it is. The first that fits counts.
var objectKinds = []struct {
	path *regexp.Regexp
	kind ObjectKind
}{
	{
		regexp.MustCompile(`(?i)[/=]?\bHealthMailbox(?:[0-9a-f]{7,32}|-[^/]+)$|\bCN=HealthMailbox[0-9a-f-]`),
		KindHealthMailbox,
	},
	{
		regexp.MustCompile(`(?i)(?:^|[/=\\])(?:SystemMailbox\{|FederatedEmail\.|Migration\.|SPO_Arbitration)`),
		KindArbitration,
	},
	{regexp.MustCompile(`(?i)(?:^|[/=\\])DiscoverySearchMailbox`), "discovery mailbox"},
	{regexp.MustCompile(`(?i)(?:^|[/=\\])PFMailbox`), "public folder mailbox"},
	{regexp.MustCompile(`(?i)role assignments?\b|` +
		`[^/\\]-(?:Organization|Recipient|Server|Records|Hygiene|Discovery) Management`), "management role assignment"},
	{regexp.MustCompile(`(?i)\bRBAC\b|[/=]Roles[/,]|\brole\b|^(?:ApplicationImpersonation|Mail Recipients|` +
		`Mailbox (?:Search|Import Export)|View-Only (?:Recipients|Configuration|Audit Logs))$`), "management role"},
	{regexp.MustCompile(`(?i)SMTP Receive Connectors|receive connector|` +
		`^[\w.-]+\\.*\b(?:default|client|frontend|proxy|relay)\b`), "receive connector"},
	{regexp.MustCompile(`^[\w.-]+\\[^/]+$`), "object of a server, such as a receive connector or a virtual directory"},
	{regexp.MustCompile(`(?i)send connector|[/=]Connections[/,]|connector`), "connector"},
	{regexp.MustCompile(`(?i)[/=]Databases[/,]`), "mailbox database"},
	{regexp.MustCompile(`(?i)[/=]Servers[/,]`), "server object"},
	{regexp.MustCompile(`(?i)[/=]Configuration[/,]|\bCN=Configuration\b`), "configuration object"},
	{regexp.MustCompile(`(?i)[/=](?:Users|[^/]+)/[^/]+$|\bCN=Users\b|\bOU=`), "user or other recipient"},
}

func kindOf(object string) ObjectKind {
	for _, k := range objectKinds {
		if k.path.MatchString(object) {
			return k.kind
		}
	}
	return kindUnknown
}

var (
	// A message of the shell: its label is a word in capitals in every language that has them.
	label        = regexp.MustCompile(`^[ \t>]*(\p{Lu}{5,}|警告|경고|詳細|详细信息) ?: ?(.*)$`)
	warningLabel = regexp.MustCompile(`^(?:WARN|AVERT|ADVERT|AVVI|AVIS|WAARSCH|ПРЕДУПР|警告|경고)`)

	// Messages without blanks, in lower case. The English sentences are Exchange's, of either wording; the
	// other languages are a courtesy and not taken from a published text.
	corruptionMarks = []string{
		"hasbeencorrupted", "isinaninconsistentstate", "inaninconsistentstate", "istbeschädigt", "wurdebeschädigt",
		"beschädigt",
		"aétéendommagé", "endommagé", "incohérent", "estádañado", "dañado", "èdanneggiato", "danneggiato", "破損",
	}
	moreResults = regexp.MustCompile(`moreresults(?:are)?available|onlythefirst1000`)
	health      = regexp.MustCompile(`(?i)HealthMailbox(?:[0-9a-f]{32}|[0-9a-f]{7}\b|-[^/"']+)`)
)

// knownSentences are Exchange's messages; a line that is a part of one goes on with a message that was wrapped.
var knownSentences = squeezed(`
The object has been corrupted, and it's in an inconsistent state. The following validation errors happened:
The object has been corrupted or isn't compatible with Microsoft support requirements, and it's in an inconsistent
state. The following validation errors happened:
The object has been corrupted or it isn't compatible with Microsoft support requirements, and it's in an inconsistent
state. The following validation errors happened:
Database is mandatory on UserMailbox.
There are more results available than are currently displayed. To view them, increase the value for the ResultSize
parameter.
By default, only the first 1000 items are returned. Use the ResultSize parameter to specify the number of items
returned. To return all items, specify "-ResultSize Unlimited". Be aware that, depending on the actual number of
items, returning all items may take a long time and consume a large amount of memory. Also, we don't recommend storing
the results in a variable. Instead, pipe the results to another task or script to perform batch changes.`)

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
	if len(start) < 2 || start[1] >= 'a' && start[1] <= 'z' || !strings.Contains(start, ":") {
		return nil // the common case, for speed
	}
	return label.FindStringSubmatch(text)
}

// messageAt reads the message that starts at lines[at]; nil where none does.
func messageAt(lines []line, at int) (m *message, next int) {
	m = &message{line: lines[at].number}
	if found := labelOf(lines[at].text); found != nil {
		m.label, m.text = found[1], found[2]
		m.warning = warningLabel.MatchString(m.label)
	} else if m.text = strings.TrimSpace(lines[at].text); !strings.HasPrefix(m.text, "The object ") {
		return nil, at
	}
	for next = at + 1; next < len(lines) && next-at < maxMessageLines; next++ {
		after := next
		if lines[next].blank() && next+1 < len(lines) {
			after++ // a page may have doubled the line breaks
		}
		if !m.goesOn(lines[after], after > next) {
			break
		}
		m.text += " " + strings.TrimSpace(lines[after].text)
		next = after
	}
	if m.label == "" && corruptedAt(squeezed(m.text)) < 0 {
		return nil, at
	}
	return m, next
}

// goesOn decides whether l continues the message or is the listing's next line.
func (m *message) goesOn(l line, afterBlank bool) bool {
	text := strings.TrimSpace(l.text)
	if text == "" || labelOf(l.text) != nil || strings.HasPrefix(text, "The object ") {
		return false
	}
	if part := squeezed(text); len(part) > 3 && strings.Contains(knownSentences, part) && !m.complete(true) {
		return true
	}
	if afterBlank || m.complete(false) {
		return false
	}
	if strings.Contains(strings.ToLower(text), "healthmailbox") {
		// A row, unless the path in the message lacks its last part.
		path := strings.Contains(m.text, "/") && !health.MatchString(squeeze(m.text))
		return path && (strings.HasSuffix(strings.TrimSpace(m.text), "/") || strings.Contains(squeeze(text),
			"/HealthMailbox"))
	}
	if _, ok := commandOf(text); ok {
		return false
	}
	return shapeAt([]line{l}) == nil
}

// complete reports the end of a message: a colon after the name of an object, else a period or a colon. In
// prose of several sentences (known) only the last one ends it.
func (m *message) complete(known bool) bool {
	text := strings.TrimSpace(m.text)
	object := strings.Contains(text, "/") || strings.Contains(text, "object")
	if object || known {
		return strings.HasSuffix(text, ":") || strings.HasSuffix(text, "changes.") || strings.HasSuffix(text, "parameter.")
	}
	return strings.HasSuffix(text, ".") || strings.HasSuffix(text, ":") || strings.HasSuffix(text, "。")
}

// addWarnings files messages: corruption, a result that was cut, or a reason for the warning before.
func (l *Listing) addWarnings(messages []message) {
	for _, m := range messages {
		l.WarningsSaved = l.WarningsSaved || m.warning || m.label == ""
		switch w, ok := corruptionIn(m.text, m.line); {
		case ok:
			l.Warnings = append(l.Warnings, w)
		case moreResults.MatchString(squeezed(m.text)):
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
		name := health.FindString(before[i:])
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

var objectPath = regexp.MustCompile(`(?i)^(?:the )?(?:object )?["']?(.*?)["']? ` +
	`(?:has been corrupted|is in an incons)|` +
	`^(?:\S+ ){0,3}?["']?(\S*/.*/\S+)`)

// objectIn is the path or name that a message is about.
func objectIn(text string) string {
	plain := strings.Join(strings.Fields(pastedtext.Fold(text)), " ")
	m := objectPath.FindStringSubmatch(plain)
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
