package smtpfailure

import (
	"fmt"
	"net/netip"
	"testing"
)

// eopRanges is enough of an EOP list for tests.
var eopRanges = []netip.Prefix{
	netip.MustParsePrefix("40.92.0.0/15"), netip.MustParsePrefix("40.107.0.0/16"), netip.MustParsePrefix("52.100.0.0/14"),
	netip.MustParsePrefix("104.47.0.0/17"), netip.MustParsePrefix("2a01:111:f400::/48"), netip.MustParsePrefix("2a01:111:f403::/48"),
}

func inEOP(a netip.Addr) bool {
	for _, p := range eopRanges {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func diagnose(t testing.TB, text string) Diagnosis {
	t.Helper()
	d, err := Diagnose(text, inEOP)
	if err != nil {
		t.Fatalf("Diagnose(%q): %v", text, err)
	}
	return d
}

// ruleCases has, for every row of the rule table, texts that this row must decide.
var ruleCases = map[string][]string{
	"customer-allow-list":     {"550 5.7.1 Unable to relay; blocked by customer allow list, sent by relay07"},
	"customer-block-list":     {"550 5.7.513 Client host [198.51.100.4] refused by fabrikam.example", "550 5.7.703 refused: Tenant Allow/Block List"},
	"outdated-server":         {"550 5.7.230 blocked for 5 mins/hr", "Connecting Exchange server version is out-of-date"},
	"masked-banner":           {"220 ************0*0******* reached mx1", "500 5.3.3 Unrecognized command XXXXXXXA"},
	"body-type":               {"queue mx7: 554 5.6.1 (8BITMIME)", "Body type not supported by remote host"},
	"exchange-authentication": {"451 5.7.3 Cannot achieve Exchange Server authentication"},
	"malformed-response":      {"421 4.4.0 The remote server response was not RFC conformant"},
	"ehlo-stripped":           {"<,250-edge2.fabrikam.example Hello [104.47.2.2], 250-SIZE 37748736, 250 PIPELINING DSN"},
	"unrecognized-verb":       {"500 5.3.3 Unrecognized command"},
	"submission-throttled":    {"550 5.2.251 sender throttled due to continuous errors"},
	"submission-auth":         {"535 5.7.139 logon failed for scanner@fabrikam.example", "530 5.7.57 not authenticated", "535 5.7.3 Authentication unsuccessful [AM0]", "550 5.7.60 SMTP; no permissions to send as this sender"},
	"exchange-kerberos":       {"454 4.7.0 Temporary authentication failure at ex03"},
	"throttled-code":          {"451 4.7.550 come back later (AS77)", "452 5.2.122 over the hourly limit", "450 4.7.870 suspicious"},
	"throttled-words":         {"432 4.3.2 STOREDRV; recipient thread limit exceeded", "421 4.3.2 too many concurrent connections", "452 4.5.3 message submission rate over limit"},
	"banned-code":             {"550 5.7.607 refused [203.0.113.9]", "550 5.7.708 refused", "550 5.7.501 account banned"},
	"bad-outbound-sender":     {"550 5.1.8 Access denied for alerts@fabrikam.example"},
	"banned-words":            {"550 the network of your provider is on our block list (S3150)", "554 Service refused: host blocked using zen list"},
	"recipient-code":          {"550 5.1.10 nobody of that name", "550 5.2.2 quota", "550 5.1.351 remote answer"},
	"edge-blocking":           {"550 5.4.1 [ana@fabrikam.example] Access denied. AS(201806281)", "550 5.4.1 Relay Access Denied"},
	"recipient-words":         {"Remote host said: 550 No such user here", "554 mailbox unavailable"},
	"hop-count":               {"554 5.4.14 Hop count exceeded - possible mail loop ATTR34 [HE1]", "554 5.4.6 too many hops"},
	"server-error":            {"451 4.7.0 Temporary server error. PRX3", "421 4.3.2 Service not active", "451 4.3.2 Temporary server error ATTR17", "451 4.7.701 agent busy"},
	"attribution-code":        {"550 5.7.64 TenantAttribution; sent from contoso.example", "550 5.7.51 partner connector restricts"},
	"wrong-region":            {"451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35", "550 recipient in a tenant which has no mail-enabled subscriptions. ATTR5"},
	"attribution-marker":      {"550 5.7.1 refused ATTR36"},
	"relay-denied":            {"550 5.7.1 Unable to relay for dora@fabrikam.example", "554 Relaying denied"},
	"dane-code":               {"450 4.7.324 the DNSSEC answer can't be verified", "550 5.7.321 no STARTTLS"},
	"tls-report":              {"result tlsa-invalid for mx.fabrikam.example", "starttls-not-supported: mx.fabrikam.example"},
	"mta-sts":                 {"450 4.4.8 MX hosts of fabrikam.example", "Remote certificate failed MTA-STS validation", "550 5.7.5 reason NameMismatch"},
	"no-credentials":          {"*,,TLS negotiation failed with error NoCredentials", "454 4.7.5 The certificate specified in the TlsCertificateName cannot be loaded"},
	"certificate-rejected":    {"450 4.4.317 Cannot connect to remote server [Message=CertificateExpired]", "4.7.5 Certificate validation failure, UntrustedRoot", "SEC_E_WRONG_PRINCIPAL"},
	"certificate-code":        {"450 4.7.320 refused by policy of the connector", "454 4.7.5 certificate trouble"},
	"handshake":               {"451 4.4.0 TLS negotiation failed with error SocketError", "SSL handshake broke off, Winsock error code: 10054", "451 4.4.0 Security status InvalidToken"},
	"starttls-required":       {"450 4.4.317 Cannot connect to remote server [Message=451 5.7.3 STARTTLS is required to send mail]", "530 Must issue a STARTTLS command first"},
	"ehlo-without-starttls":   {"250-mb1.fabrikam.example Hello [104.47.9.9] 250-PIPELINING 250 8BITMIME X-EXPS GSSAPI NTLM"},
	"no-route":                {"421 4.2.1 Unable to connect, SocketError: Failed to connect. Winsock error code: 10065", "connect to mx.fabrikam.example[2001:db8::5]:25: Network is unreachable"},
	"inside-target":           {"441 4.4.1 \"Failed to connect. Winsock error code: 10061\" The last endpoint attempted was 10.20.30.40:25", "421 4.4.2 Connection dropped. The last endpoint attempted was 203.0.113.2:2525"},
	"refused":                 {"450 4.4.316 Connection refused", "Failed to connect. Winsock error code: 10061", "550 5.4.316 abgelaufen"},
	"dns-send":                {"554 5.4.4 SMTPSEND.DNS.MalformedData; malformed data"},
	"dns-query":               {"450 4.4.312 query failed", "Winsock error code: 11001", "451 4.4.0 DNS query failed. The error was: ErrorRetry"},
	"unanswered":              {"450 4.4.315 Connection timed out", "441 4.4.1 Winsock error code: 10060", "450 4.4.317 [Message=Failed to connect. Winsock error code: 995]", "421 4.4.1 no answer"},
	"timed-out":               {"connect to mx.fabrikam.example[203.0.113.4]:25: Connection timed out"},
	"aborted-connect":         {"451 4.4.0 the target responded with 421 4.4.2 unable to connect"},
	"cut-off":                 {"450 4.4.318 Connection was closed abruptly", "421 4.4.2 Connection dropped due to SocketError", "SocketError: An existing connection was forcibly closed by the remote host", "450 4.4.2 Bad connection"},
	"no-answer":               {"#4.4.1 mx.fabrikam.example gave no answer"},
	"connector-off":           {"The domain of the recipient is not configured as part of connector"},
	"connector-ehlo":          {"SMTP EHLO task failed for smart host hybrid.fabrikam.example"},
	"not-connected":           {"450 4.4.317 Cannot connect to remote server", "450 4.4.101 Proxy session setup failed on Frontend", "441 4.4.1 Error encountered while communicating with primary target IP address"},
	"sender-policy":           {"550 5.7.509 sending domain fails DMARC", "450 4.7.26 IPv6 without SPF or DKIM"},
	"sender-rejected":         {"501 5.1.8 Sender address rejected: domain not found"},
	"recipient-policy":        {"550 5.7.134 mailbox takes no strangers", "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required", "550 5.3.4 over the limit"},
	"connector-validation":    {"TaskName : SmtpTask\r\nIsTaskSuccessful : False", "Connector \"to on-prem\": validation failed"},
	"store-driver":            {"554 5.6.0 STOREDRV.Deliver.Exception:ConversionFailedException"},
	"family-routing":          {"550 5.4.4 Unable to route", "550 5.1.2 bad destination system"},
	"family-address":          {"550 5.1.7 odd sender", "450 4.2.1 mailbox over rate"},
	"family-system":           {"451 4.3.0 local trouble", "421 Service closing transmission channel"},
	"family-retry-later":      {"450 4.7.1 Greylisted, try again in 300 seconds"},
	"family-security":         {"550 5.7.1 Message rejected", "554 5.6.0 corrupt content"},
	"expired":                 {"550 4.4.7 QUEUE.Expired; message expired", "550 5.4.300 Message expired", "400 4.4.7 Message delayed"},
}

func TestEveryRuleDecidesItsCases(t *testing.T) {
	known := map[string]Class{}
	for _, r := range rules {
		if _, twice := known[r.id]; twice {
			t.Errorf("rule id %q twice", r.id)
		}
		known[r.id] = r.class
		if len(ruleCases[r.id]) == 0 {
			t.Errorf("rule %q has no case", r.id)
		}
	}
	for id, texts := range ruleCases {
		if _, ok := known[id]; !ok {
			t.Errorf("cases of %q: no such rule", id)
		}
		for _, text := range texts {
			d := diagnose(t, text)
			if d.Rule != id || d.Class != known[id] {
				t.Errorf("%q: decided by %q as %s, want %q as %s", text, d.Rule, d.Class, id, known[id])
			}
			if len(d.Evidence) == 0 && id != "ehlo-stripped" {
				t.Errorf("%q: no evidence", text)
			}
		}
	}
}

func TestRulesAreComplete(t *testing.T) {
	classes := map[Class]bool{}
	for _, c := range Classes() {
		classes[c] = false
	}
	directions := map[Direction]bool{"": true}
	for _, d := range Directions() {
		directions[d] = true
	}
	for _, r := range append(append([]rule(nil), rules...), nothingHeld) {
		if _, ok := classes[r.class]; !ok {
			t.Errorf("rule %q: class %q is not in Classes", r.id, r.class)
		}
		classes[r.class] = true
		if !directions[r.who] {
			t.Errorf("rule %q: direction %q", r.id, r.who)
		}
		if r.source == "" {
			t.Errorf("rule %q has no source", r.id)
		}
	}
	for c, used := range classes {
		if !used {
			t.Errorf("no rule gives class %q", c)
		}
	}
}

// directionCases has a text for every row of the direction table.
var directionCases = map[string]string{
	"submission-endpoint":      "Server at smtp.office365.com (52.97.1.2) returned '421 4.4.2 Connection dropped'",
	"listed-target":            "441 4.4.1 Winsock error code: 10060. The last endpoint attempted was 104.47.11.12:25",
	"eop-host":                 "[{LED=421 4.4.2 Connection dropped};{MSG=};{FQDN=fabrikam-example.mail.protection.outlook.com};{IP=};{LRT=}]",
	"private-target":           "TLS negotiation failed. The last endpoint attempted was 10.1.2.3:25",
	"listed-client":            "2026-02-03T04:05:06.007Z,MX1\\Default Frontend,08DA,5,198.51.100.25:25,104.47.20.5:31220,-,,Remote(ConnectionReset)",
	"hybrid-send-connector":    "2026-02-03T04:05:06.007Z,Outbound to Office 365,08DA,5,,,*,,\"Failed to connect. Winsock error code: 10060\"",
	"hybrid-receive-connector": "MX1\\Inbound from Office 365,08DA,5,,,*,,421 4.4.2 Connection dropped",
	"exchange-online":          "450 4.4.315 Connection timed out [LastAttemptedServerName=hybrid.fabrikam.example]",
	"front-end-proxy":          "451 4.7.0 Temporary server error. PRX3",
	"attributed":               "451 4.3.2 Temporary server error ATTR17",
	"submission-host":          "smtp.office365.com closed the connection",
	"foreign-target":           "441 4.4.1 Winsock error code: 10061. The last endpoint attempted was 198.51.100.7:25",
}

func TestEveryDirectionHintDecidesItsCase(t *testing.T) {
	known := map[string]bool{}
	for _, h := range directionHints {
		known[h.id] = true
		text, ok := directionCases[h.id]
		if !ok {
			t.Errorf("direction hint %q has no case", h.id)
			continue
		}
		f := read(fold(text), inEOP)
		for _, first := range directionHints {
			if _, holds := first.when.match(f); holds {
				if first.id != h.id {
					t.Errorf("%q: decided by %q, want %q", text, first.id, h.id)
				}
				break
			}
		}
		if d := diagnose(t, text); d.Direction != h.direction {
			t.Errorf("%q: direction %s, want %s", text, d.Direction, h.direction)
		}
	}
	for id := range directionCases {
		if !known[id] {
			t.Errorf("case of %q: no such hint", id)
		}
	}
}

func TestEveryAdviceHasText(t *testing.T) {
	check := func(name string, a advice) {
		if a.explanation == "" || len(a.steps) == 0 {
			t.Errorf("advice %s is empty", name)
		}
	}
	for key, a := range advices {
		check(fmt.Sprint(key), a)
		for d, special := range a.toward {
			check(fmt.Sprint(key, " toward ", d), special)
		}
	}
}
