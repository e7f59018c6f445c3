package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// Comparison is a pinned list beside the newest one.
type Comparison struct {
	Latest *Found
	// UpToDate is false where the newest list known differs in SMTP address
	// space, true where it does not and the service named it, nil where it does
	// not and the service was not asked.
	UpToDate *bool
	// VersionsBehind counts the versions after the pin that changed the SMTP space.
	VersionsBehind int
	// BehindSince is when the first of them was published, YYYY-MM-DD; empty where
	// there is none.
	BehindSince     string
	cidr.Difference // Missing: in the newest alone; Excess: in the pin alone
	// MissingEffective is the earliest date, YYYY-MM-DD, at which missing
	// addresses take effect, where the change feed says; else empty.
	MissingEffective string
	Warnings         []Warning
}

// Compare holds a pin against the newest list. An outage is not an error, because a pin
// needs no network: the newest list known here is compared then.
func (c *Catalog) Compare(ctx context.Context, pin *endpoints.List) (*Comparison, error) {
	here, err := c.lists.Index(pin.Instance)
	if err != nil {
		return nil, err
	}
	if !pin.Instance.Served() {
		return nil, &PinOnlyError{pin.Instance, here.Versions()}
	}
	out := &Comparison{}
	if c.options.Mode == Embedded {
		out.Latest, err = newestVendored(here)
	} else {
		out.Latest, out.Warnings, err = c.newestToCompare(ctx, pin.Instance)
	}
	if err != nil {
		return nil, err
	}
	was, _ := pin.SMTP()
	is, _ := out.Latest.List.SMTP()
	out.Difference = cidr.Diff(was.Prefixes, is.Prefixes)
	switch same := out.Empty(); {
	case !same:
		out.UpToDate = new(bool)
	case out.Latest.Confirmed:
		yes := true
		out.UpToDate = &yes
	}
	if out.Empty() {
		return out, nil
	}
	if err := c.countBehind(out, pin, is.Prefixes); err != nil {
		return nil, err
	}
	out.MissingEffective = c.effective(ctx, out, pin)
	return out, nil
}

// newestToCompare is the service's list, or the newest known here. A list that was
// refused is worth a warning; a service that is out of reach is not.
func (c *Catalog) newestToCompare(ctx context.Context, instance endpoints.Instance) (*Found, []Warning, error) {
	found, err := c.served(ctx, instance, endpoints.Version{})
	if err == nil {
		return found, c.unsaid(found.Warnings), nil
	}
	here, hereErr := c.newestHere(instance)
	if hereErr != nil {
		return nil, nil, hereErr
	}
	here.Stale = true
	var guard *endpoints.GuardError
	if !errors.As(err, &guard) && !isBehind(err) {
		return here, nil, nil
	}
	return here, c.unsaid([]Warning{{
		"The newest list was refused",
		fmt.Sprintf("%v. The pin was compared with version %s (%s) instead.", err, here.List.Version, here.Source),
	}}), nil
}

// countBehind counts the versions after the pin that changed the SMTP space.
func (c *Catalog) countBehind(out *Comparison, pin *endpoints.List, newest []netip.Prefix) error {
	versions, _, err := c.lists.History(pin.Instance)
	if err != nil {
		return err
	}
	for _, v := range versions.UpTo(out.Latest.List.Version, newest) {
		if v.Version.Compare(pin.Version) > 0 && v.SMTPChanged != nil && *v.SMTPChanged {
			out.VersionsBehind++
			out.BehindSince = cmp.Or(out.BehindSince, v.Version.Published())
		}
	}
	return nil
}

// effective asks the change feed when the missing addresses take effect.
func (c *Catalog) effective(ctx context.Context, out *Comparison, pin *endpoints.List) string {
	if len(out.Missing) == 0 || !out.Latest.Confirmed {
		return ""
	}
	records, _ := c.Feed(ctx, pin.Instance, pin.Version, out.Latest.List.Version)
	missing := cidr.SetOf(out.Missing)
	earliest := ""
	for _, r := range records {
		concerns := slices.ContainsFunc(r.AddedPrefixes, missing.OverlapsPrefix)
		if concerns && r.EffectiveDate != "" && (earliest == "" || r.EffectiveDate < earliest) {
			earliest = r.EffectiveDate
		}
	}
	return earliest
}
