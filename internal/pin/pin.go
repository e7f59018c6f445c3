// Package pin decides which list a firewall holds to when a newer one turns up:
// the accepted list stays until somebody approves another, or a policy does.
//
// Decisions depend on their arguments alone: no clock, no network. Time is told
// by publication dates.
package pin

import (
	"fmt"
	"math/big"
	"net/netip"
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// List is a published SMTP list.
type List struct {
	Instance endpoints.Instance
	Version  endpoints.Version
	Prefixes []netip.Prefix // canonical, never empty
}

func (l *List) String() string { return fmt.Sprintf("version %s of %s", l.Version, l.Instance) }

// Retained is a prefix that a newer list no longer has, kept for a while.
type Retained struct {
	LastIn    endpoints.Version // the last accepted version that had it
	RemovedBy endpoints.Version // the accepted version that no longer did
}

// Accepted is the list a pin holds.
type Accepted struct {
	List
	Retained map[netip.Prefix]Retained // beside the list's own prefixes, none inside them
}

// Effective are the prefixes to allow: the list's own and the retained, in
// numeric order.
func (a *Accepted) Effective() []netip.Prefix {
	out := slices.Clone(a.Prefixes)
	for p := range a.Retained {
		out = append(out, p)
	}
	return cidr.Outermost(out)
}

// Policy says which lists are accepted.
type Policy struct {
	Approved           endpoints.Version // zero: approve by limits alone
	ApprovedSHA256     string            // digest the accepted list must have; empty: any
	MaxRemovedPercent  float64           // of either family's addresses, in one unattended step
	MaxAddedPercent    float64           // of the IPv4 addresses, likewise
	RetainDays         int               // how long removed prefixes are kept, by publication dates
	AllowMissingFamily bool              // whether a list without IPv4 or without IPv6 may be accepted
}

// Archive finds a list by name; ok is false where it is not archived.
type Archive func(endpoints.Instance, endpoints.Version) (*List, bool)

// Decision is what the pin holds from now on.
type Decision struct {
	Accepted *Accepted
	// Waiting is the candidate that was not taken, where it has another address
	// space and so waits for approval; nil otherwise.
	Waiting *List
}

// Error is a refusal; Attribute is the argument of the pin that decides it.
type Error struct {
	Attribute string
	Text      string
}

func (e *Error) Error() string { return e.Text }

func refuse(attribute, format string, args ...any) error {
	return &Error{attribute, fmt.Sprintf(format, args...)}
}

// Decide chooses between the list held (nil where there is none yet) and the
// candidate. The errors are *[Error].
func Decide(held *Accepted, candidate *List, policy Policy, archive Archive) (Decision, error) {
	if held != nil {
		if err := checkSameList(held, candidate); err != nil {
			return Decision{}, err
		}
		held = settled(held, policy.RetainDays)
	}
	decide := byLimits
	if !policy.Approved.IsZero() {
		decide = byApproval
	}
	d, err := decide(held, candidate, policy, archive)
	if err != nil {
		return Decision{}, err
	}
	return d, checkFamilies(d.Accepted, policy)
}

// checkSameList refuses a candidate that cannot follow the list held.
func checkSameList(held *Accepted, candidate *List) error {
	switch {
	case candidate.Instance != held.Instance:
		return refuse("candidate", "the candidate is a list of %s, and this pin holds one of %s; a pin belongs to one cloud, so taint the resource to move it", candidate.Instance, held.Instance)
	case candidate.Version == held.Version && !cidr.SameSpace(candidate.Prefixes, held.Prefixes):
		return refuse("candidate", "the candidate is %s like the list held, but has other addresses; a published list does not change, so one of the two is not Microsoft's", candidate)
	}
	return nil
}

// settled is the list held with what may still be retained under these days, so
// that fewer days take effect at once.
func settled(held *Accepted, retainDays int) *Accepted {
	out := &Accepted{List: held.List}
	for p, r := range held.Retained {
		out.retain(p, r, retainDays)
	}
	return out
}

// retain keeps a removed prefix while its days have not passed.
func (a *Accepted) retain(p netip.Prefix, r Retained, days int) {
	passed := a.Version.Day().Sub(r.RemovedBy.Day()).Hours() / 24
	// An older list than the one that removed it is a rollback: it settles the matter.
	if passed >= float64(days) || a.Version.Compare(r.RemovedBy) < 0 {
		return
	}
	if a.Retained == nil {
		a.Retained = map[netip.Prefix]Retained{}
	}
	a.Retained[p] = r
}

// checkFamilies refuses a list that would leave a rule of one family empty.
func checkFamilies(a *Accepted, policy Policy) error {
	ipv4, ipv6 := cidr.SplitFamilies(a.Prefixes)
	if policy.AllowMissingFamily || len(ipv4) > 0 && len(ipv6) > 0 {
		return nil
	}
	return refuse("allow_missing_family", "%s lacks one of the address families, and an empty list opens everything on some clouds", &a.List)
}

func byApproval(held *Accepted, candidate *List, policy Policy, archive Archive) (Decision, error) {
	var chosen *Accepted
	switch {
	case held != nil && held.Version == policy.Approved:
		chosen = held
	case candidate.Version == policy.Approved:
		chosen = step(held, candidate, policy.RetainDays)
	default:
		l, ok := archive(candidate.Instance, policy.Approved)
		if !ok {
			return Decision{}, refuse("approved_version", "version %s is approved, but %s, the candidate is version %s, and the provider's archive does not have it", policy.Approved, holds(held), candidate.Version)
		}
		chosen = step(held, l, policy.RetainDays)
	}
	if err := checkDigest(chosen, policy.ApprovedSHA256); err != nil {
		return Decision{}, err
	}
	d := Decision{Accepted: chosen}
	if chosen.Version != candidate.Version && !cidr.SameSpace(chosen.Prefixes, candidate.Prefixes) {
		d.Waiting = candidate
	}
	return d, nil
}

func holds(held *Accepted) string {
	if held == nil {
		return "no version is accepted yet"
	}
	return "the accepted version is " + held.Version.String()
}

func checkDigest(a *Accepted, want string) error {
	if want == "" {
		return nil
	}
	l := allowlist.Allowlist{Instance: a.Instance, Version: a.Version, SMTP: endpoints.SMTP{Prefixes: a.Prefixes}}
	if err := l.CheckDigest(want); err != nil {
		return &Error{"approved_sha256", err.Error()}
	}
	return nil
}

// byLimits takes a newer list with another address space if the step is small
// enough; an older one is never taken unattended.
func byLimits(held *Accepted, candidate *List, policy Policy, _ Archive) (Decision, error) {
	switch {
	case held == nil:
		return Decision{Accepted: step(nil, candidate, 0)}, nil
	case candidate.Version.Compare(held.Version) <= 0:
		return Decision{Accepted: held}, nil
	}
	next := step(held, candidate, policy.RetainDays)
	// Another number for the same list is no news, unless it ends a retention. A
	// list that differs is taken even where retention keeps the rule as it was:
	// its days count from here.
	if cidr.SameSpace(candidate.Prefixes, held.Prefixes) && cidr.SameSpace(next.Effective(), held.Effective()) {
		return Decision{Accepted: held}, nil
	}
	if err := checkStep(held, candidate, policy); err != nil {
		return Decision{}, err
	}
	return Decision{Accepted: next}, nil
}

// step is the list l accepted after held, with what it removed kept while the
// days have not passed.
func step(held *Accepted, l *List, retainDays int) *Accepted {
	next := &Accepted{List: *l}
	if held == nil || l.Version.Compare(held.Version) < 0 {
		return next // what an older list lacks was never meant to stay
	}
	kept := map[netip.Prefix]Retained{}
	for p, r := range held.Retained {
		keepOutside(kept, p, r, l)
	}
	for _, p := range cidr.Subtract(held.Prefixes, l.Prefixes) {
		kept[p] = Retained{LastIn: held.Version, RemovedBy: l.Version}
	}
	for p, r := range kept {
		next.retain(p, r, retainDays)
	}
	return next
}

// keepOutside keeps the part of a retained prefix that the new list lacks.
func keepOutside(kept map[netip.Prefix]Retained, p netip.Prefix, r Retained, l *List) {
	for _, rest := range cidr.Subtract([]netip.Prefix{p}, l.Prefixes) {
		kept[rest] = r
	}
}

// checkStep stops a suspicious step, family by family: removals in both,
// additions in IPv4. Growth of IPv6 is bounded by the guard's prefix length.
func checkStep(held *Accepted, candidate *List, policy Policy) error {
	diff := cidr.Diff(held.Prefixes, candidate.Prefixes)
	was, added, removed := cidr.CountOf(held.Prefixes), cidr.CountOf(diff.Missing), cidr.CountOf(diff.Excess)
	for _, f := range []struct {
		name                string
		was, added, removed *big.Int
		bounded             bool
	}{
		{"IPv4", was.IPv4, added.IPv4, removed.IPv4, true},
		{"IPv6", was.IPv6, added.IPv6, removed.IPv6, false},
	} {
		if f.was.Sign() == 0 {
			continue
		}
		if p := cidr.Percent(f.removed, f.was); p > policy.MaxRemovedPercent {
			return refuse("max_removed_percent", "%s takes away %.1f %% of the %s addresses of version %s, more than %g %%; nothing was accepted", candidate, p, f.name, held.Version, policy.MaxRemovedPercent)
		}
		if p := cidr.Percent(f.added, f.was); f.bounded && p > policy.MaxAddedPercent {
			return refuse("max_added_percent", "%s adds %.1f %% to the %s addresses of version %s, more than %g %%; nothing was accepted", candidate, p, f.name, held.Version, policy.MaxAddedPercent)
		}
	}
	return nil
}

// Wait is what tells the waiting candidate from the list held: Missing is in the
// candidate alone, Excess in the list held alone.
func Wait(d Decision) cidr.Difference { return cidr.Diff(d.Accepted.Prefixes, d.Waiting.Prefixes) }
