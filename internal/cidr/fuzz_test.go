package cidr

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
)

// FuzzSetLaws checks the algebra over the whole address space. A set made of
// prefixes changes only where one begins or ends, so asking about those
// addresses and their neighbours decides whether two sets are the same.
func FuzzSetLaws(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add([]byte{0, 8, 10, 0, 0, 32, 10, 1}, []byte{0, 9, 10, 0})
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0}, []byte{1, 128, 255, 255, 0, 32, 255, 255})
	f.Add([]byte{0, 25, 7, 0, 0, 25, 7, 1}, []byte{0, 24, 7, 0, 1, 48, 32, 1})
	f.Fuzz(func(t *testing.T, dataA, dataB []byte) {
		a, b := prefixesFrom(dataA), prefixesFrom(dataB)
		both := slices.Concat(a, b)
		points := boundaries(both)
		check := func(what string, got []netip.Prefix, want func(inA, inB bool) bool) {
			if err := isMerged(got); err != nil {
				t.Fatalf("%s of %v and %v = %v: %v", what, a, b, got, err)
			}
			for _, p := range points {
				if holds(got, p) != want(holds(a, p), holds(b, p)) {
					t.Fatalf("%s of %v and %v = %v, wrong at %v", what, a, b, got, p)
				}
			}
		}
		difference := Subtract(a, b)
		check("merge", Merge(a), func(inA, _ bool) bool { return inA })
		check("union", Merge(both), func(inA, inB bool) bool { return inA || inB })
		check("difference", difference, func(inA, inB bool) bool { return inA && !inB })
		check("intersection", Intersect(a, b), func(inA, inB bool) bool { return inA && inB })
		everything := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
		check("complement", Subtract(everything, a), func(inA, _ bool) bool { return !inA })
		d := Diff(a, b)
		if !slices.Equal(d.Excess, difference) {
			t.Fatalf("excess of %v over %v = %v, want %v", a, b, d.Excess, difference)
		}
		if want := Subtract(b, a); !slices.Equal(d.Missing, want) {
			t.Fatalf("missing of %v in %v = %v, want %v", b, a, d.Missing, want)
		}
		if SameSpace(a, b) != d.Empty() {
			t.Fatalf("same space of %v and %v: %v, but the difference is %v", a, b, !d.Empty(), d)
		}
		set := SetOf(a)
		for _, p := range b {
			covers, meets := len(Subtract([]netip.Prefix{p}, a)) == 0, len(Intersect(a, []netip.Prefix{p})) > 0
			checkQuestions(t, a, set, p, covers, meets)
		}
		kept, removed := ExcludeSpecial(both)
		if i := slices.IndexFunc(kept, OverlapsSpecial); i >= 0 {
			t.Fatalf("of %v is kept %v", both, kept[i])
		}
		for _, r := range removed {
			kept = append(kept, r.Prefix)
		}
		if !slices.Equal(Merge(kept), Merge(both)) {
			t.Fatalf("the parts of %v make %v", both, Merge(kept))
		}
	})
}

// prefixesFrom reads four bytes a prefix: family, length, and the address's first
// byte and last, so that prefixes often meet.
func prefixesFrom(data []byte) (out []netip.Prefix) {
	for c := range slices.Chunk(data, 4) {
		if len(c) < 4 || len(out) == 32 {
			break
		}
		raw := make([]byte, 4+12*int(c[0]%2))
		raw[0], raw[len(raw)-1] = c[2], c[3]
		addr, _ := netip.AddrFromSlice(raw)
		p, err := addr.Prefix(int(c[1]) % (addr.BitLen() + 1))
		if err == nil {
			out = append(out, p)
		}
	}
	return out
}

func holds(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// boundaries are the ends of the families, and first and last address of each
// prefix with the neighbour outside.
func boundaries(prefixes []netip.Prefix) []netip.Addr {
	var out []netip.Addr
	for _, p := range append(prefixes, netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")) {
		last := lastOf(p)
		for _, a := range []netip.Addr{p.Addr().Prev(), p.Addr(), last, last.Next()} {
			if a.IsValid() {
				out = append(out, a)
			}
		}
	}
	return out
}

func lastOf(p netip.Prefix) netip.Addr {
	raw := p.Addr().AsSlice()
	for i := p.Bits(); i < len(raw)*8; i++ {
		raw[i/8] |= 1 << (7 - i%8)
	}
	last, _ := netip.AddrFromSlice(raw)
	return last
}

// isMerged says what keeps a list from being the smallest of its addresses: in
// order and apart, only two halves of one prefix could still be joined.
func isMerged(prefixes []netip.Prefix) error {
	for i, p := range prefixes {
		if i == 0 {
			continue
		}
		previous := prefixes[i-1]
		if Compare(previous, p) >= 0 || previous.Overlaps(p) {
			return fmt.Errorf("%v and %v are out of order or overlap", previous, p)
		}
		if previous.Bits() == p.Bits() && p.Bits() > 0 && previous.Addr().BitLen() == p.Addr().BitLen() {
			if parent, _ := previous.Addr().Prefix(p.Bits() - 1); parent.Contains(p.Addr()) {
				return fmt.Errorf("%v and %v are two halves of %v", previous, p, parent)
			}
		}
	}
	return nil
}
