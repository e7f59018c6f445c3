package allowlist

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

func list(t *testing.T, ips ...string) *endpoints.List {
	t.Helper()
	prefixes, err := cidr.ParseAll(ips)
	if err != nil {
		t.Fatal(err)
	}
	return &endpoints.List{
		Instance: endpoints.China, Version: endpoints.MustParseVersion("2026022700"),
		Sets: []endpoints.Set{
			{ID: 27, ServiceArea: endpoints.Exchange, TCPPorts: endpoints.Ports{{From: 25, To: 25}}, Prefixes: prefixes},
		},
	}
}

func TestNewRefusesWhatWouldBeEmpty(t *testing.T) {
	if _, err := New(list(t, "40.92.0.0/15", "2a01:111:f400::/48"), false); err != nil {
		t.Errorf("both families: %v", err)
	}
	for name, tc := range map[string]struct {
		ips    []string
		family string
	}{
		"no IPv6": {[]string{"40.92.0.0/15"}, "IPv6"},
		"no IPv4": {[]string{"2a01:111:f400::/48"}, "IPv4"},
	} {
		var missing *MissingFamilyError
		if _, err := New(list(t, tc.ips...), false); !errors.As(err, &missing) || missing.Family != tc.family {
			t.Errorf("%s: %v", name, err)
		}
		if a, err := New(list(t, tc.ips...), true); err != nil || len(a.Prefixes) != 1 {
			t.Errorf("%s, allowed: %v, %v", name, a, err)
		}
	}
	var none *NoSMTPError
	if _, err := New(list(t), true); !errors.As(err, &none) {
		t.Errorf("no prefix at all: %v", err)
	}
}

// The digest is what a reader computes by hand: printf '40.92.0.0/15\n2a01:111:f400::/48' | sha256sum.
func TestSHA256(t *testing.T) {
	a, err := New(list(t, "2a01:111:f400::/48", "40.92.0.0/15"), false)
	if err != nil {
		t.Fatal(err)
	}
	const want = "563b419a0b2bce1a4a66d998b90714dd9e1478549bf642e59527a5104dbe2f93"
	if got := a.SHA256(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRules(t *testing.T) {
	a, err := New(list(t, "2a01:111:f400::/48", "40.92.0.0/15"), false)
	if err != nil {
		t.Fatal(err)
	}
	rules := a.Rules()
	if len(rules) != 2 || rules[0].Family() != IPv4 || rules[1].Family() != IPv6 ||
		rules[0].Prefix.String() != "40.92.0.0/15" {
		t.Errorf("rules %+v", rules)
	}
	allowed := regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()]{1,140}$`) // AWS's characters, Azure's length
	for _, i := range endpoints.Instances() {
		for _, r := range Rules(i, a.Prefixes) {
			if !allowed.MatchString(r.Description) {
				t.Errorf("description %q", r.Description)
			}
		}
	}
}

func TestRuleForms(t *testing.T) {
	for prefix, want := range map[string]string{
		"40.92.0.0/15":       "IPv4 255.254.0.0 true 40.92.0.0/15",
		"52.244.65.13/32":    "IPv4 255.255.255.255 true 52.244.65.13",
		"0.0.0.0/0":          "IPv4 0.0.0.0 true 0.0.0.0/0",
		"2a01:111:f400::/48": "IPv6  false 2a01:111:f400::/48",
		"2a01:111::1/128":    "IPv6  false 2a01:111::1",
	} {
		r := Rule{Prefix: netip.MustParsePrefix(prefix)}
		mask, ok := r.Netmask()
		if got := fmt.Sprint(r.Ethertype(), " ", mask, " ", ok, " ", r.HostOrCIDR()); got != want {
			t.Errorf("%s: %q, want %q", prefix, got, want)
		}
	}
}
