package endpoints

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// Guard holds the limits within which a list is believed that nobody reviewed.
type Guard struct {
	MinIPv4PrefixLength int // a shorter, wider IPv4 prefix is refused
	MinIPv6PrefixLength int // likewise for IPv6
	StepLimits
}

// DefaultGuard takes every step between two lists since October 2018. The steepest
// were, in the SMTP sets, 3.9 times in IPv4 (US government, 2025043000) and 5.3 times
// in IPv6 (China, 2026022700).
func DefaultGuard() Guard {
	return Guard{MinIPv4PrefixLength: 12, MinIPv6PrefixLength: 32, StepLimits: DefaultStepLimits()}
}

// Limit names a limit of a guard.
type Limit int

// The limits. NoLimit marks a refusal that no limit decides.
const (
	NoLimit Limit = iota
	IPv4PrefixLength
	IPv6PrefixLength
	Overlap
	Growth
)

// GuardError says why a list is not believed.
type GuardError struct {
	Instance Instance
	Version  Version
	Limit    Limit  // the limit that decided
	Evidence string // which prefix, which numbers
}

func (e *GuardError) Error() string {
	return fmt.Sprintf("list %s of %s was refused: %s", e.Version, e.Instance, e.Evidence)
}

// Check judges a list by itself and against a reviewed list that is not newer, which
// may be nil. The error is a *[GuardError].
func (g Guard) Check(next, reviewed *List) error {
	refuse := func(limit Limit, format string, args ...any) error {
		return &GuardError{next.Instance, next.Version, limit, fmt.Sprintf(format, args...)}
	}
	if len(next.Sets) == 0 {
		return refuse(NoLimit, "it has no endpoint sets")
	}
	for _, s := range next.Sets {
		for _, p := range s.Prefixes {
			if limit, reason := g.checkPrefix(p); reason != "" {
				return refuse(limit, "%s, %s", has(s, p), reason)
			}
		}
	}
	if reviewed == nil {
		return nil
	}
	was, wasOK := reviewed.SMTP()
	is, isOK := next.SMTP()
	if wasOK && !isOK {
		return refuse(NoLimit, "it has no SMTP endpoint set, and list %s has one", reviewed.Version)
	}
	// Exchange by itself, because inbound rules rest on it; the other areas lose most
	// of a family now and then. Exchange's IPv6 once grew 6.07 times (China, 2026022700)
	// and that of all sets 51.7 times (US government, 2019093000), so IPv6 gets more room
	// beyond the SMTP sets.
	exchange, all := g.StepLimits, g.StepLimits
	exchange.IPv6Slack, all.IPv6Slack = 4, 16
	for _, part := range []struct {
		name    string
		is, was []netip.Prefix
		limits  StepLimits
	}{
		{"SMTP", is.Prefixes, was.Prefixes, g.StepLimits},
		{"Exchange", next.prefixesOf(Exchange), reviewed.prefixesOf(Exchange), exchange},
		{"all sets", next.Prefixes(), reviewed.Prefixes(), all},
	} {
		if s := part.limits.Check(part.was, part.is); s != nil {
			return refuse(s.Limit, "compared with list %s, the addresses of %s %s", reviewed.Version, part.name, s)
		}
	}
	return nil
}

// checkPrefix judges a prefix by itself. The width comes first: 0.0.0.0/0 holds
// special space too, but its width is what is wrong.
func (g Guard) checkPrefix(p netip.Prefix) (Limit, string) {
	least, limit := g.MinIPv4PrefixLength, IPv4PrefixLength
	if p.Addr().Is6() {
		least, limit = g.MinIPv6PrefixLength, IPv6PrefixLength
	}
	switch {
	case p.Bits() < least:
		return limit, fmt.Sprintf("which is wider than /%d", least)
	case cidr.OverlapsSpecial(p):
		return NoLimit, fmt.Sprintf("which is special-purpose space (%s); no mail comes from there", specialName(p))
	case p.Addr().Is6() && !globalUnicast.Contains(p.Addr()):
		return NoLimit, "which is outside 2000::/3, the global unicast addresses of IPv6; no mail comes from there"
	}
	return NoLimit, ""
}

var globalUnicast = netip.MustParsePrefix("2000::/3")

// CheckSMTP judges a bare SMTP list by itself.
func (g Guard) CheckSMTP(instance Instance, version Version, prefixes []netip.Prefix) error {
	if len(prefixes) == 0 {
		return &GuardError{instance, version, NoLimit, "it has no prefixes"}
	}
	return g.Check(&List{Instance: instance, Version: version, Sets: []Set{{Prefixes: prefixes}}}, nil)
}

// CheckDate refuses a list from the future: one dated later than tomorrow (UTC). A
// clock that stands before the newest reviewed list is wrong; that list's date counts
// in its place. The error is a *[GuardError].
func CheckDate(instance Instance, version, newestReviewed Version, now time.Time) error {
	today := now.UTC().Truncate(24 * time.Hour)
	if day := newestReviewed.Day(); !newestReviewed.IsZero() && day.After(today) {
		today = day
	}
	if !version.Day().After(today.AddDate(0, 0, 1)) {
		return nil
	}
	return &GuardError{instance, version, NoLimit, fmt.Sprintf(
		"its version is dated %s, which lies in the future (today is %s)", version.Published(), today.Format(time.DateOnly))}
}

// Unfamiliar is the part of some added prefixes that lies outside every /8 (IPv4) and
// /32 (IPv6) of the published ones: space in which the instance never had mail servers.
func Unfamiliar(added, published []netip.Prefix) []netip.Prefix {
	var familiar []netip.Prefix
	for _, p := range published {
		bits := 8
		if p.Addr().Is6() {
			bits = 32
		}
		if p.Bits() > bits {
			p = netip.PrefixFrom(p.Addr(), bits).Masked()
		}
		familiar = append(familiar, p)
	}
	return cidr.Subtract(added, familiar)
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
