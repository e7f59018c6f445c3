package smtpfailure

import "fmt"

// adviceKey names what to tell the reader.
type adviceKey int

const (
	adviseRefused adviceKey = iota
	adviseTimeout
	adviseRoute
	adviseFailed
	adviseReset
	adviseInspection
	adviseTLS
	adviseCertificate
	adviseCredentials
	adviseDANE
	adviseDNS
	adviseAttribution
	adviseRegion
	adviseThrottling
	adviseReputation
	adviseCustomerList
	advisePolicy
	adviseRestriction
	adviseVersion
	adviseService
	adviseClientAuth
	adviseRecipient
	adviseLoop
	adviseInternal
	adviseInternalAuth
	adviseExpired
	adviseConnector
	adviseConnectorOff
	adviseUnknown
	adviceKeys // how many
)

// advice is what a reader gets: a few sentences, and steps in the order to try them.
type advice struct {
	explanation string
	steps       []string
	// toward replaces the above for a direction in which the same failure means something else.
	toward map[Direction]advice
}

func adviceFor(key adviceKey, d Direction) advice {
	a := advices[key]
	if special, ok := a.toward[d]; ok {
		return special
	}
	return a
}

// targetNote relates the target to what the reader can check.
func targetNote(c Class, d Direction, t Target) string {
	if !t.Address.IsValid() {
		return ""
	}
	switch {
	case isPrivate(t.Address):
		return fmt.Sprintf(" The target %s is a private address, so it lies inside the organization: no firewall rule for "+
			"Exchange Online applies to it. If Exchange Online reported it, the connector's smart host must be the public address instead.", t.Address)
	case d == EOPToOnPrem:
		return fmt.Sprintf(" The target %s is the host Exchange Online tried to reach: compare it with your own public address. "+
			"It need not be in the EOP list, because the list holds the sources.", t.Address)
	case d == OnPremToEOP && (c == FirewallRefused || c == FirewallTimeout || c == ConnectionFailed || c == ConnectionReset):
		return fmt.Sprintf(" The target %s belongs to Exchange Online, so your server was the client.", t.Address)
	}
	return ""
}

// Steps that several advices share.
const (
	stepTarget       = "Check that the target in the error is your current public address and that the connector's smart host, or the MX record, resolves to it"
	stepAllow        = "Allow TCP port 25 from every range of the current EOP address list on each firewall in front of that address, and remove ranges that are no longer listed only afterwards"
	stepDeniedSource = "Look up a denied source address of the firewall log in the EOP list; if it is not there, check 40.95.0.0/16, the relay pool, which the published list does not contain"
	stepListener     = "Check that something listens: the NAT rule points to a running server, and the Front End Transport or Edge Transport service is started with a receive connector on port 25"
	stepDecommission = "If the on-premises side was shut down on purpose, remove or disable the outbound connector, and make the domain authoritative, instead of opening the firewall"
	stepValidate     = "Validate the connector again, then let the queued messages retry: Exchange Online tries for 24 hours"
	stepEgress       = "From the sending server, open a connection to the target on TCP port 25; if that fails for every target, the provider, the egress firewall or local security software blocks outbound port 25"
	stepProtocolLog  = "Switch on protocol logging of the connector and read which line of the SMTP dialogue comes last"
	stepInspection   = "Switch off SMTP inspection (Mailguard, fixup, ESMTP inspection, TLS interception) on every device between Exchange Online and Exchange"
	stepTLSVersion   = "Enable TLS 1.2 with current cipher suites on both sides: Exchange Online refuses TLS 1.0 and 1.1"
	stepBanner       = "Test from outside that the host answers with its own 220 banner on port 25"
)

