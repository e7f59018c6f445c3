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

// Compare holds a pin against the newest list. An outage is no error, for a pin
// needs no network: the newest list known here is compared then.
func (c *Catalog) Compare(ctx context.Context, pin *endpoints.List) (*Comparison, error) {
	if !pin.Instance.Served() {
		return nil, &PinOnlyError{pin.Instance, c.local(pin.Instance)}
	}
	out := &Comparison{}
	var err error
	if c.options.Mode == Embedded {
		out.Latest, err = c.newestVendored(pin.Instance)
	} else {
		out.Latest, out.Warnings = c.newestToCompare(ctx, pin.Instance)
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

// newestToCompare is the service's list, or the newest known here. A list that
// was refused is worth a warning; a service that is out of reach is not.
func (c *Catalog) newestToCompare(ctx context.Context, instance endpoints.Instance) (*Found, []Warning) {
	found, err := c.fetched(ctx, instance, endpoints.Version{})
	if err == nil {
		return found, c.unsaid(found.Warnings)
	}
	known := c.newestKnown(instance)
	known.Stale = true
	var guard *endpoints.GuardError
	var backwards *BackwardsError
	if !errors.As(err, &guard) && !errors.As(err, &backwards) {
		return known, nil
	}
	return known, c.unsaid([]Warning{{
		"The newest list was refused",
		fmt.Sprintf("%v. The pin was compared with version %s (%s) instead.", err, known.List.Version, known.Source),
	}})
}

// countBehind counts the versions after the pin that changed the SMTP space.
func (c *Catalog) countBehind(out *Comparison, pin *endpoints.List, newest []netip.Prefix) error {
	known, _, err := c.localHistory(pin.Instance)
	if err != nil {
		return err
	}
	latest := out.Latest.List.Version
	known[latest] = KnownVersion{Version: latest, SMTP: newest, SMTPChanged: new(bool)}
	var versions []KnownVersion
	for _, k := range known {
		if k.Version.Compare(latest) <= 0 {
			versions = append(versions, k)
		}
	}
	slices.SortFunc(versions, func(a, b KnownVersion) int { return a.Version.Compare(b.Version) })
	markChanges(versions)
	for _, v := range versions {
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
