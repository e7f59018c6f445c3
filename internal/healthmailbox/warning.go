package healthmailbox

import "strings"

const (
	maxMessageLines = 12 // a warning wrapped at 20 columns still fits
	maxReasons      = 20 // per object; Exchange prints two or three
)

// warningLabels are the words PowerShell puts before a warning, by display language.
var warningLabels = []string{
	"WARNING", "WARNUNG", "AVERTISSEMENT", "ADVERTENCIA", "AVVISO", "AVISO", "WAARSCHUWING", "ПРЕДУПРЕЖДЕНИЕ", "警告",
}

// corruptionMarks are parts of the message without blanks, in lower case. The English ones are Exchange's
// ("has been corrupted" and, later, "or isn't compatible with Microsoft support requirements"); the others
// are a courtesy for localized shells and not taken from a published text.
var corruptionMarks = []string{
	"hasbeencorrupted", "inaninconsistentstate",
	"beschädigt", "inkonsistent", "endommagé", "incohérent", "dañado", "danneggiato", "破損",
}

// restOfMessage is what follows the object's name in either wording; a wrapped line is a part of one of them.
var restOfMessage = []string{
	"hasbeencorrupted,andit'sinaninconsistentstate.thefollowingvalidationerrorshappened:",
	"hasbeencorruptedorisn'tcompatiblewithmicrosoftsupportrequirements,andit'sinaninconsistentstate.thefollowingvalidationerrorshappened:",
	"hasbeencorruptedoritisn'tcompatiblewithmicrosoftsupportrequirements,andit'sinaninconsistentstate.thefollowingvalidationerrorshappened:",
}

// cutMarks tell that Exchange returned only a part.
var cutMarks = []string{"moreresultsavailable", "moreresultsareavailable", "onlythefirst1000"}

// afterWarningLabel returns a warning's text when s starts with a warning label.
func afterWarningLabel(s string) (string, bool) {
	s = strings.TrimLeft(s, " \t>")
	for _, label := range warningLabels {
		if rest, ok := strings.CutPrefix(s, label); ok {
			if rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " "), ":"); ok {
				return strings.TrimLeft(rest, " \t"), true
			}
			if rest, ok = strings.CutPrefix(rest, "："); ok {
				return strings.TrimLeft(rest, " \t"), true
			}
		}
	}
	return s, false
}

// takeWarnings separates warnings, however wrapped and interleaved, from the lines of the listing itself.
func takeWarnings(lines []line, listing *Listing) []line {
	rest := make([]line, 0, len(lines))
	open := -1 // index of the warning that further validation errors belong to
	bare := false
	for i := 0; i < len(lines); {
		text, labelled := afterWarningLabel(lines[i].text)
		isObject := hasPrefixFold(text, "The object ")
		switch {
		case labelled || isObject:
			message, next := joinMessage(lines, i, text)
			found, isCorruption := corruptionWarning(message, lines[i].number)
			if !labelled && !isCorruption {
				rest = append(rest, lines[i])
				i++
				continue
			}
			listing.WarningsSaved = true
			switch {
			case isCorruption:
				listing.Warnings = append(listing.Warnings, found)
				open, bare = len(listing.Warnings)-1, !labelled
			case saysCut(message):
				listing.MoreAvailable = true
			case open >= 0:
				addReason(&listing.Warnings[open], message)
			}
			i = next
		case lines[i].blank():
			rest = append(rest, lines[i])
			i++
		default:
			if open >= 0 && bare && isValidationError(text) {
				addReason(&listing.Warnings[open], text)
				i++
				continue
			}
			if strings.Contains(text, "esults") && saysCut(text) {
				listing.MoreAvailable = true
			}
			open = -1
			rest = append(rest, lines[i])
			i++
		}
	}
	return rest
}

// joinMessage collects the lines of the message starting at lines[at]; next is the first line after it.
func joinMessage(lines []line, at int, first string) (message string, next int) {
	var b strings.Builder
	b.WriteString(first)
	aboutObject := strings.Contains(lowerASCII(first), "object") || strings.Contains(first, "/")
	next = at + 1
	for next < len(lines) && next-at < maxMessageLines && !messageComplete(b.String(), aboutObject) {
		after := next
		for after < len(lines) && after-next < 2 && lines[after].blank() {
			after++
		}
		if after == len(lines) {
			break
		}
		text := strings.TrimSpace(lines[after].text)
		if !continuesMessage(text, b.String(), after > next) {
			break
		}
		b.WriteByte('\n')
		b.WriteString(text)
		next = after + 1
	}
	return b.String(), next
}

func messageComplete(message string, aboutObject bool) bool {
	message = strings.TrimRight(message, " \t\n")
	if aboutObject {
		return strings.HasSuffix(message, ":") && len(message) > 40 || strings.Contains(lowerASCII(squeeze(message)), "errorshappened:")
	}
	return strings.HasSuffix(message, ".") || strings.HasSuffix(message, ":") || strings.HasSuffix(message, "。")
}

