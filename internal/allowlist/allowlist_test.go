package allowlist

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func TestNew(t *testing.T) {
	both := []string{"40.92.0.0/15", "2a01:111:f400::/48"}
	for name, tc := range map[string]struct {
		ips         []string
		missing, is string // the family that is missing, and what is allowed without it
	}{
		"both families": {both, "", "40.92.0.0/15 2a01:111:f400::/48"},
		"no IPv6":       {both[:1], "IPv6", "40.92.0.0/15"},
		"no IPv4":       {both[1:], "IPv4", "2a01:111:f400::/48"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(list(t, tc.ips...), false)
			missing := &MissingFamilyError{}
			if err != nil && !errors.As(err, &missing) {
				t.Fatalf("got %v, want no error or a MissingFamilyError", err)
			}
			if missing.Family != tc.missing {
				t.Errorf("missing family %q, want %q: %v", missing.Family, tc.missing, err)
			}
			a, err := New(list(t, tc.ips...), true)
			if err != nil {
				t.Fatalf("with a missing family allowed: %v", err)
			}
			if diff := cmp.Diff(tc.is, strings.Join(cidr.Strings(a.Prefixes), " ")); diff != "" {
				t.Errorf("with a missing family allowed (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("no prefix", func(t *testing.T) {
		var none *NoSMTPError
		if _, err := New(list(t), true); !errors.As(err, &none) {
			t.Errorf("got %v, want a NoSMTPError", err)
		}
	})
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
	var got []string
	for _, r := range a.Rules() {
		got = append(got, r.Family()+" "+r.Prefix.String())
	}
	if diff := cmp.Diff([]string{"ipv4 40.92.0.0/15", "ipv6 2a01:111:f400::/48"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The characters are those that AWS takes, the length is Azure's.
func TestDescriptions(t *testing.T) {
	allowed := regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()]{1,140}$`)
	for _, instance := range endpoints.Instances() {
		t.Run(string(instance), func(t *testing.T) {
			rules := Rules(instance, []netip.Prefix{netip.MustParsePrefix("40.92.0.0/15")})
			if got := rules[0].Description; !allowed.MatchString(got) {
				t.Errorf("description %q", got)
			}
		})
	}
}

func TestRuleForms(t *testing.T) {
	for name, tc := range map[string]struct{ prefix, want string }{
		"an IPv4 prefix":  {"40.92.0.0/15", "IPv4 255.254.0.0 true 40.92.0.0/15"},
		"an IPv4 address": {"52.244.65.13/32", "IPv4 255.255.255.255 true 52.244.65.13"},
		"all of IPv4":     {"0.0.0.0/0", "IPv4 0.0.0.0 true 0.0.0.0/0"},
		"an IPv6 prefix":  {"2a01:111:f400::/48", "IPv6  false 2a01:111:f400::/48"},
		"an IPv6 address": {"2a01:111::1/128", "IPv6  false 2a01:111::1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := Rule{Prefix: netip.MustParsePrefix(tc.prefix)}
			mask, ok := r.Netmask()
			got := fmt.Sprint(r.Ethertype(), " ", mask, " ", ok, " ", r.HostOrCIDR())
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("ethertype, mask, whether it has one, host or CIDR (-want +got):\n%s", diff)
			}
		})
	}
}
