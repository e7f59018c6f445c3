package healthmailbox

import (
	"errors"
	"strings"
)

// Confidence of a diagnosis.
type Confidence string

// High: the text names the cause. Medium: one certain sign is missing. Low: little to go by.
const (
	ConfidenceHigh   Confidence = "high"
	ConfidenceMedium Confidence = "medium"
	ConfidenceLow    Confidence = "low"
)

// ErrNoEventText reports an event text without any visible character.
var ErrNoEventText = errors.New("the event text is empty")

// EventDiagnosis says whether an event (usually ASP.NET 1309 with event code 3005) is caused by a corrupted
// health mailbox. Nothing is executed against Exchange; remedies are text.
type EventDiagnosis struct {
	HealthMailboxCause bool
	Confidence         Confidence
	// Cause is "health_mailbox", the ID of the cause recognized instead, or "unknown".
	Cause string
	// Evidence lists the signs found, in the order of the rules.
	Evidence []string
	// OtherCauses lists every other known cause of such events; Matched marks those the text shows.
	OtherCauses []OtherCause
	Reference   string
	// Remedies are ordered steps for the cause recognized.
	Remedies []string
	// Account is the account in the event (SM_... or HealthMailbox...), FromServer and ToServer the two ends
	// of the blocked call; "" when the text does not hold them.
	Account, FromServer, ToServer string
}

// OtherCause is a known cause of a similar event that re-creating health mailboxes does not mend.
type OtherCause struct {
	ID, Title, Remedy, Reference string
	Matched                      bool
}

// eventRule recognizes one cause. A text matches when it holds all of a rule's marks of one alternative; marks
// are compared in lower case and without blanks, so wrapping does not matter.
type eventRule struct {
	id, title    string
	alternatives [][]string
	evidence     string
	remedy       string
	reference    string
}

// otherRules is the table of known other causes.
var otherRules = []eventRule{
	{
		"shared_web_config", "SharedWebConfig.config is missing",
		[][]string{{"sharedwebconfig.config"}},
		"the exception names SharedWebConfig.config",
		"Create the file again with DependentAssemblyGenerator.exe from Exchange's bin folder where it is missing, in ClientAccess or FrontEnd\\HttpProxy, then restart IIS. It is known to be missing after security updates.",
		"Microsoft Learn, event-1309-code-3005-cannot-access-owa-ecp (KB3099532)",
	},
	{
		"mapi_nspi_rpc", "The MAPI address book virtual directory fails (/mapi/nspi, RpcObjectSetType)",
		[][]string{{"rpcobjectsettype"}, {"/mapi/nspi", "httpexception"}},
		"the failing request is /mapi/nspi with RpcObjectSetType",
		"Follow the article on clients that MAPI over HTTP disconnects (Exchange 2013); health mailboxes are not involved.",
		"Microsoft Support KB3105690",
	},
	{
		"mrs_forbidden", "A mailbox move gets 403 Forbidden from the MRS proxy",
		[][]string{{"mrsproxy", "403"}, {"mailboxreplicationservice", "403"}, {"mailboxreplication", "forbidden"}, {"mrsproxy", "forbidden"}, {"mrsproxyserviceisdisabled"}},
		"a mailbox move (MRS) was answered with 403",
		"Enable the MRS proxy (Set-WebServicesVirtualDirectory -MRSProxyEnabled $true), off and on again where it is shown as enabled already, then restart IIS.",
		"Microsoft Learn, remote-server-returned-error-403-forbidden (KB3063913)",
	},
	{
		"public_folder_database", "A database refers to a deleted public folder database",
		[][]string{{"unknownuser", "databasenotfound"}, {"unknownuser", "unabletomapuserdn"}, {"databasenotfoundexception", "connectcallresult"}, {"databasenotfoundexception", "monitoringmailboxes"}},
		"a probe reports UnknownUser or DatabaseNotFound for a health mailbox's legacy name",
		"Clear the reference to the deleted public folder database on the mailbox databases. Re-creating the health mailbox does not help.",
		"Microsoft Support KB2962915",
	},
	{
		"address_policy", "An e-mail address policy changed the health mailbox's SMTP address",
		[][]string{{"monitoringmailbox", "notfound!"}, {"resolverootorguser", "notfound"}},
		"a probe did not find the monitoring mailbox by its user principal name",
		"Exempt the health mailboxes from the policy (EmailAddressPolicyEnabled $false) and set the primary SMTP address to the user principal name. No re-creation is needed.",
		"MicrosoftDocs/OfficeDocs-Support, scom-reports-unhealthy-health-sets",
	},
	{
		"arbitration_mailbox", "An arbitration or system mailbox is corrupted",
		[][]string{
			{"systemmailbox{", "corrupted"},
			{"federatedemail.", "corrupted"},
			{"migration.8f3e7716", "corrupted"},
			{"discoverysearchmailbox", "corrupted"},
			{"systemmailbox{", "databaseismandatoryonusermailbox"},
			{"federatedemail.", "databaseismandatoryonusermailbox"},
		},
		"the corrupted object is an arbitration or system mailbox",
		"Give the mailbox a database (Set-Mailbox -Arbitration -Database). When the account is gone, Setup /PrepareAD and Enable-Mailbox -Arbitration make it again. Never delete it.",
		sourceArbitrate,
	},
}

