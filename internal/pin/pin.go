// Package pin decides which list a firewall keeps when a newer one is published:
// the accepted list stays until somebody approves another, or a policy does.
//
// Decisions depend only on their arguments. Days count between publication dates.
package pin

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
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
	Change   *Change                   // what the last step did; nil before the first step
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

// Change is what a step did to the prefixes to allow.
type Change struct {
	Text           string
	Added, Removed []netip.Prefix
}

// maxNamed is how many prefixes a text names each way.
const maxNamed = 20

// changeOf describes the step from one list to the next, by the prefixes to allow.
func changeOf(from, to *Accepted) *Change {
	diff := cidr.Diff(from.Effective(), to.Effective())
	step := fmt.Sprintf("%s -> %s", from.Version, to.Version)
	switch {
	case from.Version == to.Version && cidr.SameSpace(from.Prefixes, to.Prefixes):
		step = from.Version.String() // a retention ended
	case from.Version == to.Version:
		step = fmt.Sprintf("%s now means another list", from.Version)
	}
	return &Change{
		Text: fmt.Sprintf("%s: added %s; removed %s", step,
			cidr.Brief(diff.Missing, maxNamed), cidr.Brief(diff.Excess, maxNamed)),
		Added:   diff.Missing,
		Removed: diff.Excess,
	}
}

// Policy says which lists are accepted.
type Policy struct {
	Approved           endpoints.Version    // the version a person approved; zero: none
	ApprovedSHA256     string               // digest the approved list must have; empty: any
	Auto               bool                 // whether steps within the limits are accepted unattended
	Limits             endpoints.StepLimits // of one unattended step
	RetainDays         int                  // how long removed prefixes are kept, by publication dates
	AllowMissingFamily bool                 // whether a list without IPv4 or without IPv6 may be accepted
	// Witness is another publication of the addresses; empty: none. An unattended step
	// may add only what it confirms.
	Witness []netip.Prefix
}

// Decision is what the pin holds from now on.
type Decision struct {
	Accepted *Accepted
	// Waiting is the candidate that was not taken, where it has another address
	// space and so waits for approval; nil otherwise.
	Waiting *List
	// Reason says why an unattended step was not taken; empty if no policy could
	// have taken it.
	Reason string

	next *Accepted // what accepting the waiting candidate would hold
}

// WaitingChange is what accepting the waiting candidate would do.
func (d Decision) WaitingChange() *Change { return changeOf(d.Accepted, d.next) }

// Subject is what a refusal is about.
type Subject int

// The subjects.
const (
	Candidate Subject = iota
	Approved
	Digest
	Families
	Held
)

// Error is a refusal.
type Error struct {
	Subject Subject
	Text    string
}

func (e *Error) Error() string { return e.Text }

func refuse(subject Subject, format string, args ...any) error {
	return &Error{subject, fmt.Sprintf(format, args...)}
}

// Pin decides with what the running binary knows.
type Pin struct {
	Archive *archive.Archive
	Guard   endpoints.Guard
}

// Decide chooses between the list held (nil where there is none yet) and the
// candidate. The errors are *[Error].
func (p Pin) Decide(held *Accepted, candidate *List, policy Policy) (Decision, error) {
	if err := p.believe(candidate); err != nil {
		return Decision{}, &Error{Candidate, err.Error()}
	}
	if held != nil {
		if err := p.believeHeld(held); err != nil {
			return Decision{}, &Error{Held, err.Error()}
		}
		if candidate.Instance != held.Instance {
			return Decision{}, refuse(
				Candidate,
				"the candidate is a list of %s, and this pin holds a list of %s; to move a pin to another cloud, "+
					"taint the resource",
				candidate.Instance,
				held.Instance,
			)
		}
	}
	d, err := p.choose(held, candidate, policy)
	if err != nil {
		return Decision{}, err
	}
	if held != nil {
		d.Accepted = withChange(held, d.Accepted)
	}
	return d, checkFamilies(d.Accepted, policy)
}

// believe refuses a list that contradicts the archive, or has what no published list
// can have.
func (p Pin) believe(l *List) error {
	if err := p.Guard.CheckSMTP(l.Instance, l.Version, l.Prefixes); err != nil {
		return err
	}
	known, ok, err := p.archived(l.Instance, l.Version)
	if err != nil {
		return err
	}
	if !ok {
		if p.Archive.Has(l.Instance, l.Version) {
			return fmt.Errorf("the published list of that version has no SMTP addresses, and %s has some", l)
		}
		return nil
	}
	if cidr.SameSpace(known.Prefixes, l.Prefixes) {
		return nil
	}
	diff := cidr.Diff(known.Prefixes, l.Prefixes)
	return fmt.Errorf(
		"%s does not have the addresses of the published list of that version: it has %s in excess and lacks %s",
		l,
		cidr.Brief(diff.Missing, maxNamed),
		cidr.Brief(diff.Excess, maxNamed),
	)
}

