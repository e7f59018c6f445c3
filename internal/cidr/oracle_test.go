package cidr

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The oracle is a universe of 256 addresses in which a list is a bitmap. Every
// answer of the algebra is checked address by address.
type universe struct {
	name string
	all  netip.Prefix
}

var universes = []universe{
	{"ipv4", netip.MustParsePrefix("40.92.7.0/24")},
	{"ipv6", netip.MustParsePrefix("2a01:111:f400:7c00::ff00/120")},
}

type bitmap [4]uint64

func (u universe) address(i int) netip.Addr {
	b := u.all.Addr().AsSlice()
	b[len(b)-1] = byte(i)
	a, _ := netip.AddrFromSlice(b)
	return a
}

// prefixes are all 511 prefixes inside the universe.
func (u universe) prefixes() []netip.Prefix {
	var out []netip.Prefix
	for length := u.all.Bits(); length <= u.all.Addr().BitLen(); length++ {
		step := 1 << (u.all.Addr().BitLen() - length)
		for i := 0; i < 256; i += step {
			out = append(out, netip.PrefixFrom(u.address(i), length))
		}
	}
	return out
}

func (u universe) bitmap(prefixes []netip.Prefix) (m bitmap) {
	for _, p := range prefixes {
		first := p.Addr().AsSlice()
		n := 1 << (p.Addr().BitLen() - p.Bits())
		for i := int(first[len(first)-1]); n > 0; i, n = i+1, n-1 {
			m[i/64] |= 1 << (i % 64)
		}
	}
	return m
}

func (m bitmap) minus(o bitmap) (r bitmap) {
	for i := range m {
		r[i] = m[i] &^ o[i]
	}
	return r
}

func (m bitmap) or(o bitmap) (r bitmap) {
	for i := range m {
		r[i] = m[i] | o[i]
	}
	return r
}

func (m bitmap) and(o bitmap) (r bitmap) {
	for i := range m {
		r[i] = m[i] & o[i]
	}
	return r
}

// minimal is the length of the smallest exact cover of the bitmap, by recursion
// over the binary tree: the definition, not the algorithm under test.
func (m bitmap) minimal() int { return m.cover(0, 256) }

func (m bitmap) cover(from, size int) int {
	switch m.held(from, size) {
	case 0:
		return 0
	case size:
		return 1
	}
	return m.cover(from, size/2) + m.cover(from+size/2, size/2)
}

// held counts the addresses held among size of them, a power of two.
func (m bitmap) held(from, size int) (n int) {
	if size < 64 {
		return bits.OnesCount64(m[from/64] >> (from % 64) & (1<<size - 1))
	}
	for _, word := range m[from/64 : (from+size)/64] {
		n += bits.OnesCount64(word)
	}
	return n
}

func (u universe) check(t *testing.T, what string, got []netip.Prefix, want bitmap, a, b []netip.Prefix) {
	t.Helper()
	if u.bitmap(got) != want {
		t.Fatalf("%s of %v and %v = %v: wrong addresses", what, a, b, got)
	}
	if len(got) != want.minimal() {
		t.Fatalf("%s of %v and %v = %v: %d prefixes are enough", what, a, b, got, want.minimal())
	}
	if !slices.IsSortedFunc(got, Compare) {
		t.Fatalf("%s of %v and %v = %v: not in order", what, a, b, got)
	}
}

func TestEveryPairOfPrefixes(t *testing.T) {
	for _, u := range universes {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			all := u.prefixes()
			if len(all) != 511 {
				t.Fatalf("universe has %d prefixes, want 511", len(all))
			}
			maps := make([]bitmap, len(all))
			for i := range all {
				maps[i] = u.bitmap(all[i : i+1])
			}
			for i := range all {
				a, ma := all[i:i+1], maps[i]
				for j := range all {
					b, mb := all[j:j+1], maps[j]
					u.check(t, "subtract", Subtract(a, b), ma.minus(mb), a, b)
					if covers := mb.minus(ma) == (bitmap{}); Contains(a, all[j]) != covers {
						t.Fatalf("contains(%v, %v) = %v", a, all[j], !covers)
					}
					if i <= j { // that these two take their arguments in any order is shown below
						u.check(t, "union", Merge([]netip.Prefix{all[i], all[j]}), ma.or(mb), a, b)
						u.check(t, "intersect", Intersect(a, b), ma.and(mb), a, b)
					}
				}
			}
		})
	}
}

