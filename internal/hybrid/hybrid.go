// Package hybrid is what a firewall around an Exchange hybrid deployment has to
// let through: the flows between the organization and one cloud, each with the
// addresses or host names published for it or the reason why there are none, and
// the requirements that no firewall rule can express.
//
// The flows follow Microsoft's hybrid deployment prerequisites and its page of
// endpoints that the web service leaves out; every rule names its source. Nothing
// here depends on the current time: dates are constants with a source.
package hybrid

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

//go:generate go run ./guide -into ../tools/templates/guides/hybrid-firewall.md

// Flow is one kind of traffic of a hybrid deployment. Its value is its name.
type Flow string

// The flows, in the order of the table.
const (
	SMTPInbound                 Flow = "smtp_inbound"
	SMTPOutbound                Flow = "smtp_outbound"
	AutodiscoverInbound         Flow = "autodiscover_inbound"
	FreeBusyInbound             Flow = "free_busy_inbound"
	MessageTrackingInbound      Flow = "message_tracking_inbound"
	MailboxSearchInbound        Flow = "mailbox_search_inbound"
	MailboxMoveInbound          Flow = "mailbox_move_inbound"
	HybridModernAuthInbound     Flow = "hybrid_modern_auth_inbound"
	ExchangeOnlineOutbound      Flow = "exchange_online_outbound"
	GraphOutbound               Flow = "graph_outbound"
	IdentityOutbound            Flow = "identity_outbound"
	CRLOutbound                 Flow = "crl_outbound"
	EmergencyMitigationOutbound Flow = "emergency_mitigation_outbound"
	HybridAgentOutbound         Flow = "hybrid_agent_outbound"
	HybridWizardOutbound        Flow = "hybrid_wizard_outbound"
	EdgeSync                    Flow = "edge_sync"
)

// Flows are all flows, in the order of the table.
func Flows() []Flow {
	out := make([]Flow, len(table))
	for i, r := range table {
		out[i] = r.flow
	}
	return out
}

// Options say how the deployment is built. The zero value is a deployment
// without Hybrid Agent and Edge servers, all flows.
type Options struct {
	Flows            []string // names of [Flow]; empty: all
	HybridAgent      bool     // the Hybrid Agent stands in for inbound HTTPS
	EdgeServers      []string // addresses or prefixes of the subscribed Edge servers
	IncludeRelayPool bool     // add the relay pool to smtp_inbound
}

// Option is the field of [Options] that an error or a warning is about.
type Option int

// The options that something can be said of.
const (
	FlowsOption Option = iota + 1
	EdgeServersOption
	RelayPoolOption
)

func (o Option) String() string {
	return map[Option]string{FlowsOption: "flow", EdgeServersOption: "Edge server", RelayPoolOption: "relay pool"}[o]
}

// OptionError says that an element of an option can't be used.
type OptionError struct {
	Option Option
	Index  int // from 0
	Err    error
}

func (e *OptionError) Error() string { return fmt.Sprintf("%s %d: %v", e.Option, e.Index+1, e.Err) }

func (e *OptionError) Unwrap() error { return e.Err }

// FamilyError says that a list has SMTP addresses of one family only. A
// deployment needs both, so there is no way around it but another list.
type FamilyError struct{ Err *allowlist.MissingFamilyError }

func (e *FamilyError) Error() string { return e.Err.Error() }

func (e *FamilyError) Unwrap() error { return e.Err }

// Check finds what [Resolve] would refuse in the options of any list; the error
// is an *[OptionError].
func (o Options) Check() error {
	_, err := o.read()
	return err
}

// Deployment is what Resolve found. Every flow asked for is a key of exactly one
// of the three maps.
type Deployment struct {
	SMTP         *allowlist.Allowlist // always as published, without the relay pool
	AddressRules map[Flow]AddressRule
	NameRules    map[Flow]NameRule
	Unresolved   map[Flow]string // why there is no rule, in full sentences
	Requirements []Requirement
	Warnings     []Warning
}