// believeHeld checks the list in state with what it retains.
func (p Pin) believeHeld(held *Accepted) error {
	if err := p.believe(&held.List); err != nil {
		return err
	}
	if err := p.Guard.CheckSMTP(held.Instance, held.Version, held.Effective()); err != nil {
		return err
	}
	for prefix, r := range held.Retained {
		known, ok, err := p.archived(held.Instance, r.LastIn)
		if err != nil {
			return err
		}
		if ok && !cidr.Contains(known.Prefixes, prefix) {
			return fmt.Errorf("it retains %s of version %s, and the published list of that version does not have it",
				prefix, r.LastIn)
		}
	}
	return nil
}

// archived is the SMTP list of an archived version; ok is false where there is none.
func (p Pin) archived(instance endpoints.Instance, version endpoints.Version) (l *List, ok bool, err error) {
	if !p.Archive.Has(instance, version) {
		return nil, false, nil
	}
	whole, err := p.Archive.List(instance, version)
	if err != nil {
		return nil, false, err
	}
	smtp, ok := whole.SMTP()
	return &List{Instance: instance, Version: version, Prefixes: smtp.Prefixes}, ok, nil
}

// Archived is the list of an archived version as a pin that was just made holds it.
func (p Pin) Archived(instance endpoints.Instance, version endpoints.Version) (*Accepted, error) {
	l, ok, err := p.archived(instance, version)
	if err == nil && !ok {
		err = fmt.Errorf("version %s of %s is not in the archive, or has no SMTP list", version, instance)
	}
	if err != nil {
		return nil, err
	}
	return &Accepted{List: *l}, nil
}

// choose applies the policy. A version that a person approved comes first; the limits
// judge what follows.
func (p Pin) choose(held *Accepted, candidate *List, policy Policy) (Decision, error) {
	base := held
	if held != nil {
		base = settled(held, policy.RetainDays)
	}
	if !policy.Approved.IsZero() {
		approved, err := p.approve(base, candidate, policy)
		if err != nil {
			return Decision{}, err
		}
		base = approved
	}
	if !policy.Auto {
		return waiting(base, candidate, policy.RetainDays, ""), nil
	}
	return p.byLimits(base, candidate, policy)
}

// waiting holds a list, and lets the candidate wait where it has other addresses.
func waiting(accepted *Accepted, candidate *List, retainDays int, reason string) Decision {
	d := Decision{Accepted: accepted}
	if !cidr.SameSpace(accepted.Prefixes, candidate.Prefixes) {
		d.Waiting, d.Reason, d.next = candidate, reason, step(accepted, candidate, retainDays)
	}
	return d
}

// approve finds the approved version: in the candidate, the state or the archive. Beside an
// unattended policy it never goes back, and is ignored when a newer version is held.
func (p Pin) approve(held *Accepted, candidate *List, policy Policy) (*Accepted, error) {
	if policy.Auto && held != nil && held.Version.Compare(policy.Approved) > 0 {
		return held, nil
	}
	var choices []*Accepted
	if held != nil && held.Version == policy.Approved {
		choices = append(choices, held)
	}
	if candidate.Version == policy.Approved {
		choices = append(choices, step(held, candidate, policy.RetainDays))
	}
	l, ok, err := p.archived(candidate.Instance, policy.Approved)
	if err != nil {
		return nil, err
	}
	if ok {
		choices = append(choices, step(held, l, policy.RetainDays))
	}
	if len(choices) == 0 {
		if policy.Auto {
			return held, nil // not known yet: the limits decide
		}
		return nil, refuse(
			Approved,
			"version %s is approved, but %s, the candidate is version %s, and the embedded archive does not have it",
			policy.Approved,
			holds(held),
			candidate.Version,
		)
	}
	// A number can mean two lists where nobody reviewed it: the digest tells which one.
	for _, a := range choices {
		if err = checkDigest(a, policy.ApprovedSHA256); err == nil {
			return a, nil
		}
	}
	return nil, checkDigest(choices[0], policy.ApprovedSHA256)
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
		return &Error{Digest, err.Error()}
	}
	return nil
}

