package hybrid

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
)

func newest(t *testing.T, instance endpoints.Instance) *endpoints.List {
	t.Helper()
	return eoptest.Newest(t, instance)
}

func listOf(t *testing.T, instance endpoints.Instance, v endpoints.Version) *endpoints.List {
	t.Helper()
	return eoptest.List(t, instance, v.String())
}

func resolve(t *testing.T, l *endpoints.List, o Options) *Deployment {
	t.Helper()
	d, err := Resolve(l, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var whole = Options{HybridAgent: true, EdgeServers: []string{"192.0.2.11", "192.0.2.10", "2001:db8::25"}}

// short is a resolved flow in one line: direction, ports, whether required, set
// ids or number of addresses, names.
func short(d *Deployment, f Flow) string {
	line := func(kind string, r Rule) string {
		direction, need := "out", "optional"
		if r.Inbound {
			direction = "in"
		}
		if r.Required {
			need = "required"
		}
		return fmt.Sprintf("%s %s %v %s sets %v", kind, direction, r.Ports, need, r.SetIDs)
	}
	if r, ok := d.AddressRules[f]; ok {
		return fmt.Sprintf("%s, %d prefixes from %s, %d names", line("address", r.Rule), len(r.Prefixes), r.Prefixes[0], len(r.Hostnames))
	}
	if r, ok := d.NameRules[f]; ok {
		return fmt.Sprintf("%s, %d names", line("name", r.Rule), len(r.Hostnames))
	}
	return d.Unresolved[f]
}

// Every flow in every served instance, checked by hand against the lists of 2026.
func TestEveryFlowOfEveryInstance(t *testing.T) {
	want := []struct {
		instance endpoints.Instance
		version  string
		flows    map[Flow]string
	}{
		{endpoints.Worldwide, "2026081400", map[Flow]string{
			SMTPInbound:             "address in [25] required sets [10], 6 prefixes from 40.92.0.0/15, 0 names",
			SMTPOutbound:            "address out [25] required sets [10], 6 prefixes from 40.92.0.0/15, 2 names",
			AutodiscoverInbound:     "address in [443] required sets [1 9], 34 prefixes from 13.107.6.152/31, 0 names",
			FreeBusyInbound:         "address in [443] required sets [1 9], 34 prefixes from 13.107.6.152/31, 0 names",
			MessageTrackingInbound:  "address in [443] required sets [1 9], 34 prefixes from 13.107.6.152/31, 0 names",
			MailboxSearchInbound:    "address in [443] optional sets [1 9], 34 prefixes from 13.107.6.152/31, 0 names",
			MailboxMoveInbound:      "address in [443] optional sets [1 9], 34 prefixes from 13.107.6.152/31, 0 names",
			HybridModernAuthInbound: "address in [443] optional sets [], 2 prefixes from 52.125.128.0/20, 0 names",
			ExchangeOnlineOutbound:  "address out [443] required sets [1 8 9], 34 prefixes from 13.107.6.152/31, 6 names",
			IdentityOutbound:        "address out [80 443] required sets [56 59], 16 prefixes from 20.20.32.0/19, 35 names",
			CRLOutbound:             "name out [80 443] required sets [84 125], 27 names",
			HybridAgentOutbound:     "name out [80 443] required sets [], 1 names",
			HybridWizardOutbound:    "name out [80 443] optional sets [], 7 names",
			EdgeSync:                "address out [25 50636] required sets [], 3 prefixes from 192.0.2.10/32, 0 names",
		}},
		{endpoints.USGovGCCHigh, "2026033100", map[Flow]string{
			SMTPInbound:             "address in [25] required sets [6], 11 prefixes from 23.103.191.0/24, 0 names",
			SMTPOutbound:            "address out [25] required sets [6], 11 prefixes from 23.103.191.0/24, 6 names",
			AutodiscoverInbound:     "address in [443] required sets [1 6], 18 prefixes from 20.35.208.0/20, 0 names",
			FreeBusyInbound:         "address in [443] required sets [1 6], 18 prefixes from 20.35.208.0/20, 0 names",
			MessageTrackingInbound:  "address in [443] required sets [1 6], 18 prefixes from 20.35.208.0/20, 0 names",
			MailboxSearchInbound:    "address in [443] optional sets [1 6], 18 prefixes from 20.35.208.0/20, 0 names",
			MailboxMoveInbound:      "address in [443] optional sets [1 6], 18 prefixes from 20.35.208.0/20, 0 names",
			HybridModernAuthInbound: "address in [443] optional sets [], 2 prefixes from 52.125.128.0/20, 0 names",
			ExchangeOnlineOutbound:  "address out [443] required sets [1 4 6], 18 prefixes from 20.35.208.0/20, 13 names",
			IdentityOutbound:        "address out [443] required sets [13 14], 3 prefixes from 20.140.232.0/23, 19 names",
			CRLOutbound:             "name out [80 443] required sets [14 18], 2 names",
			HybridAgentOutbound:     "name out [80 443] required sets [], 1 names",
			HybridWizardOutbound:    "address out [80 443] optional sets [], 2 prefixes from 40.118.209.192/32, 0 names",
			EdgeSync:                "address out [25 50636] required sets [], 3 prefixes from 192.0.2.10/32, 0 names",
		}},
		{endpoints.USGovDoD, "2026033100", map[Flow]string{
			SMTPInbound:             "address in [25] required sets [6], 8 prefixes from 23.103.191.0/24, 0 names",
			SMTPOutbound:            "address out [25] required sets [6], 8 prefixes from 23.103.191.0/24, 3 names",
			AutodiscoverInbound:     "address in [443] required sets [1 6], 13 prefixes from 20.35.192.0/20, 0 names",
			FreeBusyInbound:         "address in [443] required sets [1 6], 13 prefixes from 20.35.192.0/20, 0 names",
			MessageTrackingInbound:  "address in [443] required sets [1 6], 13 prefixes from 20.35.192.0/20, 0 names",
			MailboxSearchInbound:    "address in [443] optional sets [1 6], 13 prefixes from 20.35.192.0/20, 0 names",
			MailboxMoveInbound:      "address in [443] optional sets [1 6], 13 prefixes from 20.35.192.0/20, 0 names",
			HybridModernAuthInbound: "address in [443] optional sets [], 2 prefixes from 52.125.128.0/20, 0 names",
			ExchangeOnlineOutbound:  "address out [443] required sets [1 5 6], 13 prefixes from 20.35.192.0/20, 11 names",
			IdentityOutbound:        "address out [443] required sets [13 14], 3 prefixes from 20.140.232.0/23, 19 names",
			CRLOutbound:             "name out [80 443] required sets [14 17], 2 names",
			HybridAgentOutbound:     "name out [80 443] required sets [], 1 names",
			HybridWizardOutbound:    "address out [80 443] optional sets [], 2 prefixes from 40.118.209.192/32, 0 names",
			EdgeSync:                "address out [25 50636] required sets [], 3 prefixes from 192.0.2.10/32, 0 names",
		}},
		{endpoints.China, "2026022700", map[Flow]string{
			SMTPInbound:             "address in [25] required sets [27], 15 prefixes from 40.72.120.0/22, 0 names",
			SMTPOutbound:            "address out [25] required sets [27], 15 prefixes from 40.72.120.0/22, 2 names",
			AutodiscoverInbound:     "address in [443] required sets [1 2], 25 prefixes from 40.72.120.0/22, 0 names",
			FreeBusyInbound:         "address in [443] required sets [1 2], 25 prefixes from 40.72.120.0/22, 0 names",
			MessageTrackingInbound:  "address in [443] required sets [1 2], 25 prefixes from 40.72.120.0/22, 0 names",
			MailboxSearchInbound:    "address in [443] optional sets [1 2], 25 prefixes from 40.72.120.0/22, 0 names",
			MailboxMoveInbound:      "address in [443] optional sets [1 2], 25 prefixes from 40.72.120.0/22, 0 names",
			HybridModernAuthInbound: "Microsoft's row for this flow names hosts of outlookmobile.com and outlookmobile.us only; it states no addresses for this cloud.",
			ExchangeOnlineOutbound:  "address out [443] required sets [1 2 12], 25 prefixes from 40.72.120.0/22, 4 names",
			IdentityOutbound:        "address out [80 443] required sets [7 10 13 17 23], 22 prefixes from 23.236.126.0/24, 20 names",
			CRLOutbound:             "name out [80 443] required sets [11], 3 names",
			HybridAgentOutbound:     "name out [80 443] required sets [], 1 names",
			HybridWizardOutbound:    "Microsoft names hosts for the wizard in worldwide and GCC, and addresses for GCC High and DoD; it states nothing for this cloud.",
			EdgeSync:                "address out [25 50636] required sets [], 3 prefixes from 192.0.2.10/32, 0 names",
		}},
	}
	for _, tc := range want {
		l := listOf(t, tc.instance, endpoints.MustParseVersion(tc.version))
		plain, agent := resolve(t, l, Options{}), resolve(t, l, whole)
		for _, f := range Flows() {
			d := plain
			if f == HybridAgentOutbound || f == EdgeSync {
				d = agent
			}
			if got := short(d, f); got != tc.flows[f] {
				t.Errorf("%s %s:\n got %s\nwant %s", tc.instance, f, got, tc.flows[f])
			}
		}
	}
}

// Every flow of every version of every instance has a rule or a reason, and what
// a rule holds can be used in a firewall as it is.
func TestEveryArchivedVersion(t *testing.T) {
	resolved := 0
	for _, instance := range endpoints.Instances() {
		for _, e := range eoptest.SMTPHistory(t, instance) {
			name := fmt.Sprint(instance, " ", e.Version)
			l := listOf(t, instance, e.Version)
			for _, o := range []Options{{}, whole, {IncludeRelayPool: true}} {
				d, err := Resolve(l, o)
				if !e.Has {
					var none *allowlist.NoSMTPError
					if !errors.As(err, &none) {
						t.Errorf("%s: %v", name, err)
					}
					continue
				}
				if ipv4, ipv6 := cidr.SplitFamilies(e.SMTP.Prefixes); len(ipv4) == 0 || len(ipv6) == 0 {
					var missing *allowlist.MissingFamilyError
					if !errors.As(err, &missing) {
						t.Errorf("%s: %v", name, err)
					}
					continue
				}
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				resolved++
				checkDeployment(t, name, d, Flows())
				if !slices.Equal(d.SMTP.Prefixes, e.SMTP.Prefixes) || !slices.Equal(d.AddressRules[SMTPOutbound].Prefixes, e.SMTP.Prefixes) {
					t.Errorf("%s: SMTP %v and %v, want %v", name, d.SMTP.Prefixes, d.AddressRules[SMTPOutbound].Prefixes, e.SMTP.Prefixes)
				}
				if e.Version.Kind() != endpoints.SMTPOnly {
					for _, f := range []Flow{AutodiscoverInbound, MessageTrackingInbound, MailboxSearchInbound, ExchangeOnlineOutbound, IdentityOutbound} {
						if _, ok := d.AddressRules[f]; !ok {
							t.Errorf("%s: %s has no addresses: %s", name, f, d.Unresolved[f])
						}
					}
					if _, ok := d.NameRules[CRLOutbound]; !ok && instance.Served() {
						t.Errorf("%s: no revocation hosts: %s", name, d.Unresolved[CRLOutbound])
					}
				}
			}
		}
	}
	if resolved == 0 {
		t.Error("no deployment was resolved")
	}
}

// description is what every cloud takes as a rule's description.
var description = regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()]{1,140}$`)

func checkDeployment(t *testing.T, name string, d *Deployment, flows []Flow) {
	t.Helper()
	if n := len(d.AddressRules) + len(d.NameRules) + len(d.Unresolved); n != len(flows) {
		t.Errorf("%s: %d entries for %d flows", name, n, len(flows))
	}
	common := func(f Flow, r Rule) {
		if len(r.Ports) == 0 || !slices.IsSorted(r.Ports) || !description.MatchString(r.Purpose) || r.Reference == "" || r.Inbound != strings.HasSuffix(string(f), "_inbound") {
			t.Errorf("%s %s: %+v", name, f, r)
		}
		wantSentences(t, name+" "+string(f), r.Conditions, r.Basis)
	}
	for f, r := range d.AddressRules {
		common(f, r.Rule)
		if len(r.Prefixes) == 0 || !slices.Equal(r.Prefixes, cidr.Outermost(r.Prefixes)) {
			t.Errorf("%s %s: prefixes %v", name, f, r.Prefixes)
		}
		for _, p := range r.Prefixes {
			if p.Masked() != p || p.Bits() == 0 {
				t.Errorf("%s %s: %s", name, f, p)
			}
		}
		if r.Inbound && len(r.Hostnames)+len(r.NamesOnly) > 0 {
			t.Errorf("%s %s: an inbound rule with names %v", name, f, r.Hostnames)
		}
		for _, n := range r.NamesOnly {
			if !slices.Contains(r.Hostnames, n) {
				t.Errorf("%s %s: %s is not among its names", name, f, n)
			}
		}
	}
	for f, r := range d.NameRules {
		common(f, r.Rule)
		if r.Inbound || len(r.Hostnames) == 0 || !slices.IsSorted(r.Hostnames) || slices.ContainsFunc(r.Hostnames, func(n string) bool { return strings.ContainsAny(n, "/: ") }) {
			t.Errorf("%s %s: %v", name, f, r.Hostnames)
		}
	}
	for f, reason := range d.Unresolved {
		wantSentences(t, name+" "+string(f), reason)
	}
}

func wantSentences(t *testing.T, name string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if text == "" || text != strings.TrimSpace(text) || !strings.HasSuffix(text, ".") || strings.Contains(text, "..") || strings.Contains(text, "%!") {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// The table itself: each flow once, each row ends with an origin for every
// instance, and rows that look into the list say what it may lack.
func TestTable(t *testing.T) {
	seen := map[Flow]bool{}
	for _, r := range table {
		if seen[r.flow] {
			t.Errorf("%s stands twice", r.flow)
		}
		seen[r.flow] = true
		for i, o := range r.origins {
			if last := i == len(r.origins)-1; last != (o.instances == nil) || o.basis == "" {
				t.Errorf("%s: origin %d of %d", r.flow, i, len(r.origins))
			}
		}
	}
	for _, f := range []Flow{
		SMTPInbound, SMTPOutbound, AutodiscoverInbound, FreeBusyInbound, MessageTrackingInbound, MailboxSearchInbound, MailboxMoveInbound,
		HybridModernAuthInbound, ExchangeOnlineOutbound, IdentityOutbound, CRLOutbound, HybridAgentOutbound, HybridWizardOutbound, EdgeSync,
	} {
		if !seen[f] {
			t.Errorf("%s is not in the table", f)
		}
	}
}

// Exchange sets with addresses and TCP port 443, chosen another way.
func TestHTTPSSourcesAreTheExchangeSets(t *testing.T) {
	for _, instance := range endpoints.ServedInstances() {
		l := newest(t, instance)
		sets, err := l.Select(endpoints.Selection{ServiceAreas: []string{"Exchange"}, TCPPort: 443})
		if err != nil {
			t.Fatal(err)
		}
		var want []netip.Prefix
		for _, s := range sets {
			want = append(want, s.Prefixes...)
		}
		want = cidr.Outermost(want)
		d := resolve(t, l, Options{})
		for _, f := range []Flow{AutodiscoverInbound, FreeBusyInbound, MessageTrackingInbound, MailboxSearchInbound, MailboxMoveInbound, ExchangeOnlineOutbound} {
			if got := d.AddressRules[f].Prefixes; !slices.Equal(got, want) {
				t.Errorf("%s %s: %v, want %v", instance, f, got, want)
			}
		}
		for f, basis := range map[Flow]string{MailboxMoveInbound: "states it for this flow", FreeBusyInbound: "By analogy", AutodiscoverInbound: "By analogy", SMTPInbound: "Published for this flow"} {
			if got := d.AddressRules[f].Basis; !strings.Contains(got, basis) {
				t.Errorf("%s %s: basis %q", instance, f, got)
			}
		}
	}
}

// What no list publishes is as the documents state it.
func TestAddressesFromDocuments(t *testing.T) {
	for _, instance := range endpoints.ServedInstances() {
		d := resolve(t, newest(t, instance), Options{})
		for f, want := range map[Flow]string{
			HybridModernAuthInbound: "[52.125.128.0/20 52.127.96.0/23]",
			HybridWizardOutbound:    "[40.118.209.192/32 168.62.190.41/32]",
		} {
			if r, ok := d.AddressRules[f]; ok && (fmt.Sprint(r.Prefixes) != want || !strings.Contains(r.Basis, "in no endpoint list")) {
				t.Errorf("%s %s: %v, %s", instance, f, r.Prefixes, r.Basis)
			}
		}
		if got := d.NameRules[HybridWizardOutbound].Hostnames; got != nil && strings.Join(got, " ") != "*.store.core.windows.net aka.ms asl.configure.office.com domains.live.com mshybridservice.trafficmanager.net shcwreleaseprod.blob.core.windows.net tds.configure.office.com" {
			t.Errorf("%s: %v", instance, got)
		}
	}
}

// A name that also stands in a set with addresses is not one without.
func TestNamesWithoutAddresses(t *testing.T) {
	l := *newest(t, endpoints.Worldwide)
	l.Sets = append(slices.Clone(l.Sets), endpoints.Set{ID: 999, ServiceArea: "Exchange", TCPPorts: endpoints.Ports{{From: 443, To: 443}}, URLs: []string{"outlook.office365.com", "new.outlook.example"}})
	r := resolve(t, &l, Options{}).AddressRules[ExchangeOnlineOutbound]
	if got := strings.Join(r.NamesOnly, " "); got != "*.outlook.com autodiscover.*.onmicrosoft.com new.outlook.example" || !slices.Contains(r.Hostnames, "outlook.office365.com") {
		t.Errorf("%s of %v", got, r.Hostnames)
	}
}

func TestHybridAgent(t *testing.T) {
	d := resolve(t, newest(t, endpoints.Worldwide), Options{HybridAgent: true})
	for _, f := range []Flow{FreeBusyInbound, MailboxMoveInbound} {
		if !strings.Contains(d.Unresolved[f], "takes its place") {
			t.Errorf("%s: %q", f, d.Unresolved[f])
		}
	}
	if !strings.Contains(d.Unresolved[HybridModernAuthInbound], "does not support hybrid modern authentication") {
		t.Errorf("modern authentication: %q", d.Unresolved[HybridModernAuthInbound])
	}
	for _, f := range []Flow{SMTPInbound, AutodiscoverInbound, MessageTrackingInbound, MailboxSearchInbound, ExchangeOnlineOutbound} {
		if _, ok := d.AddressRules[f]; !ok {
			t.Errorf("%s: %q", f, d.Unresolved[f])
		}
	}
	if got := d.NameRules[HybridAgentOutbound].Hostnames; !slices.Equal(got, []string{"*.msappproxy.net"}) {
		t.Errorf("agent: %v", got)
	}
	without := resolve(t, newest(t, endpoints.Worldwide), Options{})
	if !strings.Contains(without.Unresolved[HybridAgentOutbound], "hybrid_agent = true") {
		t.Errorf("without agent: %q", without.Unresolved[HybridAgentOutbound])
	}
}

func TestEdgeServers(t *testing.T) {
	l := newest(t, endpoints.China)
	r := resolve(t, l, whole).AddressRules[EdgeSync]
	if got := fmt.Sprint(r.Prefixes, r.Ports, r.Inbound); got != "[192.0.2.10/32 192.0.2.11/32 2001:db8::25/128] [25 50636] false" {
		t.Error(got)
	}
	if d := resolve(t, l, Options{}); !strings.Contains(d.Unresolved[EdgeSync], "edge_servers") {
		t.Errorf("without: %q", d.Unresolved[EdgeSync])
	}
}

func TestRelayPool(t *testing.T) {
	for _, instance := range endpoints.ServedInstances() {
		l := newest(t, instance)
		plain, wide := resolve(t, l, Options{}), resolve(t, l, Options{IncludeRelayPool: true})
		extra := cidr.Diff(wide.AddressRules[SMTPInbound].Prefixes, plain.AddressRules[SMTPInbound].Prefixes)
		if fmt.Sprint(extra.Excess, extra.Missing) != "[40.95.0.0/16] []" {
			t.Errorf("%s: %v", instance, extra)
		}
		if !slices.Equal(wide.SMTP.Prefixes, plain.SMTP.Prefixes) || !slices.Equal(wide.AddressRules[SMTPOutbound].Prefixes, plain.SMTP.Prefixes) {
			t.Errorf("%s: the pool went beyond smtp_inbound", instance)
		}
		if len(plain.Warnings) != 0 || len(wide.Warnings) != 1 || !strings.Contains(wide.Warnings[0].Detail, "SPF") || !strings.Contains(wide.AddressRules[SMTPInbound].Basis, "no list publishes") {
			t.Errorf("%s: %v, %v", instance, plain.Warnings, wide.Warnings)
		}
		if got := strings.Contains(wide.Warnings[0].Detail, "Nothing says"); got != (instance != endpoints.Worldwide) {
			t.Errorf("%s: %s", instance, wide.Warnings[0].Detail)
		}
	}
	d := resolve(t, newest(t, endpoints.Worldwide), Options{IncludeRelayPool: true, Flows: []string{"smtp_outbound"}})
	if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0].Detail, "not among flows") {
		t.Errorf("without smtp_inbound: %v", d.Warnings)
	}
	published := *newest(t, endpoints.Worldwide)
	published.Sets = []endpoints.Set{{ServiceArea: "Exchange", TCPPorts: endpoints.Ports{{From: 25, To: 25}}, Prefixes: []netip.Prefix{netip.MustParsePrefix("40.92.0.0/14"), netip.MustParsePrefix("2a01:111::/48")}}}
	d = resolve(t, &published, Options{IncludeRelayPool: true})
	if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0].Summary, "published already") || len(d.AddressRules[SMTPInbound].Prefixes) != 2 {
		t.Errorf("published: %v", d.Warnings)
	}
}

func TestFlowsNarrow(t *testing.T) {
	flows := []Flow{CRLOutbound, EdgeSync, SMTPInbound}
	d := resolve(t, newest(t, endpoints.Worldwide), Options{Flows: []string{"crl_outbound", "edge_sync", "smtp_inbound"}})
	checkDeployment(t, "three", d, flows)
	got := slices.Sorted(maps.Keys(d.AddressRules))
	if !slices.Equal(got, []Flow{SMTPInbound}) || d.Unresolved[EdgeSync] == "" || len(d.NameRules) != 1 || len(d.SMTP.Prefixes) == 0 {
		t.Errorf("%v %v %v", got, d.NameRules, d.Unresolved)
	}
}

func TestOptionErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		options Options
		field   string
		index   int
		want    string
	}{
		"unknown":      {Options{Flows: []string{"smtp_inbound", "smtp"}}, "flows", 1, "known are smtp_inbound, smtp_outbound"},
		"twice":        {Options{Flows: []string{"edge_sync", "crl_outbound", "edge_sync"}}, "flows", 2, "twice"},
		"modern auth":  {Options{Flows: []string{"hybrid_modern_auth_inbound"}, HybridAgent: true}, "flows", 0, "does not support hybrid modern authentication"},
		"name of edge": {Options{EdgeServers: []string{"192.0.2.1", "edge1.contoso.example"}}, "edge_servers", 1, "edge1.contoso.example"},
		"host bits":    {Options{EdgeServers: []string{"192.0.2.1/24"}}, "edge_servers", 0, "host bits"},
		"everything":   {Options{EdgeServers: []string{"::/0"}}, "edge_servers", 0, "every address"},
	} {
		_, err := Resolve(newest(t, endpoints.Worldwide), tc.options)
		var option *OptionError
		if !errors.As(err, &option) || option.Field != tc.field || option.Index != tc.index || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		if checked := tc.options.Check(); checked == nil || checked.Error() != err.Error() {
			t.Errorf("%s: checked %v", name, checked)
		}
	}
	if err := whole.Check(); err != nil {
		t.Error(err)
	}
}

// A list that publishes less leaves reasons behind, never an empty rule.
func TestWhatAListLacks(t *testing.T) {
	smtp := endpoints.Set{ID: 10, ServiceArea: "Exchange", TCPPorts: endpoints.Ports{{From: 25, To: 25}}, Prefixes: []netip.Prefix{netip.MustParsePrefix("40.92.0.0/15"), netip.MustParsePrefix("2a01:111:f400::/48")}}
	https := endpoints.Ports{{From: 443, To: 443}}
	for name, tc := range map[string]struct {
		more []endpoints.Set
		flow Flow
		want string
	}{
		"nothing":                  {nil, AutodiscoverInbound, "no endpoint set of Exchange with TCP port 443 and addresses"},
		"names only, inbound":      {[]endpoints.Set{{ID: 8, ServiceArea: "Exchange", TCPPorts: https, URLs: []string{"*.outlook.com"}}}, FreeBusyInbound, "no endpoint set of Exchange with TCP port 443 and addresses"},
		"names only, outbound":     {[]endpoints.Set{{ID: 8, ServiceArea: "Exchange", TCPPorts: https, URLs: []string{"*.outlook.com"}}}, ExchangeOnlineOutbound, "name out [443] required sets [8], 1 names"},
		"no identity":              {nil, IdentityOutbound, "sign-in hosts"},
		"no revocation":            {nil, CRLOutbound, "revocation lists"},
		"revocation without ports": {[]endpoints.Set{{ID: 84, ServiceArea: "Common", URLs: []string{"crl.microsoft.com"}}}, CRLOutbound, "name out [80 443] required sets [84], 1 names"},
	} {
		l := &endpoints.List{Instance: endpoints.Worldwide, Version: endpoints.MustParseVersion("2026081400"), Sets: append([]endpoints.Set{smtp}, tc.more...)}
		d := resolve(t, l, Options{})
		checkDeployment(t, name, d, Flows())
		if got := short(d, tc.flow); !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	l := &endpoints.List{Instance: endpoints.Worldwide, Version: endpoints.MustParseVersion("2018063000"), Sets: []endpoints.Set{smtp}, URLsIncomplete: true}
	if got := resolve(t, l, Options{}).Unresolved[CRLOutbound]; !strings.Contains(got, "left out some URL lists") {
		t.Errorf("incomplete: %q", got)
	}
	d := resolve(t, listOf(t, endpoints.Worldwide, endpoints.MustParseVersion("2014-05-20")), Options{})
	if got := d.Unresolved[AutodiscoverInbound]; !strings.Contains(got, "only the SMTP addresses are known") {
		t.Errorf("before the service: %q", got)
	}
}

func TestRequirements(t *testing.T) {
	date := regexp.MustCompile(`^(20\d\d-[01]\d-[0-3]\d)?$`)
	ids := func(o Options) (out []string) {
		for _, r := range resolve(t, newest(t, endpoints.Worldwide), o).Requirements {
			if slices.Contains(out, r.ID) || r.Title == "" || strings.HasSuffix(r.Title, ".") || r.Reference == "" || strings.Contains(r.Reference, "://") || !date.MatchString(r.AsOf) {
				t.Errorf("%+v", r)
			}
			wantSentences(t, r.ID, r.Detail)
			out = append(out, r.ID)
		}
		return out
	}
	plain := ids(Options{})
	for _, id := range []string{"tls", "no_smtp_hop", "no_smtp_inspection", "public_certificate", "connectors_match_certificate", "no_pre_authentication", "high_risk_pool", "relay_pool", "receive_connector_ranges", "revocation_reachable", "digicert_global_root_g2", "exchange_version"} {
		if !slices.Contains(plain, id) {
			t.Errorf("%s is missing", id)
		}
	}
	if got := ids(whole); !slices.Equal(got, append(slices.Clone(plain), "hybrid_agent_scope", "edge_subscription")) {
		t.Errorf("with agent and edge: %v", got)
	}
}
