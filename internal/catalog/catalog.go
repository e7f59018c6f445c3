// Package catalog answers "this instance, this version" with a list, from the
// web service, the cache, a folder of vendored lists and the embedded archive,
// and says where the answer came from. What it cannot vouch for it refuses.
package catalog

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// Source is the origin of a list. A list of the service stays one when it comes
// through the cache: an attribute that flips would look like drift.
type Source string

// The origins.
const (
	FromService    Source = "service"
	FromArchiveDir Source = "archive_dir"
	FromEmbedded   Source = "embedded"
)

// Mode is where the newest list may come from.
type Mode string

// The modes.
const (
	// Auto is a fresh cache, then the service. When it cannot be reached, the
	// newest list known here stands in, if the query states a minimum version
	// that it meets.
	Auto Mode = "auto"
	// Service is a fresh cache, then the service, or an error.
	Service Mode = "service"
	// Embedded is the newest of archive_dir and the embedded archive; no network.
	Embedded Mode = "embedded"
)

// Modes are all modes, the default first.
func Modes() []Mode { return []Mode{Auto, Service, Embedded} }

// Budget bounds all attempts of one question together. It is short where
// another list can stand in: a site whose firewall drops packets must not wait
// a minute for each plan.
func (m Mode) Budget() time.Duration {
	if m == Auto {
		return 10 * time.Second
	}
	return 60 * time.Second
}

// fresh is how long the service's word on its latest version is good: Microsoft
// asks for one check an hour at most.
const fresh = time.Hour

// webService is what the catalog asks of the service.
type webService interface {
	URL() string
	Latest(ctx context.Context, instance endpoints.Instance) (endpoints.Version, error)
	Versions(ctx context.Context, instance endpoints.Instance) ([]endpoints.Version, error)
	Endpoints(ctx context.Context, instance endpoints.Instance) ([]endpoints.Set, error)
	Changes(ctx context.Context, instance endpoints.Instance, since endpoints.Version) ([]endpoints.Change, error)
}

// Options configure a catalog.
type Options struct {
	Archive    *archive.Archive // the lists that were reviewed
	Mode       Mode
	Service    webService // unused under [Embedded]
	Cache      *cache.Cache
	CacheQuiet bool   // a cache that cannot be written is no news: nobody asked for it
	ArchiveDir string // empty: none
	Guard      endpoints.Guard
	Now        func() time.Time
}

// Catalog resolves queries. It is made once for a provider configuration; its
// data sources share what the service answered, good or bad.
type Catalog struct {
	options Options
	vendor  vendored

	mu        sync.Mutex
	instances map[endpoints.Instance]*live
	down      error // the service could not be reached; asking again would cost the budget again
	warned    map[Warning]bool
	believed  map[archive.Named]*endpoints.List // cached lists that were judged: each is the next one's baseline
}

// New makes a catalog without touching the network or the disk.
func New(options Options) *Catalog {
	return &Catalog{
		options:   options,
		vendor:    vendored{options.ArchiveDir},
		instances: map[endpoints.Instance]*live{},
		warned:    map[Warning]bool{},
		believed:  map[archive.Named]*endpoints.List{},
	}
}

// Query names a list.
type Query struct {
	Instance endpoints.Instance
	Version  endpoints.Version // a pin; zero: the latest
	Minimum  endpoints.Version // an older answer is an error; zero: none stated
}

// Found is the answer to a query. The list is shared: read only.
type Found struct {
	List   *endpoints.List
	Source Source
	// Stale says that the service should have been asked, and could not be.
	Stale bool
	// Confirmed says that the service named this version as its latest within
	// the hour.
	Confirmed bool
	Warnings  []Warning
}

// Warning is something a reader has to act on. Each is given once.
type Warning struct{ Summary, Detail string }

// Resolve finds the list a query names. The errors have types of their own in
// this package, or are an *endpoints.GuardError.
func (c *Catalog) Resolve(ctx context.Context, q Query) (*Found, error) {
	found, err := c.resolve(ctx, q)
	if err != nil {
		return nil, err
	}
	if !q.Minimum.IsZero() && found.List.Version.Compare(q.Minimum) < 0 {
		return nil, &TooOldError{Instance: q.Instance, Version: found.List.Version, Minimum: q.Minimum, Source: found.Source}
	}
	answer := *found // what the data sources share stays as it is
	answer.Warnings = c.unsaid(found.Warnings)
	return &answer, nil
}

