package hybrid

import (
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// Requirement is a demand that no firewall rule expresses. Dates are written
// YYYY-MM-DD; a month is written as its last day, and the detail says so.
type Requirement struct {
	ID        string
	Title     string
	Detail    string
	Reference string
	AsOf      string               // date of the newest document in Reference; never empty
	Deadline  string               // day from which something stops, past days too; empty where none does
	AppliesTo []endpoints.Instance // clouds that the documents speak of; all, where they name none
}

// requirementsOf are those that hold in one cloud for a deployment.
func requirementsOf(instance endpoints.Instance, c *choices) []Requirement {
	var out []Requirement
	for _, r := range requirements {
		if r.when != nil && !r.when(c) {
			continue
		}
		if r.AppliesTo == nil {
			r.AppliesTo = endpoints.Instances()
		}
		if slices.Contains(r.AppliesTo, instance) {
			out = append(out, r.Requirement)
		}
	}
	return out
}

const (
	deliveryPools = "Microsoft, Outbound delivery pools (outbound-spam-high-risk-delivery-pool-about.md, 2023-11-03)"
	articleOf2014 = "expta.com, EOP SMTP firewall list (2014-05)"
	supportPages  = "Microsoft support (OfficeDocs-Support, 2024-10-24), "
	jpBlog        = "jpmessaging/blog (Microsoft support, Japan), "
)

var requirements = []struct {
	Requirement
	when func(*choices) bool // nil: always
}{
	{Requirement: Requirement{
		ID: "web_service_scope", Title: "The endpoint list leaves out the hybrid flows",
		Detail: "Microsoft's endpoint web service does not cover traffic from its datacenters to customers, and so " +
			"not what comes in to hybrid servers over HTTPS, nor traffic of customers' servers going out. The " +
			"basis of each flow says what its addresses rest on.",
		Reference: additional, AsOf: "2024-01-31",
	}},
	{Requirement: Requirement{
		ID: "rules_by_address", Title: "Inbound rules go by address",
		Detail: "Name inbound sources by address. Names such as *.mail.protection.outlook.com are where mail is " +
			"sent to and say nothing about where a connection comes from.",
		Reference: connectorGuide + "; " + articleOf2014, AsOf: "2021-07-14",
	}},
	{Requirement: Requirement{
		ID: "ipv6_default_on", Title: "Prepare for IPv6, which is on by default",
		Detail: "Since 2024-10-16 Exchange Online takes mail over IPv6 for every accepted domain that has not " +
			"opted out (Disable-IPv6ForAcceptedDomain), and it sends over IPv6 first where the receiving host has " +
			"an AAAA record. Both SMTP flows need their IPv6 prefixes wherever a hybrid or Edge server has an IPv6 " +
			"address. Connectors and SPF that go by address need that address too, and it needs a PTR record, or " +
			"Exchange Online refuses its mail. A server with IPv4 only is not affected.",
		Reference: "Exchange Team Blog, IPv6 updates for Exchange Online, 2024-10-30; Message center MC835648, 2024-10-10",
		AsOf:      "2024-10-30", Deadline: "2024-10-16",
	}},
	{Requirement: Requirement{
		ID: "no_country_filter", Title: "Mail may come from any region",
		Detail: "Do not narrow smtp_inbound to a country. With Multi-Geo In-Region Routing (general since December " +
			"2025) hybrid mail may come from another region, within the same published prefixes.",
		Reference: jpBlog + "article on Multi-Geo In-Region Routing, 2026-02-14", AsOf: "2026-02-14",
	}},
	{Requirement: Requirement{
		ID: "tls", Title: "Mail goes over TLS 1.2 or later",
		Detail: "Mail between both sides is sent over TLS and authenticated by certificates. Exchange Online " +
			"refuses TLS 1.0 and 1.1.",
		Reference: prerequisites + "; " + supportPages + "send-receive-emails-socketerror.md", AsOf: "2024-10-24",
	}},
	{Requirement: Requirement{
		ID: "no_tls_1_3_over_smtp", Title: "Do not demand TLS 1.3 for SMTP",
		Detail: "Exchange Server speaks TLS 1.3 (Exchange 2019 CU15 and SE, Windows Server 2022 or later) in every " +
			"protocol but SMTP. A rule or a gateway that lets only TLS 1.3 pass on TCP 25 stops mail.",
		Reference: jpBlog + "released-2025-h1-CU, 2025-02-13", AsOf: "2025-02-13",
	}},
	{Requirement: Requirement{
		ID: "no_smtp_hop", Title: "No SMTP host between Exchange Online and Exchange",
		Detail: "Any SMTP host that is not Exchange removes the headers by which both sides know each other's " +
			"mail. Only a subscribed Edge server may stand in between; Mailbox and Client Access servers do not " +
			"belong in the perimeter network. Let the firewall forward TCP 25, not relay it.",
		Reference: "Microsoft, Transport options in hybrid deployments (transport-options.md) and Edge transport " +
			"servers with hybrid deployments (edge-transport.md), OfficeDocs-Exchange, 2021-07-14; " + articleOf2014,
		AsOf: "2021-07-14",
	}},
	{Requirement: Requirement{
		ID: "no_smtp_inspection", Title: "No inspection of SMTP",
		Detail: "Switch off SMTP inspection (Mailguard, fixup) and TLS interception on TCP 25: they mask the banner with " +
			"asterisks, remove verbs of ESMTP such as STARTTLS, or present the firewall's own certificate.",
		Reference: supportPages + "KB320027; Microsoft Q&A 2195248", AsOf: "2024-10-24",
	}},
	{Requirement: Requirement{
		ID: "public_certificate", Title: "A public certificate on every hybrid server",
		Detail: "From a public certification authority, not self-signed, with the same issuer and subject on all " +
			"servers that carry hybrid mail, Edge servers included, and its whole chain installed. The names of " +
			"EWS and Autodiscover are among its subject alternative names.",
		Reference: "Microsoft, Certificate requirements for hybrid deployments (OfficeDocs-Exchange, " +
			"certificate-requirements.md, 2021-07-14)",
		AsOf: "2021-07-14",
	}},
	{Requirement: Requirement{
		ID: "connectors_match_certificate", Title: "The connectors name that certificate",
		Detail: "Send connector: RequireTLS, TlsAuthLevel, TlsDomain, CloudServicesMailEnabled and " +
			"TlsCertificateName \"<I>issuer<S>subject\"; receive connector: TlsCertificateName; inbound connector " +
			"in Exchange Online: TlsSenderCertificateName. When a renewal changes issuer or subject, set them " +
			"anew: the Hybrid Configuration wizard has \"Update Secure Mail Certificate for Connectors\" for it.",
		Reference: "microsoft/CSS-Exchange, CloudConnectorCheck and ExoConnectorCheck, 2026-04-02; Exchange Team " +
			"Blog, Hybrid Configuration wizard, 2025-06-04",
		AsOf: "2026-04-02",
	}},
	{Requirement: Requirement{
		ID: "connector_attribution", Title: "Exchange Online has to find your connector",
		Detail: "It looks for the inbound connector by the domain of the certificate, then by the domain of the sender " +
			"(MAIL FROM), then by that of the recipient (RCPT TO). The certificate's domain has to be an accepted domain of " +
			"the tenant. One certificate must not serve two tenants, and connectors by address must not be shared. Mail that " +
			"matches no connector counts as Direct Send, which a tenant may refuse: 550 5.7.68 (not in GCC High and DoD).",
		Reference: "Message center MC1226222, 2026-02-04; " + jpBlog +
			"introducing-more-control-over-direct-send, 2026-05-22",
		AsOf: "2026-05-22",
	}},
	{Requirement: Requirement{
		ID: "certificate_client_auth", Title: "Prepare for public certificates without client authentication",
		Detail: "A risk, not a known failure. From 2027-03-15 public certificates come without the purpose client " +
			"authentication (some authorities stopped earlier). Exchange presents its certificate as a TLS client " +
			"when it sends to Exchange Online, and Microsoft has not said what happens then. Test a renewed " +
			"certificate before the old one ends. Renewals become more frequent as well: certificates last at most " +
			"200 days since 2026-03-15, 100 from 2027-03-15 and 47 from 2029-03-15.",
		Reference: "Chrome Root Program Policy 1.8, 2026-02-05; CA/Browser Forum ballot SC-081; DigiCert, change " +
			"log of 2026-05-12",
		AsOf: "2026-05-12", Deadline: "2027-03-15",
	}},
	{Requirement: Requirement{
		ID: "no_pre_authentication", Title: "No pre-authentication on EWS and Autodiscover",
		Detail: "A reverse proxy passes EWS, MRSProxy and Autodiscover through without asking for credentials: Exchange " +
			"Online authenticates with WS-Security, OAuth or NTLM at Exchange itself. Only AD FS may ask first.",
		Reference: prerequisites, AsOf: "2021-07-14",
	}},
	{Requirement: Requirement{
		ID: "federated_sign_in", Title: "Federated sign-in comes from anywhere",
		Detail: "With AD FS, clients and Microsoft Entra reach the Web Application Proxy on TCP 443 (49443 with " +
			"client certificates). No source addresses are published for it, so no flow here holds it.",
		Reference: additional + ", rows 3 and 4", AsOf: "2024-01-31",
	}},
	{Requirement: Requirement{
		ID: "high_risk_pool", Title: "High-risk delivery pool: addresses unpublished",
		Detail: "Exchange Online sends spam, all non-delivery reports and mail from domains with neither A nor MX " +
			"record from another pool, whose addresses are not published. \"EOP SMTP firewall list\" (expta.com, " +
			"2014) says that since April 2014 it is not used from a tenant to its own on-premises servers; " +
			"Microsoft's page (2023) neither confirms nor denies that. Nothing can be allowed for it.",
		Reference: deliveryPools + "; " + articleOf2014, AsOf: "2023-11-03",
	}},
	{Requirement: Requirement{
		ID: "relay_pool", Title: "Relay pool: 40.95.0.0/16, not in the list",
		Detail: "Announced in 2021: forwarded or relayed mail whose sender is not an accepted domain, and that fails " +
			"SPF and DKIM on arrival, leaves from addresses within 40.95.0.0/16. They are in no endpoint list and " +
			"not in SPF. Confirmed is that an MX record at a third party or on-premises makes the pool likelier, " +
			"not that a tenant's own servers get mail from it. Microsoft's remedy is Enhanced Filtering for " +
			"Connectors; smtp_inbound takes the range only on request.",
		Reference: deliveryPools + "; Message center MC266466 (2021)", AsOf: "2023-11-03",
	}},
	{Requirement: Requirement{
		ID: "receive_connector_ranges", Title: "Address lists in receive connectors grow stale",
		Detail: "The wizard of Exchange 2010 wrote Exchange Online's ranges into a receive connector: an old list " +
			"there refuses mail that the firewall let through. Run the wizard again. From 2013 on it writes none. " +
			"A connector takes about 1,200 to 1,300 ranges.",
		Reference: supportPages + "emails-are-rejected-and-receive-ndrs.md, " +
			"connector-remote-ip-address-limit-exceeded.md, KB2750145",
		AsOf: "2024-10-24",
	}},
	{Requirement: Requirement{
		ID: "revocation_reachable", Title: "Revocation lists can be fetched",
		Detail: "Servers fetch revocation lists and OCSP answers over TCP 80 and 443, by name: see crl_outbound. Where " +
			"that is blocked, TLS fails with CERT_TRUST_REVOCATION_STATUS_UNKNOWN, which looks like a bad certificate.",
		Reference: endpointPage + "; " + jpBlog + "article on TLS, 2026-08-20", AsOf: "2026-08-20",
	}},
	{Requirement: Requirement{
		ID: "digicert_global_root_g2", Title: "Trust DigiCert Global Root G2, and keep G1",
		Detail: "Certificates of Exchange Online chain to DigiCert Global Root G2 (thumbprint " +
			"DF3C24F9BFD666761B268073FE06D1CC8D4F82A4); the announcement gives 2026-03-22. A server that does not trust it " +
			"fails with 450 4.4.317 or 451 5.7.3 at STARTTLS, whatever the firewall allows. Do not remove G1: some services " +
			"still present chains to it. Windows fetches roots by itself, unless automatic root update is switched off or " +
			rootUpdates + " is blocked (see crl_outbound).",
		Reference: jpBlog + "article on trusting DigiCert certificates, 2026-08-19; Message center MC1224565",
		AsOf:      "2026-08-19", Deadline: "2026-03-22",
	}},
	{Requirement: Requirement{
		ID: "exchange_version", Title: "Keep Exchange supported and up to date",
		Detail: "Since September 2026 Exchange Online throttles, then blocks mail from servers below the October 2025 " +
			"security update: Exchange 2019 CU15 15.2.1748.39, Exchange 2016 CU23 15.1.2507.61. Exchange SE is not affected. " +
			"Exchange Online looks at mail through inbound connectors of type OnPremises and reads the version from its " +
			"Received headers. Stages from the day of detection: to day 30 reports only; then throttled for 5 minutes an " +
			"hour, 10 from day 40, 20 from day 50, 30 from day 60; from day 60 also blocked, for 5 minutes an hour, 10 from " +
			"day 70, 20 from day 80; from day 90 all mail: 450 4.7.230, then 550 5.7.230. Counted from the second week of " +
			"September, the first full blocks fall in December 2026, written here as its last day. Get-OnPremServerReportInfo " +
			"reports; New-TenantExemptionInfo pauses for up to 90 days a year. Support of Exchange 2016 and 2019 ended on " +
			"2025-10-14, their last paid updates on 2026-10-31. The firewall has no part in it.",
		Reference: "Exchange Team Blog, version enforcement (techcommunity 4552717), 2026-09-02; " + jpBlog +
			"reminder that the ESU program ends in October 2026, 2026-07-21",
		AsOf: "2026-09-02", Deadline: "2026-12-31",
	}},
	{Requirement: Requirement{
		ID: "hybrid_application", Title: "Use the dedicated hybrid application",
		Detail: "Free/busy, MailTips and photos from Exchange to Exchange Online need the dedicated Exchange " +
			"hybrid application. The shared service principal has been blocked for EWS since 2025-10-31. The " +
			"application needs permissions of Microsoft Graph as well: see graph_before_ews_ends.",
		Reference: jpBlog + "article on the dedicated hybrid application, 2025-10-13", AsOf: "2025-10-13",
		Deadline: "2025-10-31",
	}},
	{Requirement: Requirement{
		ID: "ews_allow_list", Title: "List the applications that may use EWS in Exchange Online",
		Detail: "Since 2026-10-10 EWS in Exchange Online needs EWSEnabled = True and, in EWSAllowedAppIDs, the id " +
			"of the application. Tenants that had set nothing are switched to False in waves since 2026-10-01, " +
			"with seven days' notice in the Message center. Keep the hybrid application in that list until " +
			"Exchange uses Microsoft Graph, and beyond it for on-premises mailboxes with an online archive. A " +
			"change takes effect within a day. Worldwide first; the Message center announces the other clouds. An " +
			"organization that shares free/busy with someone else's tenant depends on that tenant's setting.",
		Reference: "Message center MC1485116, 2026-10-01; " + ewsIsHere, AsOf: "2026-10-02",
		Deadline: "2026-10-10", AppliesTo: worldwide,
	}},
	{Requirement: Requirement{
		ID: "graph_before_ews_ends", Title: "Move to Microsoft Graph before EWS in Exchange Online ends",
		Detail: "EWS in Exchange Online ends on 2027-04-01, without exceptions; the Message center gives early " +
			"July 2027 for the last tenants, GCC High and DoD included. Until then free/busy, MailTips (automatic " +
			"replies only) and photos from Exchange have to move to Microsoft Graph: Exchange SE with the May 2026 " +
			"hotfix update (15.2.2562.41) or later, and TCP 443 from every Mailbox server to the Graph host of its " +
			"cloud, see graph_outbound. So far Microsoft has announced it for the worldwide cloud only. Exchange " +
			"2016 and 2019 never get it and lose rich coexistence. On-premises mailboxes with an online archive " +
			"still need EWS. After the September 2026 security update delegated free/busy fails with Graph alone " +
			"(KB5127092). What Exchange Online asks of Exchange still goes over EWS: the inbound flows stay.",
		Reference: graphUpdate + "; " + ewsIsHere + "; " + ewsEnd + "; Message center MC1485116, 2026-10-01",
		AsOf:      "2026-10-02", Deadline: "2027-04-01",
	}},
	{Requirement: Requirement{
		ID: "mail_names_move", Title: "New host names for Exchange Online's mail",
		Detail: "A records of newly accepted domains move below mx.microsoft in the second half of 2026. Names below " +
			"mail.protection.outlook.com stay, TlsDomain of the send connector among them, but one written into a smart host " +
			"or a check by hand may no longer be the right one: read it from the tenant (Graph, serviceConfigurationRecords).",
		Reference: jpBlog + "modernizing-dns-security-for-exchange-online-mail-flow, 2026-04-24; Message center " +
			"MC1048624, 2026-02-02",
		AsOf: "2026-04-24",
	}},
	{Requirement: Requirement{
		ID: "connector_policy_modes", Title: "SmtpDaneMode and MtaStsMode of outbound connectors",
		Detail: "Outbound connectors of Exchange Online have SmtpDaneMode and MtaStsMode since February 2026. Mandatory " +
			"turns a missing TLSA record of the receiving domain into a delivery failure, which no firewall rule repairs. Do " +
			"not set it on the connector to your own servers, unless they publish such records.",
		Reference: jpBlog + "article on SMTP DANE and MTA-STS modes of connectors, 2026-03-11", AsOf: "2026-03-11",
	}},
	{
		Requirement: Requirement{
			ID: "hybrid_agent_scope", Title: "The Hybrid Agent carries free/busy and moves only",
			Detail: "It takes the place of inbound HTTPS for free/busy, MailTips and mailbox moves. SMTP both ways and " +
				"outbound HTTPS from every Mailbox server stay as they are. Message tracking and multi-mailbox search do not go " +
				"through it: if you use them, open inbound HTTPS for them. Hybrid modern authentication is not supported with it.",
			Reference: agentPage, AsOf: "2021-07-14",
		},
		when: func(c *choices) bool { return c.HybridAgent },
	},
	{
		Requirement: Requirement{
			ID: "edge_subscription", Title: "Edge servers are subscribed",
			Detail: "Mailbox servers reach each Edge server on TCP 50636 (EdgeSync) and 25, Edge servers reach the " +
				"Mailbox servers on TCP 25 and DNS on port 53. Without a subscription an Edge server counts as a " +
				"foreign SMTP host in between.",
			Reference: networkPorts + "; Microsoft, Edge transport servers with hybrid deployments " +
				"(OfficeDocs-Exchange, edge-transport.md, 2021-07-14)",
			AsOf: "2021-07-14",
		},
		when: func(c *choices) bool { return len(c.edgeServers) > 0 },
	},
}
