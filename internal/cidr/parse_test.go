package cidr

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for name, tc := range map[string]struct{ in, want, errHas string }{
		"an IPv4 prefix":            {in: "40.92.0.0/15", want: "40.92.0.0/15"},
		"an IPv4 address":           {in: "40.107.3.4", want: "40.107.3.4/32"},
		"IPv6 spelled out":          {in: "2A01:0111:F400:0000::/48", want: "2a01:111:f400::/48"},
		"an IPv6 address":           {in: "2a01:111:f403::1", want: "2a01:111:f403::1/128"},
		"all of IPv4":               {in: "0.0.0.0/0", want: "0.0.0.0/0"},
		"all of IPv6":               {in: "::/0", want: "::/0"},
		"host bits":                 {in: "40.92.0.1/15", errHas: "the prefix is 40.92.0.0/15"},
		"host bits of IPv6":         {in: "2a01:111:f400::1/48", errHas: "the prefix is 2a01:111:f400::/48"},
		"IPv4-mapped prefix":        {in: "::ffff:40.92.0.0/111", errHas: "IPv4-mapped"},
		"IPv4-mapped address":       {in: "::ffff:40.92.0.1", errHas: "write it as IPv4 (40.92.0.1)"},
		"a zone":                    {in: "fe80::1%eth0", errHas: `the zone "eth0"`},
		"a zone and a length":       {in: "fe80::%eth0/64", errHas: `the zone "eth0"`},
		"zeros before a prefix":     {in: "040.92.0.0/15", errHas: "leading zeros"},
		"zeros in an address":       {in: "40.92.00.0", errHas: "leading zeros"},
		"zeros before a length":     {in: "40.92.0.0/015", errHas: "without leading zeros"},
		"longer than IPv4":          {in: "40.92.0.0/33", errHas: "IPv4 takes 0 to 32"},
		"longer than IPv6":          {in: "2a01::/129", errHas: "IPv6 takes 0 to 128"},
		"no length":                 {in: "40.92.0.0/", errHas: `the prefix length ""`},
		"two lengths":               {in: "40.92.0.0/15/16", errHas: "prefix length"},
		"a mask":                    {in: "40.92.0.0/255.254.0.0", errHas: "prefix length"},
		"nothing":                   {in: "", errHas: "is empty"},
		"blanks":                    {in: "  ", errHas: "is empty"},
		"a blank before it":         {in: " 40.92.0.0/15", errHas: "has blanks around it"},
		"a service tag":             {in: "AzureCloud", errHas: "not an IPv4 or IPv6 prefix"},
		"a number of four left out": {in: "40.92.0/15", errHas: "not an IPv4 or IPv6 prefix"},
		"a range":                   {in: "40.92.0.0-40.93.255.255", errHas: "not an IPv4 or IPv6 prefix"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(tc.in)
			if tc.errHas == "" {
				if err != nil || got.String() != tc.want {
					t.Errorf("Parse(%q) = %v, %v; want %s", tc.in, got, err, tc.want)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.errHas) {
				t.Fatalf("Parse(%q) = %v, %v; want an error with %q", tc.in, got, err, tc.errHas)
			}
			if strings.HasSuffix(err.Error(), ".") {
				t.Errorf("Parse(%q): the error ends with a period: %v", tc.in, err)
			}
		})
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
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an ElementError", err)
	}
	if got := fmt.Sprint(e.Index, " ", e.Text); got != "2 nonsense" {
		t.Errorf("element %s, want 2 nonsense", got)
	}
	if !strings.HasPrefix(err.Error(), "element 2: ") {
		t.Errorf("text: %v", err)
	}
}

func TestSortedIsNumeric(t *testing.T) {
	in := mustParse(t, "2a01:111:f403::/48", "104.47.0.0/17", "40.92.0.0/15", "9.0.0.0/8", "40.92.0.0/14",
		"40.92.0.0/15", "2a01:111:f400::/48")
	ipv4 := []string{"9.0.0.0/8", "40.92.0.0/14", "40.92.0.0/15", "104.47.0.0/17"}
	ipv6 := []string{"2a01:111:f400::/48", "2a01:111:f403::/48"}
	if diff := cmp.Diff(slices.Concat(ipv4, ipv6), Strings(Sorted(in))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSplitFamilies(t *testing.T) {
	ipv4, ipv6 := SplitFamilies(mustParse(t, "2a01:111:f403::/48", "104.47.0.0/17", "2a01:111:f400::/48", "9.0.0.0/8"))
	if diff := cmp.Diff([]string{"104.47.0.0/17", "9.0.0.0/8"}, Strings(ipv4)); diff != "" {
		t.Errorf("IPv4 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"2a01:111:f403::/48", "2a01:111:f400::/48"}, Strings(ipv6)); diff != "" {
		t.Errorf("IPv6 (-want +got):\n%s", diff)
	}
}

func TestOutermostKeepsNeighbours(t *testing.T) {
	in := mustParse(t, "40.107.0.0/17", "40.107.128.0/17", "40.92.0.0/14", "40.92.0.0/15", "40.92.7.1")
	want := []string{"40.92.0.0/14", "40.107.0.0/17", "40.107.128.0/17"}
	if diff := cmp.Diff(want, Strings(Outermost(in))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOverlapsStopsAtItsLimit(t *testing.T) {
	same := make([]netip.Prefix, 1000)
	for i := range same {
		same[i] = netip.MustParsePrefix("40.92.0.0/15")
	}
	pairs, ok := Overlaps(same, 50)
	if ok {
		t.Error("it says that these are all")
	}
	if len(pairs) != 50 {
		t.Errorf("%d pairs, want 50", len(pairs))
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
		if !p.IsValid() {
			t.Fatalf("%q was read as %v", s, p)
		}
		if p.Masked() != p {
			t.Fatalf("%q was read as %v, which has host bits", s, p)
		}
		if a := p.Addr(); a != a.Unmap().WithZone("") {
			t.Fatalf("%q was read as %v, which is mapped or has a zone", s, p)
		}
		again, err := Parse(p.String())
		if err != nil || again != p {
			t.Fatalf("%q: canonical form %v is read as %v, %v", s, p, again, err)
		}
	})
}
