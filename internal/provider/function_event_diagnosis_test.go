package provider_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/exchangeevent"
)

func TestEventDiagnosis(t *testing.T) {
	s := unconfigured(t)
	const call1309 = "Event ID: 1309\nEvent code: 3005\nException message: MapiExceptionIllegalCrossServerConnection: " +
		"Monitoring mailbox [] with application ID [Client=OWA] is not allowed to make cross-server calls from " +
		"[mbx1.corp.example] to [mbx2.corp.example]\nRequest path: /owa/proxylogon.owa\nUser: CORP\\SM_0123456789abcdef0\n"
	for name, tc := range map[string]struct {
		text, cause, confidence string
		health                  bool
	}{
		"the case": {call1309, "health_mailbox", "high", true},
		"web config": {
			"Event ID: 1309 Event code: 3005 Could not find file 'SharedWebConfig.config'.", "shared_web_config", "high", false,
		},
		"certificate": {"Event code: 3005\nASSERT: " +
			"HMACProvider.GetCertificates:protectionCertificates.Length<1", "auth_certificate", "high", false},
		"another":       {"Event ID: 1309\nException type: NullReferenceException", "unknown", "medium", false},
		"no event":      {"The disk is full", "unknown", "low", false},
		"corrupted one": {warningsAbout("HealthMailbox" + strings.Repeat("b", 32)), "health_mailbox", "high", true},
	} {
		for lineEnd, end := range lineEnds {
			t.Run(name+", "+lineEnd, func(t *testing.T) {
				text := strings.ReplaceAll(tc.text, "\n", end)
				got := result(t, s, "event_diagnosis", text).(object)
				wantAttributes(t, object{
					"cause": tc.cause, "confidence": tc.confidence, "health_mailbox_cause": tc.health,
				}, got)
				d, err := exchangeevent.Diagnose(text)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(plainEvent(d), got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
	t.Run("parties", func(t *testing.T) {
		wantAttributes(t, object{
			"account": `CORP\SM_0123456789abcdef0`, "from_server": "mbx1.corp.example", "to_server": "mbx2.corp.example",
		}, result(t, s, "event_diagnosis", call1309).(object))
	})
}

func plainEvent(d exchangeevent.Diagnosis) object {
	others := make([]any, len(d.OtherCauses))
	for i, c := range d.OtherCauses {
		others[i] = object{
			"id":          c.ID,
			"title":       c.Title,
			"matched":     c.Matched,
			"remediation": c.Remedy,
			"reference":   c.Reference,
		}
	}
	text := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	return object{
		"health_mailbox_cause": d.HealthMailboxCause, "confidence": string(d.Confidence), "cause": d.Cause, "evidence": anys(
			d.Evidence,
		),
		"reference": text(d.Reference), "remediation": anys(d.Remedies), "other_causes": others,
		"account": text(d.Account), "from_server": text(d.FromServer), "to_server": text(d.ToServer),
	}
}
