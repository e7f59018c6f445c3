package smtpfailure

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

func TestUnreadableText(t *testing.T) {
	for _, c := range []struct {
		text string
		want error
	}{
		{"", ErrNoText},
		{" \r\n\t\u00a0\u200b\ufeff", ErrNoText},
		{"4\x005\x000\x00", ErrUTF16},
	} {
		text, want := c.text, c.want
		if _, err := Diagnose(text, inEOP); !errors.Is(err, want) {
			t.Errorf("Diagnose(%q): error %v, want %v", text, err, want)
		} else if strings.HasSuffix(err.Error(), ".") {
			t.Errorf("error ends with a period: %v", err)
		}
	}
}

func TestTarget(t *testing.T) {
	address := netip.MustParseAddr
	for _, c := range []struct {
		text string
		want Target
	}{
		{"[LastAttemptedServerName=MX.Fabrikam.Example] [LastAttemptedIP=203.0.113.4:25]", Target{address("203.0.113.4"), 25, "mx.fabrikam.example"}},
		{"[LastAttemptedIP=203.0.113.4:25 [HK2.prod.outlook.com](Socket error code 10061)'", Target{address("203.0.113.4"), 25, ""}},
		{"[LastAttemptedIP=[2001:db8::4]:25]", Target{address("2001:db8::4"), 25, ""}},
		{"[LastAttemptedIP = 203.0.113.4:25]", Target{address("203.0.113.4"), 25, ""}},
		{"LastAttemptedIP=2001:db8::4]", Target{address("2001:db8::4"), 0, ""}},
		{"The last endpoint attempted was\r\n203.0.113.4:25.", Target{address("203.0.113.4"), 25, ""}},
		{"The last endpoint attempted was 203.0.\n113.4:25'", Target{address("203.0.113.4"), 25, ""}},
		{"OutboundProxyTargetIP: 203.0.113.4. OutboundProxyTargetHostName: mx.fabrikam.example", Target{address("203.0.113.4"), 0, "mx.fabrikam.example"}},
		{"{FQDN=mx.fabrikam.example};{IP=203.0.113.4};{LRT=}", Target{address("203.0.113.4"), 0, "mx.fabrikam.example"}},
		{"Server at mx.fabrikam.example (203.0.113.4) returned '450'", Target{address("203.0.113.4"), 0, "mx.fabrikam.example"}},
		{"connect to mx.fabrikam.example[203.0.113.4]:2525: refused", Target{address("203.0.113.4"), 2525, "mx.fabrikam.example"}},
		{"[LastAttemptedIP=72.x.x.x:25]", Target{}},
		{"The last endpoint attempted was x.x.x.x:25'};{FQDN=fe1.fabrikam.example};{IP=192.168.4.4}", Target{Host: "fe1.fabrikam.example"}},
		{"Server at mx.fabrikam.example (0.0.0.0) returned", Target{Host: "mx.fabrikam.example"}},
		{"Server at AM0PR01.eurprd01.prod.outlook.com returned '550 5.4.316'", Target{}},
		{"T,C,S,3,10.0.0.7:40112,203.0.113.4:25,*,,", Target{address("203.0.113.4"), 25, ""}},
		{"T,C,S,3,10.0.0.7:25,203.0.113.4:40112,*,,", Target{}},
		{"Server at a.example (203.0.113.8) [LastAttemptedIP=203.0.113.4:25]", Target{address("203.0.113.4"), 25, "a.example"}},
	} {
		if d := diagnose(t, c.text); d.Target != c.want {
			t.Errorf("%q: target %+v, want %+v", c.text, d.Target, c.want)
		}
	}
}

func TestTargetBelongsToTheDecidingEvent(t *testing.T) {
	d := diagnose(t, "1:00 Server at a.example (203.0.113.8) returned '451 4.3.0 busy'. "+strings.Repeat("and so on ", 30)+
		"2:00 Server at b.example (203.0.113.9) returned '450 4.4.316 Connection refused'")
	if d.Target.Host != "b.example" || d.Target.Address != netip.MustParseAddr("203.0.113.9") {
		t.Errorf("target %+v", d.Target)
	}
}