// continuesMessage decides whether text goes on with the message read so far or is the listing's next line.
func continuesMessage(text, soFar string, afterBlank bool) bool {
	if text == "" {
		return false
	}
	if _, labelled := afterWarningLabel(text); labelled || hasPrefixFold(text, "The object ") {
		return false
	}
	lower := lowerASCII(squeeze(text))
	if len(lower) >= 4 {
		for _, sentence := range restOfMessage {
			if strings.Contains(sentence, lower) {
				return true
			}
		}
	}
	if afterBlank || strings.ContainsAny(text[:1], `{["#<|`) || isCommand(text) {
		return false
	}
	if key, _, ok := cutProperty(text); ok && propertyOf(key) != unknownProperty {
		return false
	}
	first, _, _ := strings.Cut(text, " ")
	if formOf(first) == notHealth && !isSystemMailbox(first) {
		return true
	}
	// A wrap inside the path leaves the name at the start of a line, like a row's.
	return strings.HasSuffix(strings.TrimRight(soFar, " \n"), "/") || strings.Contains(lower, "hasbeencorrupted")
}

// isSystemMailbox recognizes the arbitration and other system mailboxes by how their names start.
func isSystemMailbox(name string) bool {
	for _, prefix := range []string{"SystemMailbox{", "FederatedEmail.", "Migration.", "DiscoverySearchMailbox", "PFMailbox"} {
		if hasPrefixFold(name, prefix) {
			return true
		}
	}
	return false
}

func saysCut(message string) bool {
	lower := lowerASCII(squeeze(message))
	for _, mark := range cutMarks {
		if strings.Contains(lower, mark) {
			return true
		}
	}
	return false
}

// isValidationError accepts a sentence without a label below an object's message, as -WarningVariable prints it.
func isValidationError(text string) bool {
	text = strings.TrimSpace(text)
	if len(text) > 300 || !strings.HasSuffix(text, ".") || strings.HasSuffix(text, "...") || !strings.Contains(text, " ") || isCommand(text) {
		return false
	}
	first, _, _ := strings.Cut(text, " ")
	return formOf(first) == notHealth && !isSystemMailbox(first)
}

// databaseMandatory is the validation error of every published case.
const databaseMandatory = "Database is mandatory on UserMailbox."

const monitoringContainer = "/Microsoft Exchange System Objects/Monitoring Mailboxes/"

func addReason(w *Warning, message string) {
	reason := strings.Join(strings.Fields(message), " ")
	if squeeze(reason) == squeeze(databaseMandatory) {
		reason = databaseMandatory // a wrap inside a word left a blank there
	}
	if reason == "" || len(w.Reasons) >= maxReasons {
		return
	}
	for _, known := range w.Reasons {
		if known == reason {
			return
		}
	}
	w.Reasons = append(w.Reasons, reason)
}

// corruptionWarning reads one message; ok is false when it is about something else. Blanks are ignored while
// looking for the name, because a console may have broken the line inside it.
func corruptionWarning(message string, number int) (w Warning, ok bool) {
	squeezed := squeeze(message)
	lower := lowerASCII(squeezed)
	at := -1
	for _, mark := range corruptionMarks {
		if at = strings.Index(lower, mark); at >= 0 {
			break
		}
	}
	if at < 0 {
		return Warning{}, false
	}
	w = Warning{Line: number, Object: messageObject(message)}
	if name, found := healthNameIn(squeezed, lower); found {
		w.Name, w.HealthMailbox = name, true
		if domain, _, ok := strings.Cut(squeeze(w.Object), squeeze(monitoringContainer)); ok {
			w.Object = domain + monitoringContainer + name
		}
	} else {
		w.Name = strings.Trim(lastComponent(w.Object, "/"), `"'`)
	}
	if w.Name == "" {
		return Warning{}, false
	}
	if i := strings.Index(lower, "errorshappened:"); i >= 0 {
		tail := message[len(message)-min(len(message), 400):]
		if _, reason, found := strings.Cut(tail, "happened:"); found {
			addReason(&w, reason)
		}
	}
	return w, true
}

// messageObject is the path between "object" and "has been corrupted", with single blanks.
func messageObject(message string) string {
	plain := strings.Join(strings.Fields(message), " ")
	lower := lowerASCII(plain)
	start := 0
	if i := strings.Index(lower, "object "); i >= 0 {
		start = i + len("object ")
	}
	end := strings.Index(lower, " has been corrupted")
	if end < start {
		// The wrap fell inside the phrase or the shell is localized: stop at the first blank after the last slash.
		end = len(plain)
		if slash := strings.LastIndexByte(plain, '/'); slash > start {
			if i := strings.IndexByte(plain[slash:], ' '); i > 0 {
				end = slash + i
			}
		}
	}
	return strings.Trim(strings.TrimSpace(plain[start:end]), `"'`)
}

// healthNameIn finds the health mailbox an object path ends in, in text without blanks.
func healthNameIn(squeezed, lower string) (string, bool) {
	end := strings.Index(lower, "hasbeencorrupted")
	if end < 0 {
		end = len(lower)
	}
	at := strings.LastIndex(lower[:end], "healthmailbox")
	if at < 0 || at > 0 && isWordByte(lower[at-1]) && !strings.HasSuffix(lower[:at], "object") {
		return "", false
	}
	after := at + len(namePrefix)
	stop := after
	for stop < end && stop-after < guidDigits && isHex(squeezed[stop]) {
		stop++
	}
	if stop == after && end < len(lower) {
		// A display name ends where the sentence goes on.
		stop = end
	}
	name := strings.Trim(squeezed[at:stop], `"'`)
	return name, formOf(name) == commonName || formOf(name) == displayName
}

func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}
