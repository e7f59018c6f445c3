package catalog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/webservice"
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
	known, knownErr := c.passable(q.Instance).newestUsable()
	if knownErr != nil {
		return nil, knownErr
	}
	if c.options.Cache != nil {
		if cacheErr := c.options.Cache.Check(); cacheErr != nil {
			known.Warnings = append(known.Warnings, untrustedWarning(cacheErr))
			err = fmt.Errorf("%w. The cache was not looked at: %w", err, cacheErr)
		}
	}
	standIn := func(summary, format string, args ...any) (*Found, error) {
		known.Stale = true
		known.Warnings = append(known.Warnings, Warning{summary, fmt.Sprintf(format, args...)})
		return known, nil
	}
	var behind *BehindError
	if errors.As(err, &behind) {
		if c.options.Mode == Service || known.List.Version.Compare(behind.Answered) < 0 {
			return nil, err
		}
		return standIn("The web service is behind", "%v. The newer list is used.", err)
	}
	if c.options.Mode == Service || q.Minimum.IsZero() || known.List.Version.Compare(q.Minimum) < 0 {
		return nil, &UnreachableError{q.Instance, err, known.List.Version, known.Source, c.options.Mode, q.Minimum}
	}
	return standIn("The web service gave no list",
		"%v. Version %s (%s) is used instead, because it meets minimum_version. A newer list may exist.",
		err, known.List.Version, known.Source)
}

func isBehind(err error) bool {
	var behind *BehindError
	return errors.As(err, &behind)
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
		c.forget(instance) // another process may have stored a list meanwhile
		if found := c.remembered(instance, needed); locked && found != nil {
			return found, false, nil
		}
	}
	found, err = c.fetch(ctx, instance)
	return found, true, err
}

// allowed bounds the questions of one answer together.
func (c *Catalog) allowed(ctx context.Context) (context.Context, context.CancelFunc) {
	budget := c.options.Mode.Budget()
	return context.WithTimeoutCause(ctx, budget, fmt.Errorf("no answer within the %s allowed", budget))
}

