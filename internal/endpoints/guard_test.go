package endpoints_test

import (
	"errors"
	"strings"
	"testing"

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
		Sets: []endpoints.Set{{ID: 10, ServiceArea: endpoints.Exchange, TCPPorts: endpoints.Ports{{From: 25, To: 25}}, Prefixes: prefixes}},
	}
}

func TestGuardLimits(t *testing.T) {
	standard := endpoints.DefaultGuard()
	wide := standard
	wide.MinIPv4PrefixLength, wide.MinIPv6PrefixLength, wide.MinOverlapPercent, wide.MaxGrowthFactor = 1, 1, 0, 1e9
	was := guarded(t, "40.92.0.0/16", "2a01:111:f400::/48")
	for name, tc := range map[string]struct {
		is    []string
		limit string // the attribute named; "-": refused without one; empty: taken
		never bool   // refused under the widest guard too
	}{
		"the same":                        {[]string{"40.92.0.0/16", "2a01:111:f400::/48"}, "", false},
		"split in two":                    {[]string{"40.92.0.0/17", "40.92.128.0/17", "2a01:111:f400::/48"}, "", false},
		"half of it gone":                 {[]string{"40.92.0.0/17", "2a01:111:f400::/48"}, "", false},
		"more than half gone":             {[]string{"40.92.0.0/18", "2a01:111:f400::/48"}, endpoints.LimitOverlap, false},
		"moved elsewhere, same size":      {[]string{"40.94.0.0/16", "2a01:111:f400::/48"}, endpoints.LimitOverlap, false},
		"IPv6 moved, IPv4 whole":          {[]string{"40.92.0.0/16", "2a01:111:f500::/48"}, endpoints.LimitOverlap, false},
		"sixteen times IPv4":              {[]string{"40.80.0.0/12", "2a01:111:f400::/48"}, "", false},
		"more than sixteen times":         {[]string{"40.80.0.0/12", "41.0.0.0/16", "2a01:111:f400::/48"}, endpoints.LimitGrowth, false},
		"IPv6 by a factor of thousands":   {[]string{"40.92.0.0/16", "2a01:111::/32"}, "", false},
		"IPv4 prefix too wide":            {[]string{"40.64.0.0/11", "2a01:111:f400::/48"}, endpoints.LimitIPv4PrefixLength, false},
		"IPv6 prefix too wide":            {[]string{"40.92.0.0/16", "2a01:110::/31"}, endpoints.LimitIPv6PrefixLength, false},
		"no IPv4 left":                    {[]string{"2a01:111:f400::/48"}, "-", true},
		"no IPv6 left":                    {[]string{"40.92.0.0/16"}, "-", true},
		"nothing left":                    {nil, "-", true},
		"private space added":             {[]string{"40.92.0.0/16", "192.168.7.0/24", "2a01:111:f400::/48"}, "-", true},
		"a wide block with private space": {[]string{"40.92.0.0/16", "160.0.0.0/4", "2a01:111:f400::/48"}, endpoints.LimitIPv4PrefixLength, true},
	} {
		is := guarded(t, tc.is...)
		err := standard.Check(is, was)
		var refused *endpoints.GuardError
		switch {
		case tc.limit == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tc.limit != "" && !errors.As(err, &refused):
			t.Errorf("%s: %v, want a refusal", name, err)
		case tc.limit != "" && (refused.Limit != strings.TrimPrefix(tc.limit, "-") || refused.Evidence == ""):
			t.Errorf("%s: limit %q, evidence %q", name, refused.Limit, refused.Evidence)
		}
		if err := wide.Check(is, was); (err != nil) != tc.never {
			t.Errorf("%s, widest guard: %v", name, err)
		}
		if err := standard.Check(is, nil); tc.limit == endpoints.LimitOverlap && err != nil {
			t.Errorf("%s, without a list before: %v", name, err)
		}
	}
}
