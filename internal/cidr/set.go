package cidr

import (
	"math/big"
	"net/netip"

	"go4.org/netipx"
)

// SetOf is the union of the prefixes as a set of addresses.
func SetOf(prefixes []netip.Prefix) *netipx.IPSet {
	var b netipx.IPSetBuilder
	for _, p := range prefixes {
		b.AddPrefix(p)
	}
	return built(&b)
}

// built finishes a builder that was fed parsed prefixes only. Its error lists
// invalid input, which a parsed prefix cannot be.
func built(b *netipx.IPSetBuilder) *netipx.IPSet {
	set, err := b.IPSet()
	if err != nil {
		panic("cidr: an unparsed prefix reached the set builder: " + err.Error())
	}
	return set
}

// Merge returns the smallest list of prefixes with exactly the same addresses,
// in numeric order, IPv4 first.
func Merge(prefixes []netip.Prefix) []netip.Prefix {
	return SetOf(prefixes).Prefixes()
}

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
	var builder netipx.IPSetBuilder
	for _, p := range a {
		builder.AddPrefix(p)
	}
	builder.Intersect(SetOf(b))
	return built(&builder).Prefixes()
}

// Contains reports whether every address of p is in the union of the prefixes.
// It builds the set anew; ask [SetOf] once for many questions.
func Contains(prefixes []netip.Prefix, p netip.Prefix) bool {
	return SetOf(prefixes).ContainsPrefix(p)
}

// Difference is what tells two lists apart as address space. Missing is in the
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
