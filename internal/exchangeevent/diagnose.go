// Package exchangeevent says what an Exchange event log entry points at, first of all whether a corrupted health
// mailbox causes an ASP.NET event 1309 with event code 3005. It performs no I/O; remedies are text for a person.
package exchangeevent

import (
	"cmp"
	"errors"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/healthmailbox"
	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// Confidence of a diagnosis.
type Confidence string

// High: the text names the cause. Medium: one certain sign is missing. Low: little to go by.
const (
	ConfidenceHigh   Confidence = "high"
	ConfidenceMedium Confidence = "medium"
	ConfidenceLow    Confidence = "low"
)

// Causes that are not in the table of other causes.
const (
	CauseHealthMailbox = "health_mailbox"
	CauseUnknown       = "unknown"
)

// MaxInputBytes is the longest text accepted, far above what an event can hold.
const MaxInputBytes = 1 << 20

var (
	// ErrNoText reports a text without any visible character.
	ErrNoText = errors.New("the event text is empty")
	// ErrTooLarge reports a text longer than MaxInputBytes.
	ErrTooLarge = errors.New("the event text is larger than 1 MiB; give one event")
	// ErrNUL reports a text with a NUL character.
	ErrNUL = errors.New("the event text holds a NUL character: it is binary, or UTF-16 read as something else")
)

// Diagnosis is what an event points at.
type Diagnosis struct {
	HealthMailboxCause bool
	Confidence         Confidence
	// Cause is CauseHealthMailbox, the ID of the cause recognized instead, or CauseUnknown.
	Cause string
	// Evidence lists the signs found, in the order of the rules.
	Evidence []string
	// OtherCauses lists every other known cause of such events; Matched marks those that the text shows.
	OtherCauses []OtherCause
	// Reference is the document behind the cause; "" where it is unknown.
	Reference string
	// Remedies are ordered steps; there is always one.
	Remedies []string
	// Account is the account in the event (SM_... or HealthMailbox...), FromServer and ToServer the two ends
	// of the blocked call; "" when the text does not hold them.
	Account, FromServer, ToServer string
}

// OtherCause is a known cause of a similar event that re-creating health mailboxes does not remove.
type OtherCause struct {
	ID, Title, Remedy, Reference string
	Matched                      bool
}

// sign is a mark of the health mailbox case with what it shows.
type sign struct {
	mark pastedtext.Pattern
	says string
}

// Marks are looked for in lower case and without blanks, so that wrapping does not matter.
var (
	crossServer = sign{pastedtext.NewPattern(`mapiexceptionillegalcrossserverconnection`), "the exception is " +
		"MapiExceptionIllegalCrossServerConnection"}
	monitoring = sign{pastedtext.NewPattern(`monitoringmailbox\[`), "the caller is a monitoring mailbox"}
	nameless   = sign{pastedtext.NewPattern(`monitoringmailbox\[\]`), "the monitoring mailbox has no name, so its " +
		"directory entry is broken"}
	blocked = sign{pastedtext.NewPattern(`notallowedtomakecross-servercalls`), "a cross-server call was blocked"}
	probe   = sign{pastedtext.NewPattern(`/owa/proxylogon\.owa`), "the request is /owa/proxylogon.owa, as the probes " +
		"make it"}

	otherCaller = pastedtext.NewPattern(`(?:^|[^g])mailbox\[`)
	someEvent   = pastedtext.NewPattern(`\b(?:1309|3005)\b`)
	corrupted   = pastedtext.NewPattern(`healthmailbox[0-9a-f-][^"]{0,300}?hasbeencorrupted`)

	account = pastedtext.NewPattern(`(?i)(?:[\w.-]+\\)?\b(?:SM_[0-9a-f]{17}|HealthMailbox[0-9a-f]{7,32})`)
	servers = pastedtext.NewPattern(`(?i)callsfrom\[([^\[\]]{1,256})\]to\[([^\[\]]{1,256})\]`)
)

// Diagnose judges a text: an event log entry, an exception or a probe result, the more complete the better. Blank
// text is ErrNoText, a NUL character ErrNUL, and text beyond MaxInputBytes ErrTooLarge.
func Diagnose(text string) (Diagnosis, error) {
	switch {
	case len(text) > MaxInputBytes:
		return Diagnosis{}, ErrTooLarge
	case strings.IndexByte(text, 0) >= 0:
		return Diagnosis{}, ErrNUL
	}
	plain := pastedtext.Fold(text)
	if strings.TrimSpace(plain) == "" {
		return Diagnosis{}, ErrNoText
	}
	squeezed := strings.Join(strings.Fields(plain), "")
	lower := strings.ToLower(squeezed)

	d := Diagnosis{Cause: CauseUnknown, Confidence: ConfidenceLow, Account: account().FindString(plain)}
	if m := servers().FindStringSubmatch(squeezed); m != nil {
		d.FromServer, d.ToServer = m[1], m[2]
	}
	var first *otherRule
	var evidence []string
	for _, rule := range causes().Others {
		cause := rule.OtherCause
		if cause.Matched = rule.matches(lower); cause.Matched {
			first = cmp.Or(first, &rule)
			evidence = append(evidence, rule.Evidence)
		}
		d.OtherCauses = append(d.OtherCauses, cause)
	}
	d.judgeHealth(text, plain, lower)
	d.Evidence = append(d.Evidence, evidence...)
	switch {
	case d.HealthMailboxCause:
		d.Cause, d.Remedies = CauseHealthMailbox, causes().Health
		d.Reference = healthmailbox.ArticleTitle + ", " + healthmailbox.ArticleURL
	case first != nil:
		d.Cause, d.Confidence = first.ID, ConfidenceHigh
		d.Reference, d.Remedies = first.Reference, []string{first.Remedy}
	default:
		d.judgeUnknown(plain, lower)
	}
	return d, nil
}

// judgeHealth weighs the signs of the health mailbox case:
//
//	a monitoring mailbox in a blocked cross-server call       high
//	"has been corrupted" about a health mailbox               high
//	the exception with one half of the message or the account medium
//	the exception alone, in an event 1309 or of /owa          low
func (d *Diagnosis) judgeHealth(text, plain, lower string) {
	seen := func(s sign) bool {
		found := s.mark().MatchString(lower)
		if found {
			d.Evidence = append(d.Evidence, s.says)
		}
		return found
	}
	exception, caller := seen(crossServer), seen(monitoring)
	seen(nameless)
	calls := blocked.mark().MatchString(lower)
	if d.FromServer != "" {
		d.Evidence = append(d.Evidence, "a call from "+d.FromServer+" to "+d.ToServer+" was blocked")
	} else {
		seen(blocked)
	}
	broken := corrupted().MatchString(lower) || healthmailbox.WarnsOfHealthMailbox(text)
	if broken {
		d.Evidence = append(d.Evidence, "Exchange reports a health mailbox object as corrupted")
	}
	seen(probe)
	if d.Account != "" {
		d.Evidence = append(d.Evidence, "the account is "+d.Account)
	}
	another := calls && !caller && otherCaller().MatchString(lower) && !strings.Contains(strings.ToLower(d.Account),
		"healthmailbox")
	switch {
	case broken, caller && (exception || calls):
		d.HealthMailboxCause, d.Confidence = true, ConfidenceHigh
	case another:
	case exception && (calls || d.Account != ""):
		d.HealthMailboxCause, d.Confidence = true, ConfidenceMedium
	case exception && (someEvent().MatchString(plain) || strings.Contains(lower, "/owa")):
		d.HealthMailboxCause, d.Confidence = true, ConfidenceLow
	}
}

// judgeUnknown grades a text that no rule knows: the more of an event it is, the surer it is another cause.
func (d *Diagnosis) judgeUnknown(plain, lower string) {
	if !someEvent().MatchString(plain) || !strings.Contains(lower, "exception") {
		d.Remedies = []string{"Give the whole event text, with the exception type, the message, the request path and the " +
			"user: nothing in this part tells the cause."}
		return
	}
	d.Evidence = append(d.Evidence, "the event does not name a health mailbox")
	if !crossServer.mark().MatchString(lower) {
		d.Confidence = ConfidenceMedium
	}
	d.Remedies = []string{
		"Read the exception type, the message and the request path: event 1309 is raised for every unhandled exception " +
			"of a web application, and re-creating health mailboxes does not remove this one.",
		"Check the server with Microsoft's HealthChecker.ps1 " +
			"(https://microsoft.github.io/CSS-Exchange/Diagnostics/HealthChecker/): it finds known misconfigurations, " +
			"missing files and expired certificates.",
	}
}
