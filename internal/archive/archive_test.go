package archive

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

func version(s string) endpoints.Version { return endpoints.MustParseVersion(s) }

// The whole archive: text and embedded copy agree, every digest holds, and
// writing it again gives the same bytes.
func TestArchiveReencodes(t *testing.T) {
	for _, instance := range endpoints.Instances() {
		text, err := os.ReadFile(filepath.Join("lists", string(instance)+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		if archives[instance].data() != string(text) {
			t.Errorf("%s: the embedded copy is not the text; run make archive", instance)
		}
		lists, err := Decode(instance, string(text))
		if err != nil {
			t.Fatalf("%s: %v", instance, err)
		}
		if !bytes.Equal(Encode(lists), text) {
			t.Errorf("%s: writing the archive again gives other bytes", instance)
		}
		if len(lists) != len(Entries(instance)) {
			t.Errorf("%s: %d lists, %d entries", instance, len(lists), len(Entries(instance)))
		}
	}
}

func TestEveryListOneByOne(t *testing.T) {
	for _, instance := range endpoints.Instances() {
		for _, e := range Entries(instance) {
			l, ok := List(instance, e.Version)
			if !ok || l.Version != e.Version || l.Instance != instance || l.URLsIncomplete != e.URLsIncomplete || len(l.Sets) == 0 {
				t.Fatalf("%s %s: got %v, %v", instance, e.Version, l, ok)
			}
			body, err := endpoints.EncodeSets(l.Sets)
			if err != nil {
				t.Fatal(err)
			}
			if e.Version.Kind() == endpoints.SMTPOnly {
				continue // no ids: not an answer the service could have given
			}
			sets, err := endpoints.DecodeSets(body)
			if err != nil {
				t.Fatalf("%s %s does not survive the service's JSON: %v", instance, e.Version, err)
			}
			again := Encode([]*endpoints.List{{Instance: instance, Version: e.Version, URLsIncomplete: e.URLsIncomplete, Sets: sets}})
			if !bytes.Equal(again, Encode([]*endpoints.List{l})) {
				t.Fatalf("%s %s comes back from the service's JSON as another list", instance, e.Version)
			}
		}
	}
}

func TestKnownLists(t *testing.T) {
	for _, tc := range []struct {
		instance endpoints.Instance
		version  string
		want     string // SMTP prefixes
		sets     []int
	}{
		{endpoints.Worldwide, "2014-05-20", "65.55.88.0/24 207.46.51.64/26 207.46.163.0/24 213.199.154.0/24 213.199.180.128/26 216.32.180.0/24 216.32.181.0/24 2a01:111:f400:7c00::/54", nil},
		{endpoints.Worldwide, "2026081400", "40.92.0.0/15 40.107.0.0/16 52.100.0.0/14 104.47.0.0/17 2a01:111:f400::/48 2a01:111:f403::/48", []int{10}},
		{endpoints.USGovGCCHigh, "2023073100", "23.103.191.0/24 23.103.199.128/25 23.103.208.0/22 52.227.182.149/32 52.238.74.212/32 52.244.65.13/32 2001:489a:2202:4::/62 2001:489a:2202:c::/62 2001:489a:2202:2000::/63", []int{6}},
	} {
		l, ok := List(tc.instance, version(tc.version))
		if !ok {
			t.Fatalf("%s %s is missing", tc.instance, tc.version)
		}
		smtp, ok := l.SMTP()
		if got := strings.Join(cidr.Strings(smtp.Prefixes), " "); !ok || got != tc.want {
			t.Errorf("%s %s: %s, want %s", tc.instance, tc.version, got, tc.want)
		}
		if !slices.Equal(smtp.SetIDs, tc.sets) {
			t.Errorf("%s %s: sets %v, want %v", tc.instance, tc.version, smtp.SetIDs, tc.sets)
		}
	}
}

func TestWhatTheArchiveHolds(t *testing.T) {
	for _, tc := range []struct {
		instance                endpoints.Instance
		full, captures, smtp    int
		first, newest, smtpFrom string // smtpFrom: first version with an SMTP set
		latest                  bool
	}{
		{endpoints.Worldwide, 61, 23, 13, "2013-04-23", "2026081400", "2013-04-23", true},
		{endpoints.USGovDoD, 48, 0, 0, "2018063000", "2026033100", "2018063000", true},
		{endpoints.USGovGCCHigh, 43, 0, 0, "2018063000", "2026033100", "2018063000", true},
		{endpoints.China, 27, 0, 0, "2018063000", "2026022700", "2019062800", true},
		{endpoints.Germany, 21, 0, 1, "2018-01-17", "2026033100", "2018-01-17", false},
		{endpoints.France, 2, 0, 0, "2025053000", "2026033100", "", false},
	} {
		count := map[endpoints.Kind]int{}
		entries := Entries(tc.instance)
		for _, e := range entries {
			count[e.Version.Kind()]++
		}
		if count[endpoints.Full] < tc.full || count[endpoints.Capture] < tc.captures || count[endpoints.SMTPOnly] != tc.smtp {
			t.Errorf("%s: %v", tc.instance, count)
		}
		if got := entries[0].Version.String(); got != tc.first {
			t.Errorf("%s begins with %s, want %s", tc.instance, got, tc.first)
		}
		newest, ok := Newest(tc.instance)
		if ok != tc.latest || ok && newest.Compare(version(tc.newest)) < 0 {
			t.Errorf("%s: newest %s, %v; want %s, %v", tc.instance, newest, ok, tc.newest, tc.latest)
		}
		from := ""
		for _, e := range SMTPHistory(tc.instance) {
			if e.Has && from == "" {
				from = e.Version.String()
			}
		}
		if from != tc.smtpFrom {
			t.Errorf("%s has SMTP from %q, want %q", tc.instance, from, tc.smtpFrom)
		}
	}
}

// The shared selections of the history are those of each list.
func TestSMTPHistoryAgreesWithTheLists(t *testing.T) {
	for _, instance := range endpoints.Instances() {
		var before endpoints.SMTP
		for _, e := range SMTPHistory(instance) {
			l, _ := List(instance, e.Version)
			smtp, ok := l.SMTP()
			if ok != e.Has || !slices.Equal(smtp.Prefixes, e.SMTP.Prefixes) || !slices.Equal(smtp.SetIDs, e.SMTP.SetIDs) || !slices.Equal(smtp.Hostnames, e.SMTP.Hostnames) {
				t.Fatalf("%s %s: history has %v, the list %v", instance, e.Version, e.SMTP, smtp)
			}
			if e.Changed == cidr.SameSpace(before.Prefixes, smtp.Prefixes) {
				t.Errorf("%s %s: changed %v is wrong", instance, e.Version, e.Changed)
			}
			before = smtp
		}
	}
}

func TestMissingVersions(t *testing.T) {
	if l, ok := List(endpoints.Worldwide, version("2026081401")); ok {
		t.Errorf("got %v", l.Version)
	}
	if l, ok := List("mars", version("2026081400")); ok {
		t.Errorf("got %v", l.Version)
	}
	if Entries("mars") != nil || SMTPHistory("mars") != nil {
		t.Error("entries of an unknown instance")
	}
}

// A file that was damaged or edited by hand is refused, with its line or version.
func TestDamagedFiles(t *testing.T) {
	const good = "version 2026010100 %s\nset 10 Exchange Allow required expressroute tcp=25\n+40.92.0.0/15\n"
	digest := listText{10: {"Exchange Allow required expressroute tcp=25", []string{"40.92.0.0/15"}}}.digest()
	whole := strings.Replace(good, "%s", digest, 1)
	if _, err := Decode(endpoints.Worldwide, whole); err != nil {
		t.Fatalf("the whole file: %v", err)
	}
	for name, tc := range map[string]struct{ data, want string }{
		"changed prefix":   {strings.Replace(whole, "/15", "/14", 1), "has the digest"},
		"lost line":        {strings.Replace(whole, "+40.92.0.0/15\n", "", 1), "has the digest"},
		"taken, not there": {whole + "-40.94.0.0/16\n", "takes what is not"},
		"added twice":      {whole + "+40.92.0.0/15\n", "adds what is there"},
		"dropped twice":    {whole + "drop 11\n", "which is not there"},
		"changed port":     {strings.Replace(whole, "tcp=25", "tcp=24", 1), "has the digest"},
		"bad port":         {strings.Replace(whole, "tcp=25", "tcp=x", 1), "not a list of ports"},
		"unknown line":     {whole + "remove 10\n", "line 4: "},
		"empty line":       {whole + "\n", "line 4: "},
		"no version first": {"set 10 Exchange Allow\n", "line 1: "},
		"bad version":      {strings.Replace(whole, "2026010100", "2026990100", 1), "not a list version"},
		"bad header":       {strings.Replace(whole, digest, digest+" odd", 1), "not a version line"},
		"bad id":           {strings.Replace(whole, "set 10", "set ten", 1), "no set id"},
		"twice":            {whole + "version 2026010100 " + digest + "\n", "does not come after"},
	} {
		if _, err := Decode(endpoints.Worldwide, tc.data); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v; want an error with %q", name, err, tc.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, instance := range []endpoints.Instance{endpoints.France, endpoints.China} {
		f.Add(archives[instance].data())
	}
	f.Add("version 2026010100 0123456789abcdef\nset 1 A -\n+x\ndrop 1\n")
	f.Fuzz(func(t *testing.T, data string) {
		lists, err := Decode(endpoints.Worldwide, data)
		if err != nil {
			return
		}
		again, err := Decode(endpoints.Worldwide, string(Encode(lists)))
		if err != nil || len(again) != len(lists) {
			t.Fatalf("%d lists are read again as %d, %v", len(lists), len(again), err)
		}
	})
}

func BenchmarkNewestList(b *testing.B) {
	newest, _ := Newest(endpoints.Worldwide)
	for b.Loop() {
		if _, err := archives[endpoints.Worldwide].decode(newest); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSMTPHistory(b *testing.B) {
	for b.Loop() {
		archives[endpoints.Worldwide].smtpHistory()
	}
}

func BenchmarkReadEmbedded(b *testing.B) {
	for b.Loop() {
		_, _ = readEmbedded(endpoints.Worldwide)
	}
}