func (c *Catalog) resolve(ctx context.Context, q Query) (*Found, error) {
	switch {
	case !q.Version.IsZero():
		return c.pinned(ctx, q)
	case !q.Instance.Served():
		return nil, &PinOnlyError{q.Instance, c.local(q.Instance)}
	case c.options.Mode == Embedded:
		return c.newestVendored(q.Instance)
	}
	return c.latest(ctx, q)
}

// needs is the version that an answer within the hour must reach to be enough.
func (q Query) needs() endpoints.Version {
	if q.Version.Compare(q.Minimum) > 0 {
		return q.Version
	}
	return q.Minimum
}

// unsaid drops the warnings that were given before.
func (c *Catalog) unsaid(warnings []Warning) []Warning {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Warning
	for _, w := range warnings {
		if !c.warned[w] {
			c.warned[w] = true
			out = append(out, w)
		}
	}
	return out
}

// newestVendored is the newest numbered list of archive_dir and the embedded
// archive; of the same version the embedded one, which was reviewed.
func (c *Catalog) newestVendored(instance endpoints.Instance) (*Found, error) {
	embedded, _ := c.options.Archive.Newest(instance)
	versions, err := c.vendor.versions(instance)
	if err != nil {
		return nil, err
	}
	if n := len(versions); n > 0 && versions[n-1].Compare(embedded) > 0 {
		return c.fromVendor(instance, versions[n-1])
	}
	l, err := c.options.Archive.List(instance, embedded)
	if err != nil {
		return nil, err
	}
	return &Found{List: l, Source: FromEmbedded}, nil
}

// fromVendor reads a list of archive_dir and judges it.
func (c *Catalog) fromVendor(instance endpoints.Instance, version endpoints.Version) (*Found, error) {
	l, err := c.vendor.list(instance, version)
	if err != nil {
		return nil, err
	}
	if err := c.judge(l); err != nil {
		return nil, &UnusableError{Where: c.vendor.path(instance, version), Err: err}
	}
	return &Found{List: l, Source: FromArchiveDir}, nil
}

// judge decides whether a list that is not the archive's is believed: by the
// guard, and by the archive where that has the same version.
func (c *Catalog) judge(l *endpoints.List) error {
	if err := c.options.Archive.Contradiction(l); err != nil {
		return err
	}
	return c.options.Guard.Check(l, c.baseline(l.Instance, l.Version))
}

// fromCache reads a kept list and judges it anew: another configuration, with a
// wider guard, may have kept it. ok is false where there is none.
func (c *Catalog) fromCache(instance endpoints.Instance, version endpoints.Version) (l *endpoints.List, ok bool, err error) {
	if c.options.Cache == nil {
		return nil, false, nil
	}
	name := archive.Named{Instance: instance, Version: version}
	c.mu.Lock()
	l, ok = c.believed[name]
	c.mu.Unlock()
	if ok {
		return l, true, nil
	}
	if l, ok = c.options.Cache.List(instance, version); !ok {
		return nil, false, nil
	}
	if err := c.judge(l); err != nil {
		return nil, false, &UnusableError{Where: "the cache's list " + version.String(), Err: err}
	}
	c.mu.Lock()
	c.believed[name] = l
	c.mu.Unlock()
	return l, true, nil
}

// baseline is the newest believed list before the version (the archive's of the
// same version included) from the embedded archive or the cache: what a new list
// is judged against.
func (c *Catalog) baseline(instance endpoints.Instance, version endpoints.Version) *endpoints.List {
	var best *endpoints.List
	for _, e := range slices.Backward(c.options.Archive.Entries(instance)) {
		if e.Version.Kind() != endpoints.SMTPOnly && e.Version.Compare(version) <= 0 {
			best, _ = c.options.Archive.List(instance, e.Version)
			break
		}
	}
	if c.options.Cache == nil {
		return best
	}
	for _, v := range slices.Backward(c.options.Cache.Versions(instance)) {
		if v.Compare(version) >= 0 {
			continue
		}
		if best != nil && v.Compare(best.Version) <= 0 {
			break
		}
		if l, ok, _ := c.fromCache(instance, v); ok {
			return l
		}
	}
	return best
}

// local are the versions known without network, oldest first.
func (c *Catalog) local(instance endpoints.Instance) []endpoints.Version {
	out := c.options.Archive.Versions(instance)
	vendor, _ := c.vendor.versions(instance) // an unreadable folder was or will be reported where a list of it is wanted
	out = append(out, vendor...)
	if c.options.Cache != nil {
		out = append(out, c.options.Cache.Versions(instance)...)
	}
	slices.SortFunc(out, endpoints.Version.Compare)
	return slices.Compact(out)
}
