package spf_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/miekg/dns"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/spf"
)

// zone is a resolver that knows its records by heart.
type zone map[string][]string

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	if !strings.HasSuffix(name, ".") {
		return nil, errors.New("the name is not absolute")
	}
	texts, ok := z[strings.TrimSuffix(name, ".")]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return texts, nil
}

func TestRead(t *testing.T) {
	for name, tc := range map[string]struct {
		zone     zone
		prefixes []string
		domains  []string
		skipped  []string
	}{
		"both families": {
			zone{"a.example": {"v=spf1 ip6:2001:db8::/32 ip4:192.0.2.0/24 -all"}},
			[]string{"192.0.2.0/24", "2001:db8::/32"},
			[]string{"a.example"},
			nil,
		},
		"single addresses and host bits": {
			zone{"a.example": {"v=spf1 ip4:192.0.2.7 +ip4:198.51.100.9/24 ip6:2001:db8::1 ~all"}},
			[]string{"192.0.2.7/32", "198.51.100.0/24", "2001:db8::1/128"},
			[]string{"a.example"},
			nil,
		},
		"among other records": {
			zone{"a.example": {"v=spf10 ip4:203.0.113.0/24", "MS=ms123", "v=spf1 ip4:192.0.2.0/24"}},
			[]string{"192.0.2.0/24"},
			[]string{"a.example"},
			nil,
		},
		"an include": {
			zone{
				"a.example": {"v=spf1 ip4:192.0.2.0/24 include:b.example -all"}, "b.example": {"V=SPF1 IP4:198.51.100.0/24 ?all"},
			},
			[]string{"192.0.2.0/24", "198.51.100.0/24"},
			[]string{"a.example", "b.example"},
			nil,
		},
		"included twice": {
			zone{
				"a.example": {"v=spf1 include:b.example include:c.example"}, "b.example": {"v=spf1 include:c.example " +
					"ip4:192.0.2.0/24"},
				"c.example": {"v=spf1 ip4:198.51.100.0/24"},
			},
			[]string{"192.0.2.0/24", "198.51.100.0/24"},
			[]string{"a.example", "b.example", "c.example"},
			nil,
		},
		"a redirect": {
			zone{"a.example": {"v=spf1 redirect=b.example exp=x.example"}, "b.example": {"v=spf1 ip4:192.0.2.0/24"}},
			[]string{"192.0.2.0/24"},
			[]string{"a.example", "b.example"},
			nil,
		},
		"a redirect beside all": {
			zone{"a.example": {"v=spf1 redirect=b.example ip4:192.0.2.0/24 -all"}},
			[]string{"192.0.2.0/24"},
			[]string{"a.example"},
			nil,
		},
		"what does not pass": {
			zone{"a.example": {"v=spf1 -ip4:198.51.100.0/24 ~include:b.example ip4:192.0.2.0/24 +all"}},
			[]string{"192.0.2.0/24"},
			[]string{"a.example"},
			[]string{"a.example -ip4:198.51.100.0/24", "a.example ~include:b.example", "a.example +all"},
		},
		"what is not followed": {
			zone{"a.example": {"v=spf1 a mx:b.example/24 ptr exists:%{i}.c.example include:%{d}.example ip4:192.0.2.0/24"}},
			[]string{"192.0.2.0/24"},
			[]string{"a.example"},
			[]string{
				"a.example a", "a.example mx:b.example/24", "a.example ptr", "a.example exists:%{i}.c.example",
				"a.example include:%{d}.example",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := spf.Read(t.Context(), tc.zone, "A.example.")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.prefixes, cidr.Strings(got.Prefixes)); diff != "" {
				t.Errorf("prefixes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.domains, got.Domains); diff != "" {
				t.Errorf("domains (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.skipped, got.NotFollowed, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("not followed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	chain := zone{}
	for i := range 12 {
		chain[fmt.Sprintf("d%d.example", i)] = []string{fmt.Sprintf("v=spf1 ip4:192.0.2.%d include:d%d.example", i, i+1)}
	}
	for name, tc := range map[string]struct {
		zone   zone
		domain string
		want   string
		is     error
	}{
		"no such domain": {zone{}, "a.example", "no such host", nil},
		"no SPF record":  {zone{"a.example": {"MS=1"}}, "a.example", "", spf.ErrNone},
		"two records":    {zone{"a.example": {"v=spf1 -all", "v=spf1 ip4:192.0.2.0/24"}}, "a.example", "", spf.ErrSeveral},
		"no address":     {zone{"a.example": {"v=spf1 -all"}}, "a.example", "", spf.ErrNothing},
		"a loop": {
			zone{"a.example": {"v=spf1 include:b.example"}, "b.example": {"v=spf1 include:A.example."}},
			"a.example", "",
			spf.ErrLoop,
		},
		"a loop of one":     {zone{"a.example": {"v=spf1 redirect=a.example"}}, "a.example", "", spf.ErrLoop},
		"too many look-ups": {chain, "d0.example", "", spf.ErrLookups},
		"many mx": {
			zone{"a.example": {"v=spf1 ip4:192.0.2.0/24" + strings.Repeat(" mx", 11)}}, "a.example", "", spf.ErrLookups,
		},
		"a lost include": {
			zone{"a.example": {"v=spf1 ip4:192.0.2.0/24 include:b.example"}}, "a.example", "the SPF record of b.example: ", nil,
		},
		"not a network": {
			zone{"a.example": {"v=spf1 ip4:192.0.2.0/33"}}, "a.example", `"ip4:192.0.2.0/33" is not a network`, nil,
		},
		"the other family": {zone{"a.example": {"v=spf1 ip4:2001:db8::/32"}}, "a.example", "is not a network", nil},
		"an unknown term":  {zone{"a.example": {"v=spf1 ipv4:192.0.2.0/24"}}, "a.example", "is not known", nil},
		"no domain":        {zone{"a.example": {"v=spf1 include:"}}, "a.example", "names no domain", nil},
		"a bare word":      {zone{}, "localhost", "not a domain name", nil},
		"an empty domain":  {zone{}, "", "not a domain name", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := spf.Read(t.Context(), tc.zone, tc.domain)
			if err == nil {
				t.Fatalf("got %v", got.Prefixes)
			}
			if tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("got %v, want %v", err, tc.is)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error with %q", err, tc.want)
			}
		})
	}
}

// The record lies inside the newest list, and confirms all but two parts of it.
func TestTheWorldwideRecord(t *testing.T) {
	record, err := spf.Read(
		t.Context(),
		zone{"spf.protection.outlook.com": {eoptest.SPFRecord}},
		spf.Domain(endpoints.Worldwide),
	)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		version         string
		missing, excess []string
	}{
		"2026": {
			"2026081400", nil,
			[]string{"52.103.128.0/17", "2a01:111:f403:a000::/51", "2a01:111:f403:e000::/52"},
		},
		"2014": {
			"2014-05-20",
			[]string{
				"40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/15", "52.102.0.0/16", "52.103.0.0/17", "104.47.0.0/17",
				"2a01:111:f400::/50", "2a01:111:f400:4000::/51", "2a01:111:f400:6000::/52", "2a01:111:f400:7000::/53",
				"2a01:111:f400:7800::/54", "2a01:111:f400:8000::/49", "2a01:111:f403::/49", "2a01:111:f403:8000::/51",
				"2a01:111:f403:c000::/51", "2a01:111:f403:f000::/52",
			},
			[]string{
				"65.55.88.0/24", "207.46.51.64/26", "207.46.163.0/24", "213.199.154.0/24", "213.199.180.128/26", "216.32.180.0/23",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			smtp, _ := eoptest.List(t, endpoints.Worldwide, tc.version).SMTP()
			d := allowlist.DriftOf(cidr.Strings(smtp.Prefixes), record.Prefixes)
			if diff := cmp.Diff(tc.missing, cidr.Strings(d.Missing), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.excess, cidr.Strings(d.Excess)); diff != "" {
				t.Errorf("in excess (-want +got):\n%s", diff)
			}
		})
	}
}

// The same over the wire.
func TestOverDNS(t *testing.T) {
	var many strings.Builder
	for i := range 300 {
		fmt.Fprintf(&many, " ip4:192.0.%d.0/24", i%256)
		if i >= 256 {
			fmt.Fprintf(&many, " ip6:2001:db8:%x::/48", i)
		}
	}
	server := eoptest.NewDNS(t, map[string][]string{
		"a.example":    {eoptest.SPFRecord},
		"big.example":  {"v=spf1" + many.String()},
		"two.example":  {"v=spf1 -all", "v=spf1 -all"},
		"fail.example": {eoptest.SPFRecord},
		"part.example": {"v=spf1 ip4:192.0.2.0/24 include:gone.example"},
	})
	server.Fail("fail.example", dns.RcodeServerFailure)
	resolver := spf.ResolverAt(server.Address)
	t.Run("a record", func(t *testing.T) {
		got, err := spf.Read(t.Context(), resolver, "a.example")
		if err != nil {
			t.Fatal(err)
		}
		if got.Text != eoptest.SPFRecord {
			t.Errorf("text %q", got.Text)
		}
	})
	t.Run("300 networks, over TCP", func(t *testing.T) {
		got, err := spf.Read(t.Context(), resolver, "big.example")
		if err != nil {
			t.Fatal(err)
		}
		if n := len(got.Prefixes); n != 300 {
			t.Errorf("%d prefixes", n)
		}
		if server.OverTCP() == 0 {
			t.Error("nothing came over TCP")
		}
	})
	for domain, want := range map[string]string{
		"two.example": "there are several", "fail.example": "server misbehaving", "gone.example": "no such host",
		"part.example": "the SPF record of gone.example: ",
	} {
		t.Run(domain, func(t *testing.T) {
			if _, err := spf.Read(t.Context(), resolver, domain); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error with %q", err, want)
			}
		})
	}
	t.Run("a silent server", func(t *testing.T) {
		server.Silence()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if _, err := spf.Read(ctx, resolver, "a.example"); err == nil {
			t.Error("no error")
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{
		eoptest.SPFRecord, "v=spf1 include:a.example redirect=b.example", "v=spf1 a/24 mx:c//64 " +
			"ip4:1.2.3.4/0 +all", "v=spf1 =x :y /z",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := spf.Read(t.Context(), zone{"a.example": {text}, "b.example": {"v=spf1 ip4:192.0.2.0/24"}}, "a.example")
		if err == nil && len(got.Prefixes) == 0 {
			t.Fatalf("%q has no address and no error", text)
		}
	})
}
