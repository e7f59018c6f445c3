package endpoints

import (
	"fmt"
	"math/big"
	"net/netip"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// Guard holds the limits within which a new list is believed. Percentages and
// factors are judged for each address family alone: summed, the size of IPv6
// would hide the loss of all IPv4.
type Guard struct {
	MinIPv4PrefixLength int     // a shorter, wider IPv4 prefix is refused
	MinIPv6PrefixLength int     // likewise for IPv6
	MinOverlapPercent   float64 // how much of the known address space must still be there
	MaxGrowthFactor     float64 // how many times its size IPv4 may reach in one step
}

// DefaultGuard takes every step between two lists since March 2019 and leaves
// room: the steepest were times 3.9 in IPv4 and 1,639 in IPv6, in one US
// government version, so growth of IPv6 is bounded by prefix length alone.
func DefaultGuard() Guard {
	return Guard{MinIPv4PrefixLength: 12, MinIPv6PrefixLength: 32, MinOverlapPercent: 50, MaxGrowthFactor: 16}
}

// GuardError says why a list is not believed.
type GuardError struct {
	Instance Instance
	Version  Version
	Limit    string // the attribute of guard that overrides; empty where nothing may
	Evidence string // which prefix, which numbers
}

func (e *GuardError) Error() string {
	return fmt.Sprintf("list %s of %s was refused: %s", e.Version, e.Instance, e.Evidence)
}

// The attributes of guard by which its user widens a limit.
const (
	LimitIPv4PrefixLength = "min_ipv4_prefix_length"
	LimitIPv6PrefixLength = "min_ipv6_prefix_length"
	LimitOverlap          = "min_overlap_percent"
	LimitGrowth           = "max_growth_factor"
)

// Check judges a list by itself and against the newest list known before it,
// which may be nil. The error is a *[GuardError].
func (g Guard) Check(next, before *List) error {
	refuse := func(limit, format string, args ...any) error {
		return &GuardError{next.Instance, next.Version, limit, fmt.Sprintf(format, args...)}
	}
	for _, s := range next.Sets {
		for _, p := range s.Prefixes {
			limit, attribute := g.MinIPv4PrefixLength, LimitIPv4PrefixLength
			if p.Addr().Is6() {
				limit, attribute = g.MinIPv6PrefixLength, LimitIPv6PrefixLength
			}
			// The width first: 0.0.0.0/0 holds special space too, but its width is what is wrong.
			if p.Bits() < limit {
				return refuse(attribute, "%s, which is wider than /%d", has(s, p), limit)
			}
			if cidr.OverlapsSpecial(p) {
				return refuse("", "%s, which is special-purpose space (%s); no mail comes from there", has(s, p), specialName(p))
			}
		}
	}
	if len(next.Sets) == 0 {
		return refuse("", "it has no endpoint sets")
	}
	if before == nil {
		return nil
	}
	was, wasOK := before.SMTP()
	is, isOK := next.SMTP()
	if wasOK && !isOK {
		return refuse("", "it has no SMTP endpoint set, and list %s has one", before.Version)
	}
	if err := g.checkStep("the SMTP addresses", is.Prefixes, was.Prefixes, before.Version, refuse); err != nil {
		return err
	}
	// Exchange by itself, for inbound rules rest on it; the other areas shed most of a family now and then.
	if err := g.checkStep("the addresses of Exchange", next.prefixesOf(Exchange), before.prefixesOf(Exchange), before.Version, refuse); err != nil {
		return err
	}
	return g.checkStep("the addresses of all sets", next.Prefixes(), before.Prefixes(), before.Version, refuse)
}

// prefixesOf are the distinct addresses of a service area.
func (l *List) prefixesOf(area string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range l.Sets {
		if s.ServiceArea == area {
			out = append(out, s.Prefixes...)
		}
	}
	return cidr.Sorted(out)
}

// CheckSMTP judges a bare SMTP list by itself.
func (g Guard) CheckSMTP(instance Instance, version Version, prefixes []netip.Prefix) error {
	if len(prefixes) == 0 {
		return &GuardError{instance, version, "", "it has no prefixes"}
	}
	return g.Check(&List{Instance: instance, Version: version, Sets: []Set{{Prefixes: prefixes}}}, nil)
}

// checkStep compares the address space of two lists, family by family.
func (g Guard) checkStep(what string, is, was []netip.Prefix, before Version, refuse func(limit, format string, args ...any) error) error {
	now, then, kept := cidr.CountOf(is), cidr.CountOf(was), cidr.CountOf(cidr.Intersect(is, was))
	for _, f := range []struct {
		name            string
		now, then, kept *big.Int
		bounded         bool
	}{
		{"IPv4", now.IPv4, then.IPv4, kept.IPv4, true},
		{"IPv6", now.IPv6, then.IPv6, kept.IPv6, false},
	} {
		if f.then.Sign() == 0 {
			continue
		}
		if f.now.Sign() == 0 {
			return refuse("", "%s have no %s prefix left, and list %s has some", what, f.name, before)
		}
		if percent := cidr.Percent(f.kept, f.then); percent < g.MinOverlapPercent {
			return refuse(LimitOverlap, "only %.1f %% of the %s space that list %s has in %s is still there, less than %g %%", percent, f.name, before, what, g.MinOverlapPercent)
		}
		if factor := cidr.Percent(f.now, f.then) / 100; f.bounded && factor > g.MaxGrowthFactor {
			return refuse(LimitGrowth, "%s are %.1f times the %s space of list %s, more than %g times", what, factor, f.name, before, g.MaxGrowthFactor)
		}
	}
	return nil
}

// has says where a prefix stands; a bare list has no set ids.
func has(s Set, p netip.Prefix) string {
	if s.ID == 0 {
		return fmt.Sprintf("it has the prefix %s", p)
	}
	return fmt.Sprintf("endpoint set %d has the prefix %s", s.ID, p)
}

func specialName(p netip.Prefix) string {
	for _, s := range cidr.SpecialBlocks() {
		if s.Prefix.Overlaps(p) {
			return s.Name + ", " + s.RFC
		}
	}
	return "special"
}
