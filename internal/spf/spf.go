// Package spf reads which addresses an SPF record names. Microsoft publishes nearly the
// addresses of its SMTP lists a second time there, over another protocol: a second
// witness for the list of the web service.
//
// The rules are those of RFC 7208. Only what names addresses is followed: ip4, ip6,
// include and redirect. What would need more look-ups or the sender of a message (a, mx,
// ptr, exists, macros) is named and not followed.
package spf

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// Domain is the domain whose record names the senders of an instance; empty for
// instances that are not served. US government clouds share one.
func Domain(instance endpoints.Instance) string {
	return map[endpoints.Instance]string{
		endpoints.Worldwide:    "spf.protection.outlook.com",
		endpoints.USGovDoD:     "spf.protection.office365.us",
		endpoints.USGovGCCHigh: "spf.protection.office365.us",
		endpoints.China:        "spf.protection.partner.outlook.cn",
	}[instance]
}

// Resolver looks up the TXT records of an absolute name; the strings of one record come
// joined. *net.Resolver is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Record is what a domain's record and those it includes say.
type Record struct {
	Text     string         // the record of the domain itself
	Domains  []string       // every domain read, in the order in which it was
	Prefixes []netip.Prefix // the addresses that may send: distinct, in numeric order
	// NotFollowed are the terms that are not followed, as written, each after its domain
	// and a blank: those that need more than this record, and those whose addresses do
	// not pass.
	NotFollowed []string
}

// Error says which record could not be read.
type Error struct {
	Domain string
	Err    error
}

