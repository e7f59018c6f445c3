package compat

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// The demands that a target makes of a value beyond its type. Clouds check them
// at apply, or not at all.

// NotEmpty demands a prefix: an empty list opens the rule to all on Google,
// OpenStack and IBM, and makes it vanish on AWS.
func NotEmpty(cidrs []string) error {
	if len(cidrs) == 0 {
		return errors.New("the list is empty")
	}
	return nil
}

// OneFamily demands IPv4 or IPv6, not both.
func OneFamily(cidrs []string) error {
	prefixes, err := cidr.ParseAll(cidrs)
	if err != nil {
		return err
	}
	if ipv4, ipv6 := cidr.SplitFamilies(prefixes); len(ipv4) > 0 && len(ipv6) > 0 {
		return fmt.Errorf("%d IPv4 and %d IPv6 prefixes in one list", len(ipv4), len(ipv6))
	}
	return nil
}

// Canonical demands network addresses in the one spelling of RFC 5952 that AWS
// and others echo: another is a difference in every plan.
func Canonical(cidrs []string) error {
	for _, c := range cidrs {
		p, err := netip.ParsePrefix(c)
		if err != nil {
			return err
		}
		if p.Masked().String() != c {
			return fmt.Errorf("%s is not canonical: %s", c, p.Masked())
		}
	}
	return nil
}

// Disjoint demands that no prefix overlaps another, as Azure does.
func Disjoint(cidrs []string) error {
	prefixes, err := cidr.ParseAll(cidrs)
	if err != nil {
		return err
	}
	if pairs, _ := cidr.Overlaps(prefixes, 1); len(pairs) > 0 {
		return fmt.Errorf("prefixes overlap: %v", pairs[0])
	}
	return nil
}

// AtMost demands that the list fits a quota.
func AtMost(quota int) func([]string) error {
	return func(cidrs []string) error {
		if len(cidrs) > quota {
			return fmt.Errorf("%d prefixes, and the quota is %d", len(cidrs), quota)
		}
		return nil
	}
}

// HostOrCIDR demands what Cloudflare's lists do: a single host without its
// length, any other prefix masked.
func HostOrCIDR(values []string) error {
	for _, v := range values {
		if addr, err := netip.ParseAddr(v); err == nil && addr.String() == v {
			continue
		}
		p, err := netip.ParsePrefix(v)
		if err != nil {
			return err
		}
		if p.IsSingleIP() || p.Masked().String() != v {
			host := strings.TrimSuffix(strings.TrimSuffix(p.Masked().String(), "/32"), "/128")
			return fmt.Errorf("%s must be represented as %s", v, host)
		}
	}
	return nil
}

// AddressAndMask demands "22.1.1.0 255.255.255.0", as FortiGate shows a subnet.
func AddressAndMask(values []string) error {
	for _, v := range values {
		if _, err := subnet(v); err != nil {
			return err
		}
	}
	return nil
}

// SubnetCIDR is the prefix that an address and a mask stand for.
func SubnetCIDR(v string) (string, error) {
	p, err := subnet(v)
	return p.String(), err
}

func subnet(v string) (netip.Prefix, error) {
	address, mask, ok := strings.Cut(v, " ")
	addr, err := netip.ParseAddr(address)
	if !ok || err != nil || !addr.Is4() {
		return netip.Prefix{}, fmt.Errorf("%q is no IPv4 address with a mask", v)
	}
	m := net.ParseIP(mask).To4()
	ones, bits := net.IPMask(m).Size()
	p := netip.PrefixFrom(addr, ones)
	if bits != 32 || p.Masked() != p {
		return netip.Prefix{}, fmt.Errorf("%q is no network address with its mask", v)
	}
	return p, nil
}

// AWSDescription demands at most 255 of the characters that a security group
// rule's description may have.
func AWSDescription(s string) error {
	const more = " ._-:/()#,@[]+=&;{}!$*"
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(more, r) {
			return fmt.Errorf("%q has %q, which AWS refuses", s, r)
		}
	}
	return atMostRunes(s, 255)
}

// AzureDescription demands at most 140 characters.
func AzureDescription(s string) error { return atMostRunes(s, 140) }

func atMostRunes(s string, limit int) error {
	if n := len([]rune(s)); n == 0 || n > limit {
		return fmt.Errorf("%q has %d characters, 1 to %d are taken", s, n, limit)
	}
	return nil
}

// Forms are demands of single texts that targets.json names.
var Forms = map[string]func(string) error{
	"ipv4_cidr":     func(s string) error { return validCIDR(s, "IPv4", netip.Addr.Is4) },
	"ipv6_cidr":     func(s string) error { return validCIDR(s, "IPv6", netip.Addr.Is6) },
	"network_cidr":  networkCIDR,
	"host_or_cidr":  func(s string) error { return HostOrCIDR([]string{s}) },
	"azure_ip_rule": azureIPRule,
	"google_name":   matches(`^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`),
	"panos_name":    matches(`^[A-Za-z0-9_.-][A-Za-z0-9 _.-]{0,62}$`),
}

// validCIDR demands a prefix of one family, as the arguments of AWS do.
func validCIDR(s, family string, is func(netip.Addr) bool) error {
	p, err := netip.ParsePrefix(s)
	if err == nil && !is(p.Addr()) {
		err = errors.New("another family")
	}
	if err != nil {
		return fmt.Errorf("%q is not a valid %s CIDR block", s, family)
	}
	return nil
}

// networkCIDR demands a prefix without host bits, or an address, as Hetzner does.
func networkCIDR(s string) error {
	if _, err := netip.ParseAddr(s); err == nil {
		return nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return err
	}
	if p.Masked() != p {
		return fmt.Errorf("%s is not the start of the cidr block %s", s, p.Masked())
	}
	return nil
}

// azureIPRule demands an IPv4 address, or a prefix of at most 30 bits, as the
// network rules of storage accounts and key vaults do.
func azureIPRule(s string) error {
	addr, bits, isPrefix := strings.Cut(s, "/")
	ip, err := netip.ParseAddr(addr)
	if err != nil || !ip.Is4() || isPrefix && (bits == "31" || bits == "32") {
		return fmt.Errorf("%q must start with IPV4 address and/or slash, number of bits (0-30)", s)
	}
	return nil
}

func matches(pattern string) func(string) error {
	re := regexp.MustCompile(pattern)
	return func(s string) error {
		if !re.MatchString(s) {
			return fmt.Errorf("%q doesn't match regexp %q", s, re)
		}
		return nil
	}
}
