package catalog

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/known"
	"github.com/eop-firewall/terraform-provider-eop/internal/webservice"
)

// fakeService answers from fields, and counts.
type fakeService struct {
	mu      sync.Mutex
	version string
	sets    []endpoints.Set
	feed    []endpoints.Change
	err     error
	calls   map[string]int
	between func() // happens while the list is read
}

func (f *fakeService) called(method string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls = map[string]int{}
	}
	f.calls[method]++
	return f.err
}

func (f *fakeService) URL() string { return "https://service.example" }

func (f *fakeService) Latest(context.Context, endpoints.Instance) (endpoints.Version, error) {
	err := f.called("version")
	if err != nil {
		return endpoints.Version{}, err
	}
	return endpoints.MustParseVersion(f.version), nil
}

func (f *fakeService) Versions(context.Context, endpoints.Instance) ([]endpoints.Version, error) {
	err := f.called("versions")
	if err != nil {
		return nil, err
	}
	return []endpoints.Version{endpoints.MustParseVersion(f.version)}, nil
}

func (f *fakeService) Endpoints(context.Context, endpoints.Instance) ([]endpoints.Set, error) {
	err := f.called("endpoints")
	if f.between != nil {
		f.between()
	}
	return f.sets, err
}

func (f *fakeService) Changes(context.Context, endpoints.Instance, endpoints.Version) ([]endpoints.Change, error) {
	return f.feed, f.called("changes")
}

var (
	noon        = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	unreachable = &webservice.Error{
		URL:      "https://service.example/version/worldwide",
		Attempts: 4,
		Err:      errors.New("connection refused"),
	}
)

func newest(t *testing.T) *endpoints.List {
	t.Helper()
	return eoptest.Newest(t, endpoints.Worldwide)
}

// grown are the newest embedded sets with one more SMTP prefix.
func grown(t *testing.T) []endpoints.Set {
	t.Helper()
	sets := slices.Clone(newest(t).Sets)
	for i, s := range sets {
		if s.IsSMTP() {
			sets[i].Prefixes = append(slices.Clone(s.Prefixes), netip.MustParsePrefix("104.48.64.0/20"))
			return sets
		}
	}
	t.Fatal("no SMTP set")
	return nil
}

func open(t *testing.T, mode Mode, s webService, dir string) *Catalog {
	t.Helper()
	o := Options{
		Options: known.Options{
			Archive: eoptest.Archive(t),
			Guard:   endpoints.DefaultGuard(),
			Now:     func() time.Time { return noon },
		},
		Mode:    mode,
		Service: s,
		MaxAge:  DefaultMaxAge,
	}
	if dir != "" {
		o.Cache = cache.Open(dir, s.URL())
	}
	return New(o)
}

