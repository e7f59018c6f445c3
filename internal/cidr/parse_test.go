package cidr

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct{ in, want, errHas string }{
		{in: "40.92.0.0/15", want: "40.92.0.0/15"},
		{in: "40.107.3.4", want: "40.107.3.4/32"},
		{in: "2A01:0111:F400:0000::/48", want: "2a01:111:f400::/48"},
		{in: "2a01:111:f403::1", want: "2a01:111:f403::1/128"},
		{in: "0.0.0.0/0", want: "0.0.0.0/0"},
		{in: "::/0", want: "::/0"},
		{in: "40.92.0.1/15", errHas: "the prefix is 40.92.0.0/15"},
		{in: "2a01:111:f400::1/48", errHas: "the prefix is 2a01:111:f400::/48"},
		{in: "::ffff:40.92.0.0/111", errHas: "IPv4-mapped"},
		{in: "::ffff:40.92.0.1", errHas: "write it as IPv4 (40.92.0.1)"},
		{in: "fe80::1%eth0", errHas: `the zone "eth0"`},
		{in: "fe80::%eth0/64", errHas: `the zone "eth0"`},
		{in: "040.92.0.0/15", errHas: "leading zeros"},
		{in: "40.92.00.0", errHas: "leading zeros"},
		{in: "40.92.0.0/015", errHas: "without leading zeros"},
		{in: "40.92.0.0/33", errHas: "IPv4 takes 0 to 32"},
		{in: "2a01::/129", errHas: "IPv6 takes 0 to 128"},
		{in: "40.92.0.0/", errHas: `the prefix length ""`},
		{in: "40.92.0.0/15/16", errHas: "prefix length"},
		{in: "40.92.0.0/255.254.0.0", errHas: "prefix length"},
		{in: "", errHas: "is empty"},
		{in: "  ", errHas: "is empty"},
		{in: " 40.92.0.0/15", errHas: "has blanks around it"},
		{in: "AzureCloud", errHas: "not an IPv4 or IPv6 prefix"},
		{in: "40.92.0/15", errHas: "not an IPv4 or IPv6 prefix"},
		{in: "40.92.0.0-40.93.255.255", errHas: "not an IPv4 or IPv6 prefix"},
	} {
		got, err := Parse(tc.in)
		switch {
		case tc.errHas == "" && (err != nil || got.String() != tc.want):
			t.Errorf("Parse(%q) = %v, %v; want %s", tc.in, got, err, tc.want)
		case tc.errHas != "" && (err == nil || !strings.Contains(err.Error(), tc.errHas)):
			t.Errorf("Parse(%q) = %v, %v; want an error with %q", tc.in, got, err, tc.errHas)
		case err != nil && strings.HasSuffix(err.Error(), "."):
			t.Errorf("Parse(%q): the error ends with a period: %v", tc.in, err)
		}
	}
}

func TestParsePrefixRefusesBareAddress(t *testing.T) {
	if p, err := ParsePrefix("40.92.0.0"); err == nil {
		t.Errorf("got %v", p)
	}
}

func TestParseAllNamesTheElement(t *testing.T) {
	_, err := ParseAll([]string{"40.92.0.0/15", "40.107.0.0/16", "nonsense"})
	var e *ElementError
	if !errors.As(err, &e) || e.Index != 2 || e.Text != "nonsense" {
		t.Fatalf("got %v", err)
	}
	if !strings.HasPrefix(err.Error(), "element 2: ") {
		t.Errorf("text: %v", err)
	}
}

func TestSortedIsNumeric(t *testing.T) {
	in := mustParse(
		t,
		"2a01:111:f403::/48",
		"104.47.0.0/17",
		"40.92.0.0/15",
		"9.0.0.0/8",
		"40.92.0.0/14",
		"40.92.0.0/15",
		"2a01:111:f400::/48",
	)
	want := []string{
		"9.0.0.0/8",
		"40.92.0.0/14",
		"40.92.0.0/15",
		"104.47.0.0/17",
		"2a01:111:f400::/48",
		"2a01:111:f403::/48",
	}
	if got := Strings(Sorted(in)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	ipv4, ipv6 := SplitFamilies(in)
	if len(ipv4) != 5 || len(ipv6) != 2 {
		t.Errorf("families: %v and %v", ipv4, ipv6)
	}
}

func TestOutermostKeepsNeighbours(t *testing.T) {
	in := mustParse(t, "40.107.0.0/17", "40.107.128.0/17", "40.92.0.0/14", "40.92.0.0/15", "40.92.7.1")
	want := []string{"40.92.0.0/14", "40.107.0.0/17", "40.107.128.0/17"}
	if got := Strings(Outermost(in)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOverlapsStopsAtItsLimit(t *testing.T) {
	same := make([]netip.Prefix, 1000)
	for i := range same {
		same[i] = netip.MustParsePrefix("40.92.0.0/15")
	}
	pairs, ok := Overlaps(same, 50)
	if ok || len(pairs) != 50 {
		t.Errorf("ok %v with %d pairs", ok, len(pairs))
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"40.92.0.0/15", "2a01:111:f400::/48", "::ffff:1.2.3.4", "fe80::1%x/64", "01.2.3.4", "/", "1.2.3.4/-1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			if p.IsValid() {
				t.Fatalf("%q: both %v and %v", s, p, err)
			}
			return
		}
		if !p.IsValid() || p.Masked() != p || p.Addr().Is4In6() || p.Addr().Zone() != "" {
			t.Fatalf("%q was read as %v", s, p)
		}
		again, err := Parse(p.String())
		if err != nil || again != p {
			t.Fatalf("%q: canonical form %v is read as %v, %v", s, p, again, err)
		}
	})
}