// Rule is what rules by address and by name have in common.
type Rule struct {
	Ports      []uint16 // TCP, in numeric order, never empty
	Inbound    bool     // towards the organization; the cloud is the source then
	Required   bool     // the deployment described by the options does not work without it
	Purpose    string   // in characters that every cloud takes in a description
	Conditions string   // when it is needed, and what to take care of
	Basis      string   // what the addresses or names rest on
	Reference  string   // document that states the flow
	SetIDs     []int    // endpoint sets they come from; empty where no list publishes them
}

// AddressRule is a flow whose addresses are known.
type AddressRule struct {
	Rule
	Prefixes  []netip.Prefix // distinct, in numeric order, none inside another; never empty
	Hostnames []string       // outbound only: names published for the flow
	NamesOnly []string       // those of Hostnames that no address is published for
}

// NameRule is an outbound flow for which only host names are known.
type NameRule struct {
	Rule
	Hostnames []string // sorted and distinct, * for wildcards; never empty
}

// Warning is something to know before the rules are used.
type Warning struct {
	Option  Option
	Summary string
	Detail  string
}

// relayPool is where Exchange Online relays forwarded mail from that fails SPF
// and DKIM (Microsoft Defender for Office 365, outbound delivery pools, 2023).
var relayPool = netip.MustParsePrefix("40.95.0.0/16")

// choices are options that have been read.
type choices struct {
	rules       []*rule
	edgeServers []netip.Prefix
	Options
}

func (o Options) read() (*choices, error) {
	c := &choices{Options: o}
	seen := map[Flow]bool{}
	for i, name := range o.Flows {
		flow := Flow(name)
		r := ruleOf(flow)
		var reason string
		switch {
		case r == nil:
			reason = fmt.Sprintf("%q is not a flow of a hybrid deployment; known are %s", name, joined(Flows()))
		case seen[flow]:
			reason = fmt.Sprintf("%q is named twice", name)
		case flow == HybridModernAuthInbound && o.HybridAgent:
			reason = fmt.Sprintf("%q cannot be had with the Hybrid Agent: the agent %s", name, agentExcludesModernAuth)
		}
		if reason != "" {
			return nil, &OptionError{FlowsOption, i, errors.New(reason)}
		}
		seen[flow] = true
		c.rules = append(c.rules, r)
	}
	if len(o.Flows) == 0 {
		for i := range table {
			c.rules = append(c.rules, &table[i])
		}
	}
	for i, text := range o.EdgeServers {
		p, err := cidr.Parse(text)
		if err == nil && p.Bits() == 0 {
			err = fmt.Errorf("%q is every address there is; name the Edge servers", text)
		}
		if err != nil {
			return nil, &OptionError{EdgeServersOption, i, err}
		}
		c.edgeServers = append(c.edgeServers, p)
	}
	return c, nil
}

func ruleOf(f Flow) *rule {
	i := slices.IndexFunc(table, func(r rule) bool { return r.flow == f })
	if i < 0 {
		return nil
	}
	return &table[i]
}

func joined(flows []Flow) string {
	out := make([]string, len(flows))
	for i, f := range flows {
		out[i] = string(f)
	}
	return strings.Join(out, ", ")
}

// Resolve finds the rules of a deployment in a list. A list without an SMTP set
// is a *[allowlist.NoSMTPError], one whose SMTP set lacks a family a
// *[FamilyError], an option that can't be used an *[OptionError].
func Resolve(list *endpoints.List, options Options) (*Deployment, error) {
	c, err := options.read()
	if err != nil {
		return nil, err
	}
	smtp, err := allowlist.New(list, false)
	if err != nil {
		var missing *allowlist.MissingFamilyError
		if errors.As(err, &missing) {
			return nil, &FamilyError{missing}
		}
		return nil, err
	}
	d := &Deployment{
		SMTP:         smtp,
		AddressRules: map[Flow]AddressRule{},
		NameRules:    map[Flow]NameRule{},
		Unresolved:   map[Flow]string{},
		Requirements: requirementsOf(list.Instance, c),
	}
	for _, r := range c.rules {
		d.add(r, list, c)
	}
	if options.IncludeRelayPool {
		d.addRelayPool()
	}
	return d, nil
}

