package hybrid

// Requirement is a demand that no firewall rule expresses.
type Requirement struct {
	ID        string
	Title     string
	Detail    string
	Reference string
	AsOf      string // date of the source, YYYY-MM-DD; empty where it has none
}

func requirementsOf(c *choices) []Requirement {
	var out []Requirement
	for _, r := range requirements {
		if r.when == nil || r.when(c) {
			out = append(out, r.Requirement)
		}
	}
	return out
}

var requirements = []struct {
	Requirement
	when func(*choices) bool // nil: always
}{
	{Requirement: Requirement{
		"web_service_scope", "The endpoint list leaves out the hybrid flows",
		"Microsoft's endpoint web service does not cover traffic from its datacenters to customers, and so not what comes in to hybrid servers over HTTPS, nor traffic of customers' servers going out. address_basis says for each flow what its addresses rest on.",
		additional, "2024-01-31",
	}},
	{Requirement: Requirement{
		"rules_by_address", "Inbound rules go by address",
		"Name inbound sources by address. Names such as *.mail.protection.outlook.com are where mail is sent to and say nothing about where a connection comes from.",
		connectorGuide + "; expta.com, EOP SMTP firewall list (2014)", "2021-07-14",
	}},
	{Requirement: Requirement{
		"tls", "Mail goes over TLS 1.2 or later",
		"Mail between both sides is sent over TLS and authenticated by certificates. Exchange Online refuses TLS 1.0 and 1.1.",
		prerequisites + "; Microsoft support, send-receive-emails-socketerror.md", "2024-10-24",
	}},
	{Requirement: Requirement{
		"no_smtp_hop", "No SMTP host between Exchange Online and Exchange",
		"Any SMTP host that is not Exchange removes the headers by which both sides know each other's mail. Only a subscribed Edge server may stand in between; Mailbox and Client Access servers do not belong in the perimeter network. Let the firewall forward TCP 25, not relay it.",
		"Microsoft, Transport options in hybrid deployments (transport-options.md) and Edge transport servers with hybrid deployments (edge-transport.md); expta.com, EOP SMTP firewall list (2014)", "2021-07-14",
	}},
	{Requirement: Requirement{
		"no_smtp_inspection", "No inspection of SMTP",
		"Switch off SMTP inspection (Mailguard, fixup) and TLS interception on TCP 25: they mask the banner with asterisks, remove verbs of ESMTP such as STARTTLS, or present the firewall's own certificate.",
		"Microsoft support, KB320027; Microsoft Q&A 2195248", "2024-10-24",
	}},
	{Requirement: Requirement{
		"public_certificate", "A public certificate on every hybrid server",
		"From a public certification authority, not self-signed, with the same issuer and subject on all servers that carry hybrid mail, Edge servers included, and its whole chain installed. The names of EWS and Autodiscover stand among its subject alternative names.",
		"Microsoft, Certificate requirements for hybrid deployments (certificate-requirements.md)", "2021-07-14",
	}},
	{Requirement: Requirement{
		"connectors_match_certificate", "The connectors name that certificate",
		"Send connector: RequireTLS, TlsAuthLevel, TlsDomain, CloudServicesMailEnabled and TlsCertificateName \"<I>issuer<S>subject\"; receive connector: TlsCertificateName; inbound connector in Exchange Online: TlsSenderCertificateName. Set them anew after the certificate was renewed with another issuer or subject.",
		"microsoft/CSS-Exchange, CloudConnectorCheck and ExoConnectorCheck", "2026-04-02",
	}},
	{Requirement: Requirement{
		"no_pre_authentication", "No pre-authentication on EWS and Autodiscover",
		"A reverse proxy passes EWS, MRSProxy and Autodiscover through without asking for credentials: Exchange Online authenticates with WS-Security, OAuth or NTLM at Exchange itself. Only AD FS may ask first.",
		prerequisites, "2021-07-14",
	}},
	{Requirement: Requirement{
		"federated_sign_in", "Federated sign-in comes from anywhere",
		"With AD FS, clients and Microsoft Entra reach the Web Application Proxy on TCP 443 (49443 with client certificates). No source addresses are published for it, so no flow here holds it.",
		additional + ", rows 3 and 4", "2024-01-31",
	}},
	{Requirement: Requirement{
		"high_risk_pool", "High-risk delivery pool: addresses unpublished",
		"Exchange Online sends spam, all non-delivery reports and mail from domains with neither A nor MX record from another pool, whose addresses are not published. A 2014 article says that since April 2014 it is not used from a tenant to its own on-premises servers; Microsoft's page (2023) neither confirms nor denies that. Nothing can be allowed for it.",
		"Microsoft, Outbound delivery pools (outbound-spam-high-risk-delivery-pool-about.md); expta.com, EOP SMTP firewall list (2014)", "2023-11-03",
	}},
	{Requirement: Requirement{
		"relay_pool", "Relay pool: 40.95.0.0/16, not in the list",
		"Announced in 2021: forwarded or relayed mail whose sender is no accepted domain, and that fails SPF and DKIM on arrival, leaves from addresses within 40.95.0.0/16. They are in no endpoint list and not in SPF. Confirmed is that an MX record at a third party or on-premises makes the pool likelier, not that a tenant's own servers get mail from it. Microsoft's remedy is Enhanced Filtering for Connectors; include_relay_pool adds the range to smtp_inbound.",
		"Microsoft, Outbound delivery pools (outbound-spam-high-risk-delivery-pool-about.md); Message center MC266466 (2021)", "2023-11-03",
	}},
	{Requirement: Requirement{
		"receive_connector_ranges", "Address lists in receive connectors grow stale",
		"The wizard of Exchange 2010 wrote Exchange Online's ranges into a receive connector: an old list there refuses mail that the firewall let through. Run the wizard again. From 2013 on it writes none. A connector takes about 1,200 to 1,300 ranges.",
		"Microsoft support, emails-are-rejected-and-receive-ndrs.md, connector-remote-ip-address-limit-exceeded.md, KB2750145", "2024-10-24",
	}},
	{Requirement: Requirement{
		"revocation_reachable", "Revocation lists can be fetched",
		"Servers fetch revocation lists and OCSP answers over TCP 80 and 443, by name: see crl_outbound. Where that is blocked, TLS fails with CERT_TRUST_REVOCATION_STATUS_UNKNOWN, which looks like a bad certificate.",
		endpointPage + "; jpmessaging/blog (Microsoft support, Japan), article on TLS", "2026-08-20",
	}},
	{Requirement: Requirement{
		"digicert_global_root_g2", "DigiCert Global Root G2 is trusted",
		"Certificates of Exchange Online chain to DigiCert Global Root G2; the announcement gives the dates 2026-03-22 and 2026-04-30. A server that does not trust it fails with 450 4.4.317 at STARTTLS, whatever the firewall allows.",
		"jpmessaging/blog (Microsoft support, Japan), article on trusting DigiCert certificates", "2026-08-20",
	}},
	{Requirement: Requirement{
		"exchange_version", "Exchange is supported and up to date",
		"Exchange Online throttles, then blocks mail from out-of-date Exchange servers through inbound connectors of type OnPremises: 450 4.7.230, later 550 5.7.230, and all of it from day 90 on. The firewall has no part in it.",
		"Microsoft Q&A 2110876", "",
	}},
	{Requirement: Requirement{
		"hybrid_application", "The dedicated hybrid application",
		"Rich coexistence of both sides needs the dedicated Exchange hybrid application since October 2025, with permissions of Microsoft Graph by October 2026; EWS in Exchange Online is off by default from then. identity_outbound holds what Exchange reaches for it.",
		"jpmessaging/blog (Microsoft support, Japan), Exchange Server security changes for hybrid deployments and exchange-online-ews-your-time-is-almost-up.md", "2026-08-20",
	}},
	{Requirement: Requirement{
		"mail_names_move", "New host names for Exchange Online's mail",
		"A records of newly accepted domains move below mx.microsoft in the second half of 2026. Names below mail.protection.outlook.com stay, but one written into a smart host or a check by hand may no longer be the right one: read it from the tenant (Graph, serviceConfigurationRecords).",
		"jpmessaging/blog (Microsoft support, Japan), modernizing-dns-security-for-exchange-online-mail-flow.md", "2026-04-24",
	}},
	{Requirement: Requirement{
		"ipv6_opt_in", "IPv6 to Exchange Online is opt-in",
		"Exchange Online takes mail over IPv6 only for accepted domains it was enabled for (Enable-IPv6ForAcceptedDomain). The IPv6 prefixes of both SMTP flows belong into the rules all the same.",
		"Microsoft, office-docs-powershell, Enable-IPv6ForAcceptedDomain", "2026-08-21",
	}},
	{
		Requirement: Requirement{
			"hybrid_agent_scope", "The Hybrid Agent carries free/busy and moves only",
			"It takes the place of inbound HTTPS for free/busy, MailTips and mailbox moves. SMTP both ways, outbound HTTPS from every Mailbox server, message tracking and multi-mailbox search stay as they are; hybrid modern authentication is not supported with it.",
			agentPage, "2021-07-14",
		},
		when: func(c *choices) bool { return c.HybridAgent },
	},
	{
		Requirement: Requirement{
			"edge_subscription", "Edge servers are subscribed",
			"Mailbox servers reach each Edge server on TCP 50636 (EdgeSync) and 25, Edge servers reach the Mailbox servers on TCP 25 and DNS on port 53. Without a subscription an Edge server counts as a foreign SMTP host in between.",
			networkPorts + "; Edge transport servers with hybrid deployments (edge-transport.md)", "2021-07-14",
		},
		when: func(c *choices) bool { return len(c.edgeServers) > 0 },
	},
}
