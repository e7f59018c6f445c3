package archive_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
)

func version(s string) endpoints.Version { return endpoints.MustParseVersion(s) }

func list(t testing.TB, v string, sets ...endpoints.Set) *endpoints.List {
	t.Helper()
	return &endpoints.List{Instance: endpoints.Worldwide, Version: version(v), Sets: sets}
}

func smtpSet(t testing.TB, ips ...string) endpoints.Set {
	t.Helper()
	prefixes, err := cidr.ParseAll(ips)
	if err != nil {
		t.Fatal(err)
	}
	return endpoints.Set{
		ID: 10, ServiceArea: endpoints.Exchange, Category: "Allow", Required: true,
		TCPPorts: endpoints.Ports{{From: 25, To: 25}}, Prefixes: prefixes, URLs: []string{"*.mail.example"},
	}
}

func TestSMTPOfKnownLists(t *testing.T) {
	for _, tc := range []struct {
		instance endpoints.Instance
		version  string
		want     []string
		sets     []int
	}{
		{
			endpoints.Worldwide, "2014-05-20",
			[]string{
				"65.55.88.0/24", "207.46.51.64/26", "207.46.163.0/24", "213.199.154.0/24", "213.199.180.128/26",
				"216.32.180.0/24", "216.32.181.0/24", "2a01:111:f400:7c00::/54",
			},
			nil,
		},
		{
			endpoints.Worldwide, eoptest.NewestWorldwide,
			[]string{
				"40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17",
				"2a01:111:f400::/48", "2a01:111:f403::/48",
			},
			[]int{10},
		},
		{
			endpoints.USGovGCCHigh, "2023073100",
			[]string{
				"23.103.191.0/24", "23.103.199.128/25", "23.103.208.0/22", "52.227.182.149/32", "52.238.74.212/32",
				"52.244.65.13/32", "2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63",
			},
			[]int{6},
		},
	} {
		t.Run(string(tc.instance)+"/"+tc.version, func(t *testing.T) {
			smtp, _ := eoptest.List(t, tc.instance, tc.version).SMTP()
			if diff := cmp.Diff(tc.want, cidr.Strings(smtp.Prefixes)); diff != "" {
				t.Errorf("prefixes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.sets, smtp.SetIDs); diff != "" {
				t.Errorf("set ids (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewest(t *testing.T) {
	for instance, want := range map[endpoints.Instance]string{
		endpoints.Worldwide:    eoptest.NewestWorldwide,
		endpoints.China:        eoptest.NewestChina,
		endpoints.USGovDoD:     eoptest.NewestUSGov,
		endpoints.USGovGCCHigh: eoptest.NewestUSGov,
		endpoints.Germany:      "", // not served
		endpoints.France:       "",
		"mars":                 "",
	} {
		t.Run(string(instance), func(t *testing.T) {
			if got, _ := eoptest.Archive(t).Newest(instance); got.String() != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestUnknownVersions(t *testing.T) {
	for _, tc := range []struct {
		instance endpoints.Instance
		version  string
	}{
		{endpoints.Worldwide, "2026081401"},
		{endpoints.China, eoptest.NewestWorldwide},
		{"mars", eoptest.NewestWorldwide},
	} {
		t.Run(string(tc.instance)+"/"+tc.version, func(t *testing.T) {
			if _, err := eoptest.Archive(t).List(tc.instance, version(tc.version)); !errors.Is(err, archive.ErrUnknown) {
				t.Errorf("got %v, want ErrUnknown", err)
			}
		})
	}
}

func TestMatching(t *testing.T) {
	smtp, _ := eoptest.List(t, endpoints.Worldwide, "2019072900").SMTP()
	got, err := eoptest.Archive(t).Matching(smtp.Prefixes)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range got {
		names = append(names, string(n.Instance)+" "+n.Version.String())
	}
	want := []string{
		"worldwide 2019072900", "worldwide 2020022800", "worldwide 2021-07-04", "worldwide 2023073100",
		"worldwide 2025043000", "worldwide 2026081400",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
}

// A published list does not change: whoever brings the same number with other
// addresses or ports is contradicted.
func TestContradiction(t *testing.T) {
	web := endpoints.Set{ID: 1, ServiceArea: endpoints.Exchange, TCPPorts: endpoints.Ports{{From: 443, To: 443}}}
	known := list(t, "2026010100", web, smtpSet(t, "40.92.0.0/15", "2a01:111:f400::/48"))
	old := list(t, "2014-05-20", endpoints.Set{
		ServiceArea: endpoints.Exchange, TCPPorts: endpoints.Ports{{From: 25, To: 25}},
		Prefixes: smtpSet(t, "65.55.88.0/24").Prefixes,
	})
	a, err := archive.Open(fstest.MapFS{"worldwide.txt": {Data: archive.Encode([]*endpoints.List{known, old})}})
	if err != nil {
		t.Fatal(err)
	}
	otherPort := web
	otherPort.TCPPorts = endpoints.Ports{{From: 443, To: 444}}
	otherURL := web
	otherURL.URLs = []string{"outlook.example"}
	foreign := web
	foreign.Prefixes = smtpSet(t, "198.41.0.0/24").Prefixes
	smtp := smtpSet(t, "40.92.0.0/15", "2a01:111:f400::/48")
	for name, tc := range map[string]struct {
		list *endpoints.List
		want string // in the error; empty: no contradiction
	}{
		"the same":     {list(t, "2026010100", web, smtp), ""},
		"another name": {list(t, "2026010100", otherURL, smtp), ""},
		"split in two": {
			list(t, "2026010100", web, smtpSet(t, "40.92.0.0/16", "40.93.0.0/16", "2a01:111:f400::/48")), "",
		},
		"a version not archived": {list(t, "2026010101", foreign), ""},
		"another instance":       {&endpoints.List{Instance: endpoints.China, Version: version("2026010100")}, ""},
		"a prefix less": {
			list(t, "2026010100", web, smtpSet(t, "40.92.0.0/15")), "set 10 lacks 2a01:111:f400::/48",
		},
		"a prefix more": {
			list(t, "2026010100", web, smtpSet(t, "40.92.0.0/15", "52.100.0.0/14", "2a01:111:f400::/48")),
			"set 10 has 52.100.0.0/14",
		},
		"foreign addresses on 443": {list(t, "2026010100", foreign, smtp), "set 1 has 198.41.0.0/24"},
		"another port": {
			list(t, "2026010100", otherPort, smtp), `set 1 has the TCP ports "443-444", and "443"`,
		},
		"a set less": {list(t, "2026010100", smtp), "set 1 is missing"},
		"a set more": {
			list(t, "2026010100", web, smtp, endpoints.Set{ID: 99, ServiceArea: "Common"}), "set 99 is not in the known list",
		},
		"before the service":         {list(t, "2014-05-20", smtpSet(t, "65.55.88.0/24")), ""},
		"before the service, others": {list(t, "2014-05-20", smtpSet(t, "65.55.88.0/23")), "the SMTP sets"},
	} {
		t.Run(name, func(t *testing.T) {
			err := a.Contradiction(tc.list)
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("unexpected contradiction: %v", err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("got %v, want an error with %q", err, tc.want)
			}
		})
	}
}

// whole is the text of a file below its first line, "%s" where the digest stands.
const whole = "version 2026010100 %s\nset 10 Exchange Allow required expressroute tcp=25\n+40.92.0.0/15\n"

// fileOf puts the right digests around a text.
func fileOf(t *testing.T) string {
	t.Helper()
	s := endpoints.Set{
		ID: 10, ServiceArea: endpoints.Exchange, Category: "Allow", Required: true, ExpressRoute: true,
		TCPPorts: endpoints.Ports{{From: 25, To: 25}}, Prefixes: smtpSet(t, "40.92.0.0/15").Prefixes,
	}
	return string(archive.Encode([]*endpoints.List{list(t, "2026010100", s)}))
}

// summed gives a text the first line that belongs to it, as a damaged generator would.
func summed(text string) string { return archive.WithSum(text) }

// A file that was damaged or edited by hand is refused when it is opened.
func TestOpenRefusesDamage(t *testing.T) {
	good := fileOf(t)
	_, text, _ := strings.Cut(good, "\n")
	for name, tc := range map[string]struct{ file, want string }{
		"a changed prefix":  {strings.Replace(good, "/15", "/14", 1), "has the SHA-256 digest"},
		"a lost line":       {strings.Replace(good, "+40.92.0.0/15\n", "", 1), "has the SHA-256 digest"},
		"a line more":       {good + "drop 10\n", "has the SHA-256 digest"},
		"no first line":     {text, "the first line is not"},
		"empty":             {"", "the first line is not"},
		"no version":        {summed(""), "it holds no version"},
		"a bad version":     {summed(strings.Replace(text, "2026010100", "2026990100", 1)), "not a list version"},
		"the same twice":    {summed(text + text), "does not come after"},
		"a header too long": {summed(strings.Replace(text, "\nset", " odd\nset", 1)), "not a version line"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := archive.Open(fstest.MapFS{"worldwide.txt": {Data: []byte(tc.file)}})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want an error with %q", err, tc.want)
			}
			if !strings.Contains(err.Error(), "worldwide.txt") {
				t.Errorf("the error does not name the file: %v", err)
			}
		})
	}
	t.Run("no file at all", func(t *testing.T) {
		if _, err := archive.Open(fstest.MapFS{}); err == nil {
			t.Error("an empty folder was opened")
		}
	})
}

// Damage under a right first line shows when the list is read, as an error.
func TestListRefusesDamage(t *testing.T) {
	_, text, _ := strings.Cut(fileOf(t), "\n")
	for name, tc := range map[string]struct{ text, want string }{
		"a changed prefix": {strings.Replace(text, "/15", "/14", 1), "has the digest"},
		"taken, not there": {text + "-40.94.0.0/16\n", "removes what it lacks"},
		"added twice":      {text + "+40.92.0.0/15\n", "adds what the list has"},
		"dropped twice":    {text + "drop 11\n", "which is not there"},
		"a changed port":   {strings.Replace(text, "tcp=25", "tcp=24", 1), "has the digest"},
		"a bad port":       {strings.Replace(text, "tcp=25", "tcp=x", 1), "not a list of ports"},
		"an unknown line":  {text + "remove 10\n", "line 4: "},
		"an empty line":    {text + "\n", "line 4: "},
		"a set too early":  {"set 10 Exchange Allow\n" + text, "line 1: "},
		"a bad id":         {strings.Replace(text, "set 10", "set ten", 1), "no set id"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := archive.Open(fstest.MapFS{"worldwide.txt": {Data: []byte(summed(tc.text))}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err = a.List(endpoints.Worldwide, version("2026010100")); err == nil ||
				!strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error with %q", err, tc.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, instance := range []endpoints.Instance{endpoints.France, endpoints.China} {
		f.Add(
			string(
				archive.Encode([]*endpoints.List{eoptest.List(f, instance, eoptest.Archive(f).Versions(instance)[0].String())}),
			),
		)
	}
	f.Add(summed(fmt.Sprintf(whole, "0123456789abcdef")))
	f.Fuzz(func(t *testing.T, data string) {
		lists, err := archive.Decode(endpoints.Worldwide, data)
		if err != nil {
			return
		}
		again, err := archive.Decode(endpoints.Worldwide, string(archive.Encode(lists)))
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if len(again) != len(lists) {
			t.Fatalf("%d lists are read again as %d", len(lists), len(again))
		}
	})
}