// add resolves one flow.
func (d *Deployment) add(r *rule, list *endpoints.List, c *choices) {
	if r.unless != nil {
		if reason := r.unless(c); reason != "" {
			d.Unresolved[r.flow] = reason
			return
		}
	}
	o := r.originIn(list.Instance)
	if o.find == nil {
		d.Unresolved[r.flow] = o.basis
		return
	}
	found := o.find(list, c)
	out := Rule{
		Ports: r.ports, Inbound: r.inbound, Required: r.required, Purpose: r.purpose,
		Conditions: r.conditions, Basis: o.basis, Reference: r.reference, SetIDs: found.setIDs,
	}
	if c.HybridAgent && r.withAgent != "" {
		out.Required, out.Conditions = false, r.withAgent
	}
	if found.basis != "" {
		out.Basis = found.basis
	}
	if found.ports != nil { // an endpoint set tells which of the flow's ports it takes
		out.Ports = slices.DeleteFunc(slices.Clone(r.ports), func(p uint16) bool { return !found.ports.Contain(p) })
	}
	switch {
	case len(out.Ports) > 0 && len(found.prefixes) > 0:
		d.AddressRules[r.flow] = AddressRule{
			Rule: out, Prefixes: cidr.Outermost(found.prefixes),
			Hostnames: distinct(found.hostnames), NamesOnly: distinct(found.namesOnly),
		}
	case len(out.Ports) > 0 && len(found.hostnames) > 0:
		d.NameRules[r.flow] = NameRule{out, distinct(found.hostnames)}
	default:
		d.Unresolved[r.flow] = notInList(list, o.looksFor)
	}
}

// notInList says why a list has nothing for a flow.
func notInList(list *endpoints.List, what string) string {
	if list.Version.Kind() == endpoints.SMTPOnly {
		return fmt.Sprintf("Version %s is from before the web service: only its SMTP addresses are known. Use a "+
			"version from 2018063000 on.", list.Version)
	}
	reason := fmt.Sprintf("List %s of %s has no %s.", list.Version, list.Instance, what)
	if list.URLsIncomplete {
		reason += " The source of this version left out some URL lists."
	}
	return reason
}

// addRelayPool widens smtp_inbound, the flow only: the allowlist stays as published.
func (d *Deployment) addRelayPool() {
	warn := func(summary, detail string) {
		d.Warnings = append(d.Warnings, Warning{RelayPoolOption, summary, detail})
	}
	r, ok := d.AddressRules[SMTPInbound]
	switch {
	case !ok:
		warn("The relay pool is not added",
			"The relay pool belongs to smtp_inbound, which is not among the flows asked for.")
		return
	case cidr.Contains(r.Prefixes, relayPool):
		warn("The relay pool is published already",
			fmt.Sprintf("This list holds all of %s, so nothing had to be added to smtp_inbound.", relayPool))
		return
	}
	r.Prefixes = cidr.Outermost(append(slices.Clone(r.Prefixes), relayPool))
	r.Basis += fmt.Sprintf(" Beyond that %s, the relay pool, which no list publishes.", relayPool)
	d.AddressRules[SMTPInbound] = r
	detail := fmt.Sprintf("smtp_inbound holds %s, which the published list of %s lacks. Microsoft says only that "+
		"forwarded mail which fails SPF and DKIM leaves from there. The range is neither in the endpoint list nor in SPF: "+
		"Microsoft may change it without notice, and other tenants' relayed mail comes from it, too. The SMTP allowlist "+
		"itself stays as published. Where such mail is misjudged, Microsoft's remedy is Enhanced Filtering for Connectors.",
		relayPool, d.SMTP.Instance)
	if d.SMTP.Instance != endpoints.Worldwide {
		detail += fmt.Sprintf(" Nothing says that mail of %s is ever relayed from there.", d.SMTP.Instance)
	}
	warn("smtp_inbound holds an unpublished range", detail)
}

func distinct(in []string) []string {
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out)
}
