package endpoints_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

func guarded(t *testing.T, ips ...string) *endpoints.List {
	t.Helper()
	prefixes, err := cidr.ParseAll(ips)
	if err != nil {
		t.Fatal(err)
	}
	return &endpoints.List{
		Instance: endpoints.Worldwide, Version: endpoints.MustParseVersion("2026090100"),
		Sets: []endpoints.Set{
			{ID: 10, ServiceArea: endpoints.Exchange, TCPPorts: endpoints.Ports{{From: 25, To: 25}}, Prefixes: prefixes},
		},
	}
}

func TestGuardLimits(t *testing.T) {
	wide := endpoints.Guard{
		MinIPv4PrefixLength: 1, MinIPv6PrefixLength: 1, StepLimits: endpoints.StepLimits{MaxGrowthFactor: 1e12},
	}
	was := guarded(t, "40.92.0.0/16", "2a01:111:f400::/48")
	const taken = endpoints.Limit(-1)
	for name, tc := range map[string]struct {
		is    []string
		limit endpoints.Limit
		never bool // refused under the widest guard too
	}{
		"the same":                   {[]string{"40.92.0.0/16", "2a01:111:f400::/48"}, taken, false},
		"split in two":               {[]string{"40.92.0.0/17", "40.92.128.0/17", "2a01:111:f400::/48"}, taken, false},
		"half of it gone":            {[]string{"40.92.0.0/17", "2a01:111:f400::/48"}, taken, false},
		"more than half gone":        {[]string{"40.92.0.0/18", "2a01:111:f400::/48"}, endpoints.Overlap, false},
		"moved elsewhere, same size": {[]string{"40.94.0.0/16", "2a01:111:f400::/48"}, endpoints.Overlap, false},
		"IPv6 moved, IPv4 whole":     {[]string{"40.92.0.0/16", "2a01:111:f500::/48"}, endpoints.Overlap, false},
		"six times IPv4":             {[]string{"40.92.0.0/14", "40.96.0.0/15", "2a01:111:f400::/48"}, taken, false},
		"more than six times":        {[]string{"40.88.0.0/13", "2a01:111:f400::/48"}, endpoints.Growth, false},
		"four times IPv6":            {[]string{"40.92.0.0/16", "2a01:111:f400::/46"}, taken, false},
		"eight times IPv6":           {[]string{"40.92.0.0/16", "2a01:111:f400::/45"}, endpoints.Growth, false},
		"twenty thousand IPv6 /32": {
			append(many(20_000), "40.92.0.0/16", "2a01:111:f400::/48"), endpoints.Growth, false,
		},
		"IPv4 prefix too wide": {
			[]string{"40.64.0.0/11", "2a01:111:f400::/48"}, endpoints.IPv4PrefixLength, false,
		},
		"IPv6 prefix too wide": {[]string{"40.92.0.0/16", "2a01:110::/31"}, endpoints.IPv6PrefixLength, false},
		"no IPv4 left":         {[]string{"2a01:111:f400::/48"}, endpoints.NoLimit, true},
		"no IPv6 left":         {[]string{"40.92.0.0/16"}, endpoints.NoLimit, true},
		"nothing left":         {nil, endpoints.NoLimit, true},
		"private space added": {
			[]string{"40.92.0.0/16", "192.168.7.0/24", "2a01:111:f400::/48"}, endpoints.NoLimit, true,
		},
		"outside 2000::/3": {
			[]string{"40.92.0.0/16", "2a01:111:f400::/48", "4000::/48"}, endpoints.NoLimit, true,
		},
		"a wide block with private space": {
			[]string{"40.92.0.0/16", "160.0.0.0/4", "2a01:111:f400::/48"}, endpoints.IPv4PrefixLength, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			is := guarded(t, tc.is...)
			err := endpoints.DefaultGuard().Check(is, was)
			var refused *endpoints.GuardError
			switch {
			case tc.limit == taken && err != nil:
				t.Errorf("refused: %v", err)
			case tc.limit != taken && !errors.As(err, &refused):
				t.Errorf("got %v, want a refusal", err)
			case tc.limit != taken && refused.Limit != tc.limit:
				t.Errorf("limit %v, want %v: %v", refused.Limit, tc.limit, err)
			}
			if err := wide.Check(is, was); (err != nil) != tc.never {
				t.Errorf("the widest guard: %v", err)
			}
			if err := endpoints.DefaultGuard().Check(is, nil); tc.limit == endpoints.Overlap && err != nil {
				t.Errorf("without a reviewed list: %v", err)
			}
		})
	}
}

// many are IPv6 prefixes of length 32.
func many(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("26%02x:%x::/32", i>>8, 0x1000+i&0xff)
	}
	return out
}

// A few /64 may become a /48 in all: US government's lists began so small.
func TestSmallIPv6MayGrow(t *testing.T) {
	was := guarded(t, "40.92.0.0/16", "2a01:111:f400::/64")
	for name, tc := range map[string]struct {
		ipv6  string
		taken bool
	}{
		"a /50": {"2a01:111:f400::/50", true},
		"a /48": {"2a01:111:f400::/48", true},
		"a /47": {"2a01:111:f400::/47", false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := endpoints.DefaultGuard().Check(guarded(t, "40.92.0.0/16", tc.ipv6), was); (err == nil) != tc.taken {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCheckDate(t *testing.T) {
	newest := endpoints.MustParseVersion("2026081400")
	now := time.Date(2026, 11, 24, 23, 59, 0, 0, time.FixedZone("east", 3600))
	for name, tc := range map[string]struct {
		version string
		now     time.Time
		ok      bool
	}{
		"today":                          {"2026112400", now, true},
		"tomorrow":                       {"2026112500", now, true},
		"the day after":                  {"2026112600", now, false},
		"far away":                       {"9999123199", now, false},
		"a clock before the newest list": {"2026081500", time.Unix(0, 0), true},
		"a clock before, the day after":  {"2026081600", time.Unix(0, 0), false},
		"an old one, whatever the clock": {"2014-05-20", time.Unix(0, 0), true},
		"tomorrow in a zone that is ahead": {
			"2026112500", time.Date(2026, 11, 25, 0, 30, 0, 0, time.FixedZone("", 3600)), true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := endpoints.CheckDate(endpoints.Worldwide, endpoints.MustParseVersion(tc.version), newest, tc.now)
			if (err == nil) != tc.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestUnfamiliar(t *testing.T) {
	published := guarded(t, "40.92.0.0/15", "2a01:111:f400::/48").Prefixes()
	for name, tc := range map[string]struct{ added, want []string }{
		"in a known /8":            {[]string{"40.200.0.0/16"}, nil},
		"in another /8":            {[]string{"62.10.144.0/20"}, []string{"62.10.144.0/20"}},
		"in a known /32":           {[]string{"2a01:111:1::/48"}, nil},
		"in another /32":           {[]string{"2a01:112::/48"}, []string{"2a01:112::/48"}},
		"half of it in a known /8": {[]string{"40.0.0.0/7"}, []string{"41.0.0.0/8"}},
	} {
		t.Run(name, func(t *testing.T) {
			added, err := cidr.ParseAll(tc.added)
			if err != nil {
				t.Fatal(err)
			}
			got := cidr.Strings(endpoints.Unfamiliar(added, published))
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
