// Package catalog answers "this instance, this version" with a list, from the web
// service, the cache, a folder of vendored lists and the archive of reviewed lists,
// and says where the answer came from. A list that fails a check is an error.
package catalog

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/known"
)

// Mode is where the newest list may come from.
type Mode string

// The modes.
const (
	// Auto is a fresh cache, then the service. When it cannot be reached, the
	// newest list known here is used, if the query states a minimum version
	// that it meets.
	Auto Mode = "auto"
	// Service is a fresh cache, then the service, or an error.
	Service Mode = "service"
	// Embedded is the newest of archive_dir and the archive; no network.
	Embedded Mode = "embedded"
)

// Modes are all modes, the default first.
func Modes() []Mode { return []Mode{Auto, Service, Embedded} }

// Budget is the time for all attempts of one question together. It is short if
// another list can be used: a site whose firewall drops packets must not wait
// a minute for each plan.
func (m Mode) Budget() time.Duration {
	if m == Auto {
		return 10 * time.Second
	}
	return 60 * time.Second
}

// DefaultMaxAge is how long the service's answer about its latest version is used:
// Microsoft asks for at most one check per hour.
const DefaultMaxAge = time.Hour

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
	known.Options
	Mode       Mode
	Service    webService    // unused under [Embedded]
	CacheQuiet bool          // no warning when the cache cannot be written: nobody asked for one
	MaxAge     time.Duration // how old the service's answer may be; 0: ask in every process
	Log        *slog.Logger  // nil: none
}

// Catalog resolves queries. It is made once for a provider configuration; its
// data sources share what the service answered, good or bad.
type Catalog struct {
	options Options
	lists   *known.Lists

	mu        sync.Mutex
	instances map[endpoints.Instance]*live
	down      error // why the service is not asked again in this process
	warned    map[Warning]bool
}

// New makes a catalog without touching the network or the disk.
func New(options Options) *Catalog {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Catalog{
		options:   options,
		lists:     known.New(options.Options),
		instances: map[endpoints.Instance]*live{},
		warned:    map[Warning]bool{},
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
	Source known.Source
	// Stale says that the service should have been asked, and could not be.
	Stale bool
	// Confirmed says that the service named this version as its latest within
	// [Options.MaxAge].
	Confirmed bool
	Warnings  []Warning
}

// Resolve finds the list that a query names. The errors are the error types of this
// package, or an *endpoints.GuardError.
func (c *Catalog) Resolve(ctx context.Context, q Query) (*Found, error) {
	found, err := c.resolve(ctx, q)
	if err == nil && !q.Minimum.IsZero() && found.List.Version.Compare(q.Minimum) < 0 {
		err = &TooOldError{Instance: q.Instance, Version: found.List.Version, Minimum: q.Minimum, Source: found.Source}
	}
	if err != nil {
		c.options.Log.InfoContext(ctx, "no list handed out", "instance", q.Instance, "error", err.Error())
		return nil, err
	}
	answer := *found // what the data sources share stays as it is
	if q.Version.IsZero() {
		answer.Warnings = slices.Concat(answer.Warnings, c.news(&answer)) // not into the shared one
	}
	answer.Warnings = c.unsaid(answer.Warnings)
	c.options.Log.InfoContext(ctx, "list handed out", "instance", q.Instance, "version", answer.List.Version.String(),
		"source", answer.Source, "stale", answer.Stale, "confirmed", answer.Confirmed)
	return &answer, nil
}

func (c *Catalog) resolve(ctx context.Context, q Query) (*Found, error) {
	if !q.Version.IsZero() {
		return c.pinned(ctx, q)
	}
	if q.Instance.Served() && c.options.Mode != Embedded {
		return c.latest(ctx, q)
	}
	here, err := c.lists.Index(q.Instance)
	if err != nil {
		return nil, err
	}
	if !q.Instance.Served() {
		return nil, &PinOnlyError{q.Instance, here.Versions()}
	}
	return newestVendored(here)
}

// nearby is how many versions an error names.
const nearby = 5

// pinned finds one version among the local lists, and at the service if that is its
// latest. A version of the change feed's past is not rebuilt: that the feed is
// complete is not proven.
func (c *Catalog) pinned(ctx context.Context, q Query) (*Found, error) {
	here, err := c.lists.Index(q.Instance)
	if err != nil {
		return nil, err
	}
	offline := c.options.Mode == Embedded || !q.Instance.Served()
	e, needed := here.Entry(q.Version), q.needs()
	if e != nil {
		if e.Source != known.Service || offline {
			return foundIn(e)
		}
		needed = endpoints.Version{} // it is here, and nobody reviewed it: the regular check will do
	}
	unknown := &UnknownVersionError{
		Instance: q.Instance, Version: q.Version, Nearest: nearest(here.Versions(), q.Version, nearby),
	}
	if offline {
		return nil, unknown
	}
	found, err := c.served(ctx, q.Instance, needed)
	if err == nil && found.List.Version == q.Version {
		return found, nil
	}
	// A pin outlives an outage, and the service's next list.
	if e := c.lists.Passable(q.Instance).Entry(q.Version); e != nil {
		kept, keptErr := foundIn(e)
		var guard *endpoints.GuardError
		if keptErr == nil || errors.As(keptErr, &guard) {
			return kept, keptErr
		}
	}
	if err != nil && !isBehind(err) {
		unknown.Service = err
	}
	return nil, unknown
}

// needs is the version that an answer of the cache must reach to be enough.
func (q Query) needs() endpoints.Version {
	if q.Version.Compare(q.Minimum) > 0 {
		return q.Version
	}
	return q.Minimum
}

// newestHere is the newest list that can be used without asking the service.
func (c *Catalog) newestHere(instance endpoints.Instance) (*Found, error) {
	e, err := c.lists.Passable(instance).NewestUsable()
	if err != nil {
		return nil, err
	}
	return foundIn(e)
}

func newestVendored(here *known.Index) (*Found, error) {
	e, err := here.NewestVendored()
	if err != nil {
		return nil, err
	}
	return foundIn(e)
}

func foundIn(e *known.Entry) (*Found, error) {
	l, err := e.Load()
	if err != nil {
		return nil, err
	}
	out := &Found{List: l, Source: e.Source}
	if difference := e.Shadowed(); difference != "" {
		out.Warnings = []Warning{{"A vendored list is not used", difference}}
	}
	return out, nil
}
