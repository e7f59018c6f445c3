package exchangeevent

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	name      = "HealthMailbox00112233445566778899aabbccddeeff"
	crossCall = "Exception message: MapiExceptionIllegalCrossServerConnection: Monitoring mailbox [] with application " +
		"ID [Client=OWA] is not allowed to make cross-server calls from [a1.lab.example] to [b2.lab.example]"
	warning = "WARNING: The object lab.example/Microsoft Exchange System Objects/Monitoring " +
		"Mailboxes/" + name + " has been corrupted, and it's in an inconsistent state. The following validation errors " +
		"happened:\nWARNING: Database is mandatory on UserMailbox.\n"
)

var cases = []struct {
	name, text string
	cause      string
	confidence Confidence
}{
	{
		"the case",
		"Event code: 3005\nRequest path: /owa/proxylogon.owa\nUser: lab\\SM_0123456789abcdef0\n" + crossCall,
		"health_mailbox",
		"high",
	},
	{
		"only the message",
		"Monitoring mailbox [] with application ID [Client=OWA] is not allowed to make cross-server calls",
		"health_mailbox",
		"high",
	},
	{
		"exception with the account",
		"MapiExceptionIllegalCrossServerConnection at /owa\nUser: lab\\HealthMailbox0011223",
		"health_mailbox",
		"medium",
	},
	{
		"exception with the blocked call",
		"MapiExceptionIllegalCrossServerConnection: is not allowed to make cross-server calls",
		"health_mailbox",
		"medium",
	},
	{
		"exception in an event",
		"Event ID: 1309\nException type: MapiExceptionIllegalCrossServerConnection",
		"health_mailbox",
		"low",
	},
	{"exception alone", "MapiExceptionIllegalCrossServerConnection", "unknown", "low"},
	{
		"another caller",
		"Event ID: 1309 MapiExceptionIllegalCrossServerConnection: Mailbox [Jane] with application ID [x] is not allowed " +
			"to make cross-server calls",
		"unknown",
		"low",
	},
	{"corruption warning", warning, "health_mailbox", "high"},
	{
		"corruption in a log line",
		"12:00 [ps] object lab/Monitoring Mailboxes/" + name + " has been corrupted",
		"health_mailbox",
		"high",
	},
	{
		"corrupted arbitration mailbox",
		strings.ReplaceAll(warning, "Monitoring Mailboxes/"+name, "SystemMailbox{0a1b}"),
		"arbitration_mailbox",
		"high",
	},
	{
		"auth certificate",
		"Event code: 3005\nException type: ExAssertException\nException message: ASSERT: " +
			"HMACProvider.GetCertificates:protectionCertificates.Length<1",
		"auth_certificate",
		"high",
	},
	{"auth certificate, the caller alone", "3005 at HMACProvider.GetCertificates()", "auth_certificate", "high"},
	{"auth certificate, the assertion alone", "protectionCertificates.Length&lt;1", "auth_certificate", "high"},
	{
		"web config could not be found",
		"Event ID: 1309 Event code: 3005\nTargetInvocationException: Could not find file 'D:\\x\\SharedWebConfig.config'.",
		"shared_web_config",
		"high",
	},
	{"web config is missing", "1309 SharedWebConfig.config is missing", "shared_web_config", "high"},
	{
		"web config is only mentioned",
		"Event ID: 1309 Exception type: ConfigurationErrorsException loading D:\\x\\SharedWebConfig.config line 12: " +
			"duplicate key",
		"unknown",
		"medium",
	},
	{
		"half installed update",
		"Event code: 3005 Could not load file or assembly 'Microsoft.Exchange.Common, Version=15.0.0.0' " +
			"FileNotFoundException",
		"update_incomplete",
		"high",
	},
	{"address book", "1309 HttpException at Microsoft.X.RpcObjectSetType /mapi/nspi", "mapi_nspi_rpc", "high"},
	{
		"move",
		"Event code: 3005 MRSProxy.svc The remote server returned an error: (403) Forbidden.",
		"mrs_forbidden",
		"high",
	},
	{
		"move, by the disabled proxy",
		"ASP.NET 1309 Exception message: MRS proxy service is disabled",
		"mrs_forbidden",
		"high",
	},
	{
		"public folder",
		"Error code = UnknownUser (0x3EB) Unable to map userDn '/o=x/ou=Monitoring Mailboxes/cn=Recipients/cn=" + name + "'",
		"public_folder_database",
		"high",
	},
	{
		"address policy",
		"ApplicationException: monitoring mailbox " + name + "@lab.example not found!",
		"address_policy",
		"high",
	},
	{"another exception", "Event ID: 1309\nException type: NullReferenceException", "unknown", "medium"},
	{"unrelated", "The disk is full", "unknown", "low"},
}

