package catalog

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/webservice"
)

// live is what the service answered for an instance in this process.
type live struct {
	mu    sync.Mutex // held while asking: concurrent data sources share one fetch
	done  bool
	asked bool // the service itself answered, or could not; the cache did not do
	found *Found
	err   error
}

// latest is the newest list of the service, or what may stand in for it.
func (c *Catalog) latest(ctx context.Context, q Query) (*Found, error) {
	found, err := c.fetched(ctx, q.Instance, q.needs())
	if err == nil {
		return found, nil
	}
	var guard *endpoints.GuardError
	if errors.As(err, &guard) {
		return nil, err // an answer that looks tampered with is no outage
	}
	known := c.newestKnown(q.Instance)
	var backwards *BackwardsError
	if errors.As(err, &backwards) {
		if c.options.Mode == Service || known.List.Version.Compare(backwards.Answered) < 0 {
			return nil, err
		}
		return &Found{List: known.List, Source: known.Source, Stale: true, Warnings: []Warning{{
			"The web service is behind", err.Error() + ". The newer list is used. Find out why the service, or its mirror, went back.",
		}}}, nil
	}
	if c.options.Mode == Service || q.Minimum.IsZero() || known.List.Version.Compare(q.Minimum) < 0 {
		return nil, &UnreachableError{q.Instance, err, known.List.Version, known.Source, c.options.Mode, q.Minimum}
	}
	return &Found{List: known.List, Source: known.Source, Stale: true, Warnings: []Warning{{
		"The web service gave no list",
		fmt.Sprintf("%v. Version %s (%s) stands in, which meets the minimum_version stated. A newer list may exist.", err, known.List.Version, known.Source),
	}}}, nil
}

// newestKnown is the newest list that is here: in the cache, however old, in
// archive_dir or embedded. An archive_dir that cannot be used is passed over
// with its lists: this is the way out of another failure.
func (c *Catalog) newestKnown(instance endpoints.Instance) *Found {
	best, err := c.newestVendored(instance)
	if err != nil {
		v, _ := c.options.Archive.Newest(instance)
		l, _ := c.options.Archive.List(instance, v)
		best = &Found{List: l, Source: FromEmbedded}
	}
	if l, ok := c.newestCached(instance); ok && l.Version.Compare(best.List.Version) > 0 {
		best = &Found{List: l, Source: FromService}
	}
	return best
}

func (c *Catalog) newestCached(instance endpoints.Instance) (*endpoints.List, bool) {
	if c.options.Cache == nil {
		return nil, false
	}
	versions := c.options.Cache.Versions(instance)
	for i := len(versions) - 1; i >= 0; i-- {
		if l, ok, _ := c.fromCache(instance, versions[i]); ok {
			return l, true
		}
	}
	return nil, false
}

// fetched asks the service once for each instance and process. An answer from
// the cache of the last hour will do, unless it is older than what is needed.
func (c *Catalog) fetched(ctx context.Context, instance endpoints.Instance, needed endpoints.Version) (*Found, error) {
	c.mu.Lock()
	l := c.instances[instance]
	if l == nil {
		l = &live{}
		c.instances[instance] = l
	}
	c.mu.Unlock()

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done && (l.asked || l.found.List.Version.Compare(needed) >= 0) {
		return l.found, l.err
	}
	if found, ok := c.freshFromCache(instance, needed); ok {
		l.done, l.found = true, found
		return found, nil
	}
	found, err := c.fetch(ctx, instance)
	if err != nil && ctx.Err() != nil {
		return nil, err // the caller gave up: that says nothing of the service
	}
	l.done, l.asked, l.found, l.err = true, true, found, err
	return found, err
}

// ask puts a question to the service within the time allowed. A service that
// could not be reached is not asked again in this process: every question would
// cost that time anew.
func ask[T any](ctx context.Context, c *Catalog, question func(context.Context) (T, error)) (T, error) {
	var none T
	c.mu.Lock()
	down := c.down
	c.mu.Unlock()
	if down != nil {
		return none, down
	}
	answer, err := question(ctx)
	var failure *webservice.Error
	if errors.As(err, &failure) && !failure.Answered && !errors.Is(context.Cause(ctx), context.Canceled) {
		c.mu.Lock()
		c.down = err
		c.mu.Unlock()
	}
	return answer, err
}

