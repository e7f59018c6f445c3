// Package cidr is arithmetic on IP prefixes for firewall lists: strict reading,
// one order, one spelling, and set algebra that never widens.
//
// Lists are []netip.Prefix, valid and without host bits as [Parse] returns them,
// in any order. A canonical list is in numeric order with IPv4 first (see
// [Compare]) and written in RFC 5952 form. Sets come from go4.org/netipx;
// this package adds what a firewall author needs around them.
package cidr

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// ElementError says which element of a list could not be read.
type ElementError struct {
	Index int    // position in the list, from 0
	Text  string // the element as given
	Err   error
}

func (e *ElementError) Error() string {
	return fmt.Sprintf("element %d: %v", e.Index, e.Err)
}

func (e *ElementError) Unwrap() error { return e.Err }

// Parse reads a prefix ("40.92.0.0/15") or a bare address ("2001:db8::1"),
// which is its own /32 or /128. Any case and compression of IPv6 is accepted.
//
// Refused, because a firewall would read them in more than one way: host bits,
// IPv4-mapped IPv6, zones, leading zeros in IPv4, and anything else that is not
// a prefix. The error names the prefix that was probably meant where there is one.
func Parse(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		return ParsePrefix(s)
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, unreadable(s)
	}
	if err := checkAddr(s, addr); err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

// ParsePrefix is [Parse] for places where a bare address is a mistake.
func ParsePrefix(s string) (netip.Prefix, error) {
	addrText, bitsText, ok := strings.Cut(s, "/")
	if !ok {
		return netip.Prefix{}, fmt.Errorf("%q has no prefix length", s)
	}
	// The address first: netip.ParsePrefix reports zones and mapped addresses less plainly.
	addr, err := netip.ParseAddr(addrText)
	if err != nil {
		return netip.Prefix{}, unreadable(s)
	}
	if err := checkAddr(s, addr); err != nil {
		return netip.Prefix{}, err
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf(
			"%q has the prefix length %q; %s takes 0 to %d, without leading zeros",
			s,
			bitsText,
			familyOf(addr),
			addr.BitLen(),
		)
	}
	if masked := p.Masked(); masked != p {
		return netip.Prefix{}, fmt.Errorf("%q has host bits set; the prefix is %s, the address alone %s", s, masked, addr)
	}
	return p, nil
}

func checkAddr(s string, addr netip.Addr) error {
	switch {
	case addr.Zone() != "":
		return fmt.Errorf(
			"%q has the zone %q; a zone names an interface of one host and cannot stand in a rule",
			s,
			addr.Zone(),
		)
	case addr.Is4In6():
		return fmt.Errorf("%q is an IPv4-mapped IPv6 address; write it as IPv4 (%s)", s, addr.Unmap())
	}
	return nil
}

var errEmpty = errors.New("is empty; an IP prefix such as 192.0.2.0/24 was expected")

func unreadable(s string) error {
	if strings.TrimSpace(s) == "" {
		return errEmpty
	}
	if hasLeadingZero(s) {
		return fmt.Errorf("%q has a number with leading zeros, which some systems read as octal; write it without", s)
	}
	if strings.TrimSpace(s) != s {
		return fmt.Errorf("%q has blanks around it", s)
	}
	return fmt.Errorf("%q is not an IPv4 or IPv6 prefix or address", s)
}

// hasLeadingZero reports whether a dotted quad is spoilt only by zeros such as 010.
func hasLeadingZero(s string) bool {
	host, _, _ := strings.Cut(s, "/")
	parts := strings.Split(host, ".")
	if len(parts) != 4 {
		return false
	}
	found := false
	for i, p := range parts {
		if p == "" || strings.Trim(p, "0123456789") != "" {
			return false
		}
		if t := strings.TrimLeft(p, "0"); t != p && p != "0" {
			found = true
			if t == "" {
				t = "0"
			}
			parts[i] = t
		}
	}
	_, err := netip.ParseAddr(strings.Join(parts, "."))
	return found && err == nil
}

func familyOf(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// ParseAll reads every element with [Parse]; the error is an *[ElementError].
func ParseAll(elements []string) ([]netip.Prefix, error) {
	prefixes := make([]netip.Prefix, len(elements))
	for i, s := range elements {
		p, err := Parse(s)
		if err != nil {
			return nil, &ElementError{Index: i, Text: s, Err: err}
		}
		prefixes[i] = p
	}
	return prefixes, nil
}

// Strings writes each prefix in its canonical form.
func Strings(prefixes []netip.Prefix) []string {
	out := make([]string, len(prefixes))
	for i, p := range prefixes {
		out[i] = p.String()
	}
	return out
}
