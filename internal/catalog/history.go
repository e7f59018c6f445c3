package catalog

import (
	"context"
	"net/netip"
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// KnownVersion is a version of an instance and what is known of it.
type KnownVersion struct {
	Version endpoints.Version
	Source  Source
	// SMTPChanged says whether the SMTP address space differs from the version
	// before it whose list is known; nil where this one's list is not.
	SMTPChanged *bool
	SMTP        []netip.Prefix // nil where the list is not known or has none
}

// History is every version known of an instance.
type History struct {
	Versions []KnownVersion // oldest first
	Stale    bool           // the service should have been asked for its versions, and could not be
	Warnings []Warning
}

// History collects the versions of the embedded archive, archive_dir, the cache
// and, unless the mode is [Embedded], the service.
func (c *Catalog) History(ctx context.Context, instance endpoints.Instance) (*History, error) {
	known, warnings, err := c.localHistory(instance)
	if err != nil {
		return nil, err
	}
	h := &History{Warnings: c.unsaid(warnings)}
	if c.options.Mode != Embedded && instance.Served() {
		ctx, cancel := c.allowed(ctx)
		defer cancel()
		served, err := ask(ctx, c, func(ctx context.Context) ([]endpoints.Version, error) {
			return c.options.Service.Versions(ctx, instance)
		})
		switch {
		case err == nil:
			for _, v := range served {
				if _, ok := known[v]; !ok {
					known[v] = KnownVersion{Version: v, Source: FromService}
				}
			}
		case c.options.Mode == Service:
			return nil, &UnusableError{Where: "the service's versions", Err: err}
		default:
			h.Stale = true
			h.Warnings = append(h.Warnings, c.unsaid([]Warning{{"The web service gave no versions", err.Error() + ". The versions known here are listed; newer ones may exist."}})...)
		}
	}
	for _, k := range known {
		h.Versions = append(h.Versions, k)
	}
	slices.SortFunc(h.Versions, func(a, b KnownVersion) int { return a.Version.Compare(b.Version) })
	markChanges(h.Versions)
	return h, nil
}

// localHistory is what can be known without network. Where a version is in two
// places the embedded one counts. A vendored list that cannot be used is known
// by name alone, with a warning.
func (c *Catalog) localHistory(instance endpoints.Instance) (known map[endpoints.Version]KnownVersion, warnings []Warning, err error) {
	known = map[endpoints.Version]KnownVersion{}
	add := func(l *endpoints.List, source Source) {
		smtp, _ := l.SMTP()
		known[l.Version] = KnownVersion{Version: l.Version, Source: source, SMTP: smtp.Prefixes, SMTPChanged: new(bool)}
	}
	if c.options.Cache != nil {
		for _, v := range c.options.Cache.Versions(instance) {
			if l, ok, _ := c.fromCache(instance, v); ok {
				add(l, FromService)
			}
		}
	}
	vendor, err := c.vendor.versions(instance)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range vendor {
		found, err := c.fromVendor(instance, v)
		if err != nil {
			known[v] = KnownVersion{Version: v, Source: FromArchiveDir}
			warnings = append(warnings, Warning{"A vendored list cannot be used", err.Error() + ". Its version is listed by name alone. Mend or remove the file."})
			continue
		}
		add(found.List, FromArchiveDir)
	}
	history, err := c.options.Archive.SMTPHistory(instance)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range history {
		known[e.Version] = KnownVersion{Version: e.Version, Source: FromEmbedded, SMTP: e.SMTP.Prefixes, SMTPChanged: new(bool)}
	}
	return known, warnings, nil
}

// markChanges compares each list with the last known before it; versions known
// by name alone stay undecided.
func markChanges(versions []KnownVersion) {
	var last []netip.Prefix
	for i := range versions {
		v := &versions[i]
		if v.SMTPChanged == nil {
			continue
		}
		*v.SMTPChanged = !cidr.SameSpace(last, v.SMTP)
		last = v.SMTP
	}
}

// Feed is the service's change records after one version, up to and with
// another. ok is false where the service may not be or could not be asked.
func (c *Catalog) Feed(ctx context.Context, instance endpoints.Instance, from, to endpoints.Version) (records []endpoints.Change, ok bool) {
	if c.options.Mode == Embedded || !instance.Served() || from.Kind() != endpoints.Full {
		return nil, false
	}
	ctx, cancel := c.allowed(ctx)
	defer cancel()
	all, err := ask(ctx, c, func(ctx context.Context) ([]endpoints.Change, error) {
		return c.options.Service.Changes(ctx, instance, from)
	})
	if err != nil {
		return nil, false
	}
	for _, r := range all {
		if r.Version.Compare(from) > 0 && r.Version.Compare(to) <= 0 {
			records = append(records, r)
		}
	}
	return records, true
}
