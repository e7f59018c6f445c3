package hybrid

import (
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// The documents that state the flows.
const (
	prerequisites  = "Microsoft, Hybrid deployment prerequisites (OfficeDocs-Exchange, hybrid-deployment-prerequisites.md, 2021-07-14)"
	additional     = "Microsoft, Additional endpoints not included in the web service (additional-office365-ip-addresses-and-urls.md, 2024-01-31)"
	agentPage      = "Microsoft, Hybrid Agent (OfficeDocs-Exchange, hybrid-agent.md, 2021-07-14)"
	networkPorts   = "Microsoft, Network ports for clients and mail flow in Exchange (OfficeDocs-Exchange, network-ports.md, 2021-07-14)"
	connectorGuide = "Microsoft, Set up connectors to route mail (OfficeDocs-Exchange, set-up-connectors-to-route-mail.md, 2021-07-14)"
	endpointPage   = "Microsoft, Office 365 URLs and IP address ranges (lists generated 2024-08-06)"
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
	statedForMoves = "Microsoft states it for this flow: to restrict the sources, use the addresses of the Exchange Online table."
	byAnalogy      = "By analogy: Microsoft names no sources for this flow. For mailbox moves, which come from the same service to the same servers, it states the addresses of the Exchange Online table."
	smtpBasis      = "Published for this flow: the Exchange sets with TCP port 25 and addresses."
)

// table holds every flow of a hybrid deployment.
var table = []rule{
	{
		flow: SMTPInbound, inbound: true, ports: []uint16{25}, required: true,
		purpose:    "Mail from Exchange Online to the hybrid or Edge servers",
		conditions: "Ends at Exchange itself: Mailbox or Edge servers from 2016 on, Client Access or Edge of 2013, Hub or Edge of 2010. TLS with certificates, no pre-authentication, no gateway in between.",
		reference:  prerequisites + "; " + connectorGuide,
		origins:    []origin{{find: smtpSets, basis: smtpBasis}},
	},
	{
		flow: SMTPOutbound, ports: []uint16{25}, required: true,
		purpose:    "Mail from the hybrid or Edge servers to Exchange Online",
		conditions: "From the servers of the send connector. TLS with the certificate that the connector's TlsCertificateName names.",
		reference:  prerequisites,
		origins:    []origin{{find: smtpSetsWithNames, basis: smtpBasis + " EOP takes mail on the addresses it sends from."}},
	},
	{
		flow: AutodiscoverInbound, inbound: true, ports: []uint16{443}, required: true,
		purpose:    "Autodiscover requests from Exchange Online",
		conditions: "To /autodiscover/autodiscover.svc, for free/busy, moves, message tracking and search; no pre-authentication. The Hybrid Agent takes its place for free/busy and moves only.",
		reference:  prerequisites,
		origins:    httpsSources(byAnalogy),
	},
	{
		flow: FreeBusyInbound, inbound: true, ports: []uint16{443}, required: true, unless: replacedByAgent,
		purpose:    "Free/busy and MailTips requests from Exchange Online",
		conditions: "To /ews/exchange.asmx/wssecurity, or with OAuth to the same path; no pre-authentication.",
		reference:  prerequisites,
		origins:    httpsSources(byAnalogy),
	},
	{
		flow: MessageTrackingInbound, inbound: true, ports: []uint16{443}, required: true,
		purpose:    "Message tracking requests from Exchange Online",
		conditions: "To /ews/exchange.asmx/wssecurity; no pre-authentication. The Hybrid Agent does not carry it.",
		reference:  prerequisites,
		origins:    httpsSources(byAnalogy),
	},
	{
		flow: MailboxSearchInbound, inbound: true, ports: []uint16{443},
		purpose:    "Multi-mailbox searches from Exchange Online",
		conditions: "To Autodiscover and EWS with OAuth, where searches span both sides; no pre-authentication. The Hybrid Agent does not carry it.",
		reference:  prerequisites,
		origins:    httpsSources(byAnalogy),
	},
	{
		flow: MailboxMoveInbound, inbound: true, ports: []uint16{443}, unless: replacedByAgent,
		purpose:    "Mailbox moves by Exchange Online",
		conditions: "To /ews/mrsproxy.svc, while mailboxes are moved; no pre-authentication. Give MRSProxy a host name and a public address of its own before its sources are restricted.",
		reference:  additional + ", row 6",
		origins:    httpsSources(statedForMoves),
	},
	{
		flow: HybridModernAuthInbound, inbound: true, ports: []uint16{443},
		purpose:    "AutoDetect of Outlook mobile with hybrid modern authentication",
		conditions: "Where Outlook mobile uses hybrid modern authentication. Not with the Hybrid Agent.",
		reference:  additional + ", row 10",
		unless: func(c *choices) string {
			if c.HybridAgent {
				return "Left out with hybrid_agent = true: " + agentExcludesModernAuth + "."
			}
			return ""
		},
		origins: []origin{
			{
				instances: worldwide, find: modernAuthSources,
				basis: "Microsoft states these addresses for this flow, for hosts of outlookmobile.com. They are in no endpoint list, and its page does not split them by cloud.",
			},
			{
				instances: usGovernment, find: modernAuthSources,
				basis: "Microsoft states these addresses for this flow in general, for hosts of outlookmobile.com and outlookmobile.us. They are in no endpoint list, and it does not say which of them this cloud uses.",
			},
			{basis: "Microsoft's row for this flow names hosts of outlookmobile.com and outlookmobile.us only; it states no addresses for this cloud."},
		},
	},
	{
		flow: ExchangeOnlineOutbound, ports: []uint16{443}, required: true,
		purpose:    "EWS and Autodiscover from Exchange to Exchange Online",
		conditions: "From every Mailbox server (Client Access server before 2016), with the Hybrid Agent, too. Hosts of hostnames_without_addresses need a rule by name or a proxy.",
		reference:  prerequisites,
		origins: []origin{{
			find: exchangeHTTPSDestinations, looksFor: "endpoint set of Exchange with TCP port 443",
			basis: "Published for this flow: the Exchange sets with TCP port 443.",
		}},
	},
	{
		flow: IdentityOutbound, ports: []uint16{80, 443}, required: true,
		purpose:    "Sign-in and federation: Exchange and Entra Connect to Microsoft Entra",
		conditions: "From Exchange servers for OAuth and federation, from Entra Connect for synchronization. Hosts of hostnames_without_addresses need a rule by name or a proxy. Federation set up by Exchange 2010 SP3 also uses domains.live.com.",
		reference:  prerequisites + "; " + endpointPage,
		origins: []origin{{
			find: signInSets, looksFor: "endpoint set of Common with TCP port 443 and sign-in hosts",
			basis: "Published for Microsoft Entra: the Common sets that hold this cloud's sign-in hosts.",
		}},
	},
	{
		flow: CRLOutbound, ports: []uint16{80, 443}, required: true,
		purpose:    "Certificate revocation lists and OCSP",
		conditions: "From Exchange and Entra Connect. A blocked revocation list shows as a certificate failure.",
		reference:  endpointPage,
		origins: []origin{
			{
				instances: []endpoints.Instance{endpoints.China},
				find:      revocationHosts("*.digicert.com", "*.entrust.net"), looksFor: revocationText,
				basis: "Published as host names only: the revocation hosts among this cloud's Common sets, and *.digicert.com and *.entrust.net, which Microsoft's additional endpoints name for 21Vianet with TCP port 80.",
			},
			{
				instances: worldwide, find: revocationHosts(), looksFor: revocationText,
				basis: "Published as host names only: the revocation hosts among the Common sets.",
			},
			{
				find: revocationHosts(), looksFor: revocationText,
				basis: "Published as host names only: the revocation hosts among this cloud's Common sets. These are Microsoft's own; hosts of other certification authorities are published for worldwide only, so add those that your certificates and Microsoft's name.",
			},
		},
	},
	{
		flow: HybridAgentOutbound, ports: []uint16{80, 443}, required: true,
		purpose:    "Hybrid Agent to the application proxy service",
		conditions: "From the agent's host, which also reaches the Client Access servers inside on TCP 443, 80, 5985 and 5986.",
		reference:  agentPage + "; " + additional + ", row 11",
		unless: func(c *choices) string {
			if !c.HybridAgent {
				return "Only with the Hybrid Agent: set hybrid_agent = true."
			}
			return ""
		},
		origins: []origin{
			{
				instances: worldwide, find: fixedNames("*.msappproxy.net"),
				basis: "Microsoft states this name for the application proxy, which the agent uses as resource.mailboxmigration.his.msappproxy.net; no addresses are published.",
			},
			{
				find:  fixedNames("*.msappproxy.net"),
				basis: "Microsoft states this name for the application proxy in general and does not say whether this cloud offers the Hybrid Agent; no addresses are published.",
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
					"mshybridservice.trafficmanager.net", "aka.ms", "shcwreleaseprod.blob.core.windows.net", "domains.live.com"),
				basis: "Microsoft states these names for the wizard; no addresses are published. Of aka.ms it uses /hybridwizard, of shcwreleaseprod.blob.core.windows.net /shcw/; domains.live.com only the wizard of Exchange 2010 SP3.",
			},
			{
				instances: usGovernment, find: fixedAddresses("40.118.209.192/32", "168.62.190.41/32"),
				basis: "Microsoft states these addresses for the wizard in GCC High and DoD. They are in no endpoint list.",
			},
			{basis: "Microsoft names hosts for the wizard in worldwide and GCC, and addresses for GCC High and DoD; it states nothing for this cloud."},
		},
	},
	{
		flow: EdgeSync, ports: []uint16{25, 50636}, required: true,
		purpose:    "EdgeSync and mail from Mailbox servers to Edge servers",
		conditions: "Inside the organization: from the Mailbox servers to the Edge servers. Edge servers also send mail to the Mailbox servers on TCP 25, and ask DNS on port 53.",
		reference:  networkPorts,
		unless: func(c *choices) string {
			if len(c.edgeServers) == 0 {
				return "Only with Edge servers: name their addresses in edge_servers."
			}
			return ""
		},
		origins: []origin{{find: edgeServers, basis: "The organization's own addresses, as edge_servers names them."}},
	},
}

const (
	revocationText          = "host of revocation lists among its Common sets"
	agentExcludesModernAuth = "the Hybrid Agent does not support hybrid modern authentication, which needs inbound HTTPS of its own"
)

var modernAuthSources = fixedAddresses("52.125.128.0/20", "52.127.96.0/23")

func replacedByAgent(c *choices) string {
	if c.HybridAgent {
		return "The Hybrid Agent takes its place: it connects from inside, see hybrid_agent_outbound. Autodiscover, message tracking and search keep their inbound flows."
	}
	return ""
}