func TestRandomListsObeySetLaws(t *testing.T) {
	for _, u := range universes {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			all, random := u.prefixes(), rand.New(rand.NewPCG(1, 2))
			pick := func() []netip.Prefix {
				out := make([]netip.Prefix, random.IntN(24))
				for i := range out {
					// Small prefixes mostly, or every list would be the whole universe.
					out[i] = all[min(510, 31+random.IntN(480))]
				}
				return out
			}
			for range 1500 {
				a, b := pick(), pick()
				u.checkLaws(t, a, b)
				u.checkLists(t, a, all[random.IntN(len(all))])
			}
		})
	}
}

// checkLaws holds the algebra of two lists against their bitmaps.
func (u universe) checkLaws(t *testing.T, a, b []netip.Prefix) {
	t.Helper()
	ma, mb, both := u.bitmap(a), u.bitmap(b), slices.Concat(a, b)
	whole := []netip.Prefix{u.all}
	complement := Subtract(whole, a)
	u.check(t, "merge", Merge(a), ma, a, nil)
	u.check(t, "merge twice", Merge(Merge(a)), ma, a, nil)
	u.check(t, "union", Merge(both), ma.or(mb), a, b)
	u.check(t, "subtract", Subtract(a, b), ma.minus(mb), a, b)
	u.check(t, "intersect", Intersect(a, b), ma.and(mb), a, b)
	u.check(t, "complement", complement, u.bitmap(whole).minus(ma), a, nil)
	if got := Merge(slices.Concat(complement, a)); !slices.Equal(got, whole) {
		t.Fatalf("%v and its complement make %v", a, got)
	}
	if got := Intersect(complement, a); len(got) != 0 {
		t.Fatalf("%v meets its complement in %v", a, got)
	}
	d := Diff(a, b)
	u.check(t, "missing", d.Missing, mb.minus(ma), a, b)
	u.check(t, "excess", d.Excess, ma.minus(mb), a, b)
	if got := SameSpace(a, b); got != (ma == mb) {
		t.Fatalf("same space of %v and %v: %v", a, b, got)
	}
	if got := d.Empty(); got != (ma == mb) {
		t.Fatalf("empty difference of %v and %v: %v", a, b, got)
	}
	if !SameSpace(a, Merge(a)) {
		t.Fatalf("%v and %v are the same space", a, Merge(a))
	}
}

// checkLists holds the questions about one list, and about a prefix, against the bitmaps.
func (u universe) checkLists(t *testing.T, a []netip.Prefix, p netip.Prefix) {
	t.Helper()
	ma, mp, set := u.bitmap(a), u.bitmap([]netip.Prefix{p}), SetOf(a)
	covers, meets := mp.minus(ma) == bitmap{}, mp.and(ma) != bitmap{}
	checkQuestions(t, a, set, p, covers, meets)
	n := CountOf(a)
	if got, want := int(n.IPv4.Int64()+n.IPv6.Int64()), ma.held(0, 256); got != want {
		t.Fatalf("%v has %d addresses, want %d", a, got, want)
	}
	if n.Prefixes != len(a) {
		t.Fatalf("%v has %d prefixes, want %d", a, n.Prefixes, len(a))
	}
	u.checkOutermost(t, a)
	u.checkOverlaps(t, a)
}

// checkQuestions asks a list, and its set, whether they contain or meet a prefix.
func checkQuestions(t *testing.T, a []netip.Prefix, set *Set, p netip.Prefix, covers, meets bool) {
	t.Helper()
	if Contains(a, p) != covers {
		t.Fatalf("%v contains %v: %v", a, p, !covers)
	}
	if set.ContainsPrefix(p) != covers {
		t.Fatalf("the set of %v contains %v: %v", a, p, !covers)
	}
	if set.OverlapsPrefix(p) != meets {
		t.Fatalf("the set of %v overlaps %v: %v", a, p, !meets)
	}
}

func (u universe) checkOutermost(t *testing.T, a []netip.Prefix) {
	t.Helper()
	got := Outermost(a)
	if u.bitmap(got) != u.bitmap(a) {
		t.Fatalf("outermost of %v = %v: wrong addresses", a, got)
	}
	if !slices.IsSortedFunc(got, Compare) {
		t.Fatalf("outermost of %v = %v: not in order", a, got)
	}
	for i, p := range got {
		if !slices.Contains(a, p) {
			t.Fatalf("outermost of %v made up %v", a, p)
		}
		for j, q := range got {
			if i != j && p.Overlaps(q) {
				t.Fatalf("outermost of %v keeps both %v and %v", a, p, q)
			}
		}
	}
}

