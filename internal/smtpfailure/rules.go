package smtpfailure

// rule is a row of the rule table: when it holds, the text is of its class.
type rule struct {
	id     string
	class  Class
	when   condition
	advice adviceKey
	source source

	// who says which side was the client when the text itself does not (see directionHints).
	who Direction
	// answered marks a failure that the other server pronounced: it was reached, so an endpoint in
	// the text is the server that refused.
	answered bool
}

// source names the document a row rests on.
type source string

const (
	ndrTable       source = "Microsoft Learn: Email non-delivery reports and SMTP errors in Exchange Online"
	serverNDRTable source = "Microsoft Learn: DSNs and NDRs in Exchange Server"
	mailFlow       source = "Microsoft Learn: Mail flow intelligence"
	socketError    source = "Microsoft Learn: send-receive-emails-socketerror (TLS 1.0 and 1.1 refused)"
	kbCisco        source = "Microsoft support: KB320027, cannot send or receive email behind a Cisco firewall"
	kbCredentials  source = "Microsoft support: KB4495258, TLS negotiation failed with error NoCredentials"
	kbApril2016    source = "Microsoft Learn: mails-issues-occur-after-april-15-2016 (hybrid certificate and attribution)"
	kbAuthFailure  source = "Microsoft support: KB979174, 454 4.7.0 Temporary authentication failure"
	kbConnector    source = "Microsoft support: KB3179588, domain of the recipient is not configured as part of connector"
	kbAllowList    source = "Microsoft support: KB3013740, 5.7.1 Unable to relay: Blocked by Customer Allow List"
	kbRegion       source = "Microsoft Learn: wrong-office-365-region-exo (ATTR35)"
	kbAttribution  source = "Microsoft Learn: fix-error-code-5-7-64-in-exchange-online"
	kbExpired      source = "Microsoft Learn: fix-error-code-550-4-4-7-in-exchange-online"
	kbLoop         source = "Microsoft Learn: fix-error-code-5-4-6-through-5-4-20-in-exchange-online"
	kbThrottle     source = "Microsoft Learn: fix-error-code-451-4-7-500-699-asxxx-in-exchange-online"
	kbSubmission   source = "Microsoft Learn: fix-issues-with-printers-scanners-and-lob-applications (SMTP client submission)"
	kbSMTPAuth     source = "Microsoft Learn: continuous-error-throttling-smtp-auth-submissions"
	versionBlock   source = "Exchange Team Blog: How to pause throttling and blocking of out-of-date on-premises Exchange Servers (4.7.230, 5.7.230)"
	validation     source = "Microsoft Learn: Validate connectors; Fixing connector validation errors"
	winsockErrors  source = "Microsoft Learn: Windows Sockets Error Codes"
	networkPorts   source = "Microsoft Learn: Network ports for clients and mail flow in Exchange"
	rfc3463        source = "RFC 3463: Enhanced Mail System Status Codes"
	rfc8460        source = "RFC 8460: SMTP TLS Reporting, result types"
	rfc5321        source = "RFC 5321: Simple Mail Transfer Protocol"
)

// What a failed connection looks like, however it is written. Several rows ask for these.
var (
	refused = either(
		winsock(10061),
		enhanced("x.4.316"),
		says("connection refused", "actively refused", "econnrefused"),
	)
	unanswered = either(
		winsock(10060, 995),
		enhanced("x.4.315"),
		replied("421 4.4.1"),
		says("SocketError: TimedOut", "connect timed out", "did not properly respond after", "etimedout", "timed out while connecting"),
	)
	// With x.4.2 the same words speak of a session that had begun.
	timedOut = says("connection timed out", "connection timeout", "operation timed out")
	cut      = either(
		winsock(10052, 10053, 10054),
		enhanced("x.4.318"),
		replied("421 4.4.2"),
		says("connection dropped", "SuspiciousRemoteServerError", "disconnected abruptly", "closed abruptly",
			"connection reset", "connection aborted", "forcibly closed", "econnreset", "lost connection with",
			"connection was closed", "closed the connection", "closed connection unexpectedly"),
	)
	notConnected = either(
		says("unable to connect", "failed to connect", "could not connect", "cannot connect to remote server",
			"cannot establish session with remote server", "error communicating with target host",
			"error communicating with frontend host", "proxy session setup failed",
			"error encountered while communicating with primary target"),
		enhanced("x.4.317", "x.4.397-400", "x.4.101"),
		replied("441 4.4.1"),
		winsock(10013, 10048, 10049, 10055, 10057, 10058, 10064),
	)
	insideTarget = where(func(f *facts) bool { return isPrivate(f.target.Address) || internalPorts[f.target.Port] })
)