// byLimits takes a newer list with another address space if the step is small enough;
// an older one is never taken unattended.
func (p Pin) byLimits(held *Accepted, candidate *List, policy Policy) (Decision, error) {
	if held == nil {
		if reason, err := p.suspicious(nil, candidate, policy); err != nil || reason != "" {
			return Decision{}, refuseFirst(reason, err)
		}
		return Decision{Accepted: step(nil, candidate, 0)}, nil
	}
	if candidate.Version.Compare(held.Version) < 0 {
		return waiting(held, candidate, policy.RetainDays, "it is older than the list held"), nil
	}
	next := step(held, candidate, policy.RetainDays)
	// Another number for the same list changes nothing, unless it ends a retention. A
	// list that differs is taken even where retention keeps the rule as it was:
	// its days count from here.
	if cidr.SameSpace(candidate.Prefixes, held.Prefixes) && cidr.SameSpace(next.Effective(), held.Effective()) {
		return Decision{Accepted: held}, nil
	}
	reason, err := p.suspicious(held, candidate, policy)
	if err != nil {
		return Decision{}, err
	}
	if reason != "" {
		return waiting(held, candidate, policy.RetainDays, reason), nil
	}
	return Decision{Accepted: next}, nil
}

func refuseFirst(reason string, err error) error {
	if err != nil {
		return err
	}
	return refuse(Candidate, "the candidate is not accepted unattended: %s", reason)
}

// suspicious says why a step is not taken unattended; empty where it is.
func (p Pin) suspicious(held *Accepted, candidate *List, policy Policy) (reason string, err error) {
	reviewed, err := p.Archive.Reviewed(candidate.Instance, candidate.Version)
	if err != nil {
		return "", err
	}
	published, err := p.Archive.Published(candidate.Instance)
	if err != nil {
		return "", err
	}
	added := candidate.Prefixes
	if held != nil {
		if s := policy.Limits.Check(held.Prefixes, candidate.Prefixes); s != nil {
			return fmt.Sprintf("compared with version %s, its addresses %s", held.Version, s), nil
		}
		added = cidr.Subtract(candidate.Prefixes, held.Prefixes)
	}
	if reviewed != nil {
		smtp, _ := reviewed.SMTP()
		if s := p.Guard.StepLimits.Check(smtp.Prefixes, candidate.Prefixes); s != nil {
			return fmt.Sprintf(
				"compared with version %s, the newest reviewed list before it, its addresses %s",
				reviewed.Version,
				s,
			), nil
		}
		if held == nil {
			added = cidr.Subtract(candidate.Prefixes, smtp.Prefixes)
		}
	}
	if unfamiliar := endpoints.Unfamiliar(added, published); len(unfamiliar) > 0 {
		return fmt.Sprintf(
			"it adds %s, and no published list had addresses near there",
			cidr.Brief(unfamiliar, maxNamed),
		), nil
	}
	return unconfirmed(held, candidate, policy.Witness), nil
}

// minConfirmedPercent of each added prefix must lie in the witness. An overlap alone
// would let a wide prefix through; of the real ones 81 percent and more do.
const minConfirmedPercent = 50

// unconfirmed says which added prefix the witness does not confirm.
func unconfirmed(held *Accepted, candidate *List, witness []netip.Prefix) string {
	if len(witness) == 0 || held == nil {
		return ""
	}
	for _, p := range candidate.Prefixes {
		added := cidr.Subtract([]netip.Prefix{p}, held.Prefixes)
		if len(added) == 0 {
			continue
		}
		all, confirmed := cidr.CountOf(added), cidr.CountOf(cidr.Intersect(added, witness))
		whole, part := all.IPv4, confirmed.IPv4
		if p.Addr().Is6() {
			whole, part = all.IPv6, confirmed.IPv6
		}
		if percent := cidr.Percent(part, whole); percent < minConfirmedPercent {
			return fmt.Sprintf("it adds %s, of which the witness confirms %.1f %%, less than %d %%",
				cidr.Brief(added, maxNamed), percent, minConfirmedPercent)
		}
	}
	return ""
}

// withChange carries the last step along, or describes the one just taken.
func withChange(held, accepted *Accepted) *Accepted {
	out := *accepted
	out.Change = held.Change
	if accepted.Version != held.Version || !cidr.SameSpace(accepted.Prefixes, held.Prefixes) ||
		!cidr.SameSpace(accepted.Effective(), held.Effective()) {
		out.Change = changeOf(held, accepted)
	}
	return &out
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
	// An older list than the one that removed it is a rollback: nothing is retained then.
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
	return refuse(
		Families,
		"%s lacks one of the address families; an empty list opens everything on some clouds",
		&a.List,
	)
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
