package cidr

import (
	"net/netip"
	"slices"
	"sync"

	"go4.org/netipx"
)

// Special is a block that no public mail comes from.
type Special struct {
	Prefix netip.Prefix
	Name   string // as its registry calls it
	RFC    string
}

// SpecialBlocks is the union of IANA's special-purpose address registries for
// IPv4 and IPv6 (RFC 6890 and its successors) and the multicast ranges. Blocks
// the registries nest in another are left to the outer one. Globally reachable
// entries (AS112, AMT, 64:ff9b::/96) are in: they are anycast or translation
// services and never the source of a connection from a mail host.
func SpecialBlocks() []Special { return specialBlocks() }

var specialBlocks = sync.OnceValue(func() []Special {
	blocks := []struct{ prefix, name, rfc string }{
		{"0.0.0.0/8", "this network", "RFC 791"},
		{"10.0.0.0/8", "private use", "RFC 1918"},
		{"100.64.0.0/10", "shared address space (carrier-grade NAT)", "RFC 6598"},
		{"127.0.0.0/8", "loopback", "RFC 1122"},
		{"169.254.0.0/16", "link local", "RFC 3927"},
		{"172.16.0.0/12", "private use", "RFC 1918"},
		{"192.0.0.0/24", "IETF protocol assignments", "RFC 6890"},
		{"192.0.2.0/24", "documentation (TEST-NET-1)", "RFC 5737"},
		{"192.31.196.0/24", "AS112-v4", "RFC 7535"},
		{"192.52.193.0/24", "automatic multicast tunneling", "RFC 7450"},
		{"192.88.99.0/24", "deprecated 6to4 relay anycast", "RFC 7526"},
		{"192.168.0.0/16", "private use", "RFC 1918"},
		{"192.175.48.0/24", "direct delegation AS112 service", "RFC 7534"},
		{"198.18.0.0/15", "benchmarking", "RFC 2544"},
		{"198.51.100.0/24", "documentation (TEST-NET-2)", "RFC 5737"},
		{"203.0.113.0/24", "documentation (TEST-NET-3)", "RFC 5737"},
		{"224.0.0.0/4", "multicast", "RFC 5771"},
		{"240.0.0.0/4", "reserved, and limited broadcast", "RFC 1112"},
		{"::/128", "unspecified address", "RFC 4291"},
		{"::1/128", "loopback address", "RFC 4291"},
		{"::ffff:0:0/96", "IPv4-mapped addresses", "RFC 4291"},
		{"64:ff9b::/96", "IPv4-IPv6 translation", "RFC 6052"},
		{"64:ff9b:1::/48", "IPv4-IPv6 translation, local use", "RFC 8215"},
		{"100::/64", "discard only", "RFC 6666"},
		{"100:0:0:1::/64", "dummy prefix", "RFC 9780"},
		{"2001::/23", "IETF protocol assignments (Teredo among them)", "RFC 2928"},
		{"2001:db8::/32", "documentation", "RFC 3849"},
		{"2002::/16", "6to4", "RFC 3056"},
		{"2620:4f:8000::/48", "direct delegation AS112 service", "RFC 7534"},
		{"3fff::/20", "documentation", "RFC 9637"},
		{"5f00::/16", "segment routing SIDs", "RFC 9602"},
		{"fc00::/7", "unique local", "RFC 4193"},
		{"fe80::/10", "link-local unicast", "RFC 4291"},
		{"fec0::/10", "deprecated site-local unicast", "RFC 3879"},
		{"ff00::/8", "multicast", "RFC 4291"},
	}
	out := make([]Special, len(blocks))
	for i, b := range blocks {
		out[i] = Special{Prefix: netip.MustParsePrefix(b.prefix), Name: b.name, RFC: b.rfc}
	}
	return out
})

var specialSet = sync.OnceValue(func() *Set {
	var all []netip.Prefix
	for _, s := range SpecialBlocks() {
		all = append(all, s.Prefix)
	}
	return SetOf(all)
})

// OverlapsSpecial reports whether any address of p is special-purpose.
func OverlapsSpecial(p netip.Prefix) bool { return specialSet().OverlapsPrefix(p) }

// Removed is special-purpose space that was found in a list: Prefix is the part
// inside the block.
type Removed struct {
	Prefix netip.Prefix
	Block  Special
}

// ExcludeSpecial takes special-purpose space out of a list. kept is as [Merge]
// writes it; removed is in numeric order, one entry for each part of a block.
func ExcludeSpecial(prefixes []netip.Prefix) (kept []netip.Prefix, removed []Removed) {
	set := SetOf(prefixes)
	if !slices.ContainsFunc(prefixes, OverlapsSpecial) {
		return set.Prefixes(), nil // as every published list is: spare it the search for each block
	}
	var rest netipx.IPSetBuilder
	rest.AddSet(set.set)
	for _, s := range SpecialBlocks() {
		for _, part := range set.within(s.Prefix) {
			rest.RemoveRange(part)
			for _, p := range part.Prefixes() {
				removed = append(removed, Removed{Prefix: p, Block: s})
			}
		}
	}
	return built(&rest).Prefixes(), removed
}
