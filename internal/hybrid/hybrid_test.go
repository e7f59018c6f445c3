package hybrid

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
)

// whole is a deployment in which every flow occurs that goes with the agent.
var whole = Options{HybridAgent: true, EdgeServers: []string{"192.0.2.11", "192.0.2.10", "2001:db8::25"}}

func resolve(t *testing.T, l *endpoints.List, o Options) *Deployment {
	t.Helper()
	d, err := Resolve(l, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newest(t *testing.T, instance endpoints.Instance, o Options) *Deployment {
	t.Helper()
	return resolve(t, eoptest.Newest(t, instance), o)
}

// short is a resolved flow in one line: direction, ports, whether required, number
// of prefixes and the first, number of names, set ids; or the reason.
func short(d *Deployment, f Flow) string {
	line := func(r Rule, format string, a ...any) string {
		direction, need := "out", "optional"
		if r.Inbound {
			direction = "in"
		}
		if r.Required {
			need = "required"
		}
		return fmt.Sprintf("%s %v %s, %s names of %v", direction, r.Ports, need, fmt.Sprintf(format, a...), r.SetIDs)
	}
	if r, ok := d.AddressRules[f]; ok {
		return line(r.Rule, "%d from %s, %d", len(r.Prefixes), r.Prefixes[0], len(r.Hostnames))
	}
	if r, ok := d.NameRules[f]; ok {
		return line(r.Rule, "%d", len(r.Hostnames))
	}
	return d.Unresolved[f]
}

// inboundHTTPS are the flows from the Exchange sets with TCP port 443.
var inboundHTTPS = []Flow{
	AutodiscoverInbound, FreeBusyInbound, MessageTrackingInbound, MailboxSearchInbound, MailboxMoveInbound,
}

// Every flow of every served cloud, checked by hand against the lists of 2026.
func TestFlowsOfEachCloud(t *testing.T) {
	for instance, want := range map[endpoints.Instance]map[Flow]string{
		endpoints.Worldwide: {
			SMTPInbound:                 "in [25] required, 6 from 40.92.0.0/15, 0 names of [10]",
			SMTPOutbound:                "out [25] required, 6 from 40.92.0.0/15, 2 names of [10]",
			AutodiscoverInbound:         "in [443] required, 34 from 13.107.6.152/31, 0 names of [1 9]",
			FreeBusyInbound:             "in [443] required, 34 from 13.107.6.152/31, 0 names of [1 9]",
			MessageTrackingInbound:      "in [443] required, 34 from 13.107.6.152/31, 0 names of [1 9]",
			MailboxSearchInbound:        "in [443] optional, 34 from 13.107.6.152/31, 0 names of [1 9]",
			MailboxMoveInbound:          "in [443] optional, 34 from 13.107.6.152/31, 0 names of [1 9]",
			HybridModernAuthInbound:     "in [443] optional, 2 from 52.125.128.0/20, 0 names of []",
			ExchangeOnlineOutbound:      "out [443] required, 34 from 13.107.6.152/31, 6 names of [1 8 9]",
			GraphOutbound:               "out [443] required, 16 from 20.20.32.0/19, 1 names of [56]",
			IdentityOutbound:            "out [80 443] required, 16 from 20.20.32.0/19, 35 names of [56 59]",
			CRLOutbound:                 "out [80 443] required, 28 names of [84 125]",
			EmergencyMitigationOutbound: "out [443] optional, 1 names of [35 86]",
			HybridAgentOutbound:         "out [80 443] required, 1 names of []",
			HybridWizardOutbound:        "out [80 443] optional, 7 names of []",
			EdgeSync:                    "out [25 50636] required, 3 from 192.0.2.10/32, 0 names of []",
		},
		endpoints.USGovGCCHigh: {
			SMTPInbound:                 "in [25] required, 11 from 23.103.191.0/24, 0 names of [6]",
			SMTPOutbound:                "out [25] required, 11 from 23.103.191.0/24, 6 names of [6]",
			AutodiscoverInbound:         "in [443] required, 18 from 20.35.208.0/20, 0 names of [1 6]",
			FreeBusyInbound:             "in [443] required, 18 from 20.35.208.0/20, 0 names of [1 6]",
			MessageTrackingInbound:      "in [443] required, 18 from 20.35.208.0/20, 0 names of [1 6]",
			MailboxSearchInbound:        "in [443] optional, 18 from 20.35.208.0/20, 0 names of [1 6]",
			MailboxMoveInbound:          "in [443] optional, 18 from 20.35.208.0/20, 0 names of [1 6]",
			HybridModernAuthInbound:     "in [443] optional, 2 from 52.125.128.0/20, 0 names of []",
			ExchangeOnlineOutbound:      "out [443] required, 18 from 20.35.208.0/20, 13 names of [1 4 6]",
			GraphOutbound:               "out [443] required, 3 from 20.140.232.0/23, 1 names of [13]",
			IdentityOutbound:            "out [443] required, 3 from 20.140.232.0/23, 19 names of [13 14]",
			CRLOutbound:                 "out [80 443] required, 3 names of [14 18]",
			EmergencyMitigationOutbound: "out [443] optional, 1 names of [19]",
			HybridAgentOutbound:         "out [80 443] required, 1 names of []",
			HybridWizardOutbound:        "out [80 443] optional, 2 from 40.118.209.192/32, 0 names of []",
			EdgeSync:                    "out [25 50636] required, 3 from 192.0.2.10/32, 0 names of []",
		},
		endpoints.USGovDoD: {
			SMTPInbound:                 "in [25] required, 8 from 23.103.191.0/24, 0 names of [6]",
			SMTPOutbound:                "out [25] required, 8 from 23.103.191.0/24, 3 names of [6]",
			AutodiscoverInbound:         "in [443] required, 13 from 20.35.192.0/20, 0 names of [1 6]",
			FreeBusyInbound:             "in [443] required, 13 from 20.35.192.0/20, 0 names of [1 6]",
			MessageTrackingInbound:      "in [443] required, 13 from 20.35.192.0/20, 0 names of [1 6]",
			MailboxSearchInbound:        "in [443] optional, 13 from 20.35.192.0/20, 0 names of [1 6]",
			MailboxMoveInbound:          "in [443] optional, 13 from 20.35.192.0/20, 0 names of [1 6]",
			HybridModernAuthInbound:     "in [443] optional, 2 from 52.125.128.0/20, 0 names of []",
			ExchangeOnlineOutbound:      "out [443] required, 13 from 20.35.192.0/20, 11 names of [1 5 6]",
			GraphOutbound:               "out [443] required, 3 from 20.140.232.0/23, 1 names of [13]",
			IdentityOutbound:            "out [443] required, 3 from 20.140.232.0/23, 19 names of [13 14]",
			CRLOutbound:                 "out [80 443] required, 3 names of [14 17]",
			EmergencyMitigationOutbound: "out [443] optional, 1 names of [18]",
			HybridAgentOutbound:         "out [80 443] required, 1 names of []",
			HybridWizardOutbound:        "out [80 443] optional, 2 from 40.118.209.192/32, 0 names of []",
			EdgeSync:                    "out [25 50636] required, 3 from 192.0.2.10/32, 0 names of []",
		},
		endpoints.China: {
			SMTPInbound:            "in [25] required, 15 from 40.72.120.0/22, 0 names of [27]",
			SMTPOutbound:           "out [25] required, 15 from 40.72.120.0/22, 2 names of [27]",
			AutodiscoverInbound:    "in [443] required, 25 from 40.72.120.0/22, 0 names of [1 2]",
			FreeBusyInbound:        "in [443] required, 25 from 40.72.120.0/22, 0 names of [1 2]",
			MessageTrackingInbound: "in [443] required, 25 from 40.72.120.0/22, 0 names of [1 2]",
			MailboxSearchInbound:   "in [443] optional, 25 from 40.72.120.0/22, 0 names of [1 2]",
			MailboxMoveInbound:     "in [443] optional, 25 from 40.72.120.0/22, 0 names of [1 2]",
			HybridModernAuthInbound: "Microsoft's row for this flow names hosts of outlookmobile.com and " +
				"outlookmobile.us only; it states no addresses for this cloud.",
			ExchangeOnlineOutbound:      "out [443] required, 25 from 40.72.120.0/22, 4 names of [1 2 12]",
			GraphOutbound:               "out [443] required, 6 from 40.72.70.0/23, 1 names of [17]",
			IdentityOutbound:            "out [80 443] required, 22 from 23.236.126.0/24, 20 names of [7 10 13 17 23]",
			CRLOutbound:                 "out [80 443] required, 4 names of [11]",
			EmergencyMitigationOutbound: "out [443] optional, 1 names of [11]",
			HybridAgentOutbound:         "out [80 443] required, 1 names of []",
			HybridWizardOutbound: "Microsoft names hosts for the wizard in worldwide and GCC, and addresses for " +
				"GCC High and DoD; it states nothing for this cloud.",
			EdgeSync: "out [25 50636] required, 3 from 192.0.2.10/32, 0 names of []",
		},
	} {
		t.Run(string(instance), func(t *testing.T) {
			plain, agent := newest(t, instance, Options{}), newest(t, instance, whole)
			got := map[Flow]string{}
			for _, f := range Flows() {
				d := plain
				if f == HybridAgentOutbound || f == EdgeSync {
					d = agent
				}
				got[f] = short(d, f)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Each flow in each cloud is an address, a name or a reason, and never two of them,
// in every archived version and whatever the options.
func TestEachFlowIsAddressNameOrReason(t *testing.T) {
	options := map[string]Options{
		"plain": {}, "agent and edge": whole, "relay pool": {IncludeRelayPool: true}, "some flows": {Flows: []string{
			"crl_outbound", "edge_sync", "smtp_inbound",
		}},
	}
	for _, instance := range endpoints.Instances() {
		for _, e := range eoptest.SMTPHistory(t, instance) {
			ipv4, ipv6 := cidr.SplitFamilies(e.SMTP.Prefixes)
			if !e.Has || len(ipv4) == 0 || len(ipv6) == 0 {
				continue // TestListsWithoutDeployment
			}
			for name, o := range options {
				t.Run(fmt.Sprint(instance, " ", e.Version, " ", name), func(t *testing.T) {
					d := resolve(t, eoptest.List(t, instance, e.Version.String()), o)
					flows := Flows()
					if o.Flows != nil {
						flows = []Flow{CRLOutbound, EdgeSync, SMTPInbound}
					}
					checkDeployment(t, d, flows)
					if diff := cmp.Diff(e.SMTP.Prefixes, d.SMTP.Prefixes, comparePrefixes); diff != "" {
						t.Errorf("the allowlist, -archive +deployment:\n%s", diff)
					}
				})
			}
		}
	}
}

var comparePrefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

// What every numbered list answers, the reader finds by address.
func TestNumberedListsHaveAddresses(t *testing.T) {
	for _, instance := range endpoints.Instances() {
		for _, e := range eoptest.SMTPHistory(t, instance) {
			if !e.Has || e.Version.Kind() == endpoints.SMTPOnly {
				continue
			}
			d := resolve(t, eoptest.List(t, instance, e.Version.String()), Options{})
			flows := []Flow{
				AutodiscoverInbound, MessageTrackingInbound, MailboxSearchInbound, ExchangeOnlineOutbound,
				IdentityOutbound,
			}
			for _, f := range flows {
				t.Run(fmt.Sprint(instance, " ", e.Version, " ", f), func(t *testing.T) {
					if _, ok := d.AddressRules[f]; !ok {
						t.Errorf("no addresses: %s", short(d, f))
					}
				})
			}
		}
	}
}

// description is what every cloud takes as a rule's description.
var description = regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()]{1,140}$`)

func checkDeployment(t *testing.T, d *Deployment, flows []Flow) {
	t.Helper()
	for _, f := range flows {
		_, address := d.AddressRules[f]
		_, name := d.NameRules[f]
		_, reason := d.Unresolved[f]
		if count := fmt.Sprint(address, name, reason); strings.Count(count, "true") != 1 {
			t.Errorf("%s: address, name, reason: %s", f, count)
		}
	}
	if n := len(d.AddressRules) + len(d.NameRules) + len(d.Unresolved); n != len(flows) {
		t.Errorf("%d entries for %d flows", n, len(flows))
	}
	for f, r := range d.AddressRules {
		checkRule(t, f, r.Rule)
		if len(r.Prefixes) == 0 {
			t.Errorf("%s: no prefixes", f)
		}
		if diff := cmp.Diff(cidr.Outermost(r.Prefixes), r.Prefixes, comparePrefixes); diff != "" {
			t.Errorf("%s: prefixes, -canonical +got:\n%s", f, diff)
		}
		if slices.ContainsFunc(r.Prefixes, func(p netip.Prefix) bool { return p.Bits() == 0 }) {
			t.Errorf("%s: opens everything", f)
		}
		if r.Inbound && len(r.Hostnames)+len(r.NamesOnly) > 0 {
			t.Errorf("%s: an inbound rule with names %v", f, r.Hostnames)
		}
		for _, n := range r.NamesOnly {
			if !slices.Contains(r.Hostnames, n) {
				t.Errorf("%s: %s is not among its names", f, n)
			}
		}
	}
	for f, r := range d.NameRules {
		checkRule(t, f, r.Rule)
		if r.Inbound {
			t.Errorf("%s: an inbound rule by name", f)
		}
		if len(r.Hostnames) == 0 {
			t.Errorf("%s: no names", f)
		}
		if diff := cmp.Diff(distinct(r.Hostnames), r.Hostnames); diff != "" {
			t.Errorf("%s: names, -sorted and distinct +got:\n%s", f, diff)
		}
		if slices.ContainsFunc(r.Hostnames, func(n string) bool { return strings.ContainsAny(n, "/: ") }) {
			t.Errorf("%s: not host names: %v", f, r.Hostnames)
		}
	}
	for f, reason := range d.Unresolved {
		wantSentences(t, string(f), reason)
	}
}

func checkRule(t *testing.T, f Flow, r Rule) {
	t.Helper()
	if len(r.Ports) == 0 {
		t.Errorf("%s: no ports", f)
	}
	if !slices.IsSorted(r.Ports) {
		t.Errorf("%s: ports out of order: %v", f, r.Ports)
	}
	if !description.MatchString(r.Purpose) {
		t.Errorf("%s: purpose %q", f, r.Purpose)
	}
	if r.Reference == "" {
		t.Errorf("%s: no reference", f)
	}
	if r.Inbound != strings.HasSuffix(string(f), "_inbound") {
		t.Errorf("%s: inbound %v", f, r.Inbound)
	}
	wantSentences(t, string(f), r.Conditions, r.Basis)
}

func wantSentences(t *testing.T, name string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if text == "" || text != strings.TrimSpace(text) || !strings.HasSuffix(text, ".") {
			t.Errorf("%s: not whole sentences: %q", name, text)
		}
		slips := []string{"..", "%!", "  ", "hybrid_agent =", "address_rules", "hostnames_without", "edge_servers"}
		for _, slip := range slips {
			if strings.Contains(text, slip) {
				t.Errorf("%s: %q in %q", name, slip, text)
			}
		}
	}
}

// The table itself: each flow once, each row ends with an origin for every cloud.
func TestTable(t *testing.T) {
	seen := map[Flow]bool{}
	for _, r := range table {
		t.Run(string(r.flow), func(t *testing.T) {
			if seen[r.flow] {
				t.Error("a second row")
			}
			seen[r.flow] = true
			for i, o := range r.origins {
				if last := i == len(r.origins)-1; last != (o.instances == nil) {
					t.Errorf("origin %d of %d is for %v", i+1, len(r.origins), o.instances)
				}
				if o.basis == "" {
					t.Errorf("origin %d has no basis", i+1)
				}
			}
		})
	}
}

// Exchange sets with addresses and TCP port 443, chosen another way.
func TestHTTPSSourcesAreTheExchangeSets(t *testing.T) {
	for _, instance := range endpoints.ServedInstances() {
		selection := endpoints.Selection{ServiceAreas: []string{"Exchange"}, TCPPort: 443}
		sets, err := eoptest.Newest(t, instance).Select(selection)
		if err != nil {
			t.Fatal(err)
		}
		var want []netip.Prefix
		for _, s := range sets {
			want = append(want, s.Prefixes...)
		}
		want = cidr.Outermost(want)
		d := newest(t, instance, Options{})
		for _, f := range append(slices.Clone(inboundHTTPS), ExchangeOnlineOutbound) {
			t.Run(fmt.Sprint(instance, " ", f), func(t *testing.T) {
				if diff := cmp.Diff(want, d.AddressRules[f].Prefixes, comparePrefixes); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

// A rule says how well its addresses are founded.
func TestBasis(t *testing.T) {
	d := newest(t, endpoints.Worldwide, Options{})
	for f, want := range map[Flow]string{
		SMTPInbound:             "Published for this flow",
		MailboxMoveInbound:      "states it for this flow",
		FreeBusyInbound:         "By analogy",
		AutodiscoverInbound:     "By analogy",
		HybridModernAuthInbound: "in no endpoint list",
		GraphOutbound:           "Published for this host",
	} {
		t.Run(string(f), func(t *testing.T) {
			if got := d.AddressRules[f].Basis; !strings.Contains(got, want) {
				t.Errorf("%q lacks %q", got, want)
			}
		})
	}
}

// What no list publishes is as the documents state it.
func TestAddressesAndNamesFromDocuments(t *testing.T) {
	us, ww := newest(t, endpoints.USGovDoD, Options{}), newest(t, endpoints.Worldwide, Options{})
	for name, tc := range map[string]struct{ got, want string }{
		"modern authentication": {
			fmt.Sprint(us.AddressRules[HybridModernAuthInbound].Prefixes), "[52.125.128.0/20 52.127.96.0/23]",
		},
		"wizard, addresses": {
			fmt.Sprint(us.AddressRules[HybridWizardOutbound].Prefixes), "[40.118.209.192/32 168.62.190.41/32]",
		},
		"wizard, names": {
			fmt.Sprint(ww.NameRules[HybridWizardOutbound].Hostnames), "[*.store.core.windows.net aka.ms " +
				"asl.configure.office.com domains.live.com mshybridservice.trafficmanager.net " +
				"shcwreleaseprod.blob.core.windows.net tds.configure.office.com]",
		},
		"revocation and roots": {
			fmt.Sprint(us.NameRules[CRLOutbound].Hostnames),
			"[crl.microsoft.com ctldl.windowsupdate.com mscrl.microsoft.com]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Each cloud has a Graph host of its own, and a rule for nothing else.
func TestGraphHosts(t *testing.T) {
	for instance, want := range map[endpoints.Instance]string{
		endpoints.Worldwide:    "graph.microsoft.com",
		endpoints.USGovGCCHigh: "graph.microsoft.us",
		endpoints.USGovDoD:     "dod-graph.microsoft.us",
		endpoints.China:        "microsoftgraph.chinacloudapi.cn",
	} {
		t.Run(string(instance), func(t *testing.T) {
			d := newest(t, instance, Options{})
			if diff := cmp.Diff([]string{want}, d.AddressRules[GraphOutbound].Hostnames); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if _, also := d.Unresolved[IdentityOutbound]; also {
				t.Error("sign-in has no rule of its own")
			}
		})
	}
}

// listWith is an SMTP set of a cloud beside the sets given.
func listWith(instance endpoints.Instance, more ...endpoints.Set) *endpoints.List {
	smtp := endpoints.Set{
		ID: 10, ServiceArea: "Exchange", TCPPorts: endpoints.Ports{{From: 25, To: 25}},
		Prefixes: []netip.Prefix{netip.MustParsePrefix("40.92.0.0/15"), netip.MustParsePrefix("2a01:111:f400::/48")},
	}
	return &endpoints.List{
		Instance: instance, Version: endpoints.MustParseVersion("2026081400"),
		Sets: append([]endpoints.Set{smtp}, more...),
	}
}

func httpsSet(id int, area string, prefixes []netip.Prefix, urls ...string) endpoints.Set {
	return endpoints.Set{
		ID: id, ServiceArea: area, TCPPorts: endpoints.Ports{{From: 443, To: 443}}, Prefixes: prefixes, URLs: urls,
	}
}

// Where a list names the host of a flow, exactly or by a wildcard, and where not.
func TestHostsInLists(t *testing.T) {
	some := []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	for name, tc := range map[string]struct {
		list *endpoints.List
		flow Flow
		want string
	}{
		"addresses": {
			listWith(endpoints.Worldwide,
				httpsSet(56, "Common", some, "graph.microsoft.com", "login.microsoftonline.com")),
			GraphOutbound, "out [443] required, 1 from 198.51.100.0/24, 1 names of [56]",
		},
		"exact before wildcard": {
			listWith(endpoints.China, httpsSet(7, "Common", some, "*.chinacloudapi.cn"),
				httpsSet(17, "Common", nil, "microsoftgraph.chinacloudapi.cn")),
			GraphOutbound, "out [443] required, 1 names of [17]",
		},
		"wildcard": {
			listWith(endpoints.China, httpsSet(7, "Common", some, "*.chinacloudapi.cn")),
			GraphOutbound, "out [443] required, 1 from 198.51.100.0/24, 1 names of [7]",
		},
		"not in the list": {listWith(endpoints.USGovDoD), GraphOutbound, "out [443] required, 1 names of []"},
		"mitigation not listed": {
			listWith(endpoints.China), EmergencyMitigationOutbound,
			"out [443] optional, 1 names of []",
		},
		"Bleu": {
			listWith(endpoints.France, httpsSet(1, "Common", nil, "*.sovcloud.fr")), GraphOutbound,
			"out [443] required, 1 names of [1]",
		},
		"Delos": {
			listWith(endpoints.Germany, httpsSet(36, "Common", nil, "*.sovcloud.de")), GraphOutbound,
			"out [443] required, 1 names of [36]",
		},
		"the first German cloud": {
			listWith(endpoints.Germany, httpsSet(20, "Common", some, "graph.microsoft.de")), GraphOutbound,
			"out [443] required, 1 from 198.51.100.0/24, 1 names of [20]",
		},
		"which German cloud": {
			listWith(endpoints.Germany), GraphOutbound,
			"List 2026081400 of germany has no host of Microsoft Graph.",
		},
		"sign-in of Bleu": {
			listWith(endpoints.France, httpsSet(3, "Common", nil, "*.identity-sovcloud.fr")), IdentityOutbound,
			"out [443] required, 1 names of [3]",
		},
		"sign-in of Delos": {
			listWith(endpoints.Germany, httpsSet(38, "Common", nil, "login.sovcloud-identity.de")), IdentityOutbound,
			"out [443] required, 1 names of [38]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := resolve(t, tc.list, Options{})
			checkDeployment(t, d, Flows())
			if diff := cmp.Diff(tc.want, short(d, tc.flow)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A host that stands on a document alone says so.
func TestHostThatNoListNames(t *testing.T) {
	d := resolve(t, listWith(endpoints.Worldwide), Options{})
	for _, f := range []Flow{GraphOutbound, EmergencyMitigationOutbound} {
		t.Run(string(f), func(t *testing.T) {
			if got := d.NameRules[f].Basis; !strings.Contains(got, "This list does not have it") {
				t.Error(got)
			}
		})
	}
}

// A name that also stands in a set with addresses is not one without.
func TestNamesWithoutAddresses(t *testing.T) {
	l := *eoptest.Newest(t, endpoints.Worldwide)
	more := httpsSet(999, "Exchange", nil, "outlook.office365.com", "new.outlook.example")
	l.Sets = append(slices.Clone(l.Sets), more)
	r := resolve(t, &l, Options{}).AddressRules[ExchangeOnlineOutbound]
	want := []string{"*.outlook.com", "autodiscover.*.onmicrosoft.com", "new.outlook.example"}
	if diff := cmp.Diff(want, r.NamesOnly); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !slices.Contains(r.Hostnames, "outlook.office365.com") {
		t.Errorf("hostnames %v", r.Hostnames)
	}
}

// The agent's purpose is to need no inbound HTTPS: no such flow is required with it.
func TestHybridAgent(t *testing.T) {
	for _, instance := range endpoints.ServedInstances() {
		t.Run(string(instance), func(t *testing.T) {
			d := newest(t, instance, Options{HybridAgent: true})
			for f, r := range d.AddressRules {
				if r.Inbound && r.Required && slices.Contains(r.Ports, 443) {
					t.Errorf("%s is required", f)
				}
			}
			for _, f := range []Flow{FreeBusyInbound, MailboxMoveInbound, HybridModernAuthInbound} {
				if !strings.Contains(d.Unresolved[f], "Hybrid Agent") {
					t.Errorf("%s: %q", f, d.Unresolved[f])
				}
			}
			for _, f := range []Flow{AutodiscoverInbound, MessageTrackingInbound} {
				if got := d.AddressRules[f].Conditions; !strings.HasPrefix(got, "Only if you use ") {
					t.Errorf("%s: %q", f, got)
				}
			}
			if !d.AddressRules[SMTPInbound].Required {
				t.Error("mail does not go through the agent")
			}
			if diff := cmp.Diff([]string{"*.msappproxy.net"}, d.NameRules[HybridAgentOutbound].Hostnames); diff != "" {
				t.Errorf("agent, -want +got:\n%s", diff)
			}
			unknown := strings.Contains(d.NameRules[HybridAgentOutbound].Basis, "not known whether this cloud offers")
			if unknown != (instance != endpoints.Worldwide) {
				t.Errorf("basis %q", d.NameRules[HybridAgentOutbound].Basis)
			}
		})
	}
}

// Without the agent the inbound flows stay, and say why EWS does not end them.
func TestInboundFlowsStay(t *testing.T) {
	d := newest(t, endpoints.Worldwide, Options{})
	for _, f := range []Flow{AutodiscoverInbound, FreeBusyInbound, MessageTrackingInbound, MailboxMoveInbound} {
		t.Run(string(f), func(t *testing.T) {
			if got := d.AddressRules[f].Conditions; !strings.Contains(got, "EWS in Exchange Server is not retired") {
				t.Error(got)
			}
		})
	}
	if got := d.Unresolved[HybridAgentOutbound]; !strings.Contains(got, "Only with the Hybrid Agent") {
		t.Errorf("agent: %q", got)
	}
}

func TestEdgeServers(t *testing.T) {
	r := newest(t, endpoints.China, whole).AddressRules[EdgeSync]
	want := "[192.0.2.10/32 192.0.2.11/32 2001:db8::25/128] [25 50636] false"
	if diff := cmp.Diff(want, fmt.Sprint(r.Prefixes, r.Ports, r.Inbound)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	without := newest(t, endpoints.China, Options{}).Unresolved[EdgeSync]
	if !strings.Contains(without, "Only with Edge servers") {
		t.Errorf("without: %q", without)
	}
}

func TestRelayPool(t *testing.T) {
	for _, instance := range endpoints.ServedInstances() {
		t.Run(string(instance), func(t *testing.T) {
			plain, wide := newest(t, instance, Options{}), newest(t, instance, Options{IncludeRelayPool: true})
			extra := cidr.Diff(wide.AddressRules[SMTPInbound].Prefixes, plain.AddressRules[SMTPInbound].Prefixes)
			if got := fmt.Sprint(extra.Excess, extra.Missing); got != "[40.95.0.0/16] []" {
				t.Errorf("difference %s", got)
			}
			for name, prefixes := range map[string][]netip.Prefix{
				"the allowlist": wide.SMTP.Prefixes, "smtp_outbound": wide.AddressRules[SMTPOutbound].Prefixes,
			} {
				if diff := cmp.Diff(plain.SMTP.Prefixes, prefixes, comparePrefixes); diff != "" {
					t.Errorf("%s, -without the pool +with:\n%s", name, diff)
				}
			}
			if len(plain.Warnings) != 0 {
				t.Errorf("warnings without the pool: %v", plain.Warnings)
			}
			if len(wide.Warnings) != 1 {
				t.Fatalf("warnings with the pool: %v, want one", wide.Warnings)
			}
			got := wide.Warnings[0]
			if got.Option != RelayPoolOption {
				t.Errorf("the warning is about %v", got.Option)
			}
			if !strings.Contains(got.Detail, "SPF") {
				t.Errorf("the warning lacks SPF: %q", got.Detail)
			}
			if nothing := strings.Contains(got.Detail, "Nothing says"); nothing != (instance != endpoints.Worldwide) {
				t.Errorf("warning %q", got.Detail)
			}
		})
	}
}

func TestRelayPoolWithoutEffect(t *testing.T) {
	published := listWith(endpoints.Worldwide)
	published.Sets[0].Prefixes[0] = netip.MustParsePrefix("40.92.0.0/14")
	for name, tc := range map[string]struct {
		list    *endpoints.List
		options Options
		want    string
	}{
		"not asked for": {
			listWith(endpoints.Worldwide),
			Options{IncludeRelayPool: true, Flows: []string{"smtp_outbound"}},
			"The relay pool is not added",
		},
		"published": {published, Options{IncludeRelayPool: true}, "The relay pool is published already"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, w := range resolve(t, tc.list, tc.options).Warnings {
				got = append(got, w.Summary)
			}
			if diff := cmp.Diff([]string{tc.want}, got); diff != "" {
				t.Errorf("warnings, -want +got:\n%s", diff)
			}
		})
	}
}

func TestOptionErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		options Options
		option  Option
		index   int
		want    string
	}{
		"unknown": {
			Options{Flows: []string{"smtp_inbound", "smtp"}}, FlowsOption, 1, "known are smtp_inbound, smtp_outbound",
		},
		"twice": {Options{Flows: []string{"edge_sync", "crl_outbound", "edge_sync"}}, FlowsOption, 2, "twice"},
		"modern auth": {
			Options{Flows: []string{"hybrid_modern_auth_inbound"}, HybridAgent: true},
			FlowsOption, 0,
			"does not support hybrid modern authentication",
		},
		"name of edge": {
			Options{EdgeServers: []string{"192.0.2.1", "edge1.contoso.example"}},
			EdgeServersOption, 1,
			"edge1.contoso.example",
		},
		"host bits":  {Options{EdgeServers: []string{"192.0.2.1/24"}}, EdgeServersOption, 0, "host bits"},
		"everything": {Options{EdgeServers: []string{"::/0"}}, EdgeServersOption, 0, "every address"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Resolve(eoptest.Newest(t, endpoints.Worldwide), tc.options)
			var option *OptionError
			if !errors.As(err, &option) {
				t.Fatal(err)
			}
			if option.Option != tc.option {
				t.Errorf("option %v, want %v", option.Option, tc.option)
			}
			if option.Index != tc.index {
				t.Errorf("index %d, want %d", option.Index, tc.index)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%q lacks %q", err, tc.want)
			}
			if !strings.HasPrefix(err.Error(), tc.option.String()) {
				t.Errorf("%q does not begin with %v", err, tc.option)
			}
			if checked := tc.options.Check(); checked == nil || checked.Error() != err.Error() {
				t.Errorf("checked: %v", checked)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		if err := whole.Check(); err != nil {
			t.Error(err)
		}
	})
}

// A list without SMTP addresses of both families is an error, never an empty rule.
func TestListsWithoutDeployment(t *testing.T) {
	noSMTP, oneFamily := listWith(endpoints.France), listWith(endpoints.Worldwide)
	noSMTP.Sets = nil
	oneFamily.Sets[0].Prefixes = oneFamily.Sets[0].Prefixes[:1]
	t.Run("no set", func(t *testing.T) {
		var none *allowlist.NoSMTPError
		if _, err := Resolve(noSMTP, Options{}); !errors.As(err, &none) {
			t.Error(err)
		}
	})
	t.Run("one family", func(t *testing.T) {
		var missing *FamilyError
		if _, err := Resolve(oneFamily, Options{}); !errors.As(err, &missing) {
			t.Error(err)
		}
	})
}

// A list that publishes less leaves reasons behind, never an empty rule.
func TestWhatAListLacks(t *testing.T) {
	outlook := httpsSet(8, "Exchange", nil, "*.outlook.com")
	incomplete := listWith(endpoints.Worldwide)
	incomplete.URLsIncomplete = true
	for name, tc := range map[string]struct {
		list *endpoints.List
		flow Flow
		want string
	}{
		"nothing": {
			listWith(endpoints.Worldwide), AutodiscoverInbound,
			"no endpoint set of Exchange with TCP port 443 and addresses",
		},
		"names only, inbound": {
			listWith(endpoints.Worldwide, outlook), FreeBusyInbound,
			"no endpoint set of Exchange with TCP port 443 and addresses",
		},
		"names only, outbound": {
			listWith(endpoints.Worldwide, outlook), ExchangeOnlineOutbound,
			"out [443] required, 1 names of [8]",
		},
		"no identity":   {listWith(endpoints.Worldwide), IdentityOutbound, "sign-in hosts"},
		"no revocation": {listWith(endpoints.Worldwide), CRLOutbound, "revocation lists"},
		"revocation without ports": {
			listWith(endpoints.Worldwide,
				endpoints.Set{ID: 84, ServiceArea: "Common", URLs: []string{"crl.microsoft.com"}}),
			CRLOutbound, "out [80 443] required, 2 names of [84]",
		},
		"incomplete": {incomplete, CRLOutbound, "left out some URL lists"},
		"before the service": {
			eoptest.List(t, endpoints.Worldwide, "2014-05-20"), AutodiscoverInbound,
			"only its SMTP addresses are known",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := resolve(t, tc.list, Options{})
			checkDeployment(t, d, Flows())
			if got := short(d, tc.flow); !strings.Contains(got, tc.want) {
				t.Errorf("%q lacks %q", got, tc.want)
			}
		})
	}
}

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// Every requirement names a document and a date, whatever it says.
func TestEveryRequirementHasASource(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range requirements {
		t.Run(r.ID, func(t *testing.T) {
			if r.ID == "" {
				t.Errorf("no id: %q", r.Title)
			}
			if seen[r.ID] {
				t.Errorf("a second requirement has the id %q", r.ID)
			}
			seen[r.ID] = true
			if r.Title == "" || strings.HasSuffix(r.Title, ".") {
				t.Errorf("title %q", r.Title)
			}
			if r.Reference == "" || strings.Contains(r.Reference, "://") {
				t.Errorf("reference %q", r.Reference)
			}
			dates := regexp.MustCompile(`\d{4}-\d\d-\d\d`).FindAllString(r.Reference, -1)
			if !isDay(r.AsOf) {
				t.Errorf("as of %q", r.AsOf)
			}
			if !slices.Contains(dates, r.AsOf) {
				t.Errorf("as of %q, but its documents are of %q", r.AsOf, dates)
			}
			if after := slices.MaxFunc(append(dates, ""), strings.Compare); after > r.AsOf {
				t.Errorf("as of %q, but a document is of %q", r.AsOf, after)
			}
			if r.Deadline != "" && !isDay(r.Deadline) {
				t.Errorf("deadline %q", r.Deadline)
			}
			wantSentences(t, r.ID, r.Detail)
		})
	}
}

// The to-do list: what has a day, in the order of the days.
func TestDeadlines(t *testing.T) {
	want := map[endpoints.Instance][]string{
		endpoints.Worldwide: {
			"2024-10-16 ipv6_default_on", "2025-10-31 hybrid_application", "2026-03-22 digicert_global_root_g2",
			"2026-10-10 ews_allow_list", "2026-12-31 exchange_version", "2027-03-15 certificate_client_auth",
			"2027-04-01 graph_before_ews_ends",
		},
	}
	for _, instance := range endpoints.ServedInstances()[1:] { // the allow list has been announced for worldwide only
		want[instance] = slices.DeleteFunc(slices.Clone(want[endpoints.Worldwide]), func(s string) bool {
			return strings.HasSuffix(s, "ews_allow_list")
		})
	}
	for instance, want := range want {
		t.Run(string(instance), func(t *testing.T) {
			var got []string
			for _, r := range newest(t, instance, whole).Requirements {
				if r.Deadline != "" {
					got = append(got, r.Deadline+" "+r.ID)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Texts that a reader acts on name the numbers.
func TestRequirementDetails(t *testing.T) {
	details := map[string]string{}
	for _, r := range newest(t, endpoints.Worldwide, whole).Requirements {
		details[r.ID] = r.Detail
	}
	for id, want := range map[string][]string{
		"ipv6_default_on":         {"Disable-IPv6ForAcceptedDomain", "PTR"},
		"exchange_version":        {"15.2.1748.39", "15.1.2507.61", "December 2026", "New-TenantExemptionInfo"},
		"ews_allow_list":          {"EWSAllowedAppIDs", "online archive"},
		"graph_before_ews_ends":   {"15.2.2562.41", "July 2027", "KB5127092", "the inbound flows stay"},
		"certificate_client_auth": {"Microsoft has not said", "200 days"},
		"digicert_global_root_g2": {"DF3C24F9BFD666761B268073FE06D1CC8D4F82A4", "Do not remove G1"},
		"connector_attribution":   {"MAIL FROM", "5.7.68"},
		"connector_policy_modes":  {"SmtpDaneMode", "MtaStsMode"},
		"no_country_filter":       {"Multi-Geo"},
		"no_tls_1_3_over_smtp":    {"TLS 1.3"},
	} {
		t.Run(id, func(t *testing.T) {
			for _, text := range want {
				if !strings.Contains(details[id], text) {
					t.Errorf("%q lacks %q", details[id], text)
				}
			}
		})
	}
}

func TestRequirementsFollowTheDeployment(t *testing.T) {
	ids := func(o Options) (out []string) {
		for _, r := range newest(t, endpoints.Worldwide, o).Requirements {
			out = append(out, r.ID)
		}
		return out
	}
	want := append(ids(Options{}), "hybrid_agent_scope", "edge_subscription")
	if diff := cmp.Diff(want, ids(whole)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A requirement that documents narrow to some clouds names them; the others hold in all.
func TestRequirementsApplyToTheCloud(t *testing.T) {
	for _, instance := range endpoints.ServedInstances() {
		t.Run(string(instance), func(t *testing.T) {
			for _, r := range newest(t, instance, Options{}).Requirements {
				if !slices.Contains(r.AppliesTo, instance) {
					t.Errorf("%s applies to %v", r.ID, r.AppliesTo)
				}
			}
		})
	}
}

// Whatever is asked for, it is refused or every flow has one answer.
func FuzzResolve(f *testing.F) {
	f.Add("smtp_inbound", "192.0.2.25", false, true)
	f.Add("hybrid_modern_auth_inbound", "", true, false)
	f.Add("", "2001:db8::/64", true, true)
	f.Add("edge_sync", "0.0.0.0/0", false, false)
	instances := endpoints.ServedInstances()
	lists := make([]*endpoints.List, len(instances))
	for i, instance := range instances {
		lists[i] = eoptest.Newest(f, instance)
	}
	f.Fuzz(func(t *testing.T, flow, edge string, agent, relay bool) {
		o := Options{HybridAgent: agent, IncludeRelayPool: relay}
		flows := Flows()
		if flow != "" {
			o.Flows, flows = []string{flow}, []Flow{Flow(flow)}
		}
		if edge != "" {
			o.EdgeServers = []string{edge}
		}
		checked := o.Check()
		for _, l := range lists {
			d, err := Resolve(l, o)
			if (err == nil) != (checked == nil) {
				t.Fatalf("resolved: %v, checked: %v", err, checked)
			}
			if err == nil {
				checkDeployment(t, d, flows)
			}
		}
	})
}
