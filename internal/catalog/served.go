package catalog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/known"
)

// The answer of /endpoints has no version: it may belong to another one, and nobody
// reviewed it. So a wrong answer must not stay.
const (
	// unsettled is how long after its version was first named a list is read anew at
	// every check. It is also how long the service may name an older version than a
	// cached one before the cached list is removed.
	unsettled = 48 * time.Hour
	// settledAge is how old the service's list may be after that.
	settledAge = 24 * time.Hour
	// maxMoves is how often the version may change while a list is read: it does so once a month.
	maxMoves = 3
)

// live is what the service answered for an instance in this process.
type live struct {
	mu    sync.Mutex // held while asking: concurrent data sources share one fetch
	done  bool
	asked bool // the service itself answered, or could not; the cache did not do
	found *Found
	err   error
}

// latest is the newest list of the service, or the one that may be used instead.
func (c *Catalog) latest(ctx context.Context, q Query) (*Found, error) {
	found, err := c.served(ctx, q.Instance, q.needs())
	if err == nil {
		return found, nil
	}
	var guard *endpoints.GuardError
	if errors.As(err, &guard) {
		return nil, err // an answer that looks tampered with is not an outage
	}
	here, hereErr := c.newestHere(q.Instance)
	if hereErr != nil {
		return nil, hereErr
	}
	if c.options.Cache != nil {
		if cacheErr := c.options.Cache.Check(); cacheErr != nil {
			here.Warnings = append(here.Warnings, untrustedWarning(cacheErr))
			err = fmt.Errorf("%w. The cache was not looked at: %w", err, cacheErr)
		}
	}
	standIn := func(summary, format string, args ...any) (*Found, error) {
		here.Stale = true
		here.Warnings = append(here.Warnings, Warning{summary, fmt.Sprintf(format, args...)})
		return here, nil
	}
	var behind *BehindError
	if errors.As(err, &behind) {
		if c.options.Mode == Service || here.List.Version.Compare(behind.Answered) < 0 {
			return nil, err
		}
		return standIn("The web service is behind", "%v. The newer list is used.", err)
	}
	if c.options.Mode == Service || q.Minimum.IsZero() || here.List.Version.Compare(q.Minimum) < 0 {
		return nil, &UnreachableError{q.Instance, err, here.List.Version, here.Source, c.options.Mode, q.Minimum}
	}
	return standIn("The web service gave no list",
		"%v. Version %s (%s) is used instead, because it meets minimum_version. A newer list may exist.",
		err, here.List.Version, here.Source)
}

// served is the service's newest list. Each process asks once per instance. An answer
// within MaxAge, to any process that shares the cache, is enough unless a newer version
// is needed.
func (c *Catalog) served(ctx context.Context, instance endpoints.Instance, needed endpoints.Version) (*Found, error) {
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
	if found := c.remembered(instance, needed); found != nil {
		l.done, l.found = true, found
		return found, nil
	}
	found, asked, err := c.askInTurn(ctx, instance, needed)
	if err != nil && ctx.Err() != nil {
		return nil, err // the caller gave up: that says nothing about the service
	}
	l.done, l.asked, l.found, l.err = true, asked, found, err
	return found, err
}

// askInTurn lets one process ask and the others read its answer. Waiting counts toward
// the time allowed; a process that has waited half of it asks without waiting longer.
func (c *Catalog) askInTurn(
	ctx context.Context, instance endpoints.Instance, needed endpoints.Version,
) (found *Found, asked bool, err error) {
	ctx, cancel := c.allowed(ctx)
	defer cancel()
	if c.options.Cache != nil {
		waiting, stop := context.WithTimeout(ctx, c.options.Mode.Budget()/2)
		release, locked := c.options.Cache.Lock(waiting, instance)
		stop()
		defer release()
		c.lists.Refresh(instance) // another process may have stored a list meanwhile
		if found := c.remembered(instance, needed); locked && found != nil {
			return found, false, nil
		}
	}
	found, err = c.fetch(ctx, instance)
	return found, true, err
}

// remembered is the service's latest list as named within MaxAge; nil where the service
// has to be asked: a newer list is needed, or known here.
func (c *Catalog) remembered(instance endpoints.Instance, needed endpoints.Version) *Found {
	state, ok := c.state(instance)
	age := c.options.Now().Sub(state.Checked) // a check in the future is a clock that was wrong then or is now
	if !ok || age < 0 || age >= c.options.MaxAge || state.Version.Compare(needed) < 0 {
		return nil
	}
	found, err := c.newestHere(instance)
	if err != nil || found.List.Version != state.Version {
		return nil
	}
	found.Confirmed = true
	return found
}

func (c *Catalog) state(instance endpoints.Instance) (cache.State, bool) {
	if c.options.Cache == nil {
		return cache.State{}, false
	}
	return c.options.Cache.State(instance)
}