func TestCodes(t *testing.T) {
	for _, c := range []struct {
		text string
		want Codes
	}{
		{"450 4.4.317 [Message=Socket error code 10061]", Codes{[]string{"450"}, []string{"4.4.317"}, []string{"10061"}, []string{"Socket error code 10061"}}},
		{"550 5.4.300 expired -> 421 4.4.2 dropped -> 421 4.4.2", Codes{Basic: []string{"550", "421"}, Enhanced: []string{"5.4.300", "4.4.2"}}},
		{"550-5.7.1 first\n550 5.7.1 second", Codes{Basic: []string{"550"}, Enhanced: []string{"5.7.1"}}},
		{"#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##", Codes{[]string{"550"}, []string{"5.1.1"}, nil, []string{"RESOLVER.ADR.RecipNotFound"}}},
		{"421.4.4.2 dotted", Codes{Basic: []string{"421"}, Enhanced: []string{"4.4.2"}}},
		{"4214.4.2 glued", Codes{Basic: []string{"421"}, Enhanced: []string{"4.4.2"}}},
		{"4.4.3\n16 wrapped", Codes{Enhanced: []string{"4.4.316"}}},
		{"421\n4.4.1 not wrapped", Codes{Basic: []string{"421"}, Enhanced: []string{"4.4.1"}}},
		{"Winsock error code: 100\n61", Codes{Winsock: []string{"10061"}}},
		{"(ATTR36) S3140 PRX12 AS(201806281) MATTR5", Codes{Inner: []string{"ATTR36", "S3140", "PRX12", "AS(201806281)"}}},
		{"10.4.4.1 4.4.1.9 v4.4.1 4.8.1 4.44.1 4.4.1000 6.4.1 port :10061 4.7.26 10:00", Codes{}},
		{"450 messages and 550 5", Codes{Basic: []string{"450"}}},
	} {
		if d := diagnose(t, c.text); !reflect.DeepEqual(d.Codes, c.want) {
			t.Errorf("%q:\n got %+v\nwant %+v", c.text, d.Codes, c.want)
		}
	}
}

func TestExplanationTellsRefusalFromDrop(t *testing.T) {
	refusal := diagnose(t, "450 4.4.316 Connection refused [LastAttemptedIP=203.0.113.4:25]")
	drop := diagnose(t, "450 4.4.315 Connection timed out [LastAttemptedIP=203.0.113.4:25]")
	for _, c := range []struct {
		d    Diagnosis
		want []string
	}{
		{refusal, []string{"something answered", "rejects", "NAT", "stopped", "203.0.113.4", "your own public address"}},
		{drop, []string{"no answer", "Security groups", "drop", "203.0.113.4"}},
	} {
		for _, want := range c.want {
			if !strings.Contains(c.d.Explanation, want) {
				t.Errorf("explanation lacks %q: %s", want, c.d.Explanation)
			}
		}
		if steps := strings.Join(c.d.Remediation, "\n"); !strings.Contains(steps, "shut down on purpose") || !strings.Contains(steps, "40.95.0.0/16") {
			t.Errorf("remediation lacks a cause: %s", steps)
		}
	}
}

func TestDirectionDecidesSuspicion(t *testing.T) {
	const failure = "441 4.4.1 \"Failed to connect. Winsock error code: 10061\" The last endpoint attempted was "
	for _, c := range []struct {
		text      string
		inList    func(netip.Addr) bool
		direction Direction
		suspect   Suspicion
	}{
		{"450 4.4.101 Proxy session setup failed on Frontend with " + failure + "198.51.100.5:25", inEOP, EOPToOnPrem, SuspectYes},
		{"450 4.4.101 Proxy session setup failed on Frontend with " + failure + "104.47.3.3:25", inEOP, OnPremToEOP, SuspectNo},
		{"450 4.4.101 Proxy session setup failed on Frontend with " + failure + "192.168.1.9:25", inEOP, WithinOrg, SuspectNo},
		{failure + "104.47.3.3:25", inEOP, OnPremToEOP, SuspectNo},
		{failure + "198.51.100.5:25", inEOP, OnPremOutbound, SuspectNo},
		{failure + "198.51.100.5:25", nil, DirectionUnknown, SuspectMaybe},
		{failure, nil, DirectionUnknown, SuspectMaybe},
	} {
		d, err := Diagnose(c.text, c.inList)
		if err != nil {
			t.Fatal(err)
		}
		if d.Direction != c.direction || d.AllowlistSuspect != c.suspect {
			t.Errorf("%q: %s %s, want %s %s", c.text, d.Direction, d.AllowlistSuspect, c.direction, c.suspect)
		}
	}
}

// A refusal that Exchange Online quotes comes from the server it delivers to: a third party's,
// unless only one's own server says such things.
func TestQuotedRefusals(t *testing.T) {
	for refusal, want := range map[string]Direction{
		"550 5.1.10 RESOLVER.ADR.RecipientNotFound": EOPOutbound,
		"550 5.7.1 Unable to relay":                 EOPToOnPrem,
		"554 5.4.6 Hop count exceeded":              EOPToOnPrem,
		"421 4.3.2 Service not active":              EOPToOnPrem,
	} {
		d := diagnose(t, "Server at mx.fabrikam.example returned '"+refusal+"' [LastAttemptedServerName=mx.fabrikam.example]")
		if d.Direction != want || d.AllowlistSuspect != SuspectNo {
			t.Errorf("%s: %s, %s", refusal, d.Direction, d.AllowlistSuspect)
		}
	}
}

func TestRemediationIsACopy(t *testing.T) {
	diagnose(t, "450 4.4.316").Remediation[0] = "changed"
	if diagnose(t, "450 4.4.316").Remediation[0] == "changed" {
		t.Error("a caller can change the texts")
	}
}
