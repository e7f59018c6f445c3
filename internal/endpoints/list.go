package endpoints

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// PortRange is one port or a span of them, both ends included.
type PortRange struct{ From, To uint16 }

func (r PortRange) String() string {
	if r.From == r.To {
		return strconv.Itoa(int(r.From))
	}
	return fmt.Sprintf("%d-%d", r.From, r.To)
}

// Ports is a list of port ranges in numeric order.
type Ports []PortRange

// Contain reports whether the port is in one of the ranges.
func (p Ports) Contain(port uint16) bool {
	return slices.ContainsFunc(p, func(r PortRange) bool { return r.From <= port && port <= r.To })
}

func (p Ports) String() string {
	out := make([]string, len(p))
	for i, r := range p {
		out[i] = r.String()
	}
	return strings.Join(out, ",")
}

// ParsePorts reads the service's port strings: "25", "443,80", "80, 443",
// "50000-59999". Empty means no ports.
func ParsePorts(s string) (Ports, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	var out Ports
	for part := range strings.SplitSeq(s, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		f, err1 := strconv.ParseUint(from, 10, 16)
		t, err2 := strconv.ParseUint(to, 10, 16)
		if err1 != nil || err2 != nil || f == 0 || f > t {
			return nil, fmt.Errorf("%q is not a list of ports", s)
		}
		out = append(out, PortRange{uint16(f), uint16(t)})
	}
	slices.SortFunc(out, func(a, b PortRange) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return slices.Compact(out), nil
}

// Service areas that have a meaning of their own here; others are kept as they come.
const (
	Exchange = "Exchange"
	Common   = "Common"
)

// Set is an endpoint set: addresses and names that share ports and a purpose.
// Prefixes and URLs are sorted and distinct; either may be empty.
type Set struct {
	ID           int    // the service's; 0 in lists from before the service
	ServiceArea  string // Exchange, SharePoint, Skype, Common
	Category     string // Optimize, Allow, Default; empty in lists from before the service
	Required     bool
	ExpressRoute bool
	TCPPorts     Ports
	UDPPorts     Ports
	Prefixes     []netip.Prefix // as published, some inside another
	URLs         []string       // host names, with * for wildcards
}

// normalize puts a set into its one form.
func (s *Set) normalize() {
	s.Prefixes = cidr.Sorted(s.Prefixes)
	slices.Sort(s.URLs)
	s.URLs = slices.Compact(s.URLs)
}

// List is everything published for an instance under one version, sets in the
// order of their ids.
type List struct {
	Instance Instance
	Version  Version
	// URLsIncomplete marks lists whose source left out URL lists that hold
	// wildcards only. Their addresses are whole.
	URLsIncomplete bool
	Sets           []Set
}

// Prefixes are the distinct addresses of all sets, in numeric order.
func (l *List) Prefixes() []netip.Prefix {
	var all []netip.Prefix
	for _, s := range l.Sets {
		all = append(all, s.Prefixes...)
	}
	return cidr.Sorted(all)
}