// fetch asks for the service's version and, unless its list is known for certain, for
// its list.
func (c *Catalog) fetch(ctx context.Context, instance endpoints.Instance) (*Found, error) {
	latest := func(ctx context.Context) (endpoints.Version, error) {
		return c.options.Service.Latest(ctx, instance)
	}
	version, err := ask(ctx, c, latest)
	if err != nil {
		return nil, err
	}
	var yielded []Warning
	for range maxMoves {
		now := c.options.Now()
		if err := c.lists.CheckDate(instance, version); err != nil {
			return nil, c.unusable(err)
		}
		state, warnings, err := c.forward(instance, version)
		if err != nil {
			return nil, err
		}
		yielded = append(yielded, warnings...)
		state.Checked = now
		here := c.lists.Passable(instance)
		if found, ok := c.settled(here.Entry(version), state); ok {
			c.options.Log.InfoContext(ctx, "the service's latest version is known here",
				"instance", instance, "version", version.String(), "source", found.Source)
			return c.confirm(found, state, nil, yielded), nil
		}
		sets, err := ask(ctx, c, func(ctx context.Context) ([]endpoints.Set, error) {
			return c.options.Service.Endpoints(ctx, instance)
		})
		if err != nil {
			return nil, err
		}
		// Only where the latest version is still the same is the list that version's.
		after, err := ask(ctx, c, latest)
		if err != nil {
			return nil, err
		}
		if after != version {
			version = after
			continue
		}
		l := &endpoints.List{Instance: instance, Version: version, Sets: sets}
		if err := c.lists.Judge(l); err != nil {
			return nil, c.unusable(err)
		}
		c.logJudged(ctx, l)
		state.Fetched = now
		yielded = append(yielded, c.remarks(here, l)...)
		return c.confirm(&Found{List: l, Source: known.Service}, state, l, yielded), nil
	}
	return nil, c.unusable(fmt.Errorf("the latest version of %s moved %d times while its list was read",
		instance, maxMoves))
}

func (c *Catalog) unusable(err error) error {
	return &known.UnusableError{Where: c.options.Service.URL(), Err: err}
}

// logJudged says against which list a new one was held.
func (c *Catalog) logJudged(ctx context.Context, l *endpoints.List) {
	against := ""
	if reviewed, err := c.options.Archive.Reviewed(l.Instance, l.Version); err == nil && reviewed != nil {
		against = reviewed.Version.String()
	}
	c.options.Log.InfoContext(ctx, "list read from the service and believed",
		"instance", l.Instance, "version", l.Version.String(), "compared_with", against)
}

// settled is the list of the version that the service names, if it need not be read from
// there: it was reviewed or vendored, or the cached copy is recent enough.
func (c *Catalog) settled(e *known.Entry, state cache.State) (*Found, bool) {
	if e == nil {
		return nil, false
	}
	if e.Source == known.Service {
		now := c.options.Now()
		young := now.Sub(state.FirstSeen) < unsettled
		if age := now.Sub(state.Fetched); young || age < 0 || age >= settledAge {
			return nil, false
		}
	}
	found, err := foundIn(e)
	return found, err == nil
}

// forward compares the version that the service names with the newest known here. A
// cached list that nobody reviewed, and that the service has not named for two days, is
// removed. The answer is never older than the lists of the archive and archive_dir.
func (c *Catalog) forward(
	instance endpoints.Instance, version endpoints.Version,
) (state cache.State, warnings []Warning, err error) {
	now := c.options.Now()
	state, ok := c.state(instance)
	here, err := c.newestHere(instance)
	if err != nil {
		return state, nil, err
	}
	if here.Source == known.Service && here.List.Version.Compare(version) > 0 &&
		(!ok || !lately(now, state.Checked)) {
		warnings = []Warning{c.withdrawn(instance, version, c.lists.Withdraw(instance, version))}
		if here, err = c.newestHere(instance); err != nil {
			return state, nil, err
		}
	}
	behind := &BehindError{instance, c.options.Service.URL(), version, here.List.Version, here.Source}
	if here.List.Version.Compare(version) > 0 {
		return state, nil, behind
	}
	if state.Version.Compare(version) > 0 && lately(now, state.Checked) {
		behind.Known, behind.Source = state.Version, known.Service // its list is not here
		return state, nil, behind
	}
	if !ok || state.Version != version {
		state = cache.State{Version: version, FirstSeen: now}
	}
	return state, warnings, nil
}

// lately reports whether a time is within two days, past or future: a clock that was wrong
// once must not make a mark that never ages.
func lately(now, at time.Time) bool { return now.Sub(at).Abs() < unsettled }

// confirm stores an answer. The list first, so that the latest version never names one
// that is not there. l is nil where the list need not be stored.
func (c *Catalog) confirm(found *Found, state cache.State, l *endpoints.List, warnings []Warning) *Found {
	found.Confirmed = true
	found.Warnings = append(found.Warnings, warnings...)
	if c.options.Cache == nil {
		return found
	}
	var err error
	if l != nil {
		err = c.options.Cache.StoreList(l)
	}
	if err == nil {
		err = c.options.Cache.StoreState(found.List.Instance, state)
	}
	c.lists.Refresh(found.List.Instance)
	found.Warnings = append(found.Warnings, c.unwritten(err)...)
	return found
}