// allowed bounds the questions of one answer together.
func (c *Catalog) allowed(ctx context.Context) (context.Context, context.CancelFunc) {
	budget := c.options.Mode.Budget()
	return context.WithTimeoutCause(ctx, budget, fmt.Errorf("no answer within the %s allowed", budget))
}

// freshFromCache is the service's latest list as checked within the hour, unless
// a newer one is needed, or known here: then the service has to be asked.
func (c *Catalog) freshFromCache(instance endpoints.Instance, needed endpoints.Version) (*Found, bool) {
	if c.options.Cache == nil {
		return nil, false
	}
	kept, ok := c.options.Cache.Latest(instance)
	age := c.options.Now().Sub(kept.Checked) // a check in the future is a clock that was wrong then or is now
	if !ok || age < 0 || age >= fresh || kept.Version.Compare(needed) < 0 || c.newestKnown(instance).List.Version.Compare(kept.Version) > 0 {
		return nil, false
	}
	l, ok, _ := c.fromCache(instance, kept.Version)
	return &Found{List: l, Source: FromService, Confirmed: true}, ok
}

// fetch asks for the service's version and, when that moved, for its list.
func (c *Catalog) fetch(ctx context.Context, instance endpoints.Instance) (*Found, error) {
	ctx, cancel := c.allowed(ctx)
	defer cancel()
	latest := func(ctx context.Context) (endpoints.Version, error) { return c.options.Service.Latest(ctx, instance) }
	version, err := ask(ctx, c, latest)
	if err != nil {
		return nil, err
	}
	for range maxMoves {
		if err := c.checkForward(instance, version); err != nil {
			return nil, err
		}
		checked := cache.Latest{Version: version, Checked: c.options.Now()}
		if l, ok, _ := c.fromCache(instance, version); ok {
			return &Found{List: l, Source: FromService, Confirmed: true, Warnings: c.keep(l, false, checked)}, nil
		}
		sets, err := ask(ctx, c, func(ctx context.Context) ([]endpoints.Set, error) { return c.options.Service.Endpoints(ctx, instance) })
		if err != nil {
			return nil, err
		}
		// The answer carries no version: only where the latest is still the same is it that version's.
		after, err := ask(ctx, c, latest)
		if err != nil {
			return nil, err
		}
		if after != version {
			version = after
			continue
		}
		l := &endpoints.List{Instance: instance, Version: version, Sets: sets}
		if err := c.judge(l); err != nil {
			return nil, &UnusableError{Where: c.options.Service.URL(), Err: err}
		}
		return &Found{List: l, Source: FromService, Confirmed: true, Warnings: c.keep(l, true, checked)}, nil
	}
	return nil, &UnusableError{Where: c.options.Service.URL(), Err: fmt.Errorf("the latest version of %s moved %d times while its list was read", instance, maxMoves)}
}

// maxMoves is how often the version may move under a reader: it does so once a month.
const maxMoves = 3

// checkForward refuses a version that is older than one known here, or than the
// one that the service named before.
func (c *Catalog) checkForward(instance endpoints.Instance, version endpoints.Version) error {
	known := c.newestKnown(instance)
	newest, source := known.List.Version, known.Source
	if c.options.Cache != nil {
		if kept, ok := c.options.Cache.Latest(instance); ok && kept.Version.Compare(newest) > 0 {
			newest, source = kept.Version, FromService
		}
	}
	if newest.Compare(version) > 0 {
		return &BackwardsError{instance, c.options.Service.URL(), version, newest, source}
	}
	return nil
}

// keep stores an answer. The list first, so that the latest version never names
// one that is not there.
func (c *Catalog) keep(l *endpoints.List, isNew bool, latest cache.Latest) []Warning {
	if c.options.Cache == nil {
		return nil
	}
	var err error
	if isNew {
		err = c.options.Cache.StoreList(l)
	}
	if err == nil {
		err = c.options.Cache.StoreLatest(l.Instance, latest)
	}
	if err == nil || c.options.CacheQuiet {
		return nil
	}
	return []Warning{{
		"The cache folder cannot be written",
		fmt.Sprintf("%v. The list is right, but every run will ask the service again, and an outage finds no cached list. Make cache_dir writable, or leave it out.", err),
	}}
}
