// Package allowlist is the list a firewall in front of Exchange needs: the SMTP
// prefixes of one published version, as rules, with a digest that pins them.
package allowlist

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// Allowlist is the SMTP part of one published list. Prefixes are never empty.
type Allowlist struct {
	Instance endpoints.Instance
	Version  endpoints.Version
	endpoints.SMTP
}

// NoSMTPError says that a list has no SMTP set: nothing to allow.
type NoSMTPError struct {
	Instance endpoints.Instance
	Version  endpoints.Version
}

func (e *NoSMTPError) Error() string {
	return fmt.Sprintf(
		"list %s of %s has no endpoint set of Exchange with TCP port 25 and addresses, so there is nothing to allow",
		e.Version,
		e.Instance,
	)
}

// MissingFamilyError says that a list lacks one of the families.
type MissingFamilyError struct {
	Instance endpoints.Instance
	Version  endpoints.Version
	Family   string // IPv4 or IPv6
}

func (e *MissingFamilyError) Error() string {
	return fmt.Sprintf("the SMTP list %s of %s has no %s prefix", e.Version, e.Instance, e.Family)
}

// New selects the SMTP prefixes of a list. A list without any is a *[NoSMTPError];
// one that lacks a family is a *[MissingFamilyError], unless that is allowed,
// because an empty list opens everything on some clouds.
func New(l *endpoints.List, allowMissingFamily bool) (*Allowlist, error) {
	smtp, ok := l.SMTP()
	if !ok {
		return nil, &NoSMTPError{l.Instance, l.Version}
	}
	a := &Allowlist{l.Instance, l.Version, smtp}
	if allowMissingFamily {
		return a, nil
	}
	ipv4, ipv6 := cidr.SplitFamilies(a.Prefixes)
	switch {
	case len(ipv4) == 0:
		return nil, &MissingFamilyError{l.Instance, l.Version, "IPv4"}
	case len(ipv6) == 0:
		return nil, &MissingFamilyError{l.Instance, l.Version, "IPv6"}
	}
	return a, nil
}

// SHA256 is the hex digest of the prefixes joined by newlines, which a
// configuration can compute for itself: sha256(join("\n", cidrs)).
func (a *Allowlist) SHA256() string { return SHA256(a.Prefixes) }

// SHA256 is the digest of a canonical list, as [Allowlist.SHA256].
func SHA256(prefixes []netip.Prefix) string {
	sum := sha256.Sum256([]byte(strings.Join(cidr.Strings(prefixes), "\n")))
	return hex.EncodeToString(sum[:])
}

// The families as attribute keys.
const (
	IPv4 = "ipv4"
	IPv6 = "ipv6"
)

// Rule is one prefix in the words of firewall rules.
type Rule struct {
	Prefix      netip.Prefix
	Description string // stays the same from version to version, so that no rule churns
}

// Rules are the prefixes as rules, in the same order.
func (a *Allowlist) Rules() []Rule { return Rules(a.Instance, a.Prefixes) }

// Rules describes each prefix as a rule of the instance. The description has
// only characters that every cloud takes: letters, digits, blank and ._-:/().
func Rules(instance endpoints.Instance, prefixes []netip.Prefix) []Rule {
	description := fmt.Sprintf("Exchange Online Protection SMTP (%s)", instance)
	out := make([]Rule, len(prefixes))
	for i, p := range prefixes {
		out[i] = Rule{p, description}
	}
	return out
}

// Family is [IPv4] or [IPv6].
func (r Rule) Family() string {
	if r.Prefix.Addr().Is4() {
		return IPv4
	}
	return IPv6
}

// Ethertype is the family as OpenStack and others write it: IPv4 or IPv6.
func (r Rule) Ethertype() string {
	if r.Prefix.Addr().Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// Netmask is the dotted mask of an IPv4 prefix; IPv6 has none.
func (r Rule) Netmask() (string, bool) {
	if !r.Prefix.Addr().Is4() {
		return "", false
	}
	return net.IP(net.CIDRMask(r.Prefix.Bits(), 32)).String(), true
}

// HostOrCIDR is the bare address of a prefix that holds just one, as targets
// like Cloudflare's lists demand, and the prefix otherwise.
func (r Rule) HostOrCIDR() string {
	if r.Prefix.IsSingleIP() {
		return r.Prefix.Addr().String()
	}
	return r.Prefix.String()
}

// DigestError says that a list is not the one whose digest was pinned.
type DigestError struct {
	Instance  endpoints.Instance
	Version   endpoints.Version
	Got, Want string
	Prefixes  []netip.Prefix
}

func (e *DigestError) Error() string {
	return fmt.Sprintf(
		"the SMTP list %s of %s has the digest %s, not %s; its prefixes are %s",
		e.Version,
		e.Instance,
		e.Got,
		e.Want,
		strings.Join(cidr.Strings(e.Prefixes), ", "),
	)
}

// CheckDigest compares the list with a pinned digest, in any case; the error is
// a *[DigestError].
func (a *Allowlist) CheckDigest(want string) error {
	if got := a.SHA256(); !strings.EqualFold(got, want) {
		return &DigestError{a.Instance, a.Version, got, want, a.Prefixes}
	}
	return nil
}