// remembered is the service's latest list as named within MaxAge; nil where the service
// has to be asked: a newer list is needed, or known here.
func (c *Catalog) remembered(instance endpoints.Instance, needed endpoints.Version) *Found {
	state, ok := c.state(instance)
	age := c.options.Now().Sub(state.Checked) // a check in the future is a clock that was wrong then or is now
	if !ok || age < 0 || age >= c.options.MaxAge || state.Version.Compare(needed) < 0 {
		return nil
	}
	found, err := c.passable(instance).newestUsable()
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

// ask puts a question to the service within the time allowed. A service that could not
// be reached, or answered 429, is not asked again in this process. After a 429 the other
// processes that share the cache do not ask it either.
func ask[T any](ctx context.Context, c *Catalog, question func(context.Context) (T, error)) (answer T, err error) {
	if err := c.mayAsk(); err != nil {
		return answer, err
	}
	answer, err = question(ctx)
	var tooMany *webservice.TooManyError
	var failure *webservice.Error
	switch {
	case errors.As(err, &tooMany):
		if c.options.Cache != nil {
			_ = c.options.Cache.Pause(c.options.Now().Add(tooMany.Wait)) // without it, this process alone waits
		}
		c.giveUp(err)
	case errors.As(err, &failure) && !failure.Answered && !errors.Is(context.Cause(ctx), context.Canceled):
		c.giveUp(err)
	}
	return answer, err
}

func (c *Catalog) giveUp(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = err
}

// mayAsk is the reason not to ask.
func (c *Catalog) mayAsk() error {
	c.mu.Lock()
	down := c.down
	c.mu.Unlock()
	if down != nil || c.options.Cache == nil {
		return down
	}
	now, until := c.options.Now(), c.options.Cache.PausedUntil()
	if now.Before(until) && until.Sub(now) <= time.Hour {
		return &PausedError{URL: c.options.Service.URL(), Until: until}
	}
	return nil
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
		if err := c.checkDate(instance, version); err != nil {
			return nil, err
		}
		state, warnings, err := c.forward(instance, version)
		if err != nil {
			return nil, err
		}
		yielded = append(yielded, warnings...)
		state.Checked = now
		known := c.passable(instance)
		if found, ok := c.settled(known.entry(version), state); ok {
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
		if err := c.judge(l); err != nil {
			return nil, &UnusableError{Where: c.options.Service.URL(), Err: err}
		}
		c.logJudged(ctx, l)
		state.Fetched = now
		yielded = append(yielded, c.remarks(known, l)...)
		return c.confirm(&Found{List: l, Source: FromService}, state, l, yielded), nil
	}
	return nil, &UnusableError{
		Where: c.options.Service.URL(),
		Err:   fmt.Errorf("the latest version of %s moved %d times while its list was read", instance, maxMoves),
	}
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

func (c *Catalog) checkDate(instance endpoints.Instance, version endpoints.Version) error {
	newest, _ := c.options.Archive.Newest(instance)
	if err := endpoints.CheckDate(instance, version, newest, c.options.Now()); err != nil {
		return &UnusableError{Where: c.options.Service.URL(), Err: err}
	}
	return nil
}

// settled is the list of the version that the service names, if it need not be read from
// there: it was reviewed or vendored, or the cached copy is recent enough.
func (c *Catalog) settled(e *entry, state cache.State) (*Found, bool) {
	if e == nil {
		return nil, false
	}
	if e.source == FromService {
		now := c.options.Now()
		young := now.Sub(state.FirstSeen) < unsettled
		if age := now.Sub(state.Fetched); young || age < 0 || age >= settledAge {
			return nil, false
		}
	}
	found, err := e.found()
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
	known, err := c.passable(instance).newestUsable()
	if err != nil {
		return state, nil, err
	}
	if known.Source == FromService && known.List.Version.Compare(version) > 0 &&
		(!ok || !lately(now, state.Checked)) {
		warnings = c.withdraw(instance, version)
		if known, err = c.passable(instance).newestUsable(); err != nil {
			return state, nil, err
		}
	}
	behind := &BehindError{instance, c.options.Service.URL(), version, known.List.Version, known.Source}
	if known.List.Version.Compare(version) > 0 {
		return state, nil, behind
	}
	if state.Version.Compare(version) > 0 && lately(now, state.Checked) {
		behind.Known, behind.Source = state.Version, FromService // its list is not here
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

// withdraw forgets the cached lists that are newer than the service's.
func (c *Catalog) withdraw(instance endpoints.Instance, version endpoints.Version) []Warning {
	var names []string
	for _, v := range c.options.Cache.Versions(instance) {
		if v.Compare(version) <= 0 {
			continue
		}
		names = append(names, v.String())
		_ = c.options.Cache.Remove(instance, v) // a file that stays does not count in this process
	}
	c.mu.Lock()
	c.withdrawn[instance] = version
	c.mu.Unlock()
	c.forget(instance)
	return []Warning{{
		"A list was withdrawn",
		fmt.Sprintf("%s names version %s as the latest of %s. The cache had the newer %s, which came from there earlier, "+
			"which nobody reviewed, and which it has not named for two days. It is no longer used.",
			c.options.Service.URL(), version, instance, strings.Join(names, ", ")),
	}}
}

// remarks are what a reader should know of a new list that passed: it is not the one
// read earlier under its number, or it is far from an unreviewed list before it.
func (c *Catalog) remarks(known *index, l *endpoints.List) []Warning {
	var out []Warning
	newest, _ := c.options.Archive.Newest(l.Instance)
	for _, e := range known.entries {
		if e.source == FromEmbedded || e.version.Compare(newest) <= 0 || e.version.Compare(l.Version) > 0 {
			continue
		}
		earlier, err := e.load()
		if err != nil {
			continue
		}
		if e.version == l.Version {
			if difference := endpoints.FirstDifference(earlier, l); difference != "" {
				out = append(out, Warning{
					"A list changed under its number",
					fmt.Sprintf("%s had another content for version %s of %s earlier: %s. The newer answer is "+
						"used, because it is within the guard. If the list looks wrong, pin an older version "+
						"until a provider release has this one.",
						c.options.Service.URL(), l.Version, l.Instance, difference),
				})
			}
		} else if err := c.options.Guard.Check(l, earlier); err != nil {
			out = append(out, Warning{
				"A list is far from the one before it",
				fmt.Sprintf("%v. It is used, because it is within the guard, which compares with the newest "+
					"embedded list. Review both before you apply.", err),
			})
		}
	}
	return out
}

// news says how an unpinned list that nobody reviewed changes the SMTP addresses.
func (c *Catalog) news(found *Found) []Warning {
	l := found.List
	newest, ok := c.options.Archive.Newest(l.Instance)
	if !ok || l.Version.Compare(newest) <= 0 {
		return nil
	}
	reviewed, err := c.options.Archive.List(l.Instance, newest)
	if err != nil {
		return nil // its own reader reports that
	}
	was, _ := reviewed.SMTP()
	is, _ := l.SMTP()
	diff := cidr.Diff(was.Prefixes, is.Prefixes)
	if diff.Empty() {
		return nil
	}
	text := fmt.Sprintf(
		"Version %s of %s (%s) is newer than the embedded lists. Compared with the newest of them, %s, it adds "+
			"%s and removes %s.",
		l.Version,
		l.Instance,
		found.Source,
		newest,
		cidr.Brief(diff.Missing, maxNamed),
		cidr.Brief(diff.Excess, maxNamed),
	)
	published, _ := c.options.Archive.Published(l.Instance)
	if unfamiliar := endpoints.Unfamiliar(diff.Missing, published); len(unfamiliar) > 0 {
		text += fmt.Sprintf(
			" No list had addresses near %s before: check them before you apply.",
			cidr.Brief(unfamiliar, maxNamed),
		)
	}
	return []Warning{{"New SMTP addresses", text}}
}

// maxNamed is how many prefixes a text names.
const maxNamed = 20

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
	c.forget(found.List.Instance)
	var untrusted *cache.UntrustedError
	switch {
	case errors.As(err, &untrusted):
		found.Warnings = append(found.Warnings, untrustedWarning(err))
	case err != nil && !c.options.CacheQuiet:
		found.Warnings = append(found.Warnings, Warning{
			"The cache folder cannot be written",
			fmt.Sprintf("%v. The list is used, but every run will ask the service again, and there is no cached "+
				"list during an outage. Make cache_dir writable, or leave it out.", err),
		})
	}
	return found
}

func untrustedWarning(err error) Warning {
	return Warning{
		"The cache folder is not used",
		fmt.Sprintf("%v. Somebody else could put a list there, so it was neither read nor written. Give the folder to the "+
			"user who runs this and remove write permission for others (chmod 700), or set another cache_dir.", err),
	}
}