func (e *Error) Error() string { return fmt.Sprintf("the SPF record of %s: %v", e.Domain, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// The reasons of an [Error], beside those of a resolver and of terms that cannot be read.
var (
	ErrNone     = errors.New("there is none: no TXT record begins with v=spf1")
	ErrSeveral  = errors.New("there are several, which RFC 7208 forbids")
	ErrLookups  = fmt.Errorf("it needs more than %d look-ups, which RFC 7208 forbids", maxLookups)
	ErrLoop     = errors.New("it includes itself")
	ErrNothing  = errors.New("it names no address")
	errTooShort = errors.New("it is not a domain name")
)

// maxLookups is how many terms of a record and those it includes may ask the DNS
// (RFC 7208, section 4.6.4).
const maxLookups = 10

// Read follows the record of a domain. The error is an *[Error]; a record without any
// address is one.
func Read(ctx context.Context, resolver Resolver, domain string) (*Record, error) {
	r := &reader{resolver: resolver}
	text, err := r.follow(ctx, strings.TrimSuffix(strings.ToLower(domain), "."), nil)
	if err != nil {
		return nil, err
	}
	r.out.Text = text
	r.out.Prefixes = cidr.Sorted(r.out.Prefixes)
	if len(r.out.Prefixes) == 0 {
		return nil, &Error{domain, ErrNothing}
	}
	return &r.out, nil
}

type reader struct {
	resolver Resolver
	lookups  int
	out      Record
}

// follow reads the record of a domain; path are the domains that led to it.
func (r *reader) follow(ctx context.Context, domain string, path []string) (string, error) {
	fail := func(err error) (string, error) { return "", &Error{domain, err} }
	if slices.Contains(path, domain) {
		return fail(ErrLoop)
	}
	if !strings.Contains(domain, ".") {
		return fail(errTooShort)
	}
	if slices.Contains(r.out.Domains, domain) {
		return "", nil // included twice: its addresses are there
	}
	text, err := r.record(ctx, domain)
	if err != nil {
		return fail(err)
	}
	r.out.Domains = append(r.out.Domains, domain)
	terms := strings.Fields(text)[1:]
	path = append(path[:len(path):len(path)], domain)
	redirect := ""
	for _, term := range terms {
		t, err := parse(term)
		if err != nil {
			return fail(err)
		}
		if t.name == "redirect" {
			if redirect != "" {
				return fail(fmt.Errorf("it has redirect twice"))
			}
			redirect = t.value
		}
		if err := r.term(ctx, domain, t, path); err != nil {
			return "", err
		}
	}
	// Redirect counts only where no mechanism matches every sender (section 6.1).
	if redirect != "" && !hasAll(terms) {
		err = r.include(ctx, domain, term{text: "redirect=" + redirect, name: "redirect", value: redirect, pass: true}, path)
	}
	return text, err
}

// record is the one TXT record of a domain that is an SPF record.
func (r *reader) record(ctx context.Context, domain string) (string, error) {
	all, err := r.resolver.LookupTXT(ctx, domain+".")
	if err != nil {
		return "", err
	}
	var found []string
	for _, text := range all {
		version, _, _ := strings.Cut(text, " ")
		if strings.EqualFold(version, "v=spf1") {
			found = append(found, text)
		}
	}
	switch len(found) {
	case 0:
		return "", ErrNone
	case 1:
		return found[0], nil
	}
	return "", ErrSeveral
}

// term takes what a term says; redirect waits for the end of the record.
func (r *reader) term(ctx context.Context, domain string, t term, path []string) error {
	switch t.name {
	case "ip4", "ip6":
		if !t.pass {
			r.skip(domain, t)
			return nil
		}
		r.out.Prefixes = append(r.out.Prefixes, t.prefix)
	case "include":
		return r.include(ctx, domain, t, path)
	case "all":
		if t.pass {
			r.skip(domain, t) // every sender passes: that confirms no address
		}
	case "a", "mx", "ptr", "exists":
		r.skip(domain, t)
		return r.count(domain)
	}
	return nil
}

func (r *reader) include(ctx context.Context, domain string, t term, path []string) error {
	if err := r.count(domain); err != nil {
		return err
	}
	if !t.pass || strings.Contains(t.value, "%") {
		r.skip(domain, t)
		return nil
	}
	_, err := r.follow(ctx, strings.TrimSuffix(strings.ToLower(t.value), "."), path)
	return err
}

func (r *reader) count(domain string) error {
	if r.lookups++; r.lookups > maxLookups {
		return &Error{domain, ErrLookups}
	}
	return nil
}

func (r *reader) skip(domain string, t term) {
	r.out.NotFollowed = append(r.out.NotFollowed, domain+" "+t.text)
}

func hasAll(terms []string) bool {
	return slices.ContainsFunc(terms, func(t string) bool {
		return strings.EqualFold(strings.TrimLeft(t, "+-~?"), "all")
	})
}

// term is a mechanism or modifier of a record.
type term struct {
	text, name string // name in lower case
	value      string // after the colon or equals sign
	pass       bool   // the qualifier is +, or there is none
	prefix     netip.Prefix
}

// parse reads a term (RFC 7208, section 12). Modifiers that it does not know are ignored,
// as the RFC says; mechanisms are not.
func parse(text string) (term, error) {
	t := term{text: text, pass: true}
	bad := func(why string) (term, error) { return term{}, fmt.Errorf("the term %q %s", text, why) }
	if i := strings.IndexAny(text, ":=/"); i > 0 && text[i] == '=' {
		t.name, t.value = strings.ToLower(text[:i]), text[i+1:]
		if t.name == "redirect" && t.value == "" {
			return bad("names no domain")
		}
		return t, nil
	}
	rest := text
	switch rest[0] {
	case '+':
		rest = rest[1:]
	case '-', '~', '?':
		rest, t.pass = rest[1:], false
	}
	i := strings.IndexAny(rest, ":/")
	if i < 0 {
		i = len(rest)
	}
	t.name, t.value = strings.ToLower(rest[:i]), strings.TrimPrefix(rest[i:], ":")
	switch t.name {
	case "all", "a", "mx", "ptr":
		return t, nil
	case "include", "exists":
		if t.value == "" {
			return bad("names no domain")
		}
		return t, nil
	case "ip4", "ip6":
		var ok bool
		if t.prefix, ok = network(t.value, t.name == "ip4"); !ok {
			return bad("is not a network")
		}
		return t, nil
	}
	return bad("is not known")
}

// network reads an address with an optional prefix length; host bits do not count.
func network(s string, ipv4 bool) (netip.Prefix, bool) {
	var p netip.Prefix
	a, err := netip.ParseAddr(s)
	if err == nil {
		p = netip.PrefixFrom(a, a.BitLen())
	} else if p, err = netip.ParsePrefix(s); err != nil {
		return p, false
	}
	if p.Addr().Is4() != ipv4 || p.Addr().Is4In6() || p.Addr().Zone() != "" {
		return p, false
	}
	return p.Masked(), true
}
