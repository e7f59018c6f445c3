package smtpfailure

import "testing"

// heldOut are texts written after the rules, in the shapes people paste: traces, bounces, queue
// records, protocol logs, other mail servers' logs, in several languages and states of damage.
// A text that fails here is answered by a better principle, not by its own words in a rule.
var heldOut = []struct {
	text      string
	class     Class
	direction Direction // empty: not judged
	suspect   Suspicion // empty: not judged
}{
	// Exchange Online could not connect to the reader's host.
	{"Status: Verzögert. Grund: [{LED=450 4.4.316 Connection refused [Message=Socket error code 10061] [LastAttemptedServerName=hybrid.fabrikam.example] [LastAttemptedIP=203.0.113.44:25] [SmtpSecurity=0;0]};{MSG=};{FQDN=hybrid.fabrikam.example};{IP=203.0.113.44};{LRT=14.03.2026 08:15:02}]. OutboundProxyTargetIP: 203.0.113.44.", FirewallRefused, EOPToOnPrem, SuspectYes},
	{"<<LED=450 4.4.316 Connection refused <Message=Socket error code 10061> <LastAttemptedServerName=mx.fabrikam.example>>;<MSG=>", FirewallRefused, EOPToOnPrem, SuspectYes},
	{"450 4.4.101 Proxy session setup failed on Frontend with '441 4.4.1 Error encountered while communicating with primary target IP address: ''Failed to connect. Winsock error code: 10061, Win32 error code: 10061.'' The last endpoint attempted was 198.51.100.77:25'", FirewallRefused, EOPToOnPrem, SuspectYes},
	{"450 4.4.101 Proxy session setup failed on Frontend with '441 4.4.1 \"Failed to connect. Winsock error code: 10060\"'", FirewallTimeout, EOPToOnPrem, SuspectYes},
	{"450 4.4.315 Connexion expirée [Message=Code d'erreur de socket 10060] [LastAttemptedIP=[2001:db8:10::25]:25]", FirewallTimeout, EOPToOnPrem, SuspectYes},
	{"550 5.4.315 Message expired, connection timed out(Socket error code 10060)", FirewallTimeout, EOPToOnPrem, SuspectYes},
	{"450 4.4.317 Cannot connect to remote server [Message=SocketError: TimedOut] [LastAttemptedServerName=mx.fabrikam.example]", FirewallTimeout, EOPToOnPrem, SuspectYes},
	{"Validate-OutboundConnector: TaskName: Connection, IsTaskSuccessful: False, Detail: 450 4.4.316 Connection refused [Message=Socket error code 10061]", FirewallRefused, EOPToOnPrem, SuspectYes},
	{"連接器驗證失敗：450 4.4.316 連線遭拒 [Message=Socket error code 10061] [LastAttemptedIP=203.0.113.9:25]", FirewallRefused, EOPToOnPrem, SuspectYes},
	{"Server at mail.fabrikam.example (203.0.113.9) returned ‘450 4.4.317 Cannot establish session with remote server [Message=Failed to connect. Winsock error code: 10061, Win32 error code: 10061]’", FirewallRefused, EOPToOnPrem, SuspectYes},
	{"connect to hybrid.fabrikam.example[203.0.113.9]:25: Connection refused", FirewallRefused, OnPremOutbound, SuspectNo},
	{"No connection could be made because the target machine actively refused it", FirewallRefused, DirectionUnknown, SuspectMaybe},
	{"A connection attempt failed because the connected party did not properly respond after a period of time", FirewallTimeout, DirectionUnknown, SuspectMaybe},

	// The reader's server could not connect.
	{"Identity: MX1\\44, LastError: [{LED=441 4.4.1 Error encountered while communicating with primary target IP address: \"Failed to connect. Winsock error code: 10060, Win32 error code: 10060.\" The last endpoint attempted was 104.47.18.10:25};{MSG=};{FQDN=fabrikam-example.mail.protection.outlook.com};{IP=104.47.18.10};{LRT=3/4/2026 1:02:03 PM}]", FirewallTimeout, OnPremToEOP, SuspectNo},
	{"441 4.4.1 \"Failed to connect. Winsock error code: 10061\" {FQDN=fabrikam.mail.protection.outlook.com};{IP=52.101.40.3}", FirewallRefused, OnPremToEOP, SuspectNo},
	{"Remote Server at partner.example (198.51.100.200) returned '441 4.4.1 Error encountered while communicating with primary target IP address: \"Failed to connect. Winsock error code: 10061, Win32 error code: 10061.\" The last endpoint attempted was 198.51.100.200:25'", FirewallRefused, OnPremOutbound, SuspectNo},
	{"2026-05-06T07:08:09.100Z,Internet,08DC1,2,192.168.7.7:40112,198.51.100.200:25,*,SendRoutingHeaders,\"Failed to connect. Winsock error code: 10060, Win32 error code: 10060\"", FirewallTimeout, OnPremOutbound, SuspectNo},
	{"2026-05-06T07:08:09.100Z,Outbound to Office 365 - 7f3,08DC1,2,,52.101.73.5:25,*,,\"Failed to connect. Winsock error code: 10060, Win32 error code: 10060, Destination domain name: fabrikam.mail.onmicrosoft.com\"", FirewallTimeout, OnPremToEOP, SuspectNo},
	{"421 4.2.1 Unable to connect -> SocketError: Failed to connect. Winsock error code: 10061, Win32 error code: 10061, target 198.51.100.9", FirewallRefused, "", ""},
	{"Remote Server at mbx2 (10.4.4.12) returned '441 4.4.1 \"Failed to connect. Winsock error code: 10061\" The last endpoint attempted was 10.4.4.12:475'", Internal, WithinOrg, SuspectNo},
	{"451 4.4.0 Primary target IP address responded with: \"421 4.4.2 Connection dropped due to SocketError.\" The last endpoint attempted was 192.168.20.5:2525", Internal, WithinOrg, SuspectNo},
	{"451 4.4.397 Error communicating with target host. -> 421 4.2.1 Unable to connect -> SocketError: Failed to connect. Winsock error code: 10065, Win32 error code: 10065", NetworkUnreachable, "", SuspectNo},
	{"451 4.4.397 Error communicating with target host.", ConnectionFailed, "", SuspectMaybe},
	{"450 4.7.0 Proxy session setup failed on Frontend with '451 4.4.0 Primary target IP address responded with \"421 4.2.1 Unable to connect\"'", ConnectionFailed, "", SuspectMaybe},

	// Cut sessions and devices in between.
	{"450 4.4.318 Connection was closed abruptly (SuspiciousRemoteServerError) [LastAttemptedIP=203.0.113.80:25]", ConnectionReset, EOPToOnPrem, SuspectMaybe},
	{"2026-01-01T00:00:00Z,To hybrid,08D,9,10.0.0.5:50001,203.0.113.81:25,-,,Remote(SocketError)\n421 4.4.2 Connection dropped due to ConnectionAborted", ConnectionReset, OnPremOutbound, SuspectNo},
	{"lost connection with mx.fabrikam.example[198.51.100.14] while receiving the initial server greeting", ConnectionReset, OnPremOutbound, SuspectNo},
	{"< 220 *****************************************\n> EHLO edge\n< 500 unknown", SMTPInspection, "", SuspectNo},
	{"250-SIZE 10240000\r\n250-XXXXXXXA\r\n250 XXXB", SMTPInspection, "", SuspectNo},

	// TLS and certificates, also under wrappers that look like TCP.
	{"450 4.4.101 Proxy session setup failed on Frontend with '451 4.4.0 Primary target IP address responded with \"451 5.7.3 STARTTLS is required to send mail.\" The last endpoint attempted was 203.0.113.5:25'", TLS, EOPToOnPrem, SuspectNo},
	{"550 5.4.317 Message expired, cannot connect to remote server(451 4.4.0 TLS negotiation failed with error ConnectionReset)", TLS, EOPToOnPrem, SuspectNo},
	{"454 4.7.0 TLS not available due to local problem", TLS, "", SuspectNo},
	{"421 4.7.0 TLS handshake failed: unsupported protocol", TLS, "", SuspectNo},
	{"450 4.4.317 Cannot connect to remote server [Message=SubjectMismatch Expected Subject: mx.fabrikam.example] [LastAttemptedIP=203.0.113.5:25]", Certificate, EOPToOnPrem, SuspectNo},
	{"450 4.7.320 Certificate validation failed [Message=CertificateExpired]", Certificate, "", SuspectNo},
	{"454 4.7.5 Certificate validation failure, Reason:SubjectMismatch};{MSG=};{FQDN=fabrikam.mail.protection.outlook.com}", Certificate, OnPremToEOP, SuspectNo},
	{"Chain validation failed, status CERT_TRUST_REVOCATION_STATUS_UNKNOWN, TLS negotiation failed with error CertUnknown", Certificate, "", SuspectNo},
	{"451 4.4.0 Primary target IP address responded with \"454 4.7.0 UntrustedRoot\"", Certificate, "", SuspectNo},
	{"450 4.7.321 starttls-not-supported: Destination mail server must support TLS", DANEMTASTS, EOPOutbound, SuspectNo},
	{"550 5.4.8 MX hosts of 'fabrikam.example' failed MTA-STS validation.", DANEMTASTS, EOPOutbound, SuspectNo},

	// Names.
	{"450 4.4.312 DNS query failed [Message=InfoDomainNonexistent] [LastAttemptedServerName=hybird.fabrikam.example]", DNS, EOPToOnPrem, SuspectNo},
	{"550 5.4.310 DNS domain fabrikam.invalid does not exist [Message=InfoDomainNonexistent]", DNS, "", SuspectNo},
	{"getaddrinfo failed, Winsock error 11001", DNS, "", SuspectNo},

	// Exchange Online answered.
	{"550 5.7.64 TenantAttribution; Relay Access Denied [VE1EUR05FT011.eop-eur05.prod.protection.outlook.com 2026-02-02T02:02:02.002Z 08DE]", Attribution, OnPremToEOP, SuspectNo},
	{"554 5.7.367 Remote server returned not permitted to relay -> 550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", Attribution, "", SuspectNo},
	{"451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35. For more information please go to", Attribution, OnPremToEOP, SuspectNo},
	{"Server at fabrikam.mail.protection.outlook.com (104.47.4.36) returned '450 4.7.230 Connecting Exchange server version is out-of-date; connection throttled for 10 mins/hr'", VersionEnforcement, OnPremToEOP, SuspectNo},
	{"451 4.7.651 The mail server [198.51.100.3] has been temporarily rate limited due to IP reputation (S3114)", Throttling, OnPremToEOP, SuspectNo},
	{"451 4.7.500 Server busy. Please try again later from [198.51.100.3]. (S77719) [DB5]", Throttling, OnPremToEOP, SuspectNo},
	{"550 5.7.233 - Your message can't be sent because your tenant exceeded its daily limit for sending email to external recipients", Throttling, "", SuspectNo},
	{"452 4.3.1 Insufficient system resources (UsedDiskSpace)", Service, "", SuspectNo},
	{"450 4.7.26 Access denied, a message sent over IPv6 [2001:db8::1] must pass either SPF or DKIM validation", Policy, OnPremToEOP, SuspectNo},
	{"550 5.7.1 Service unavailable; client host [198.51.100.3] blocked using Spamhaus. To request removal (AS16012612)", Reputation, OnPremToEOP, SuspectNo},
	{"550 5.7.705 Access denied, tenant has exceeded threshold", Reputation, "", SuspectNo},
	{"5.7.1 Unable to relay: Blocked by Customer Allow List", Policy, OnPremToEOP, SuspectNo},
	{"550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required", Policy, "", SuspectNo},
	{"550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found", Recipient, "", SuspectNo},
	{"Diagnostic-Code: smtp; 554 5.2.2 mailbox full;STOREDRV.Deliver.Exception:QuotaExceededException", Recipient, "", SuspectNo},
	{"554 5.4.14 Hop count exceeded - possible mail loop ATTR34", RoutingLoop, "", SuspectNo},

	// Clients.
	{"530 5.7.57 Client not authenticated to send mail [LO4P123CA0001.GBRP123.PROD.OUTLOOK.COM]", ClientAuth, ClientSubmission, SuspectNo},
	{"smtplib.SMTPAuthenticationError: (535, b'5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.')", ClientAuth, ClientSubmission, SuspectNo},
	{"5.7.60 SMTP; Client does not have permissions to send as this sender", ClientAuth, ClientSubmission, SuspectNo},

	// Several events: the one that says most decides.
	{"4/5/2026 1:00:00 PM - Server at AM0.eurprd01.prod.outlook.com returned '550 5.4.316 Message expired, connection refused(Socket error code 10061)'\n4/5/2026 12:50:00 PM - Server at mx.fabrikam.example (203.0.113.5) returned '450 4.4.316 Connection refused [Message=Socket error code 10061] [LastAttemptedIP=203.0.113.5:25]'", FirewallRefused, EOPToOnPrem, SuspectYes},
	{"550 4.4.7 QUEUE.Expired; message expired\n450 4.4.317 Cannot connect to remote server [Message=UntrustedRoot]", Certificate, EOPToOnPrem, SuspectNo},
	{"550 5.4.300 Message expired -> 421 4.4.1 Connection timed out", FirewallTimeout, EOPToOnPrem, SuspectYes},

	// The end of the retries, and nothing at all.
	{"Server at AM0.eurprd01.prod.outlook.com returned '550 5.4.300 Message expired'", Expired, "", SuspectMaybe},
	{"#550 4.4.7 QUEUE.Expired; message expired ##", Expired, DirectionUnknown, SuspectMaybe},
	{"250 2.6.0 Queued mail for delivery", Unknown, DirectionUnknown, SuspectMaybe},
	{"Good morning, the printer is out of paper.", Unknown, DirectionUnknown, SuspectMaybe},

	// Numbers that are no codes.
	{"Received from 4.4.316.7 on 4.7.26 09:31, id 10061, host v5.1.1/x, pid 10060", Unknown, DirectionUnknown, SuspectMaybe},
}

func TestHeldOutTexts(t *testing.T) {
	for _, c := range heldOut {
		d := diagnose(t, c.text)
		if d.Class != c.class {
			t.Errorf("%q:\n class %s by %s, want %s", c.text, d.Class, d.Rule, c.class)
		}
		if c.direction != "" && d.Direction != c.direction {
			t.Errorf("%q:\n direction %s, want %s (rule %s, target %+v)", c.text, d.Direction, c.direction, d.Rule, d.Target)
		}
		if c.suspect != "" && d.AllowlistSuspect != c.suspect {
			t.Errorf("%q:\n allowlist suspect %s, want %s", c.text, d.AllowlistSuspect, c.suspect)
		}
	}
	if len(heldOut) < 60 {
		t.Errorf("%d held-out texts", len(heldOut))
	}
}
