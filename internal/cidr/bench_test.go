package cidr

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"go4.org/netipx"
)

// Benchmarks are named Operation/who/prefixes. Each runs on the same lists, and
// internal/bench makes docs/performance.md of them.

var sizes = []int{1_000, 10_000, 100_000}

// randomPrefixes are two thirds IPv4 (/20 to /32) and one third IPv6 (/32 to /64):
// short enough to meet, long enough for a union of tens of thousands of ranges.
func randomPrefixes(n int, seed uint64) []netip.Prefix {
	random := rand.New(rand.NewPCG(seed, 0))
	out := make([]netip.Prefix, n)
	for i := range out {
		raw, shortest, span := make([]byte, 4), 20, 13
		if i%3 == 2 {
			raw, shortest, span = make([]byte, 16), 32, 33
		}
		for j := range raw {
			raw[j] = byte(random.UintN(256))
		}
		if len(raw) == 16 {
			raw[0] = 0x20 | raw[0]>>4 // of 2000::/3
		}
		addr, _ := netip.AddrFromSlice(raw)
		out[i], _ = addr.Prefix(shortest + random.IntN(span))
	}
	return out
}

// netipx alone, as one would write it without this package.

func netipxMerge(a, _ []netip.Prefix) []netip.Prefix {
	var b netipx.IPSetBuilder
	for _, p := range a {
		b.AddPrefix(p)
	}
	set, _ := b.IPSet()
	return set.Prefixes()
}

func netipxSubtract(a, remove []netip.Prefix) []netip.Prefix {
	var b netipx.IPSetBuilder
	for _, p := range a {
		b.AddPrefix(p)
	}
	for _, p := range remove {
		b.RemovePrefix(p)
	}
	set, _ := b.IPSet()
	return set.Prefixes()
}

func netipxIntersect(x, y []netip.Prefix) []netip.Prefix {
	var bx, by netipx.IPSetBuilder
	for _, p := range x {
		bx.AddPrefix(p)
	}
	for _, p := range y {
		by.AddPrefix(p)
	}
	set, _ := by.IPSet()
	bx.Intersect(set)
	both, _ := bx.IPSet()
	return both.Prefixes()
}

func benchmarkAgainstNetipx(b *testing.B, ours, theirs func(x, y []netip.Prefix) []netip.Prefix) {
	for _, n := range sizes {
		x, y := randomPrefixes(n, 1), randomPrefixes(n, 2)
		// Something in common, or the intersection would be nearly empty.
		copy(y[n/2:], x[n/2:])
		if !slices.Equal(ours(x, y), theirs(x, y)) {
			b.Fatal("the answers differ")
		}
		for _, who := range []struct {
			name string
			run  func(x, y []netip.Prefix) []netip.Prefix
		}{{"eop", ours}, {"netipx", theirs}} {
			b.Run(fmt.Sprintf("%s/%d", who.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					who.run(x, y)
				}
			})
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	benchmarkAgainstNetipx(b, func(x, _ []netip.Prefix) []netip.Prefix { return Merge(x) }, netipxMerge)
}

func BenchmarkSubtract(b *testing.B) { benchmarkAgainstNetipx(b, Subtract, netipxSubtract) }

func BenchmarkIntersect(b *testing.B) { benchmarkAgainstNetipx(b, Intersect, netipxIntersect) }

// A question to a set that is already there: ours, and netipx's.
func BenchmarkAsk(b *testing.B) {
	for _, n := range sizes {
		list := randomPrefixes(n, 1)
		set, asked := SetOf(list), randomPrefixes(1_000, 3)
		var builder netipx.IPSetBuilder
		for _, p := range list {
			builder.AddPrefix(p)
		}
		alone, _ := builder.IPSet()
		copy(asked[500:], list) // half are in it
		for _, who := range []struct {
			name string
			ask  func(netip.Prefix) bool
		}{{"eop", set.ContainsPrefix}, {"netipx", alone.ContainsPrefix}} {
			b.Run(fmt.Sprintf("%s/%d", who.name, n), func(b *testing.B) {
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					who.ask(asked[i%len(asked)])
					i++
				}
			})
		}
	}
}

// Subtract and compare two lists of 50,000, one after the other.
func BenchmarkSubtractAndCompare(b *testing.B) {
	x, y := randomPrefixes(50_000, 1), randomPrefixes(50_000, 2)
	copy(y[25_000:], x[25_000:])
	b.Run("eop/50000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if Diff(x, y).Empty() { // subtracts both ways
				b.Fatal("the lists are the same")
			}
		}
	})
}

// The rest, to see how their cost grows.
func BenchmarkAlone(b *testing.B) {
	for _, op := range []struct {
		name string
		run  func([]netip.Prefix)
	}{
		{"contains", func(a []netip.Prefix) { Contains(a, netip.MustParsePrefix("203.0.113.0/24")) }},
		{"overlaps", func(a []netip.Prefix) { Overlaps(a, 10_000) }},
		{"outermost", func(a []netip.Prefix) { Outermost(a) }},
		{"count", func(a []netip.Prefix) { CountOf(a) }},
		{"exclude_special", func(a []netip.Prefix) { ExcludeSpecial(a) }},
		{"write", func(a []netip.Prefix) { Strings(a) }},
	} {
		for _, n := range sizes {
			list := randomPrefixes(n, 1)
			b.Run(fmt.Sprintf("%s/%d", op.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					op.run(list)
				}
			})
		}
	}
	for _, n := range sizes {
		texts := Strings(randomPrefixes(n, 1))
		b.Run(fmt.Sprintf("read/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseAll(texts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