func TestDiagnose(t *testing.T) {
	for _, c := range cases {
		for spelling, text := range map[string]string{
			"as is":           c.text,
			"no-break blanks": strings.ReplaceAll(c.text, " ", " \u00a0"),
			"CRLF":            strings.ReplaceAll(c.text, "\n", "\r\n"),
			"curly quotes":    strings.ReplaceAll(c.text, "'", "’"),
		} {
			t.Run(c.name+", "+spelling, func(t *testing.T) {
				got, err := Diagnose(text)
				if err != nil {
					t.Fatal(err)
				}
				if got.Cause != c.cause {
					t.Errorf("cause %s, want %s; evidence %q", got.Cause, c.cause, got.Evidence)
				}
				if got.Confidence != c.confidence {
					t.Errorf("confidence %s, want %s; evidence %q", got.Confidence, c.confidence, got.Evidence)
				}
				if got.HealthMailboxCause != (c.cause == CauseHealthMailbox) {
					t.Errorf("health mailbox cause %v", got.HealthMailboxCause)
				}
				if len(got.Remedies) == 0 {
					t.Error("no next step")
				}
			})
		}
	}
}

func TestDiagnoseNamesTheParties(t *testing.T) {
	got, err := Diagnose(
		"User: lab\\SM_0123456789abcdef0\n" + strings.ReplaceAll(crossCall, "cross-server", "cross-\nserver"),
	)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`lab\SM_0123456789abcdef0`, "a1.lab.example", "b2.lab.example"}
	if diff := cmp.Diff(want, []string{got.Account, got.FromServer, got.ToServer}); diff != "" {
		t.Error(diff)
	}
}

// What nobody may be told: to delete anything for a cause that is not the health mailboxes.
func TestOtherCausesDeleteNothing(t *testing.T) {
	got, err := Diagnose("nothing known")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range got.OtherCauses {
		t.Run(c.ID, func(t *testing.T) {
			for _, deletes := range []string{"Remove-", "Disable-"} {
				if strings.Contains(c.Remedy, deletes) {
					t.Error(c.Remedy)
				}
			}
			for what, text := range map[string]string{"title": c.Title, "remedy": c.Remedy, "reference": c.Reference} {
				if text == "" {
					t.Errorf("no %s", what)
				}
			}
		})
	}
}

func TestDiagnoseRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"blank", " \r\n\u00a0", ErrNoText},
		{"NUL", "a\x00", ErrNUL},
		{"too large", strings.Repeat(" ", MaxInputBytes+1), ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Diagnose(c.text); !errors.Is(err, c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzDiagnose(f *testing.F) {
	for _, c := range cases {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Diagnose(text)
		again, _ := Diagnose(text)
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("two diagnoses differ: %s", diff)
		}
		if err != nil {
			return
		}
		if got.Cause == "" {
			t.Error("no cause")
		}
		if got.Confidence == "" {
			t.Error("no confidence")
		}
		if len(got.OtherCauses) != len(causes().Others) {
			t.Errorf("%d other causes", len(got.OtherCauses))
		}
		if len(got.Remedies) == 0 {
			t.Error("no next step")
		}
	})
}

func BenchmarkDiagnose1MB(b *testing.B) {
	const one = "Event 13091309 healthmailbox SM_ corrupted object /owa\n"
	text := strings.Repeat(one, MaxInputBytes/len(one))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Diagnose(text); err != nil {
			b.Fatal(err)
		}
	}
}
