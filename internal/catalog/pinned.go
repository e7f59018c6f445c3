package catalog

import (
	"context"
	"errors"
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
)

// nearby is how many versions an error names.
const nearby = 5

// pinned finds one version: in archive_dir, the embedded archive, the cache, and
// at the service if that is its latest. A version of the change feed's past is
// not rebuilt: that the feed is complete is not proven.
func (c *Catalog) pinned(ctx context.Context, q Query) (*Found, error) {
	vendor, err := c.vendor.versions(q.Instance)
	if err != nil {
		return nil, err
	}
	if slices.Contains(vendor, q.Version) {
		return c.fromVendor(q.Instance, q.Version)
	}
	l, err := c.options.Archive.List(q.Instance, q.Version)
	if err == nil {
		return &Found{List: l, Source: FromEmbedded}, nil
	}
	if !errors.Is(err, archive.ErrUnknown) {
		return nil, err
	}
	kept, ok, err := c.fromCache(q.Instance, q.Version)
	if err != nil {
		return nil, err
	}
	if ok {
		return &Found{List: kept, Source: FromService}, nil
	}
	unknown := &UnknownVersionError{Instance: q.Instance, Version: q.Version, Nearest: nearest(c.local(q.Instance), q.Version, nearby)}
	if c.options.Mode == Embedded || !q.Instance.Served() {
		return nil, unknown
	}
	found, err := c.fetched(ctx, q.Instance, q.needs())
	var backwards *BackwardsError
	switch {
	case err == nil && found.List.Version == q.Version:
		return found, nil
	case err == nil, errors.As(err, &backwards):
		return nil, unknown
	}
	unknown.Service = err
	return nil, unknown
}