func (u universe) checkOverlaps(t *testing.T, a []netip.Prefix) {
	t.Helper()
	want := 0
	for i, p := range a {
		for _, q := range a[i+1:] {
			if p.Overlaps(q) {
				want++
			}
		}
	}
	pairs, ok := Overlaps(a, 1000)
	if !ok {
		t.Fatalf("overlaps of %v are more than 1000", a)
	}
	if len(pairs) != want {
		t.Fatalf("overlaps of %v = %v, want %d pairs", a, pairs, want)
	}
	for _, p := range pairs {
		if p.A.Bits() > p.B.Bits() {
			t.Fatalf("overlaps of %v: in the pair %v the narrower is first", a, p)
		}
		if !p.A.Overlaps(p.B) {
			t.Fatalf("overlaps of %v: the pair %v does not overlap", a, p)
		}
	}
}

// The rest of the world lies outside the universes: the extremes of both families.
func TestExtremes(t *testing.T) {
	everything := mustParse(t, "0.0.0.0/0", "::/0")
	half := Subtract(everything, mustParse(t, "0.0.0.0/1", "8000::/1"))
	if diff := cmp.Diff([]string{"128.0.0.0/1", "::/1"}, Strings(half)); diff != "" {
		t.Errorf("half of everything (-want +got):\n%s", diff)
	}
	n := CountOf(everything)
	if got := fmt.Sprint(n.IPv4, " ", n.IPv6); got != "4294967296 340282366920938463463374607431768211456" {
		t.Errorf("count of everything: %s", got)
	}
	if Contains(mustParse(t, "0.0.0.0/0"), netip.MustParsePrefix("::1/128")) {
		t.Error("all of IPv4 contains an IPv6 address")
	}
	for name, got := range map[string][]netip.Prefix{
		"merge": Merge(nil), "subtract": Subtract(nil, everything), "intersect": Intersect(everything, nil),
		"outermost": Outermost(nil),
	} {
		t.Run(name+" of nothing", func(t *testing.T) {
			if len(got) != 0 {
				t.Errorf("nothing became %v", got)
			}
		})
	}
}

func TestExcludeSpecial(t *testing.T) {
	kept, removed := ExcludeSpecial(mustParse(t, "8.0.0.0/6", "40.92.0.0/15", "2001::/16", "::1/128"))
	if diff := cmp.Diff([]string{"8.0.0.0/7", "11.0.0.0/8", "40.92.0.0/15"}, Strings(kept)[:3]); diff != "" {
		t.Errorf("the first three kept (-want +got):\n%s", diff)
	}
	var names []string
	for _, r := range removed {
		names = append(names, r.Prefix.String()+" "+r.Block.Name)
		if SetOf(kept).OverlapsPrefix(r.Prefix) {
			t.Errorf("%v is both kept and removed", r.Prefix)
		}
	}
	want := []string{
		"10.0.0.0/8 private use",
		"::1/128 loopback address",
		"2001::/23 IETF protocol assignments (Teredo among them)",
		"2001:db8::/32 documentation",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
}

func TestExcludeSpecialOnePart(t *testing.T) {
	kept, removed := ExcludeSpecial(mustParse(t, "10.0.0.1", "40.92.0.0/15"))
	if diff := cmp.Diff([]string{"40.92.0.0/15"}, Strings(kept)); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	var rfcs []string
	for _, r := range removed {
		rfcs = append(rfcs, r.Prefix.String()+" "+r.Block.RFC)
	}
	if diff := cmp.Diff([]string{"10.0.0.1/32 RFC 1918"}, rfcs); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
}

// Blocks are in order and separate, so that a removed part has one reason.
func TestSpecialBlocksAreApart(t *testing.T) {
	var all []netip.Prefix
	for _, s := range SpecialBlocks() {
		all = append(all, s.Prefix)
		if !OverlapsSpecial(s.Prefix) {
			t.Errorf("%v does not overlap itself", s.Prefix)
		}
	}
	if !slices.IsSortedFunc(all, Compare) {
		t.Error("not in numeric order")
	}
	if pairs, _ := Overlaps(all, 1); len(pairs) > 0 {
		t.Errorf("overlap: %v", pairs)
	}
	if OverlapsSpecial(netip.MustParsePrefix("40.92.0.0/15")) {
		t.Error("EOP's block overlaps one")
	}
	if !OverlapsSpecial(netip.MustParsePrefix("0.0.0.0/0")) {
		t.Error("everything overlaps none")
	}
}

func mustParse(t testing.TB, elements ...string) []netip.Prefix {
	t.Helper()
	out, err := ParseAll(elements)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// netipx is trusted with ranges that touch the ends of the address space; show it.
func TestSetOfKeepsEnds(t *testing.T) {
	var got []string
	for _, r := range SetOf(mustParse(t, "255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).ranges {
		got = append(got, r.String())
	}
	want := []string{
		"255.255.255.255-255.255.255.255",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ranges (-want +got):\n%s", diff)
	}
}
