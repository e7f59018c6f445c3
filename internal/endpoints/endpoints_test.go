package endpoints

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

func TestParseInstance(t *testing.T) {
	for in, want := range map[string]Instance{
		"worldwide": Worldwide, "Worldwide": Worldwide, "USGovGCCHigh": USGovGCCHigh, "USGOVDOD": USGovDoD,
		"China": China, "germany": Germany, "France": France,
	} {
		t.Run(in, func(t *testing.T) {
			if got, err := ParseInstance(in); err != nil || got != want {
				t.Errorf("got %v, %v; want %v", got, err, want)
			}
		})
	}
	for name, tc := range map[string]struct{ in, want string }{
		"another name of the cloud":   {"gcc", `GCC tenants use "worldwide"`},
		"the other name, in capitals": {"GCC", `GCC tenants use "worldwide"`},
		"nothing":                     {"", "known are worldwide, china"},
		"with a blank":                {"world wide", "known are"},
		"the beginning is left out":   {"gcchigh", `did you mean "usgovgcchigh"?`},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := ParseInstance(tc.in); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%q: %v, %v; want an error with %q", tc.in, got, err, tc.want)
			}
		})
	}
}

func TestInstances(t *testing.T) {
	want := map[Instance]bool{
		Worldwide: true, China: true, USGovDoD: true, USGovGCCHigh: true, Germany: false, France: false,
	}
	got := map[Instance]bool{}
	for _, i := range Instances() {
		got[i] = i.Served()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("instances, and whether the service has them (-want +got):\n%s", diff)
	}
	if n := len(ServedInstances()); n != 4 {
		t.Errorf("%d served instances, want 4", n)
	}
}

func TestParseVersion(t *testing.T) {
	for in, want := range map[string]struct {
		published string
		kind      Kind
	}{
		"2026081400": {"2026-08-14", Full},
		"2019011701": {"2019-01-17", Full},
		"2018063000": {"2018-06-30", Full},
		"2021-07-04": {"2021-07-04", Capture},
		"2014-05-20": {"2014-05-20", SMTPOnly},
		"2024-02-29": {"2024-02-29", Capture},
	} {
		t.Run(in, func(t *testing.T) {
			v, err := ParseVersion(in)
			if err != nil {
				t.Fatal(err)
			}
			if v.String() != in {
				t.Errorf("text %q", v)
			}
			if got := v.Published(); got != want.published {
				t.Errorf("published %s, want %s", got, want.published)
			}
			if got := v.Kind(); got != want.kind {
				t.Errorf("kind %s, want %s", got, want.kind)
			}
		})
	}
	for _, in := range []string{
		"", "latest", "20260814", "202608140", "20260814000", "2026083200", "2026130100", "2023-02-29",
		"2026-8-14", "2026/08/14", "20260814+1", "202608140x", " 2026081400", "２０２６", "0000000000",
	} {
		t.Run("refused: "+strconv.Quote(in), func(t *testing.T) {
			if v, err := ParseVersion(in); err == nil {
				t.Errorf("%q was read as %v", in, v)
			}
		})
	}
	t.Run("zero", func(t *testing.T) {
		var zero Version
		if !zero.IsZero() {
			t.Error("it is not zero")
		}
		if got := zero.String() + zero.Published(); got != "" {
			t.Errorf("it has the text %q", got)
		}
	})
}