func TestResolveByMode(t *testing.T) {
	ctx, embedded := t.Context(), newest(t).Version.String()
	for name, tc := range map[string]struct {
		mode    Mode
		down    bool
		minimum string
		version string // expected; empty: an error
		source  known.Source
		stale   bool
		asked   int
	}{
		"auto":                       {Auto, false, "", "2026100100", known.Service, false, 2},
		"service":                    {Service, false, "", "2026100100", known.Service, false, 2},
		"embedded":                   {Embedded, false, "", embedded, known.Embedded, false, 0},
		"auto, down":                 {Auto, true, "", "", "", false, 1},
		"auto, down, minimum stated": {Auto, true, "2020010100", embedded, known.Embedded, true, 1},
		"auto, down, minimum newer":  {Auto, true, "2026100100", "", "", false, 1},
		"service, down, minimum":     {Service, true, "2020010100", "", "", false, 1},
		"service, minimum newer":     {Service, false, "2026100101", "", "", false, 2},
	} {
		s := &fakeService{version: "2026100100", sets: grown(t)}
		if tc.down {
			s.err = unreachable
		}
		q := Query{Instance: endpoints.Worldwide}
		if tc.minimum != "" {
			q.Minimum = endpoints.MustParseVersion(tc.minimum)
		}
		found, err := open(t, tc.mode, s, t.TempDir()).Resolve(ctx, q)
		if s.calls["version"] != tc.asked {
			t.Errorf("%s: asked %d times", name, s.calls["version"])
		}
		if tc.version == "" {
			if err == nil {
				t.Errorf("%s: %v, want an error", name, found.List.Version)
			}
			continue
		}
		if err != nil || found.List.Version.String() != tc.version || found.Source != tc.source || found.Stale != tc.stale {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
}

// A check that lies in the future is a clock that was wrong: the service is asked.
func TestFreshness(t *testing.T) {
	for name, tc := range map[string]struct {
		age   time.Duration
		asked int
	}{
		"just checked": {0, 0}, "within the hour": {59 * time.Minute, 0}, "an hour ago": {time.Hour, 1}, "in the future": {
			-time.Minute, 1,
		},
	} {
		s := &fakeService{version: "2026100100", sets: grown(t)}
		dir := t.TempDir()
		c := cache.Open(dir, s.URL())
		l := &endpoints.List{Instance: endpoints.Worldwide, Version: endpoints.MustParseVersion("2026100100"), Sets: grown(t)}
		if err := c.StoreList(l); err != nil {
			t.Fatal(err)
		}
		if err := c.StoreState(
			endpoints.Worldwide,
			cache.State{
				Version: l.Version, Checked: noon.Add(-tc.age), FirstSeen: noon.Add(-72 * time.Hour),
				Fetched: noon.Add(-2 * time.Hour),
			},
		); err != nil {
			t.Fatal(err)
		}
		found, err := open(t, Service, s, dir).Resolve(t.Context(), Query{Instance: endpoints.Worldwide})
		if err != nil || found.List.Version != l.Version || !found.Confirmed || s.calls["version"] != tc.asked ||
			s.calls["endpoints"] != 0 {
			t.Errorf("%s: %+v, %v, calls %v", name, found, err, s.calls)
		}
	}
}

// Data sources share what the service answered; a caller who gave up does not
// decide for the others.
func TestAnswersAreShared(t *testing.T) {
	s := &fakeService{version: "2026100100", sets: grown(t)}
	c := open(t, Service, s, "")
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := c.Resolve(t.Context(), Query{Instance: endpoints.Worldwide}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s.calls["version"] != 2 || s.calls["endpoints"] != 1 { // once before the list, once after it
		t.Errorf("calls %v", s.calls)
	}
	gaveUp, cancel := context.WithCancel(t.Context())
	cancel()
	s = &fakeService{version: "2026100100", sets: grown(t), err: &webservice.Error{Err: context.Canceled}}
	c = open(t, Service, s, "")
	if _, err := c.Resolve(gaveUp, Query{Instance: endpoints.Worldwide}); err == nil {
		t.Error("a cancelled call has an answer")
	}
	s.err = nil
	if _, err := c.Resolve(t.Context(), Query{Instance: endpoints.Worldwide}); err != nil {
		t.Errorf("after a caller gave up: %v", err)
	}
}

func TestPinsAreLookedForNearbyFirst(t *testing.T) {
	s := &fakeService{version: "2026100100", sets: grown(t)}
	c := open(t, Auto, s, t.TempDir())
	if found, err := c.Resolve(
		t.Context(), Query{Instance: endpoints.Worldwide, Version: endpoints.MustParseVersion("2014-05-20")},
	); err != nil ||
		found.Source != known.Embedded ||
		len(s.calls) != 0 {
		t.Errorf("embedded: %v, calls %v", err, s.calls)
	}
	if found, err := c.Resolve(
		t.Context(), Query{Instance: endpoints.Worldwide, Version: endpoints.MustParseVersion("2026100100")},
	); err != nil ||
		found.Source != known.Service {
		t.Errorf("the service's latest: %v", err)
	}
	_, err := c.Resolve(
		t.Context(),
		Query{Instance: endpoints.Worldwide, Version: endpoints.MustParseVersion("2026081500")},
	)
	var unknown *UnknownVersionError
	if !errors.As(err, &unknown) || len(unknown.Nearest) != nearby ||
		!slices.Contains(unknown.Nearest, newest(t).Version) ||
		!slices.IsSortedFunc(unknown.Nearest, endpoints.Version.Compare) {
		t.Errorf("unknown: %v", err)
	}
	var pinOnly *PinOnlyError
	if _, err := c.Resolve(t.Context(), Query{Instance: endpoints.France}); !errors.As(err, &pinOnly) ||
		len(pinOnly.Versions) != 2 {
		t.Errorf("france: %v", err)
	}
}

// A list that the guard refuses is handed to nobody and kept nowhere, also where
// an older one could stand in.
func TestRefusedLists(t *testing.T) {
	for _, mode := range []Mode{Auto, Service} {
		sets := grown(t)
		sets[0].Prefixes = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/16")}
		s := &fakeService{version: "2026100100", sets: sets}
		dir := t.TempDir()
		_, err := open(
			t,
			mode,
			s,
			dir,
		).Resolve(t.Context(), Query{Instance: endpoints.Worldwide, Minimum: endpoints.MustParseVersion("2020010100")})
		var refused *endpoints.GuardError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "private use") {
			t.Errorf("%s: %v", mode, err)
		}
		if kept := cache.Open(dir, s.URL()).Versions(endpoints.Worldwide); len(kept) != 0 {
			t.Errorf("%s: kept %v", mode, kept)
		}
	}
}

func TestCompareCountsChangesOfTheSpace(t *testing.T) {
	s := &fakeService{version: "2026100100", sets: grown(t), feed: []endpoints.Change{
		{
			Version:       endpoints.MustParseVersion("2026100100"),
			EffectiveDate: "2099-03-01",
			AddedPrefixes: []netip.Prefix{netip.MustParsePrefix("104.48.64.0/21")},
		},
		{
			Version:       endpoints.MustParseVersion("2026100100"),
			EffectiveDate: "2099-02-01",
			AddedPrefixes: []netip.Prefix{netip.MustParsePrefix("104.48.64.0/20")},
		},
		{
			Version:       endpoints.MustParseVersion("2026100100"),
			EffectiveDate: "2099-01-15",
			AddedPrefixes: []netip.Prefix{netip.MustParsePrefix("198.41.0.0/24")},
		},
	}}
	c := open(t, Auto, s, t.TempDir())
	got, err := c.Compare(t.Context(), newest(t))
	if err != nil {
		t.Fatal(err)
	}
	if *got.UpToDate || got.VersionsBehind != 1 || got.BehindSince != "2026-10-01" ||
		fmt.Sprint(got.Missing) != "[104.48.64.0/20]" ||
		len(got.Excess) != 0 ||
		got.MissingEffective != "2099-02-01" {
		t.Errorf("%+v", got)
	}
	// Since 2019-07-29 worldwide's numbers moved and its addresses did not.
	old := eoptest.List(t, endpoints.Worldwide, "2019072900")
	if got, err := open(t, Embedded, s, "").Compare(t.Context(), old); err != nil || got.UpToDate != nil ||
		got.VersionsBehind != 0 ||
		got.BehindSince != "" ||
		!got.Empty() {
		t.Errorf("the same space: %+v, %v", got, err)
	}
}

func TestBudgets(t *testing.T) {
	if Auto.Budget() != 10*time.Second || Service.Budget() != time.Minute {
		t.Errorf("auto %s, service %s", Auto.Budget(), Service.Budget())
	}
	c := open(t, Auto, &deadline{fakeService{version: "2026100100", sets: grown(t)}, t}, "")
	if _, err := c.Resolve(t.Context(), Query{Instance: endpoints.Worldwide}); err != nil {
		t.Error(err)
	}
}

// deadline requires that a question comes with the time allowed for it.
type deadline struct {
	fakeService
	t *testing.T
}

func (d *deadline) Latest(ctx context.Context, i endpoints.Instance) (endpoints.Version, error) {
	if at, ok := ctx.Deadline(); !ok || time.Until(at) > 10*time.Second {
		d.t.Errorf("deadline %v, %v", at, ok)
	}
	return d.fakeService.Latest(ctx, i)
}

func resolved(t *testing.T, c *Catalog, q Query) (*Found, error) {
	t.Helper()
	q.Instance = endpoints.Worldwide
	return c.Resolve(t.Context(), q)
}

// A version that moves while its list is read would label the new list with the
// old number; one that never stops moving is an error.
func TestVersionMovesUnderTheReader(t *testing.T) {
	s := &fakeService{version: "2026100100", sets: newest(t).Sets}
	s.between = func() { s.version, s.sets, s.between = "2026102000", grown(t), nil }
	dir := t.TempDir()
	found, err := resolved(t, open(t, Service, s, dir), Query{})
	smtp, _ := found.List.SMTP()
	if err != nil || found.List.Version.String() != "2026102000" ||
		!slices.Contains(smtp.Prefixes, netip.MustParsePrefix("104.48.64.0/20")) {
		t.Errorf("%+v, %v", found, err)
	}
	if kept := cache.Open(dir, s.URL()).Versions(endpoints.Worldwide); fmt.Sprint(kept) != "[2026102000]" {
		t.Errorf("kept %v", kept)
	}
	n := 0
	restless := &fakeService{version: "2026100100", sets: grown(t)}
	restless.between = func() { n++; restless.version = fmt.Sprintf("20261001%02d", n) }
	if found, err := resolved(t, open(t, Service, restless, ""), Query{}); err == nil ||
		restless.calls["endpoints"] != maxMoves {
		t.Errorf("restless: %v, %v, calls %v", found, err, restless.calls)
	}
}

// A cache that a wider guard filled opens nothing to a narrower one.
func TestTheCacheIsJudgedAnew(t *testing.T) {
	sets := grown(t)
	for i := range sets {
		if sets[i].IsSMTP() {
			sets[i].Prefixes = append(sets[i].Prefixes, netip.MustParsePrefix("104.0.0.0/9"))
		}
	}
	s, dir := &fakeService{version: "2026100100", sets: sets}, t.TempDir()
	relaxed := open(t, Service, s, dir).options
	relaxed.Guard = endpoints.Guard{
		MinIPv4PrefixLength: 1, MinIPv6PrefixLength: 1, StepLimits: endpoints.StepLimits{MaxGrowthFactor: 1e6},
	}
	if _, err := resolved(t, New(relaxed), Query{}); err != nil {
		t.Fatal(err)
	}
	var refused *endpoints.GuardError
	for name, q := range map[string]Query{"latest": {}, "pinned": {Version: endpoints.MustParseVersion("2026100100")}} {
		t.Run(name, func(t *testing.T) {
			if found, err := resolved(t, open(t, Service, s, dir), q); !errors.As(err, &refused) {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
	t.Run("during an outage", func(t *testing.T) {
		s.err = unreachable
		found, err := resolved(t, open(t, Auto, s, dir), Query{Minimum: endpoints.MustParseVersion("2020010100")})
		if err != nil {
			t.Fatal(err)
		}
		if found.Source != known.Embedded {
			t.Errorf("source %s", found.Source)
		}
	})
}

// What the last process heard within the hour does not hide a newer list that is
// known here, or needed.
func TestFreshIsNotEnough(t *testing.T) {
	older := &endpoints.List{
		Instance: endpoints.Worldwide,
		Version:  endpoints.MustParseVersion("2026100100"),
		Sets:     newest(t).Sets,
	}
	newer := &endpoints.List{
		Instance: endpoints.Worldwide,
		Version:  endpoints.MustParseVersion("2026102000"),
		Sets:     grown(t),
	}
	fill := func(lists ...*endpoints.List) string {
		dir := t.TempDir()
		c := cache.Open(dir, (&fakeService{}).URL())
		for _, l := range lists {
			if err := c.StoreList(l); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.StoreState(endpoints.Worldwide, cache.State{Version: older.Version, Checked: noon}); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	ahead := func() *fakeService { return &fakeService{version: "2026102000", sets: grown(t)} }
	for name, q := range map[string]Query{"pinned": {Version: newer.Version}, "minimum": {Minimum: newer.Version}} {
		if found, err := resolved(t, open(t, Service, ahead(), fill(older)), q); err != nil ||
			found.List.Version != newer.Version {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
	s := ahead()
	if found, err := resolved(t, open(t, Service, s, fill(older)), Query{}); err != nil ||
		found.List.Version != older.Version ||
		len(s.calls) != 0 {
		t.Errorf("nothing newer needed: %+v, %v, calls %v", found, err, s.calls)
	}
	if found, err := resolved(t, open(t, Service, ahead(), fill(older, newer)), Query{}); err != nil ||
		found.List.Version != newer.Version {
		t.Errorf("a newer list in the cache: %+v, %v", found, err)
	}
	// The service goes back behind the version it named, whose list is not here.
	behind := &fakeService{version: "2026090100", sets: newest(t).Sets}
	c := open(t, Service, behind, fill())
	c.options.Now = func() time.Time { return noon.Add(2 * time.Hour) }
	var behindErr *BehindError
	if found, err := resolved(t, c, Query{}); !errors.As(err, &behindErr) || behindErr.Known != older.Version {
		t.Errorf("behind its own word: %+v, %v", found, err)
	}
}
