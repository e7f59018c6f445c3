package catalog

import (
	"context"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/known"
)

// History is every version known of an instance.
type History struct {
	Versions known.History
	Stale    bool // the service should have been asked for its versions, and could not be
	Warnings []Warning
}

// History collects the versions of the archive, archive_dir, the cache and, unless the
// mode is [Embedded], the service.
func (c *Catalog) History(ctx context.Context, instance endpoints.Instance) (*History, error) {
	versions, unusable, err := c.lists.History(instance)
	if err != nil {
		return nil, err
	}
	h := &History{Versions: versions}
	warn := func(summary, detail string) {
		h.Warnings = append(h.Warnings, c.unsaid([]Warning{{summary, detail}})...)
	}
	for _, err := range unusable {
		warn("A vendored list cannot be used", err.Error()+". Its version is listed by name alone. Fix or remove the file.")
	}
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
			return nil, &known.UnusableError{Where: "the service's versions", Err: err}
		}
		h.Stale = true
		warn("The web service gave no versions",
			err.Error()+". The versions known here are listed; newer ones may exist.")
		return h, nil
	}
	for _, v := range served {
		if err := c.lists.CheckDate(instance, v); err != nil {
			warn("A version is not listed", c.unusable(err).Error()+".")
			continue
		}
		h.Versions = h.Versions.WithName(v)
	}
	return h, nil
}

// Feed is the service's change records after one version, up to and with
// another. ok is false where the service may not be or could not be asked.
func (c *Catalog) Feed(
	ctx context.Context, instance endpoints.Instance, from, to endpoints.Version,
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