// rules is the table. The first row that holds decides, so the order is precedence: what a server
// said in words comes before the socket, the socket before the wrapper, the wrapper before the mere
// end of the retries, and that before what only the family of a status code suggests.
var rules = []rule{
	// A refusal that names a list, which is never the firewall's.
	{
		id: "customer-allow-list", class: Policy, advice: adviseCustomerList, source: kbAllowList, who: OnPremToEOP, answered: true,
		when: says("blocked by customer allow list"),
	},
	{
		id: "customer-block-list", class: Policy, advice: adviseCustomerList, source: ndrTable, who: OnPremToEOP, answered: true,
		when: either(says("customer block list", "tenant allow block list", "tenant allow/block list"), enhanced("5.7.513", "5.7.703")),
	},

	// The version of the sending server.
	{
		id: "outdated-server", class: VersionEnforcement, advice: adviseVersion, source: versionBlock, who: OnPremToEOP, answered: true,
		when: either(enhanced("x.7.230"), says("exchange server version is out-of-date", "exchange server version is out of date")),
	},

	// A device between the servers changes the dialogue.
	{
		id: "masked-banner", class: SMTPInspection, advice: adviseInspection, source: kbCisco,
		when: says("220 ****", "220-****", "220 **2", "250-xxxxxx", "command xxxx", "xxxxxxxa"),
	},
	{
		id: "body-type", class: SMTPInspection, advice: adviseInspection, source: kbCisco,
		when: either(says("body type not supported by remote host"), replied("554 5.6.1")),
	},
	{
		id: "exchange-authentication", class: SMTPInspection, advice: adviseInspection, source: serverNDRTable,
		when: says("cannot achieve exchange server authentication"),
	},
	{
		id: "malformed-response", class: SMTPInspection, advice: adviseInspection, source: rfc5321,
		when: says("response was not rfc", "not rfc compliant response", "invalid smtp response", "unexpected smtp response"),
	},
	{
		id: "ehlo-stripped", class: SMTPInspection, advice: adviseInspection, source: kbCisco,
		when: all(ehloReply, not(says("8bitmime")), not(says("starttls"))),
	},
	{
		id: "unrecognized-verb", class: SMTPInspection, advice: adviseInspection, source: serverNDRTable,
		when: enhanced("5.3.3"),
	},

	// Client submission.
	{
		id: "submission-throttled", class: Throttling, advice: adviseThrottling, source: kbSMTPAuth, who: ClientSubmission, answered: true,
		when: enhanced("5.2.251"),
	},
	{
		id: "submission-auth", class: ClientAuth, advice: adviseClientAuth, source: kbSubmission, who: ClientSubmission, answered: true,
		when: either(
			enhanced("x.7.57", "5.7.60", "x.7.139", "5.7.30", "5.7.8", "5.2.252"),
			replied("535 5.7.3", "530 5.7.1", "530 5.7.0"),
			says("client was not authenticated", "client not authenticated", "authentication unsuccessful",
				"SmtpClientAuthentication is disabled", "535 authentication failed", "send as this sender", "SendAsDenied"),
		),
	},
	{
		id: "exchange-kerberos", class: Internal, advice: adviseInternalAuth, source: kbAuthFailure, who: WithinOrg,
		when: says("temporary authentication failure"),
	},

	// Quotas and bans.
	{
		id: "throttled-code", class: Throttling, advice: adviseThrottling, source: kbThrottle, who: OnPremToEOP, answered: true,
		when: enhanced("4.7.500-699", "4.7.850-899", "x.2.121-122", "5.1.90", "5.7.232-233", "4.5.127", "5.7.508"),
	},
	{
		id: "throttled-words", class: Throttling, advice: adviseThrottling, source: ndrTable, answered: true,
		when: says("server busy", "rate limited", "rate limit exceeded", "throttled", "too many connections", "too many concurrent",
			"concurrent connections", "submission rate", "excessive message rate", "thread limit exceeded", "receive limit",
			"submission quota", "daily limit for", "exceeded permitted limits"),
	},
	{
		id: "banned-code", class: Reputation, advice: adviseReputation, source: ndrTable, who: OnPremToEOP, answered: true,
		when: enhanced("5.7.606-649", "5.7.501-503", "5.7.511", "5.7.700-702", "5.7.704-749", "5.7.750", "5.7.800"),
	},
	{
		id: "bad-outbound-sender", class: Reputation, advice: adviseReputation, source: ndrTable, answered: true,
		when: all(enhanced("5.1.8"), not(says("sender address rejected"))),
	},
	{
		id: "banned-words", class: Reputation, advice: adviseReputation, source: ndrTable, who: OnPremToEOP, answered: true,
		when: either(
			says("banned sending ip", "banned sender", "spam abuse detected", "bad outbound sender", "on our block list",
				"blocked using", "listed by spamhaus", "traffic not accepted from this ip", "poor reputation", "ip reputation"),
			marked(blockMarker),
		),
	},

	// The recipient.
	{
		id: "recipient-code", class: Recipient, advice: adviseRecipient, source: ndrTable, answered: true,
		when: enhanced("x.1.1", "5.1.3", "5.1.6", "x.1.10", "5.1.350-351", "5.2.1", "x.2.2", "5.2.14", "5.7.504-505"),
	},
	{
		id: "edge-blocking", class: Recipient, advice: adviseRecipient, source: ndrTable, who: OnPremToEOP, answered: true,
		when: all(enhanced("5.4.1"), either(says("access denied", "recipient address rejected"), marked(asMarker))),
	},
	{
		id: "recipient-words", class: Recipient, advice: adviseRecipient, source: ndrTable, answered: true,
		when: says("recipient address rejected", "user unknown", "unknown user", "RESOLVER.ADR.", "mailbox full", "mailbox is full",
			"mailbox unavailable", "recipient not found", "no such user", "mailbox not found", "unknown recipient",
			"no such recipient", "mailbox disabled", "banned recipient"),
	},

	// The sender. Before names: the response may add that the sender's domain was not found.
	{
		id: "sender-rejected", class: Policy, advice: advisePolicy, source: ndrTable, answered: true,
		when: says("sender address rejected"),
	},

	// Loops are checked before attribution: 5.4.14 carries ATTR34.
	{
		id: "hop-count", class: RoutingLoop, advice: adviseLoop, source: kbLoop, answered: true,
		when: either(enhanced("x.4.6", "x.4.14", "5.4.11", "5.4.12", "5.4.20"),
			says("hop count exceeded", "mail loop", "routing loop", "loop detected")),
	},

	// The state of the other server. Before attribution: "Temporary server error" carries ATTR markers.
	{
		id: "server-error", class: Service, advice: adviseService, source: kbApril2016, answered: true,
		when: either(says("temporary server error", "service not active", "service not available", "service unavailable, closing",
			"insufficient system resources", "remote server temporarily rejected", "temporarily unavailable", "agent busy",
			"temporary local problem"),
			marked(proxyMarker), enhanced("4.7.700-749")),
	},

	// Tenant attribution.
	{
		id: "attribution-code", class: Attribution, advice: adviseAttribution, source: kbAttribution, who: OnPremToEOP, answered: true,
		when: either(enhanced("x.7.64", "x.7.51"), says("TenantAttribution", "TenantInboundAttribution")),
	},
	{
		id: "wrong-region", class: Attribution, advice: adviseRegion, source: kbRegion, who: OnPremToEOP, answered: true,
		when: either(enhanced("x.4.62"), says("wrong office 365 region", "wrong microsoft 365 region", "no mail-enabled subscriptions")),
	},
	{
		id: "attribution-marker", class: Attribution, advice: adviseAttribution, source: kbAttribution, who: OnPremToEOP, answered: true,
		when: marked(attrMarker),
	},
	{
		id: "relay-denied", class: Attribution, advice: adviseAttribution, source: ndrTable, who: OnPremToEOP, answered: true,
		when: says("unable to relay", "relay access denied", "relaying denied", "relay not permitted", "not permitted to relay",
			"relaying not allowed", "authentication required to relay"),
	},

	// Another domain's TLS policy. Before certificates: the words are the same, the owner is not.
	{
		id: "dane-code", class: DANEMTASTS, advice: adviseDANE, source: ndrTable, who: EOPOutbound,
		when: enhanced("x.7.321-325"),
	},
	{
		id: "tls-report", class: DANEMTASTS, advice: adviseDANE, source: rfc8460, who: EOPOutbound,
		when: says("starttls-not-supported", "certificate-expired", "certificate-host-mismatch", "certificate-not-trusted",
			"tlsa-invalid", "dnssec-invalid", "dane-required", "dane validation", "sts-policy-", "sts-webpki-invalid"),
	},
	{
		id: "mta-sts", class: DANEMTASTS, advice: adviseDANE, source: ndrTable, who: EOPOutbound,
		when: either(says("mta-sts validation", "mta sts validation", "failed mta-sts"), enhanced("x.4.8", "5.7.5")),
	},

	// Certificates.
	{
		id: "no-credentials", class: Certificate, advice: adviseCredentials, source: kbCredentials, who: OnPremToEOP,
		when: says("NoCredentials", "UnknownCredentials", "SEC_E_NO_CREDENTIALS", "0x8009030E",
			"certificate specified in the tlscertificatename", "tlscertificatename of the send connector could not be found",
			"certificate could not be found", "no certificate was found"),
	},
	{
		id: "certificate-rejected", class: Certificate, advice: adviseCertificate, source: mailFlow,
		when: says("UntrustedRoot", "SubjectMismatch", "subject name mismatch", "CertificateExpired", "CertExpired", "certificate has expired",
			"certificate validation fail", "certificate verify failed", "CertificateUnknown", "certificate unknown",
			"certificate is invalid", "certificate revoked", "revocation", "self-signed certificate", "self signed certificate",
			"not issued by a trusted", "CERT_TRUST_", "SEC_E_UNTRUSTED_ROOT", "SEC_E_CERT_EXPIRED", "SEC_E_WRONG_PRINCIPAL",
			"0x80090325", "0x80090328", "0x80090322", "0x800B0109", "0x800B0101", "chain validation"),
	},
	{
		id: "certificate-code", class: Certificate, advice: adviseCertificate, source: mailFlow,
		when: either(enhanced("x.7.320"), enhanced("4.7.5")),
	},

	// TLS. Before the socket: a handshake that fails with a socket error reached the server.
	{
		id: "handshake", class: TLS, advice: adviseTLS, source: socketError,
		when: says("TLS negotiation", "security status", "TLS handshake", "SSL handshake", "algorithm mismatch", "SEC_E_ALGORITHM_MISMATCH", "0x80090331",
			"0x80090326", "no common algorithm", "unsupported protocol", "wrong version number", "TLS alert", "handshake failure",
			"secure channel"),
	},
	{
		id: "starttls-required", class: TLS, advice: adviseTLS, source: mailFlow,
		when: either(says("STARTTLS is required", "must issue a STARTTLS", "STARTTLS command first", "does not support TLS",
			"doesn't support TLS", "does not support STARTTLS", "doesn't support STARTTLS", "STARTTLS not supported",
			"STARTTLS not offered", "not offer STARTTLS", "not advertise STARTTLS", "TLS not available", "TLS is required",
			"TLS required", "encryption required", "encryption needed"), enhanced("x.7.10")),
	},
	{
		id: "ehlo-without-starttls", class: TLS, advice: adviseTLS, source: mailFlow,
		when: all(ehloReply, not(says("starttls"))),
	},

	// Sockets: why the connection failed.
	{
		id: "no-route", class: NetworkUnreachable, advice: adviseRoute, source: winsockErrors,
		when: either(winsock(10050, 10051, 10065), says("network is unreachable", "no route to host", "host is unreachable",
			"unreachable network", "unreachable host", "SocketError: NetworkUnreachable", "SocketError: HostUnreachable")),
	},
	{
		id: "inside-target", class: Internal, advice: adviseInternal, source: networkPorts, who: WithinOrg,
		when: all(either(refused, unanswered, timedOut, cut, notConnected), insideTarget),
	},
	{
		id: "refused", class: FirewallRefused, advice: adviseRefused, source: ndrTable,
		when: refused,
	},
	// Names. After a refusal, which can only follow a name that resolved.
	{
		id: "dns-send", class: DNS, advice: adviseDNS, source: serverNDRTable, who: OnPremOutbound,
		when: says("SMTPSEND.DNS."),
	},
	{
		id: "dns-query", class: DNS, advice: adviseDNS, source: mailFlow,
		when: either(enhanced("x.4.310-312"), winsock(11001, 11002, 11003, 11004),
			says("DNS query failed", "InfoNoRecords", "InfoDomainNonexistent", "NonExistentDomain", "no such host is known",
				"host not found", "host unknown", "domain not found", "domain does not exist", "resolve task failed",
				"name resolution failed", "getaddrinfo")),
	},

	// Sockets again.
	{
		id: "unanswered", class: FirewallTimeout, advice: adviseTimeout, source: mailFlow,
		when: unanswered,
	},
	{
		id: "timed-out", class: FirewallTimeout, advice: adviseTimeout, source: winsockErrors,
		when: all(timedOut, not(enhanced("x.4.2"))),
	},
	{
		id: "aborted-connect", class: FirewallTimeout, advice: adviseTimeout, source: rfc3463,
		when: all(enhanced("4.4.2"), says("unable to connect")),
	},
	{
		id: "cut-off", class: ConnectionReset, advice: adviseReset, source: mailFlow,
		when: either(cut, enhanced("x.4.2")),
	},
	{
		id: "no-answer", class: FirewallTimeout, advice: adviseTimeout, source: rfc3463,
		when: all(enhanced("x.4.1"), not(replied("441 4.4.1")), not(enhanced("5.4.1"))),
	},

	// What the validation of a connector says beside the connection.
	{
		id: "connector-off", class: ConnectorConfig, advice: adviseConnectorOff, source: kbConnector, who: EOPToOnPrem,
		when: says("not configured as part of connector", "not configured as part of the connector"),
	},
	{
		id: "connector-ehlo", class: ConnectorConfig, advice: adviseConnector, source: validation, who: EOPToOnPrem,
		when: says("SMTP EHLO task failed", "EHLO task failed"),
	},

	{
		id: "not-connected", class: ConnectionFailed, advice: adviseFailed, source: mailFlow,
		when: either(notConnected, says("connection task failed")),
	},

	// Refused by rule. After everything that has a name of its own.
	{
		id: "sender-policy", class: Policy, advice: advisePolicy, source: ndrTable, who: OnPremToEOP, answered: true,
		when: either(
			enhanced("4.7.26", "x.7.25", "x.7.23", "5.7.26", "5.7.27", "5.7.506-507", "5.7.509", "5.7.510", "5.7.512", "5.7.515"),
			says("DMARC policy of reject", "does not pass DMARC", "either SPF or DKIM", "does not accept email over IPv6",
				"sender policy framework", "SPF record", "reverse dns record", "required authentication level"),
		),
	},
	{
		id: "recipient-policy", class: Policy, advice: adviseRestriction, source: ndrTable, answered: true,
		when: either(
			enhanced("x.7.12", "5.7.13", "5.7.124", "5.7.133-136", "5.7.193", "5.2.3", "5.3.4", "x.5.3", "5.6.11", "5.1.20", "5.3.190",
				"5.0.350", "5.7.350", "5.1.0"),
			says("RESOLVER.RST.", "delivery not authorized", "BareLinefeedsAreIllegal", "message too large", "size limit",
				"exceeds fixed maximum message size", "sender denied", "policy violation", "rejected by recipient", "detected as spam"),
		),
	},

	{
		id: "connector-validation", class: ConnectorConfig, advice: adviseConnector, source: validation, who: EOPToOnPrem,
		when: either(
			says("IsTaskSuccessful : False", "IsTaskSuccessful=False"),
			all(says("connector"), says("validation failed", "failed validation", "couldn't be validated", "could not be validated",
				"cannot be validated")),
		),
	},

	// Local delivery inside the organization.
	{
		id: "store-driver", class: Internal, advice: adviseInternal, source: serverNDRTable, who: WithinOrg,
		when: says("STOREDRV."),
	},

	// What only the family of a status code tells (RFC 3463): other than the end of the retries.
	{
		id: "family-routing", class: DNS, advice: adviseDNS, source: rfc3463,
		when: enhanced("x.4.4", "x.4.3", "x.1.2"),
	},
	{
		id: "family-address", class: Recipient, advice: adviseRecipient, source: rfc3463, answered: true,
		when: enhanced("x.1.*", "x.2.*", "5.5.0", "5.4.1"),
	},
	{
		id: "family-system", class: Service, advice: adviseService, source: rfc3463, answered: true,
		when: either(enhanced("x.3.*"), all(basic(421), says("service"))),
	},
	{
		id: "family-retry-later", class: Throttling, advice: adviseThrottling, source: rfc3463, answered: true,
		when: all(enhanced("4.7.*"), says("try again", "greylist", "graylist", "deferred")),
	},
	{
		id: "family-security", class: Policy, advice: advisePolicy, source: rfc3463, answered: true,
		when: enhanced("x.7.*", "x.6.*"),
	},

	{
		id: "expired", class: Expired, advice: adviseExpired, source: kbExpired,
		when: either(enhanced("x.4.7", "x.4.300"), says("QUEUE.Expired", "message expired", "message delayed")),
	},
}

// ehloReply holds for a logged EHLO response of an Exchange server.
var ehloReply = all(says("Hello [", "Hello <", "Hello ("), says("PIPELINING"))

// nothingHeld is the row of a text no other row knows.
var nothingHeld = rule{id: "unknown", class: Unknown, advice: adviseUnknown, source: ndrTable}

// decide returns the first row that holds, and the parts of the text that made it hold.
func decide(f *facts) (rule, []span) {
	for _, r := range rules {
		if spans, ok := r.when.match(f); ok {
			return r, spans
		}
	}
	return nothingHeld, nil
}