// advices holds the texts, in the order of the keys.
var advices = [adviceKeys]advice{
	adviseRefused: {
		explanation: "The TCP connection was refused (10061): something answered and said no. That is a firewall that rejects instead of drops, " +
			"a NAT rule without a listener behind it, or a stopped transport service. The text does not tell which side was the client.",
		steps: []string{
			"Find out which side opened the connection: a message trace in Exchange Online means Exchange Online, a queue on your server means your server",
			stepTarget, stepListener, stepAllow, stepDeniedSource, stepDecommission,
		},
		toward: map[Direction]advice{
			EOPToOnPrem: {
				explanation: "Exchange Online tried to deliver to your host and the TCP connection was refused (10061): something answered and said no. " +
					"That is a firewall that rejects sources outside an outdated allowlist, a NAT rule without a listener, a stopped transport " +
					"service, or an on-premises side that was shut down. A security group that drops would show as a timeout (10060) instead.",
				steps: []string{stepTarget, stepAllow, stepDeniedSource, stepListener, stepDecommission, stepValidate},
			},
			OnPremToEOP: {
				explanation: "Your server tried to reach Exchange Online and the TCP connection was refused. Exchange Online answers on port 25, " +
					"so a device on your own way out refused it. The inbound allowlist has no part in this direction.",
				steps: []string{
					stepEgress, "Allow outbound TCP port 25 from the sending servers to the EOP address list",
					"Check that the send connector's smart host is your tenant's MX name and not an old address",
				},
			},
			OnPremOutbound: {
				explanation: "Your server tried to reach a third party's mail server and the TCP connection was refused, by that server or by a " +
					"device on the way out. The target is not Exchange Online, so the EOP allowlist has no part in it.",
				steps: []string{
					stepEgress, "If only this target refuses, the recipient's organization has to act",
					"Check the target against the recipient domain's MX record: a stale record or hosts entry points to a host without a mail server",
				},
			},
		},
	},
	adviseTimeout: {
		explanation: "The TCP connection got no answer (10060, or aborted with 995): packets were dropped on the way. Cloud security groups, NSGs and " +
			"most firewalls drop silently, and a wrong address or a server that is down look the same. The text does not tell which side was the client.",
		steps: []string{
			"Find out which side opened the connection: a message trace in Exchange Online means Exchange Online, a queue on your server means your server",
			stepTarget,
			stepAllow,
			stepEgress,
			"If the connection is made and then hangs, check the certificate of the send connector: a certificate without private key can end as 421 4.4.1",
			stepDecommission,
		},
		toward: map[Direction]advice{
			EOPToOnPrem: {
				explanation: "Exchange Online tried to deliver to your host and got no answer: packets were dropped. Security groups, NSGs and most firewalls " +
					"drop sources outside their allowlist silently. A wrong smart host address, or a server that is down or was shut down, looks the same. " +
					"A refusal (10061) would have meant that something answered.",
				steps: []string{
					stepTarget, stepAllow, stepDeniedSource, stepListener,
					"Check that the server's way back is the same firewall: an asymmetric route loses the answer", stepDecommission, stepValidate,
				},
			},
			OnPremToEOP: {
				explanation: "Your server tried to reach Exchange Online and got no answer: the packets are lost on your way out. Many providers block outbound " +
					"port 25. The inbound allowlist has no part in this direction.",
				steps: []string{
					stepEgress, "Allow outbound TCP port 25 from the sending servers to the EOP address list, and ask the provider to open it",
					"Check that the send connector's smart host is your tenant's MX name and not an old address",
					"If the connection is made and then hangs, check that the TLS certificate of the send connector has its private key",
				},
			},
			OnPremOutbound: {
				explanation: "Your server tried to reach a third party's mail server and got no answer. The target is not Exchange Online, so the EOP " +
					"allowlist has no part in it: the way out is blocked, or that server is down.",
				steps: []string{stepEgress, "If only this target fails, check the recipient domain's MX record and ask the recipient's organization"},
			},
		},
	},
	adviseRoute: {
		explanation: "The network or host was unreachable (10051, 10065): the client had no route at all, so no packet met a firewall's allowlist. " +
			"Often the name resolves to an IPv6 address and the client has no IPv6 route.",
		steps: []string{
			"Look up the target name: if it has an AAAA record and the client has no IPv6 route, remove the record or give the client a route",
			"Check default gateway, routing table and VPN of the sending server",
			"If the client is Exchange Online, check that the smart host is a public address that is announced on the Internet",
		},
	},
	adviseFailed: {
		explanation: "The connection to the other server failed, and the text does not say why: the outer code is a wrapper that covers refused " +
			"connections, timeouts, TLS and certificate failures alike.",
		steps: []string{
			"Get the inner reason: the part in [Message=...], a Winsock error code, or the quoted response after \"failed with\"; the message trace detail or the queue's LastError has it",
			stepProtocolLog,
			stepTarget,
			"If the inner reason is 10061, 10060 or 995 and Exchange Online is the client, allow TCP port 25 from every range of the current EOP address list",
			"If it names STARTTLS, TLS negotiation or a certificate, leave the firewall alone and check those",
			stepDecommission,
		},
	},
	adviseReset: {
		explanation: "The session was established and then cut. The first packets got through, so the address was allowed; a device that inspects SMTP, " +
			"a TLS version the other side refuses, or a server that hangs ends sessions in this way.",
		steps: []string{
			stepProtocolLog, stepInspection, stepTLSVersion,
			"Check the receiving server: back pressure, antivirus or transport agents, connection limits and idle timeouts of load balancers",
			"If only some attempts fail, compare the sources that succeed with those that fail: an allowlist that holds part of the EOP list accepts some and cuts others",
		},
	},
	adviseInspection: {
		explanation: "A device between the servers changes the SMTP dialogue: it masks the banner or removes extensions that Exchange needs " +
			"(STARTTLS, X-EXPS, 8BITMIME). The connection itself is allowed.",
		steps: []string{
			stepInspection,
			"Connect to port 25 from outside and compare banner and EHLO response with those seen on the server itself: asterisks or XXXXXXXA show the device",
			"Route mail between Exchange Online and Exchange without any SMTP host in between except Edge Transport",
			"If no device is there, check that Exchange Server authentication is enabled on the receive connector of the other Exchange server",
		},
	},
	adviseTLS: {
		explanation: "The servers were connected, but TLS failed: STARTTLS was not offered, was required and not used, or the handshake broke off. " +
			"The firewall let the connection through.",
		steps: []string{
			"Check that the answering server offers STARTTLS in its EHLO response, and that it is your server that answers",
			stepInspection,
			stepTLSVersion,
			"Check that a valid certificate is enabled for SMTP and bound to the receive connector (TlsCertificateName)",
			"Compare the TLS settings of the connectors on both sides: RequireTLS, TlsAuthLevel, TlsDomain",
			"Trust the roots that Exchange Online uses, DigiCert Global Root G2 among them",
		},
	},
	adviseCertificate: {
		explanation: "The TLS certificate of one side was rejected: it is expired, does not match the expected name, or its chain is not trusted. " +
			"The firewall let the connection through.",
		steps: []string{
			"Check the certificate that is presented on port 25: expiry, subject and alternative names, and whether all intermediate certificates are sent",
			"Install a certificate of a public authority on every hybrid transport server, Edge included, and enable it for SMTP",
			"Set TlsCertificateName of the send and receive connectors to its issuer and subject; rerun the Hybrid Configuration Wizard after a renewal",
			"Check that the certificate a firewall or load balancer presents is not the one seen: TLS interception shows its own",
			"Let the servers reach the revocation lists on TCP port 80: an unreachable list shows as a certificate failure",
		},
	},
	adviseCredentials: {
		explanation: "The sending server has no usable certificate for the connector: it is missing, expired, has no private key, or the transport service " +
			"may not read the key. The connection itself was made.",
		steps: []string{
			"Compare TlsCertificateName of the send connector with the certificates on each source server (Get-ExchangeCertificate): issuer and subject must match",
			"Import the certificate again with its private key, and give NETWORK SERVICE read access to the key",
			"Enable the certificate for SMTP, set TlsCertificateName, and restart the transport services",
			"Enable TLS 1.2 for .NET and Schannel on the server",
		},
	},
	adviseDANE: {
		explanation: "The destination domain publishes a DANE or MTA-STS policy, and its mail server or its records do not fulfil it. The failure belongs to that " +
			"domain; your firewall has no part in it.",
		steps: []string{
			"Tell the administrators of the destination domain: TLSA and DNSSEC records, the MTA-STS policy file, or the server's certificate are wrong",
			"If it is your own domain, correct those records and the certificate of every MX host",
			"Only if delivery can't wait, relax SmtpDaneMode or MtaStsMode on an outbound connector for that domain, for a limited time",
		},
	},
	adviseDNS: {
		explanation: "The name of the next hop could not be resolved, or no route to it is configured, so no connection was attempted.",
		steps: []string{
			"Check the smart host's spelling and its A record, or the MX record of the recipient domain, from outside your network",
			"Check that the sending server's DNS servers answer, and that no outdated hosts entry or internal zone hides the public name",
			"For a smart host in a connector, enter a name that resolves in public DNS, or a public address",
			"If the domain has just moved, wait for the time to live of the old records",
		},
	},
	adviseAttribution: {
		explanation: "Exchange Online was reached, but could not attribute the connection to your tenant: certificate or source address match no inbound " +
			"connector, or the server does not relay for this domain. That is connector configuration, not the firewall.",
		steps: []string{
			"Compare the certificate your server presents with TlsSenderCertificateName of the inbound connector in Exchange Online; rerun the Hybrid Configuration Wizard after a renewal",
			"For a connector by address, compare its SenderIPAddresses with the public address your mail leaves from",
			"Check that the sender's or the certificate's domain is an accepted domain of the tenant",
			"For a partner connector that restricts domains to addresses or certificates, add the sender to it or remove the restriction",
			"If an on-premises server refused to relay, check the permissions of its receive connector",
		},
	},
	adviseRegion: {
		explanation: "The message reached Exchange Online in a region that does not host your tenant, or without a tenant that takes mail: the smart host is outdated.",
		steps: []string{
			"Set the smart host to your tenant's MX name as the admin center shows it, and remove hard-coded addresses",
			"Look for old DNS records or hosts entries of the smart host",
			"Check that the recipient domain belongs to a tenant with mail-enabled subscriptions",
			"Configure an inbound connector, so that the connection is attributed to your tenant",
		},
	},
	adviseThrottling: {
		explanation: "The other server answered and limits the rate: of the address, the sender, the recipient or the tenant. Messages are retried; the firewall has no part in it.",
		steps: []string{
			"Wait: the limits are lifted when the rate falls",
			"For mail from your own server, configure an inbound connector, so that Exchange Online attributes it to your tenant",
			"Find what sends so much: applications, journaling, loops, a compromised account",
			"Spread bulk mail over time, or use a service made for it",
		},
	},
	adviseReputation: {
		explanation: "The other server refuses because the address, the sender or the tenant is known for spam. The firewall has no part in it.",
		steps: []string{
			"Find and stop the cause: a compromised account, an open relay, unregistered domains",
			"Ask for removal where the response says: the Office 365 delisting portal for a banned sending address",
			"Contact Microsoft support when the tenant itself is blocked",
			"Check SPF, DKIM and DMARC of the sending domain",
		},
	},
	adviseCustomerList: {
		explanation: "The response names a list in Exchange Online: the connection filter's IP Allow List, or a block list of the recipient's organization. " +
			"It is not your firewall's allowlist, although the words are alike.",
		steps: []string{
			"For the IP Allow List: remove the sending address from it, so that the response names the block list behind it, and ask for removal there",
			"Keep only on-premises addresses in connectors, and no address in a connector and the IP Allow List at once",
			"For a block list of the recipient: ask the recipient's administrator to remove the sending address, sender or domain",
		},
	},
	advisePolicy: {
		explanation: "The other server was reached and refused the message by rule, such as failed sender authentication (SPF, DKIM, DMARC), IPv6, or content. " +
			"The firewall has no part in it.",
		steps: []string{
			"Read the response: it names the rule",
			"Publish SPF, sign with DKIM, and align both with the From domain",
			"For IPv6, send over IPv4, or publish reverse DNS and authentication for the IPv6 address",
			"For mail relayed through Exchange Online, check that the inbound connector matches, so that it is not judged as mail from a stranger",
		},
	},
	adviseRestriction: {
		explanation: "The recipient's side was reached and refuses this sender or this message: restricted recipient, size, number of recipients, or format. " +
			"The firewall has no part in it.",
		steps: []string{
			"Read the response: it names the restriction",
			"Ask the recipient's administrator to accept the sender, or authenticate the sender",
			"Send fewer recipients or less content, or repair the application that writes the message",
		},
	},
	adviseVersion: {
		explanation: "Exchange Online throttles, and later blocks, mail from your Exchange server because its version is out of support. " +
			"It answers and says so: the firewall has no part in it.",
		steps: []string{
			"Update the Exchange server that sends to Exchange Online to a supported version and cumulative update",
			"Read the mail flow report \"Out-of-date connecting on-premises Exchange servers\" in the Exchange admin center",
			"Pause the enforcement there while you update, for up to 90 days in a calendar year",
			"Remove servers that no longer need to send",
		},
	},
	adviseService: {
		explanation: "The other server was reached and is temporarily unable to take the message. The firewall has no part in it.",
		steps: []string{
			"Wait for the retries, and check the service health page if the server is Exchange Online",
			"For an on-premises server, check Get-ServerComponentState, free disk space and memory (back pressure), and the transport services",
			"For PRX markers, check that the Front End service resolves and reaches the mailbox servers",
			"If it lasts, pass the complete response with its bracketed server name and time to Microsoft support",
		},
	},
	adviseClientAuth: {
		explanation: "A client or device submitted mail without valid authentication, or as a sender it may not use. This is SMTP client submission, not hybrid mail flow.",
		steps: []string{
			"Check user name, password and whether SMTP AUTH is allowed for the mailbox and the tenant; prefer OAuth",
			"Send as the authenticated mailbox, or grant it Send As",
			"Check security defaults, conditional access and federation for the account",
			"For a device that can't authenticate, use an inbound connector by certificate or address instead",
		},
	},
	adviseRecipient: {
		explanation: "The recipient's server was reached and does not take mail for this recipient: unknown, disabled, full, or a domain it does not accept. " +
			"The firewall has no part in it.",
		steps: []string{
			"Check the address, and whether the recipient exists where the mail was routed to",
			"In a hybrid deployment, check that on-premises recipients are synchronized, or that the accepted domain is internal relay rather than authoritative",
			"Check that the domain's MX record points to the organization that hosts it",
			"For a full mailbox, have the recipient free space",
		},
	},
	adviseLoop: {
		explanation: "The message passed too many servers: two of them hand it to each other. Every connection worked, so it is a question of routing.",
		steps: []string{
			"Read the Received headers for the servers that repeat",
			"Check the type of the accepted domain, authoritative or internal relay, on both sides",
			"Check that the connectors of both sides do not both point to the other for this domain, and that the recipient has a mailbox or a correct target address",
		},
	},
	adviseInternal: {
		explanation: "The failure is on a hop inside the organization: a private target, a port only Exchange services use, or local delivery. " +
			"The firewall towards Exchange Online has no part in it.",
		steps: []string{
			"Check that the target server runs and its transport services are started (Test-ServiceHealth, Get-ServerComponentState)",
			"Check name resolution and ports between the Exchange servers, host firewalls included: no filter between them is supported",
			"Check the mailbox database and back pressure on the target server",
			"If the target is a private address in a connector of Exchange Online, replace it by the public one",
		},
	},
	adviseInternalAuth: {
		explanation: "Two Exchange servers of the organization could not authenticate to each other (X-EXPS, Kerberos). The connection itself was made.",
		steps: []string{
			"Check the clocks, the computer accounts and the service principal names of both servers, and that a domain controller is reachable",
			"Check that Exchange Server authentication is enabled on the receiving connector, and that its FQDN is the server's own name",
			stepInspection,
		},
	},
	adviseExpired: {
		explanation: "The message expired in the queue. That is only the end of the retries; the cause is in the earlier event, and this text does not have it.",
		steps: []string{
			"Get the detail of the earlier attempts: the Defer events of the message trace, the LastError of the queue, or the lines below in the bounce",
			"Judge that text again",
			"If your public address, provider or firewall changed lately, compare the firewall's rules with the current EOP address list",
			stepDecommission,
		},
	},
	adviseConnector: {
		explanation: "The validation of the outbound connector failed, and the text gives no network reason.",
		steps: []string{
			"Open the details of the failed task: Resolve means the smart host's name, Connection means port 25 and the firewall, EHLO means that no mail server answers there",
			"Judge the detail's own error text",
			stepBanner,
			"Check that the connector is turned on, and that recipient and domain of the test belong to it",
		},
	},
	adviseConnectorOff: {
		explanation: "The validation sends a test message through the connector, and the connector does not take the recipient's domain: usually because it was saved without being turned on.",
		steps: []string{
			"Turn the connector on, save it, and validate again",
			"Check that the recipient of the test is in a domain of the connector, or that the connector is for all accepted domains",
		},
	},
	adviseUnknown: {
		explanation: "The text has no code or phrase that is known here, so nothing can be said about the cause.",
		steps: []string{
			"Pass the complete error: the LastError of the queue, the detail of the message trace event, or the diagnostic information of the bounce",
			"Make sure the text has its status code, such as 450 4.4.316, and the part in brackets after it",
		},
	},
}
