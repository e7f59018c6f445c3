package cidr

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Compare orders IPv4 before IPv6, then by address as a number, then the wider
// prefix first.
func Compare(a, b netip.Prefix) int {
	if c := a.Addr().Compare(b.Addr()); c != 0 { // netip orders IPv4 first too
		return c
	}
	return a.Bits() - b.Bits()
}

// Sorted returns the distinct prefixes in the order of [Compare].
func Sorted(prefixes []netip.Prefix) []netip.Prefix {
	out := slices.Clone(prefixes)
	slices.SortFunc(out, Compare)
	return slices.Compact(out)
}

// Outermost returns the distinct prefixes in numeric order, less those that
// another one covers. Neighbours are not merged, so that each block stays
// recognisable to whoever published it; the address space is the same.
func Outermost(prefixes []netip.Prefix) []netip.Prefix {
	out := Sorted(prefixes)
	kept := out[:0]
	for _, p := range out {
		// In this order a covering prefix always comes first, and the last kept is the only candidate.
		if n := len(kept); n > 0 && kept[n-1].Contains(p.Addr()) {
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

// SplitFamilies returns the IPv4 and the IPv6 prefixes, each in the order given.
func SplitFamilies(prefixes []netip.Prefix) (ipv4, ipv6 []netip.Prefix) {
	for _, p := range prefixes {
		if p.Addr().Is4() {
			ipv4 = append(ipv4, p)
		} else {
			ipv6 = append(ipv6, p)
		}
	}
	return ipv4, ipv6
}

// Pair is two prefixes of one list that share addresses: A comes first in
// numeric order and is equal to B or covers it.
type Pair struct{ A, B netip.Prefix }

// Overlaps returns every pair of elements that share addresses, duplicates
// included, in numeric order of A, then of B. It stops with ok false when there
// are more than limit pairs: n copies of one prefix make n²/2 of them.
func Overlaps(prefixes []netip.Prefix, limit int) (pairs []Pair, ok bool) {
	sorted := slices.Clone(prefixes)
	slices.SortFunc(sorted, Compare)
	for i, a := range sorted {
		for _, b := range sorted[i+1:] {
			// Two prefixes nest or do not overlap, so the first that starts outside a ends its run.
			if !a.Contains(b.Addr()) {
				break
			}
			if len(pairs) == limit {
				return pairs, false
			}
			pairs = append(pairs, Pair{a, b})
		}
	}
	return pairs, true
}

// Brief names at most so many prefixes in a text, and how many more there are;
// "nothing" where there are none.
func Brief(prefixes []netip.Prefix, most int) string {
	if len(prefixes) == 0 {
		return "nothing"
	}
	text := strings.Join(Strings(prefixes[:min(most, len(prefixes))]), ", ")
	if more := len(prefixes) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
