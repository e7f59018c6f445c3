package smtpfailure

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lists is enough of the published lists for tests.
type lists struct{}

var listedRanges = []netip.Prefix{
	netip.MustParsePrefix("40.92.0.0/15"), netip.MustParsePrefix("40.107.0.0/16"), netip.MustParsePrefix("52.100.0.0/14"),
	netip.MustParsePrefix("104.47.0.0/17"), netip.MustParsePrefix("2a01:111:f400::/48"),
	netip.MustParsePrefix("2a01:111:f403::/48"),
}

var formerRange = netip.MustParsePrefix("207.46.163.0/24")

func (lists) Lists(a netip.Addr) bool {
	return slices.ContainsFunc(listedRanges, func(p netip.Prefix) bool { return p.Contains(a) })
}

func (l lists) History(a netip.Addr) []Listing {
	switch {
	case l.Lists(a):
		return []Listing{{Cloud: "worldwide", Since: "2018062600"}}
	case formerRange.Contains(a):
		return []Listing{{Cloud: "worldwide", Since: "2014050100", Until: "2019020100"}}
	}
	return nil
}

func diagnose(t testing.TB, text string) Diagnosis {
	t.Helper()
	d, err := Diagnose(text, lists{})
	if err != nil {
		t.Fatalf("Diagnose(%q): %v", text, err)
	}
	return d
}

