package hybrid

import (
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// The documents that state the flows.
const (
	prerequisites = "Microsoft, Hybrid deployment prerequisites (OfficeDocs-Exchange, " +
		"hybrid-deployment-prerequisites.md, 2021-07-14)"
	additional = "Microsoft, Additional endpoints not included in the web service " +
		"(additional-office365-ip-addresses-and-urls.md, 2024-01-31)"
	agentPage    = "Microsoft, Hybrid Agent (OfficeDocs-Exchange, hybrid-agent.md, 2021-07-14)"
	networkPorts = "Microsoft, Network ports for clients and mail flow in Exchange (OfficeDocs-Exchange, " +
		"network-ports.md, 2021-07-14)"
	connectorGuide = "Microsoft, Set up connectors to route mail (OfficeDocs-Exchange, " +
		"set-up-connectors-to-route-mail.md, 2021-07-14)"
	endpointPage = "Microsoft, Office 365 URLs and IP address ranges (lists generated 2024-08-06)"
	searchPage   = "Microsoft, Get-MailboxSearch (Exchange PowerShell reference)"
	mitigations  = "Microsoft, Exchange Emergency Mitigation (EM) service; jpmessaging/blog (Microsoft support, " +
		"Japan), 2025-01-28"
	trustedRoots = "Microsoft, Configure trusted roots and disallowed certificates (windowsserverdocs, " +
		"configure-trusted-roots-disallowed-certificates.md, 2022-12-05)"
	graphUpdate = "jpmessaging/blog (Microsoft support, Japan), " +
		"update-your-exchange-se-hybrid-on-premises-rich-coexistence-to-graph, 2026-05-15"
	graphHosts = "microsoft/CSS-Exchange, Get-CloudServiceEndpoint.ps1, 2026-02-03"
	ewsIsHere  = "jpmessaging/blog (Microsoft support, Japan), ews-deprecation-is-here, 2026-10-02"
	ewsEnd     = "jpmessaging/blog (Microsoft support, Japan), exchange-online-ews-your-time-is-almost-up, 2026-08-20"
)

// rule is a row of the table: a flow, and where each cloud's addresses or names
// are found.
type rule struct {
	flow       Flow
	inbound    bool
	ports      []uint16
	required   bool
	purpose    string
	conditions string
	withAgent  string // conditions with the Hybrid Agent, where the flow is optional then; empty: no change
	reference  string
	unless     func(*choices) string // why the flow does not occur with these options; nil: always does
	origins    []origin              // the first that names the instance, or names none
}

// origin is where a flow's addresses or names come from in some clouds.
type origin struct {
	instances []endpoints.Instance // nil: all
	find      finder               // nil: there is nothing to find, and basis says why
	looksFor  string               // what a list lacks when nothing is found
	basis     string
}

func (r *rule) originIn(instance endpoints.Instance) origin {
	i := slices.IndexFunc(r.origins, func(o origin) bool {
		return o.instances == nil || slices.Contains(o.instances, instance)
	})
	return r.origins[i] // every row ends with one for all; a test holds it to that
}

var (
	usGovernment = []endpoints.Instance{endpoints.USGovGCCHigh, endpoints.USGovDoD}
	worldwide    = []endpoints.Instance{endpoints.Worldwide}
)

// httpsSources is where the inbound HTTPS flows get their sources; only how well
// that is founded differs.
func httpsSources(basis string) []origin {
	return []origin{{
		find: exchangeHTTPSSources, looksFor: "endpoint set of Exchange with TCP port 443 and addresses",
		basis: basis + " The addresses are those of the Exchange sets with TCP port 443 in this list.",
	}}
}

const (
	statedForMoves = "Microsoft states it for this flow: to restrict the sources, use the addresses of the " +
		"Exchange Online table."
	byAnalogy = "By analogy: Microsoft names no sources for this flow. For mailbox moves, which come from the same " +
		"service to the same servers, it states the addresses of the Exchange Online table."
	smtpBasis = "Published for this flow: the Exchange sets with TCP port 25 and addresses."

	// ewsStays is the answer to who asks whether inbound 443 may be closed now.
	ewsStays = " This flow stays when EWS in Exchange Online ends: EWS in Exchange Server is not retired, and " +
		"Exchange Online still calls it."
	byNameToo = " Hosts that no address is published for need a rule by name or a proxy."
)

// graphOrigin is where the Graph host of one cloud is found.
func graphOrigin(instance endpoints.Instance, hosts ...string) origin {
	stated := "Microsoft's script for the hybrid application names this host for the cloud. This list does not " +
		"have it, so no addresses are published."
	if instance == endpoints.Germany { // two clouds had this name, so that only the list tells which
		stated = ""
	}
	return origin{
		instances: []endpoints.Instance{instance}, looksFor: "host of Microsoft Graph",
		find: listedHost(stated, hosts...),
		basis: "Published for this host: the endpoint sets that name it, which may hold other hosts as well. That " +
			"it is this cloud's Graph host, Microsoft's script for the hybrid application states.",
	}
}

// table holds every flow of a hybrid deployment.
var table = []rule{
	{
		flow: SMTPInbound, inbound: true, ports: []uint16{25}, required: true,
		purpose: "Mail from Exchange Online to the hybrid or Edge servers",
		conditions: "Ends at Exchange itself: Mailbox or Edge servers from 2016 on, Client Access or Edge of 2013, " +
			"Hub or Edge of 2010. TLS with certificates, no pre-authentication, no gateway in between. Exchange " +
			"Online prefers IPv6 where the receiving host has an AAAA record: the IPv6 prefixes are needed there.",
		reference: prerequisites + "; " + connectorGuide,
		origins:   []origin{{find: smtpSets, basis: smtpBasis}},
	},
	{
		flow: SMTPOutbound, ports: []uint16{25}, required: true,
		purpose: "Mail from the hybrid or Edge servers to Exchange Online",
		conditions: "From the servers of the send connector. TLS with the certificate that the connector's " +
			"TlsCertificateName names. A server with an IPv6 address reaches Exchange Online over IPv6 without anyone " +
			"switching it on: the rule, SPF, connectors that go by address and a PTR record have to hold that address.",
		reference: prerequisites,
		origins: []origin{{
			find: smtpSetsWithNames, basis: smtpBasis + " EOP takes mail on the addresses it sends from.",
		}},
	},
	{
		flow: AutodiscoverInbound, inbound: true, ports: []uint16{443}, required: true,
		purpose: "Autodiscover requests from Exchange Online",
		conditions: "To /autodiscover/autodiscover.svc, for free/busy, moves, message tracking and search; no " +
			"pre-authentication. It finds the way to EWS." + ewsStays,
		withAgent: "Only if you use message tracking or multi-mailbox search from Exchange Online: free/busy and " +
			"moves go through the Hybrid Agent. To /autodiscover/autodiscover.svc; no pre-authentication.",
		reference: prerequisites,
		origins:   httpsSources(byAnalogy),
	},
	{
		flow: FreeBusyInbound, inbound: true, ports: []uint16{443}, required: true, unless: replacedByAgent,
		purpose: "Free/busy and MailTips requests from Exchange Online",
		conditions: "To /ews/exchange.asmx/wssecurity, or with OAuth to the same path; no pre-authentication." +
			ewsStays,
		reference: prerequisites,
		origins:   httpsSources(byAnalogy),
	},
	{
		flow: MessageTrackingInbound, inbound: true, ports: []uint16{443}, required: true,
		purpose:    "Message tracking requests from Exchange Online",
		conditions: "To /ews/exchange.asmx/wssecurity; no pre-authentication." + ewsStays,
		withAgent: "Only if you use message tracking from Exchange Online, which the Hybrid Agent does not carry. " +
			"To /ews/exchange.asmx/wssecurity; no pre-authentication." + ewsStays,
		reference: prerequisites,
		origins:   httpsSources(byAnalogy),
	},
	{
		flow: MailboxSearchInbound, inbound: true, ports: []uint16{443},
		purpose: "Multi-mailbox searches from Exchange Online",
		conditions: "Leave it out, unless a search of Exchange 2013 to 2019 still spans both sides: Exchange " +
			"Online retired its side, the MailboxSearch cmdlets, in October 2020. To Autodiscover and EWS with " +
			"OAuth; no pre-authentication. The Hybrid Agent does not carry it.",
		reference: prerequisites + "; " + searchPage,
		origins:   httpsSources(byAnalogy),
	},
	{
		flow: MailboxMoveInbound, inbound: true, ports: []uint16{443}, unless: replacedByAgent,
		purpose: "Mailbox moves by Exchange Online",
		conditions: "To /ews/mrsproxy.svc, while mailboxes are moved; no pre-authentication. Give MRSProxy a host " +
			"name and a public address of its own before its sources are restricted." + ewsStays,
		reference: additional + ", row 6",
		origins:   httpsSources(statedForMoves),
	},
	{
		flow: HybridModernAuthInbound, inbound: true, ports: []uint16{443},
		purpose:    "AutoDetect of Outlook mobile with hybrid modern authentication",
		conditions: "Where Outlook mobile uses hybrid modern authentication. Not with the Hybrid Agent.",
		reference:  additional + ", row 10",
		unless: func(c *choices) string {
			if c.HybridAgent {
				return "Not with the Hybrid Agent: the agent " + agentExcludesModernAuth + "."
			}
			return ""
		},
		origins: []origin{
			{
				instances: worldwide, find: modernAuthSources,
				basis: "Microsoft states these addresses for this flow, for hosts of outlookmobile.com. They are " +
					"in no endpoint list, and its page does not split them by cloud.",
			},
			{
				instances: usGovernment, find: modernAuthSources,
				basis: "Microsoft states these addresses for this flow in general, for hosts of outlookmobile.com and " +
					"outlookmobile.us. They are in no endpoint list, and it does not say which of them this cloud uses.",
			},
			{basis: "Microsoft's row for this flow names hosts of outlookmobile.com and outlookmobile.us only; it " +
				"states no addresses for this cloud."},
		},
	},
	{
		flow: ExchangeOnlineOutbound, ports: []uint16{443}, required: true,
		purpose: "EWS and Autodiscover from Exchange to Exchange Online",
		conditions: "From every Mailbox server (Client Access server before 2016), with the Hybrid Agent, too. " +
			"Autodiscover stays. EWS in Exchange Online has been switched off tenant by tenant since 2026-10-01 " +
			"and ends on 2027-04-01; Microsoft Graph takes its place, see graph_outbound." + byNameToo,
		reference: prerequisites + "; " + ewsEnd,
		origins: []origin{{
			find: exchangeHTTPSDestinations, looksFor: "endpoint set of Exchange with TCP port 443",
			basis: "Published for this flow: the Exchange sets with TCP port 443.",
		}},
	},
	{
		flow: GraphOutbound, ports: []uint16{443}, required: true,
		purpose: "Microsoft Graph requests from Exchange to Exchange Online",
		conditions: "From every Mailbox server. Exchange SE with the May 2026 hotfix update (15.2.2562.41) or later asks " +
			"Exchange Online over Microsoft Graph; Exchange 2016 and 2019 never do. So far Microsoft has announced it for the " +
			"worldwide cloud only. It takes the place of EWS, which ends on 2027-04-01 (switched off tenant by tenant since " +
			"2026-10-01). Microsoft's script for the hybrid application refuses to switch Graph on where this host cannot be " +
			"reached. Tokens come from the hosts of identity_outbound.",
		reference: graphUpdate + "; " + graphHosts + "; " + ewsIsHere,
		origins: []origin{
			graphOrigin(endpoints.Worldwide, "graph.microsoft.com"),
			graphOrigin(endpoints.USGovGCCHigh, "graph.microsoft.us"),
			graphOrigin(endpoints.USGovDoD, "dod-graph.microsoft.us"),
			graphOrigin(endpoints.China, "microsoftgraph.chinacloudapi.cn"),
			graphOrigin(endpoints.France, "graph.svc.sovcloud.fr"),
			graphOrigin(endpoints.Germany, "graph.svc.sovcloud.de", "graph.microsoft.de"),
			{basis: "Microsoft's script for the hybrid application names no Graph host for this cloud."},
		},
	},
	{
		flow: IdentityOutbound, ports: []uint16{80, 443}, required: true,
		purpose: "Sign-in and federation: Exchange and Entra Connect to Microsoft Entra",
		conditions: "From Exchange servers for OAuth and federation, from Entra Connect for synchronization. " +
			"Microsoft Graph has a flow of its own, graph_outbound, though sets of this one may name its host, " +
			"too. Federation set up by Exchange 2010 SP3 also uses domains.live.com." + byNameToo,
		reference: prerequisites + "; " + endpointPage,
		origins: []origin{{
			find: signInSets, looksFor: "endpoint set of Common with TCP port 443 and sign-in hosts",
			basis: "Published for Microsoft Entra: the Common sets that hold this cloud's sign-in hosts.",
		}},
	},
	{
		flow: CRLOutbound, ports: []uint16{80, 443}, required: true,
		purpose: "Certificate revocation lists and OCSP",
		conditions: "From Exchange and Entra Connect. A blocked revocation list shows as a certificate failure. " +
			"Windows fetches new root certificates from " + rootUpdates + " on TCP 80, unless automatic root update " +
			"is switched off.",
		reference: endpointPage + "; " + trustedRoots,
		origins: []origin{
			{
				instances: []endpoints.Instance{endpoints.China},
				find:      revocationHosts("*.digicert.com", "*.entrust.net"), looksFor: revocationText,
				basis: "Published as host names only: the revocation hosts among this cloud's Common sets, and *.digicert.com " +
					"and *.entrust.net, which Microsoft's additional endpoints name for 21Vianet with TCP port 80." +
					missingRoots + missingAuthorities,
			},
			{
				instances: worldwide, find: revocationHosts(), looksFor: revocationText,
				basis: "Published as host names only: the revocation hosts among the Common sets." + missingRoots +
					" Nor are hosts of other certification authorities that your own certificates name.",
			},
			{
				find: revocationHosts(), looksFor: revocationText,
				basis: "Published as host names only: the revocation hosts among this cloud's Common sets, which " +
					"are Microsoft's own." + missingRoots + missingAuthorities,
			},
		},
	},
	{
		flow: EmergencyMitigationOutbound, ports: []uint16{443},
		purpose: "Exchange Emergency Mitigation service",
		conditions: "From every Mailbox server, not from Edge; hybrid or not. Exchange asks every hour for " +
			"mitigations of new vulnerabilities and for feature flights; Exchange older than March 2023 no longer " +
			"can. Revocation lists have to be reachable, too: see crl_outbound.",
		reference: mitigations,
		origins: []origin{{
			find: listedHost("Microsoft names this host for the service and does not split it by cloud. This list "+
				"does not have it, so no addresses are published.", "officeclient.microsoft.com"),
			looksFor: "host of the service",
			basis: "Microsoft names this host for the service. The endpoint sets that name it are published for " +
				"Office in general and, as a rule, without addresses.",
		}},
	},
	{
		flow: HybridAgentOutbound, ports: []uint16{80, 443}, required: true,
		purpose: "Hybrid Agent to the application proxy service",
		conditions: "From the agent's host, which also reaches the Client Access servers inside on TCP 443, 80, " +
			"5985 and 5986.",
		reference: agentPage + "; " + additional + ", row 11",
		unless: func(c *choices) string {
			if !c.HybridAgent {
				return "Only with the Hybrid Agent, which this deployment does not use."
			}
			return ""
		},
		origins: []origin{
			{
				instances: worldwide, find: fixedNames("*.msappproxy.net"),
				basis: "Microsoft states this name for the application proxy, which the agent uses as " +
					"resource.mailboxmigration.his.msappproxy.net; no addresses are published.",
			},
			{
				find: fixedNames("*.msappproxy.net"),
				basis: "Microsoft states this name for the application proxy in general; no addresses are published. It is not " +
					"known whether this cloud offers the Hybrid Agent: Microsoft's page on the agent (2021) and its row for the " +
					"application proxy (2024) name no national cloud. Ask Microsoft before relying on it.",
			},
		},
	},
	{
		flow: HybridWizardOutbound, ports: []uint16{80, 443},
		purpose:    "Hybrid Configuration wizard",
		conditions: "From the host that runs the wizard, while it runs.",
		reference:  additional + ", row 9",
		origins: []origin{
			{
				instances: worldwide,
				find: fixedNames("*.store.core.windows.net", "asl.configure.office.com", "tds.configure.office.com",
					"mshybridservice.trafficmanager.net", "aka.ms", "shcwreleaseprod.blob.core.windows.net",
					"domains.live.com"),
				basis: "Microsoft states these names for the wizard; no addresses are published. Of aka.ms it uses " +
					"/hybridwizard, of shcwreleaseprod.blob.core.windows.net /shcw/; domains.live.com only the " +
					"wizard of Exchange 2010 SP3.",
			},
			{
				instances: usGovernment, find: fixedAddresses("40.118.209.192/32", "168.62.190.41/32"),
				basis: "Microsoft states these addresses for the wizard in GCC High and DoD. They are in no endpoint list.",
			},
			{basis: "Microsoft names hosts for the wizard in worldwide and GCC, and addresses for GCC High and " +
				"DoD; it states nothing for this cloud."},
		},
	},
	{
		flow: EdgeSync, ports: []uint16{25, 50636}, required: true,
		purpose: "EdgeSync and mail from Mailbox servers to Edge servers",
		conditions: "Inside the organization: from the Mailbox servers to the Edge servers. Edge servers also send " +
			"mail to the Mailbox servers on TCP 25, and ask DNS on port 53.",
		reference: networkPorts,
		unless: func(c *choices) string {
			if len(c.edgeServers) == 0 {
				return "Only with Edge servers, and this deployment names none."
			}
			return ""
		},
		origins: []origin{{find: edgeServers, basis: "The organization's own addresses of its Edge servers."}},
	},
}

const (
	revocationText          = "host of revocation lists among its Common sets"
	agentExcludesModernAuth = "does not support hybrid modern authentication; that needs inbound HTTPS of its own"

	missingRoots = " " + rootUpdates + " is in no Microsoft 365 list; Microsoft's page on trusted roots in Windows " +
		"names it, with TCP port 80."
	missingAuthorities = " Hosts of other certification authorities are published for worldwide only: add those " +
		"that your certificates and Microsoft's name."
)

var modernAuthSources = fixedAddresses("52.125.128.0/20", "52.127.96.0/23")

func replacedByAgent(c *choices) string {
	if c.HybridAgent {
		return "The Hybrid Agent takes its place: it connects from inside, see hybrid_agent_outbound."
	}
	return ""
}
