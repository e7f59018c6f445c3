package cidr

import (
	"math/big"
	"net/netip"
	"sort"

	"go4.org/netipx"
)

// Set is a union of prefixes: a set of netipx, with its ranges at hand. Its own
// questions about a prefix scan every range; here they are answered by halving.
type Set struct {
	set    *netipx.IPSet
	ranges []netipx.IPRange // sorted, and neither overlapping nor touching
}

// SetOf is the union of the prefixes as a set of addresses.
func SetOf(prefixes []netip.Prefix) *Set {
	var b netipx.IPSetBuilder
	for _, p := range prefixes {
		b.AddPrefix(p)
	}
	return built(&b)
}

// built finishes a builder that was fed parsed prefixes only. Its error lists
// invalid input, which a parsed prefix cannot be.
func built(b *netipx.IPSetBuilder) *Set {
	set, err := b.IPSet()
	if err != nil {
		panic("cidr: an unparsed prefix reached the set builder: " + err.Error())
	}
	return &Set{set, set.Ranges()}
}

// Prefixes is the set as [Merge] writes it.
func (s *Set) Prefixes() []netip.Prefix {
	out := make([]netip.Prefix, 0, len(s.ranges))
	for _, r := range s.ranges {
		out = r.AppendPrefixes(out)
	}
	return out
}

// Equal reports whether both sets have the same addresses.
func (s *Set) Equal(o *Set) bool { return s.set.Equal(o.set) }

// ContainsPrefix reports whether every address of p is in the set.
func (s *Set) ContainsPrefix(p netip.Prefix) bool {
	block, from := s.from(p)
	return len(from) > 0 && !block.From().Less(from[0].From()) && !from[0].To().Less(block.To())
}

// OverlapsPrefix reports whether any address of p is in the set.
func (s *Set) OverlapsPrefix(p netip.Prefix) bool {
	block, from := s.from(p)
	return len(from) > 0 && !block.To().Less(from[0].From())
}

// within are the parts of the set inside p, in order.
func (s *Set) within(p netip.Prefix) (parts []netipx.IPRange) {
	block, from := s.from(p)
	for _, r := range from {
		if block.To().Less(r.From()) {
			break
		}
		parts = append(parts, netipx.IPRangeFrom(later(r.From(), block.From()), earlier(r.To(), block.To())))
	}
	return parts
}

// from is p as a range, and the set's ranges less those that end before it.
// A range never mixes the families, and all of IPv4 comes before all of IPv6.
func (s *Set) from(p netip.Prefix) (block netipx.IPRange, ranges []netipx.IPRange) {
	block = netipx.RangeOfPrefix(p)
	first := sort.Search(len(s.ranges), func(i int) bool { return !s.ranges[i].To().Less(block.From()) })
	return block, s.ranges[first:]
}

func later(a, b netip.Addr) netip.Addr {
	if a.Less(b) {
		return b
	}
	return a
}

func earlier(a, b netip.Addr) netip.Addr {
	if b.Less(a) {
		return b
	}
	return a
}

// Merge returns the smallest list of prefixes with exactly the same addresses,
// in numeric order, IPv4 first. An empty list stays empty.
func Merge(prefixes []netip.Prefix) []netip.Prefix { return SetOf(prefixes).Prefixes() }

// Subtract returns the addresses of prefixes that are not in remove, as [Merge] writes them.
func Subtract(prefixes, remove []netip.Prefix) []netip.Prefix {
	var b netipx.IPSetBuilder
	for _, p := range prefixes {
		b.AddPrefix(p)
	}
	for _, p := range remove {
		b.RemovePrefix(p)
	}
	return built(&b).Prefixes()
}

// Intersect returns the addresses in both lists, as [Merge] writes them.
func Intersect(a, b []netip.Prefix) []netip.Prefix {
	var both netipx.IPSetBuilder
	for _, p := range a {
		both.AddPrefix(p)
	}
	both.Intersect(SetOf(b).set)
	return built(&both).Prefixes()
}

// Contains reports whether every address of p is in the union of the prefixes.
// It reads the list once, without sorting it; ask [SetOf] for many questions.
func Contains(prefixes []netip.Prefix, p netip.Prefix) bool {
	var inside []netip.Prefix
	for _, q := range prefixes {
		switch {
		case !q.Overlaps(p):
		case q.Bits() <= p.Bits():
			return true
		default:
			inside = append(inside, q)
		}
	}
	return len(inside) > 0 && SetOf(inside).ContainsPrefix(p)
}

// Difference is how two lists differ as address space. Missing is in the
// expected list alone, Excess in the actual one alone, both as [Merge] writes them.
type Difference struct{ Missing, Excess []netip.Prefix }

// Empty reports whether the two lists cover the same addresses.
func (d Difference) Empty() bool { return len(d.Missing) == 0 && len(d.Excess) == 0 }

// Diff compares an actual list with the expected one by address space: two /25
// equal their /24.
func Diff(actual, expected []netip.Prefix) Difference {
	return Difference{Missing: Subtract(expected, actual), Excess: Subtract(actual, expected)}
}

// SameSpace reports whether both lists cover exactly the same addresses.
func SameSpace(a, b []netip.Prefix) bool { return SetOf(a).Equal(SetOf(b)) }

// Count is the size of a list. Addresses are counted once, however many
// prefixes hold them.
type Count struct {
	IPv4, IPv6 *big.Int // addresses
	Prefixes   int      // elements of the list, duplicates included
}

// Percent is the share of a part in a whole that is not zero. It divides exactly
// before it rounds, so that a limit of whole percents is met to the address.
func Percent(part, whole *big.Int) float64 {
	f, _ := new(big.Rat).SetFrac(new(big.Int).Mul(part, big.NewInt(100)), whole).Float64()
	return f
}

// CountOf measures a list; it is exact up to the 2^128 addresses of ::/0.
func CountOf(prefixes []netip.Prefix) Count {
	c := Count{IPv4: new(big.Int), IPv6: new(big.Int), Prefixes: len(prefixes)}
	one, size := big.NewInt(1), new(big.Int)
	for _, p := range Merge(prefixes) {
		size.Lsh(one, uint(p.Addr().BitLen()-p.Bits()))
		if p.Addr().Is4() {
			c.IPv4.Add(c.IPv4, size)
		} else {
			c.IPv6.Add(c.IPv6, size)
		}
	}
	return c
}