// ruleCases has texts for every row of the rule table, which this row must decide.
var ruleCases = []struct{ rule, text string }{
	{"customer-allow-list", "550 5.7.1 Unable to relay; blocked by customer allow list, sent by relay07"},
	{"customer-block-list", "550 5.7.513 Client host [198.51.100.4] refused by fabrikam.example"},
	{"customer-block-list", "550 5.7.703 refused: Tenant Allow/Block List"},
	{"outdated-server", "550 5.7.230 blocked for 5 mins/hr"},
	{"outdated-server", "Connecting Exchange server version is out-of-date"},
	{"inspection", "220 ************0*0******* reached mx1"},
	{"inspection", "queue mx7: 554 5.6.1 (8BITMIME)"},
	{"inspection", "Body type not supported by remote host"},
	{"inspection", "451 5.7.3 Cannot achieve Exchange Server authentication"},
	{"inspection", "421 4.4.0 The remote server response was not RFC conformant"},
	{"inspection", "500 5.3.3 Unrecognized command XXXXXXXA"},
	{"inspection", "500 5.3.3 Unrecognized command"},
	{"throttled", "550 5.2.251 sender throttled due to continuous errors"},
	{"submission-auth", "535 5.7.139 logon failed for scanner@fabrikam.example"},
	{"submission-auth", "530 5.7.57 not authenticated"},
	{"exchange-kerberos", "454 4.7.0 Temporary authentication failure at ex03"},
	{"throttled-ipv6", "550 5.7.508 Access denied, [2001:db8::25] has exceeded permitted limits"},
	{"throttled", "451 4.7.550 come back later (AS77)"},
	{"throttled", "452 5.2.122 over the hourly limit"},
	{"banned-code", "550 5.7.607 refused [203.0.113.9]"},
	{"banned-code", "550 5.7.708 refused"},
	{"bad-outbound-sender", "550 5.1.8 Access denied for alerts@fabrikam.example"},
	{"recipient-code", "550 5.1.10 nobody of that name"},
	{"recipient-code", "550 5.2.2 quota"},
	{"edge-blocking", "550 5.4.1 [ana@fabrikam.example] Access denied. AS(201806281)"},
	{"edge-blocking", "550 5.4.1 Relay Access Denied"},
	{"hop-count", "554 5.4.14 Hop count exceeded - possible mail loop ATTR34 [HE1]"},
	{"hop-count", "554 5.4.6 too many hops"},
	{"scored-words", "554 refused, the reputation score of 198.51.100.3 is 12: low reputation"},
	{"greylisted", "450 4.7.1 Greylisted, try again in 300 seconds"},
	{"throttled", "432 4.3.2 STOREDRV; recipient thread limit exceeded"},
	{"throttled", "421 4.3.2 too many concurrent connections"},
	{"banned-words", "550 the network of your provider is on our block list (S3150)"},
	{"banned-words", "554 Service refused: host blocked using zen list"},
	{"recipient-words", "Remote host said: 550 No such user here"},
	{"recipient-words", "554 mailbox unavailable"},
	{"sender-rejected", "450 4.7.1 <mx9>: Helo command rejected: Host not found"},
	{"sender-rejected", "501 5.1.8 Sender address rejected: domain not found"},
	{"server-error", "451 4.7.0 Temporary server error. PRX3"},
	{"server-error", "421 4.3.2 Service not active"},
	{"direct-send", "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization"},
	{"attribution", "550 5.7.64 TenantAttribution; sent from contoso.example"},
	{"attribution", "550 5.7.51 partner connector restricts"},
	{"wrong-region-code", "451 4.4.4 Temporary server error. ATTR35"},
	{"wrong-region", "451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35"},
	{"wrong-region", "550 recipient in a tenant which has no mail-enabled subscriptions. ATTR5"},
	{"attribution", "550 5.7.1 refused ATTR36"},
	{"relay-denied", "550 5.7.1 Unable to relay for dora@fabrikam.example"},
	{"relay-denied", "554 Relaying denied"},
	{"dane-code", "450 4.7.324 the DNSSEC answer can't be verified"},
	{"dane-code", "550 5.7.321 no STARTTLS"},
	{"tls-report", "result tlsa-invalid for mx.fabrikam.example"},
	{"tls-report", "starttls-not-supported: mx.fabrikam.example"},
	{"mta-sts", "450 4.4.8 MX hosts of fabrikam.example"},
	{"mta-sts", "Remote certificate failed MTA-STS validation"},
	{"no-credentials", "*,,TLS negotiation failed with error NoCredentials"},
	{"no-credentials", "454 4.7.5 The certificate specified in the TlsCertificateName cannot be loaded"},
	{"certificate-code", "450 4.7.320 refused by policy of the connector"},
	{"crypto-failure", "454 4.7.5 certificate trouble"},
	{"handshake", "454 4.7.5 TLS negotiation failed with error AlgorithmMismatch"},
	{"certificate-words", "450 4.4.317 Cannot connect to remote server [Message=CertificateExpired]"},
	{"certificate-words", "SEC_E_WRONG_PRINCIPAL"},
	{"handshake", "451 4.4.0 TLS negotiation failed with error SocketError"},
	{"handshake", "SSL handshake broke off, Winsock error code: 10054"},
	{
		"starttls-required",
		"450 4.4.317 Cannot connect to remote server [Message=451 5.7.3 STARTTLS is required to send mail]",
	},
	{"starttls-required", "530 Must issue a STARTTLS command first"},
	{"no-route", "421 4.2.1 Unable to connect, SocketError: Failed to connect. Winsock error code: 10065"},
	{"no-route", "connect to mx.fabrikam.example[2001:db8::5]:25: Network is unreachable"},
	{"refused", "450 4.4.316 Connection refused"},
	{"refused", "Failed to connect. Winsock error code: 10061"},
	{"dns-query", "554 5.4.4 SMTPSEND.DNS.MalformedData; malformed data"},
	{"dns-query", "450 4.4.312 query failed"},
	{"unanswered", "450 4.4.315 Connection timed out"},
	{"unanswered", "441 4.4.1 Winsock error code: 10060"},
	{"timed-out", "connect to mx.fabrikam.example[203.0.113.4]:25: Connection timed out"},
	{"aborted-connect", "451 4.4.0 the target responded with 421 4.4.2 unable to connect"},
	{"cut-off", "450 4.4.318 Connection was closed abruptly"},
	{"cut-off", "421 4.4.2 Connection dropped due to SocketError"},
	{"no-answer", "#4.4.1 mx.fabrikam.example gave no answer"},
	{"no-answer", "421 4.4.1 no answer"},
	{"connector-off", "The domain of the recipient is not configured as part of connector"},
	{"connector-ehlo", "SMTP EHLO task failed for smart host hybrid.fabrikam.example"},
	{"not-connected", "450 4.4.317 Cannot connect to remote server"},
	{"not-connected", "450 4.4.101 Proxy session setup failed on Frontend"},
	{"sender-ipv6", "450 4.7.26 IPv6 without SPF or DKIM"},
	{"sender-policy", "550 5.7.509 sending domain fails DMARC"},
	{"content", "550 5.3.4 over the limit"},
	{"restriction", "550 5.7.134 mailbox takes no strangers"},
	{"restriction", "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required"},
	{"client-refused", "554 5.7.1 gateway7: client host rejected"},
	{"connector-validation", "TaskName : SmtpTask\r\nIsTaskSuccessful : False"},
	{"connector-validation", "Connector \"to on-prem\": validation failed"},
	{"store-driver", "554 5.6.0 STOREDRV.Deliver.Exception:ConversionFailedException"},
	{"family-content", "554 5.6.0 corrupt content"},
	{"family-recipients", "452 4.5.3 enough for one message"},
	{"family-routing", "550 5.4.4 Unable to route"},
	{"family-routing", "550 5.1.2 bad destination system"},
	{"family-refused-remotely", "554 5.7.360 the remote server said no"},
	{"family-address", "550 5.1.7 odd sender"},
	{"family-address", "450 4.2.1 mailbox over rate"},
	{"family-system", "451 4.3.0 local trouble"},
	{"family-retry-later", "450 4.7.1 deferred"},
	{"family-congestion", "421 #4.4.5 sessions at their limit"},
	{"family-service", "421 Service closing transmission channel"},
	{"message-refused", "550 5.7.1 Message rejected"},
	{"family-security", "550 5.7.1 no"},
	{"expired", "550 4.4.7 QUEUE.Expired; message expired"},
	{"expired", "550 5.4.300 Message expired"},
}

