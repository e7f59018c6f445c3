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

// History collects the versions of the archive, archive_dir, the cache and, unless the
// mode is [Embedded], the service.
func (c *Catalog) History(ctx context.Context, instance endpoints.Instance) (*History, error) {
	known, warnings, err := c.localHistory(instance)
	if err != nil {
		return nil, err
	}
	h := &History{Versions: known, Warnings: c.unsaid(warnings)}
	if c.options.Mode == Embedded || !instance.Served() {
		return h, nil
	}
	ctx, cancel := c.allowed(ctx)
	defer cancel()
	served, err := ask(ctx, c, func(ctx context.Context) ([]endpoints.Version, error) {
		return c.options.Service.Versions(ctx, instance)
	})
	if err != nil {
		if c.options.Mode == Service {
			return nil, &UnusableError{Where: "the service's versions", Err: err}
		}
		h.Stale = true
		h.Warnings = append(h.Warnings, c.unsaid([]Warning{{
			"The web service gave no versions",
			err.Error() + ". The versions known here are listed; newer ones may exist.",
		}})...)
		return h, nil
	}
	for _, v := range served {
		if err := c.checkDate(instance, v); err != nil {
			h.Warnings = append(h.Warnings, c.unsaid([]Warning{{"A version is not listed", err.Error() + "."}})...)
			continue
		}
		if i, ok := searchVersion(h.Versions, v); !ok {
			h.Versions = slices.Insert(h.Versions, i, KnownVersion{Version: v, Source: FromService})
		}
	}
	return h, nil
}

func searchVersion(versions []KnownVersion, v endpoints.Version) (int, bool) {
	return slices.BinarySearchFunc(
		versions,
		v,
		func(k KnownVersion, v endpoints.Version) int { return k.Version.Compare(v) },
	)
}

// localHistory is what can be known without network, oldest first. A vendored list that
// cannot be used is known by name alone, with a warning; a cached one is left out.
func (c *Catalog) localHistory(instance endpoints.Instance) (out []KnownVersion, warnings []Warning, err error) {
	known, err := c.local(instance)
	if err != nil {
		return nil, nil, err
	}
	archived, err := c.options.Archive.SMTPHistory(instance)
	if err != nil {
		return nil, nil, err
	}
	smtp := map[endpoints.Version][]netip.Prefix{}
	for _, e := range archived {
		smtp[e.Version] = e.SMTP.Prefixes
	}
	for _, e := range known.entries {
		k := KnownVersion{Version: e.version, Source: e.source}
		if e.source == FromEmbedded {
			k.SMTP, k.SMTPChanged = smtp[e.version], new(bool)
			out = append(out, k)
			continue
		}
		l, err := e.load()
		switch {
		case err == nil:
			selected, _ := l.SMTP()
			k.SMTP, k.SMTPChanged = selected.Prefixes, new(bool)
		case e.source == FromService:
			continue
		default:
			warnings = append(warnings, Warning{
				"A vendored list cannot be used",
				err.Error() + ". Its version is listed by name alone. Fix or remove the file.",
			})
		}
		out = append(out, k)
	}
	markChanges(out)
	return out, warnings, nil
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
func (c *Catalog) Feed(
	ctx context.Context,
	instance endpoints.Instance,
	from, to endpoints.Version,
) (records []endpoints.Change, ok bool) {
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