// Date first, then counter, never as text: as text 2021-07-04 would sort after 2021070300.
func TestVersionsAreOrderedByDate(t *testing.T) {
	want := []string{
		"2013-04-23", "2018063000", "2019011700", "2019011701", "2021070300", "2021-07-04", "2021070400", "2021070500",
		"2026081400",
	}
	var versions []Version
	for _, s := range want {
		versions = append(versions, MustParseVersion(s))
	}
	slices.Reverse(versions)
	slices.SortFunc(versions, Version.Compare)
	var got []string
	for _, v := range versions {
		got = append(got, v.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParsePorts(t *testing.T) {
	for in, want := range map[string]string{
		"25": "25", "443,80": "80,443", "80, 443": "80,443", "143, 587, 993, 995": "143,587,993,995",
		"25,443": "25,443", "50000-59999": "50000-59999", "5061,50000-59999": "5061,50000-59999", "25,25": "25", "": "",
		" ": "",
	} {
		t.Run(strconv.Quote(in), func(t *testing.T) {
			if got, err := ParsePorts(in); err != nil || got.String() != want {
				t.Errorf("got %v, %v; want %s", got, err, want)
			}
		})
	}
	for _, in := range []string{"x", "0", "65536", "25-", "-25", "30-20", "25;26", "25,,26", ","} {
		t.Run("refused: "+strconv.Quote(in), func(t *testing.T) {
			if got, err := ParsePorts(in); err == nil {
				t.Errorf("it was read as %v", got)
			}
		})
	}
}

func TestPortsContain(t *testing.T) {
	ports, err := ParsePorts("20-30,443")
	if err != nil {
		t.Fatal(err)
	}
	got := map[uint16]bool{}
	for _, port := range []uint16{19, 20, 25, 30, 31, 443} {
		got[port] = ports.Contain(port)
	}
	want := map[uint16]bool{19: false, 20: true, 25: true, 30: true, 31: false, 443: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const twoSets = `[
 {"id": 40, "serviceArea": "Exchange", "urls": ["b.mail.example", "a.mail.example", "a.mail.example"],
  "ips": ["104.47.0.0/17", "9.9.0.0/16", "2A01:111:F400:0::/48", "9.9.0.0/16"],
  "tcpPorts": "25, 443", "udpPorts": "", "expressRoute": true,
  "category": "Allow", "required": true, "notes": "n", "futureField": {"x": [1]}},
 {"id": 7, "serviceArea": "Common", "serviceAreaDisplayName": "c", "urls": ["*.login.example", "x.*.mail.example"],
  "expressRoute": false, "category": "Default", "required": false}
]`

func TestDecodeSets(t *testing.T) {
	prefixes, err := cidr.ParseAll([]string{"9.9.0.0/16", "104.47.0.0/17", "2a01:111:f400::/48"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Set{
		{ID: 7, ServiceArea: Common, Category: "Default", URLs: []string{"*.login.example", "x.*.mail.example"}},
		{
			ID: 40, ServiceArea: Exchange, Category: "Allow", Required: true, ExpressRoute: true,
			TCPPorts: Ports{{25, 25}, {443, 443}}, Prefixes: prefixes, URLs: []string{"a.mail.example", "b.mail.example"},
		},
	}
	byValue := cmpopts.EquateComparable(netip.Prefix{})
	for name, body := range map[string]string{
		"plain": twoSets, "byte order mark": "\ufeff" + twoSets, "CRLF": strings.ReplaceAll(twoSets, "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			sets, err := DecodeSets([]byte(body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, sets, byValue); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			encoded, err := EncodeSets(sets)
			if err != nil {
				t.Fatal(err)
			}
			again, err := DecodeSets(encoded)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sets, again, byValue); diff != "" {
				t.Errorf("encoded and read again (-once +again):\n%s", diff)
			}
		})
	}
}

func TestDecodeSetsRefuses(t *testing.T) {
	replace := func(from, to string) string { return strings.Replace(twoSets, from, to, 1) }
	for name, tc := range map[string]struct{ body, want string }{
		"empty body":       {"", "the body is empty"},
		"blank body":       {" \r\n", "the body is empty"},
		"web page":         {"<!DOCTYPE html><title>Sign in</title>", "web page"},
		"empty array":      {"[]", "no endpoint sets"},
		"empty object":     {"[{}]", `"id"`},
		"null":             {"null", "no endpoint sets"},
		"an object":        {`{"error": "x"}`, "not the expected JSON"},
		"cut short":        {twoSets[:200], "not the expected JSON"},
		"two values":       {twoSets + "[]", "something follows"},
		"no id":            {replace(`"id": 40, `, ""), `"id"`},
		"id of text":       {replace(`"id": 40`, `"id": "40"`), "not the expected JSON"},
		"negative id":      {replace(`"id": 40`, `"id": -1`), `"id"`},
		"same id":          {replace(`"id": 7`, `"id": 40`), "both have the id 40"},
		"no area":          {replace(`"serviceArea": "Exchange", `, ""), `"serviceArea"`},
		"no required":      {replace(`, "required": true`, ""), `"required"`},
		"no category":      {replace(`"category": "Allow", `, ""), `"category"`},
		"host bits":        {replace("9.9.0.0/16", "9.9.0.1/16"), "endpoint set 40 (element 0): ips[1]: "},
		"bare address":     {replace("9.9.0.0/16", "9.9.0.0"), "ips[1]"},
		"mapped address":   {replace("9.9.0.0/16", "::ffff:9.9.0.0/112"), "IPv4-mapped"},
		"junk address":     {replace("9.9.0.0/16", "nine"), "ips[1]"},
		"bad port":         {replace("25, 443", "25, smtp"), "tcpPorts"},
		"name with a line": {replace("b.mail.example", `b.mail\nexample`), "urls[0]"},
		"name of nothing":  {replace("b.mail.example", ""), "urls[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			if sets, err := DecodeSets([]byte(tc.body)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, %v; want an error with %q", sets, err, tc.want)
			}
		})
	}
}

func TestSMTPSelection(t *testing.T) {
	set := func(id int, area, ports string, ips ...string) Set {
		p, err := ParsePorts(ports)
		if err != nil {
			t.Fatal(err)
		}
		prefixes, err := cidr.ParseAll(ips)
		if err != nil {
			t.Fatal(err)
		}
		return Set{ID: id, ServiceArea: area, TCPPorts: p, Prefixes: prefixes, URLs: []string{"h" + area}}
	}
	l := List{Sets: []Set{
		set(5, Exchange, "25,143,587"), // client submission: the port, but no addresses
		set(6, Exchange, "25,443", "52.100.0.0/14", "40.92.0.0/15", "52.101.0.0/16"),
		set(9, Exchange, "443", "52.238.78.88/32"),
		set(11, Common, "25", "8.8.8.0/24"),
		set(12, Exchange, "20-30", "40.92.0.0/15", "2a01:111:f400::/48", "40.94.0.0/15"),
	}}
	smtp, ok := l.SMTP()
	if !ok {
		t.Fatal("nothing is selected")
	}
	prefixes := []string{"40.92.0.0/15", "40.94.0.0/15", "52.100.0.0/14", "2a01:111:f400::/48"}
	if diff := cmp.Diff(prefixes, cidr.Strings(smtp.Prefixes)); diff != "" {
		t.Errorf("prefixes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{6, 12}, smtp.SetIDs); diff != "" {
		t.Errorf("sets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"hExchange"}, smtp.Hostnames); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if smtp, ok := (&List{Sets: l.Sets[:1]}).SMTP(); ok {
		t.Errorf("a set without addresses was selected: %v", smtp)
	}
}

func FuzzDecodeSets(f *testing.F) {
	f.Add([]byte(twoSets))
	f.Add([]byte("[]"))
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sets, err := DecodeSets(data)
		if err != nil {
			return
		}
		encoded, err := EncodeSets(sets)
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeSets(encoded)
		if err != nil || len(again) != len(sets) {
			t.Fatalf("%s\nis read again as %d sets, %v", encoded, len(again), err)
		}
	})
}

func FuzzParseVersion(f *testing.F) {
	f.Add("2026081400")
	f.Add("2021-07-04")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseVersion(s)
		if err != nil {
			return
		}
		if v.String() != s {
			t.Fatalf("%q was read as %q", s, v)
		}
		if v.IsZero() {
			t.Fatalf("%q was read as the zero version", s)
		}
	})
}