func TestRules(t *testing.T) {
	for _, c := range ruleCases {
		t.Run(c.rule+"/"+c.text, func(t *testing.T) {
			if d := diagnose(t, c.text); d.Rule != c.rule {
				t.Errorf("decided by %q as %s", d.Rule, d.Class)
			}
		})
	}
}

func TestEveryRuleHasACase(t *testing.T) {
	for _, r := range ruleTable().rules {
		t.Run(r.id, func(t *testing.T) {
			if !slices.ContainsFunc(ruleCases, func(c struct{ rule, text string }) bool { return c.rule == r.id }) {
				t.Error("no text that it decides")
			}
			if !slices.Contains(Classes(), r.class) {
				t.Errorf("class %q", r.class)
			}
			if a := adviceFor(r.advice, DirectionUnknown); a.explanation == "" || len(a.steps) == 0 {
				t.Errorf("advice %q", r.advice)
			}
		})
	}
}

func TestEveryAdviceHasText(t *testing.T) {
	for name, a := range advices() {
		if name == "" || name == "steps" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if a.explanation == "" {
				t.Error("no explanation")
			}
			if len(a.steps) == 0 {
				t.Error("no steps")
			}
			general, _, _ := strings.Cut(name, ",")
			if url := advices()[general].reference; !strings.HasPrefix(url, "https://") {
				t.Errorf("reference %q", url)
			}
		})
	}
}

func TestLexicon(t *testing.T) {
	l := newLexicon("abc|abcd", "", "bcd")
	for _, c := range []struct {
		text  string
		want  []bool
		first int
	}{
		{"", []bool{false, false, false}, -1},
		{"ab", []bool{false, false, false}, -1},
		{"abc", []bool{true, false, false}, 0},
		{"-abcd", []bool{true, false, true}, 1},
		{"bc bcd", []bool{false, false, true}, 3},
	} {
		t.Run(c.text, func(t *testing.T) {
			if diff := cmp.Diff(c.want, l.groupsIn(c.text, 3)); diff != "" {
				t.Error(diff)
			}
			if got := l.first(c.text); got != c.first {
				t.Errorf("first at %d, want %d", got, c.first)
			}
		})
	}
}