// Marks of the health-mailbox case.
const (
	markException  = "mapiexceptionillegalcrossserverconnection"
	markMonitoring = "monitoringmailbox["
	markCrossCalls = "notallowedtomakecross-servercalls"
	markCorrupted  = "corrupted"
	markMandatory  = "databaseismandatoryonusermailbox"
)

var remediesHealth = []string{
	"List the health mailboxes with their warnings (Get-Mailbox -Monitoring -ResultSize Unlimited, warnings merged by 3>&1) and assess the listing: the corrupted and surplus ones are the cause.",
	"Stop the Health Manager (MSExchangeHM) on all servers, disable the broken health mailboxes, delete their accounts recursively, and wait for replication.",
	"Start the Health Manager on all servers; it creates the mailboxes again. Then list and count them once more.",
}

// DiagnoseEvent decides whether a text (an event log entry, an exception, a probe result) shows the
// health-mailbox case. It returns ErrNoEventText for blank text and ErrTooLarge beyond MaxInputBytes; a text
// that shows nothing known is no error but Cause "unknown" with low confidence.
func DiagnoseEvent(text string) (EventDiagnosis, error) {
	if len(text) > MaxInputBytes {
		return EventDiagnosis{}, ErrTooLarge
	}
	if strings.IndexByte(text, 0) >= 0 {
		return EventDiagnosis{}, ErrBinary
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, l := range normalize(text) {
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	plain := b.String()
	if strings.TrimSpace(plain) == "" {
		return EventDiagnosis{}, ErrNoEventText
	}
	squeezed := squeeze(plain)
	lower := lowerASCII(squeezed)

	d := EventDiagnosis{Cause: "unknown", Confidence: ConfidenceLow}
	d.Account = accountIn(plain)
	d.FromServer, d.ToServer = crossServers(squeezed, lower)
	matched := -1
	for i, rule := range otherRules {
		found := rule.matches(lower)
		if found && matched < 0 {
			matched = i
		}
		d.OtherCauses = append(d.OtherCauses, OtherCause{rule.id, rule.title, rule.remedy, rule.reference, found})
	}
	d.judgeHealth(lower, plain)
	if d.HealthMailboxCause {
		d.Cause, d.Reference, d.Remedies = "health_mailbox", sourceArticle, remediesHealth
	}
	for i, rule := range otherRules {
		if d.OtherCauses[i].Matched {
			d.Evidence = append(d.Evidence, rule.evidence)
		}
	}
	switch {
	case d.HealthMailboxCause:
	case matched >= 0:
		rule := otherRules[matched]
		d.Cause, d.Confidence, d.Reference, d.Remedies = rule.id, ConfidenceHigh, rule.reference, []string{rule.remedy}
	default:
		d.judgeUnknown(lower, plain)
	}
	return d, nil
}

func (r *eventRule) matches(lower string) bool {
	for _, marks := range r.alternatives {
		all := true
		for _, mark := range marks {
			all = all && strings.Contains(lower, mark)
		}
		if all {
			return true
		}
	}
	return false
}

// judgeHealth weighs the signs of the health-mailbox case:
//
//	monitoring mailbox in a blocked cross-server call       high
//	"has been corrupted" for a health mailbox object        high
//	one half of the cross-server message, with the exception medium
//	the exception alone, in the event 1309 of /owa          low
func (d *EventDiagnosis) judgeHealth(lower, plain string) {
	exception := strings.Contains(lower, markException)
	monitoring := strings.Contains(lower, markMonitoring)
	calls := strings.Contains(lower, markCrossCalls)
	corrupted := corruptedHealthMailbox(plain)
	if exception {
		d.Evidence = append(d.Evidence, "the exception is MapiExceptionIllegalCrossServerConnection")
	}
	if monitoring {
		d.Evidence = append(d.Evidence, "the caller is a monitoring mailbox")
		if strings.Contains(lower, markMonitoring+"]") {
			d.Evidence = append(d.Evidence, "the monitoring mailbox has no name, so its directory entry is broken")
		}
	}
	if d.FromServer != "" {
		d.Evidence = append(d.Evidence, "a call from "+d.FromServer+" to "+d.ToServer+" was blocked")
	} else if calls {
		d.Evidence = append(d.Evidence, "a cross-server call was blocked")
	}
	if corrupted {
		d.Evidence = append(d.Evidence, "Exchange reports a health mailbox object as corrupted")
	}
	if strings.Contains(lower, "/owa/proxylogon.owa") {
		d.Evidence = append(d.Evidence, "the request is /owa/proxylogon.owa, as the probes make it")
	}
	if d.Account != "" {
		d.Evidence = append(d.Evidence, "the account is "+d.Account)
	}
	otherCaller := calls && !monitoring && strings.Contains(lower, "mailbox[")
	probeAccount := strings.Contains(lowerASCII(d.Account), "healthmailbox")
	switch {
	case corrupted, monitoring && (exception || calls):
		d.HealthMailboxCause, d.Confidence = true, ConfidenceHigh
	case otherCaller && !probeAccount:
	case exception && (calls || d.Account != ""):
		d.HealthMailboxCause, d.Confidence = true, ConfidenceMedium
	case exception && (hasNumber(plain, "1309") || hasNumber(plain, "3005") || strings.Contains(lower, "/owa")):
		d.HealthMailboxCause, d.Confidence = true, ConfidenceLow
	}
}

// corruptedHealthMailbox looks for Exchange's corruption message about a health mailbox.
func corruptedHealthMailbox(plain string) bool {
	if !strings.Contains(lowerASCII(squeeze(plain)), markCorrupted) {
		return false
	}
	var listing Listing
	takeWarnings(normalize(plain), &listing)
	for _, w := range listing.Warnings {
		if w.HealthMailbox {
			return true
		}
	}
	// The sentence may stand inside a log line, without the start of a warning.
	lower := lowerASCII(squeeze(plain))
	at := strings.Index(lower, "hasbeencorrupted")
	if at < 0 {
		return false
	}
	_, found := healthNameIn(lower[max(0, at-400):at], lower[max(0, at-400):at])
	return found
}

// judgeUnknown grades a text no rule knows: the more of an event it is, the surer it is another cause.
func (d *EventDiagnosis) judgeUnknown(lower, plain string) {
	event := hasNumber(plain, "1309") || hasNumber(plain, "3005")
	if event && strings.Contains(lower, "exception") && !strings.Contains(lower, markException) {
		d.Confidence = ConfidenceMedium
		d.Evidence = append(d.Evidence, "the event holds another exception than the health-mailbox case")
		d.Remedies = []string{"Read the exception type and message of the event: event 1309 is raised for every unhandled exception of a web application, and this one does not name a health mailbox."}
		return
	}
	if strings.Contains(lower, markMandatory) {
		d.Evidence = append(d.Evidence, "a mailbox lacks its database, but the text does not say which")
	}
	d.Remedies = []string{"Give the whole event text, with the exception type, the message and the user: nothing in this part tells the cause."}
}

// hasNumber finds a number that is not a part of a longer one.
func hasNumber(text, number string) bool {
	for start := 0; ; {
		at := strings.Index(text[start:], number)
		if at < 0 {
			return false
		}
		at += start
		end := at + len(number)
		if (at == 0 || !isWordByte(text[at-1])) && (end == len(text) || !isWordByte(text[end])) {
			return true
		}
		start = end
	}
}

// accountIn finds the health mailbox account of an event: SM_ with 17 hex digits or HealthMailbox with hex digits.
func accountIn(plain string) string {
	lower := lowerASCII(plain)
	for _, kind := range []struct {
		prefix string
		digits int
	}{{"sm_", 17}, {"healthmailbox", 7}} {
		for start := 0; start < len(lower); {
			at := strings.Index(lower[start:], kind.prefix)
			if at < 0 {
				break
			}
			at += start
			end := at + len(kind.prefix)
			for end < len(lower) && isHex(lower[end]) && end-at-len(kind.prefix) < guidDigits {
				end++
			}
			if end-at-len(kind.prefix) >= kind.digits && (at == 0 || !isWordByte(lower[at-1])) {
				for at > 0 && at > end-100 && (isWordByte(plain[at-1]) || strings.IndexByte(`\.-`, plain[at-1]) >= 0) {
					at--
				}
				return plain[at:end]
			}
			start = end
		}
	}
	return ""
}

// crossServers reads "... calls from [A] to [B]".
func crossServers(squeezed, lower string) (from, to string) {
	at := strings.Index(lower, "callsfrom[")
	if at < 0 {
		return "", ""
	}
	rest := squeezed[at+len("callsfrom["):]
	from, rest, ok := strings.Cut(rest[:min(len(rest), 1000)], "]to[")
	if !ok {
		return "", ""
	}
	to, _, ok = strings.Cut(rest, "]")
	if !ok || len(from) > maxDisplayName || len(to) > maxDisplayName {
		return "", ""
	}
	return from, to
}
