package catalog

import (
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/known"
	"github.com/eop-firewall/terraform-provider-eop/internal/vendored"
	"github.com/eop-firewall/terraform-provider-eop/internal/webservice"
)

// world is a service, a cache folder and a clock that many processes live through.
type world struct {
	t        *testing.T
	instance endpoints.Instance
	service  *fakeService
	dir      string
	now      time.Time
	vendor   string
	mode     Mode
	maxAge   time.Duration
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{
		t: t, instance: endpoints.Worldwide, dir: t.TempDir(), now: noon, mode: Auto, maxAge: DefaultMaxAge,
		service: &fakeService{version: eoptest.NewestWorldwide, sets: newest(t).Sets},
	}
}

// run is one process that asks for a list.
func (w *world) run(q Query) (*Found, error) {
	w.t.Helper()
	q.Instance = w.instance
	return w.catalog().Resolve(w.t.Context(), q)
}

// catalog is made anew for each process.
func (w *world) catalog() *Catalog {
	w.t.Helper()
	return New(Options{
		Options: known.Options{
			Archive: eoptest.Archive(w.t), Vendored: vendored.Folder(w.vendor), Cache: cache.Open(w.dir, w.service.URL()),
			Guard: endpoints.DefaultGuard(), Now: func() time.Time { return w.now },
		},
		Mode: w.mode, Service: w.service, MaxAge: w.maxAge,
	})
}

// must is run, and requires a list of a version.
func (w *world) must(version string) *Found {
	w.t.Helper()
	found, err := w.run(Query{})
	if err != nil {
		w.t.Fatalf("%s: %v", w.now, err)
	}
	if got := found.List.Version.String(); got != version {
		w.t.Fatalf("%s: version %s, want %s", w.now, got, version)
	}
	return found
}

func (w *world) pass(d time.Duration) { w.now = w.now.Add(d) }

// serve lets the service name a version, with SMTP prefixes added to the newest list.
func (w *world) serve(version string, added ...string) {
	w.t.Helper()
	w.service.version, w.service.sets = version, withSMTP(w.t, w.instance, added...)
}

// withSMTP are the newest archived sets of an instance with SMTP prefixes added.
func withSMTP(t *testing.T, instance endpoints.Instance, added ...string) []endpoints.Set {
	t.Helper()
	return eoptest.WithSMTP(t, instance, eoptest.NewestWorldwide, added...).Sets
}

func smtpOf(l *endpoints.List) string {
	smtp, _ := l.SMTP()
	return strings.Join(cidr.Strings(smtp.Prefixes), " ")
}

func warningsOf(f *Found) string {
	var b strings.Builder
	for _, w := range f.Warnings {
		fmt.Fprintf(&b, "%s: %s\n", w.Summary, w.Detail)
	}
	return b.String()
}

// One answer from the future poisons nothing.
func TestListsFromTheFuture(t *testing.T) {
	w := newWorld(t)
	w.serve("9999123199", "20.1.0.0/16")
	var refused *endpoints.GuardError
	if _, err := w.run(Query{}); !errors.As(err, &refused) {
		t.Fatalf("got %v, want a refusal", err)
	}
	w.serve(eoptest.NewestWorldwide)
	w.must(eoptest.NewestWorldwide)

	t.Run("in the cache", func(t *testing.T) {
		w := newWorld(t)
		poison := &endpoints.List{
			Instance: w.instance, Version: endpoints.MustParseVersion("9999123199"), Sets: withSMTP(
				t, w.instance, "20.1.0.0/16",
			),
		}
		c := cache.Open(w.dir, w.service.URL())
		if err := errors.Join(
			c.StoreList(poison), c.StoreState(w.instance, cache.State{Version: poison.Version, Checked: w.now}),
		); err != nil {
			t.Fatal(err)
		}
		w.pass(49 * time.Hour)
		w.must(eoptest.NewestWorldwide)
	})
	t.Run("in archive_dir", func(t *testing.T) {
		w := newWorld(t)
		w.mode, w.vendor = Embedded, vendor(t, w.instance, "9999123199", withSMTP(t, w.instance))
		if _, err := w.run(Query{}); !errors.As(err, &refused) {
			t.Errorf("got %v, want a refusal", err)
		}
	})
	t.Run("a clock that stands still", func(t *testing.T) {
		w := newWorld(t)
		w.now = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
		w.serve("2026081500")
		w.must("2026081500") // a day after the newest archived list
		w.serve("2026090100")
		w.maxAge = 0
		if _, err := w.run(Query{}); !errors.As(err, &refused) {
			t.Errorf("got %v, want a refusal", err)
		}
	})
}

func vendor(t *testing.T, instance endpoints.Instance, version string, sets []endpoints.Set) string {
	t.Helper()
	dir := t.TempDir()
	eoptest.Vendor(t, dir, &endpoints.List{Instance: instance, Version: endpoints.MustParseVersion(version), Sets: sets})
	return dir
}

const foreign = "52.104.0.0/16"

// A wrong list under the true next number, or the old list under it, heals as soon as
// the service is right again: within the hour at first, later within a day.
func TestAWrongAnswerHeals(t *testing.T) {
	const next = "2026101500"
	for name, tc := range map[string]struct {
		wrongFor time.Duration
		heals    time.Duration
	}{
		"right at the next check":       {0, time.Hour},
		"right within two days":         {30 * time.Hour, time.Hour},
		"right after two days":          {72 * time.Hour, 24 * time.Hour},
		"the run after a month's pause": {30 * 24 * time.Hour, 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.serve(next, foreign)
			if got := smtpOf(w.must(next).List); !strings.Contains(got, foreign) {
				t.Fatalf("the wrong list was not taken: %s", got)
			}
			for until := w.now.Add(tc.wrongFor); w.now.Before(until); w.pass(max(time.Hour, tc.wrongFor/12)) {
				w.must(next)
			}
			w.serve(next, "52.106.0.0/16")
			w.pass(tc.heals)
			found := w.must(next)
			if got := smtpOf(found.List); strings.Contains(got, foreign) {
				t.Errorf("the wrong list is still there: %s", got)
			}
			if got := warningsOf(found); !strings.Contains(got, "changed under its number") {
				t.Errorf("no warning says that the list changed: %s", got)
			}
		})
	}
}

// A cached list that the service no longer names yields after two days, and not before:
// a delivery network lags that long.
func TestACachedListYields(t *testing.T) {
	const fake = "2026101500"
	for name, tc := range map[string]struct {
		after   time.Duration
		version string
	}{
		"an hour later":     {time.Hour, fake},
		"after 47 hours":    {47 * time.Hour, fake},
		"after 48 hours":    {48 * time.Hour, eoptest.NewestWorldwide},
		"after three weeks": {21 * 24 * time.Hour, eoptest.NewestWorldwide},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.serve(fake, foreign)
			w.must(fake)
			w.serve(eoptest.NewestWorldwide)
			w.pass(tc.after)
			found := w.must(tc.version)
			if wants := tc.version == fake; found.Stale != wants {
				t.Errorf("stale is %v", found.Stale)
			}
			if got := warningsOf(found); got == "" {
				t.Error("no warning")
			}
			if tc.version != fake {
				w.must(eoptest.NewestWorldwide)
				if _, err := w.run(Query{Version: endpoints.MustParseVersion(fake)}); err == nil {
					t.Error("the withdrawn list can still be pinned")
				}
			}
		})
	}
	t.Run("checked by a clock that ran ahead", func(t *testing.T) {
		w := newWorld(t)
		w.pass(300 * 24 * time.Hour)
		w.serve(fake, foreign)
		w.must(fake)
		w.now = noon
		w.serve(eoptest.NewestWorldwide)
		w.must(eoptest.NewestWorldwide)
	})
	t.Run("never below the archive", func(t *testing.T) {
		w := newWorld(t)
		w.serve("2026010100")
		for range 5 {
			w.must(eoptest.NewestWorldwide)
			w.pass(49 * time.Hour)
		}
	})
}

// Whatever the service answers, one after the other, the list stays within the guard
// of the newest archived one.
func TestAGreedyAttacker(t *testing.T) {
	for _, instance := range endpoints.ServedInstances() {
		t.Run(string(instance), func(t *testing.T) {
			w := newWorld(t)
			w.instance, w.maxAge = instance, 0
			start, _ := eoptest.Newest(t, instance).SMTP()
			held := slices.Clone(start.Prefixes)
			for i := range 20 {
				version := fmt.Sprintf("202610%02d%02d", 1+i/2, i%2)
				w.now = endpoints.MustParseVersion(version).Day()
				held = w.greedy(version, held)
			}
			was, is := cidr.CountOf(start.Prefixes), cidr.CountOf(held)
			kept := cidr.CountOf(cidr.Intersect(held, start.Prefixes))
			for _, f := range []struct {
				name          string
				was, is, kept *big.Int
			}{{"IPv4", was.IPv4, is.IPv4, kept.IPv4}, {"IPv6", was.IPv6, is.IPv6, kept.IPv6}} {
				growth, share := cidr.Percent(f.is, f.was)/100, cidr.Percent(f.kept, f.was)
				t.Logf("%s: %.2f times as large, %.1f %% kept", f.name, growth, share)
				if growth > 6 {
					t.Errorf("%s grew %.2f times", f.name, growth)
				}
				if share < 50 {
					t.Errorf("%s keeps %.1f %%", f.name, share)
				}
			}
		})
	}
}

// greedy tries ever smaller steps from the list held, and returns what was believed.
func (w *world) greedy(version string, held []netip.Prefix) []netip.Prefix {
	w.t.Helper()
	for _, drop := range []int{1, 0} {
		for _, add := range []string{"20.0.0.0/12", "20.32.0.0/14", "20.64.0.0/16", "2603:1000::/32", "2603:1200::/46"} {
			try := append(slices.Clone(held[drop:]), netip.MustParsePrefix(add))
			sets := withSMTP(w.t, w.instance)
			for i, s := range sets {
				if s.IsSMTP() {
					sets[i].Prefixes = try
				}
			}
			w.service.version, w.service.sets = version, sets
			if found, err := w.run(Query{}); err == nil && found.List.Version.String() == version {
				smtp, _ := found.List.SMTP()
				return smtp.Prefixes
			}
		}
	}
	return held
}

// A pinned list of the cache heals like any other, and outlives an outage and the next list.
func TestAPinnedCachedListHeals(t *testing.T) {
	const pinned = "2026101500"
	q := Query{Version: endpoints.MustParseVersion(pinned)}
	wantRight := func(t *testing.T, w *world) {
		t.Helper()
		found, err := w.run(q)
		if err != nil {
			t.Fatal(err)
		}
		if got := smtpOf(found.List); strings.Contains(got, foreign) {
			t.Errorf("the wrong list is still there: %s", got)
		}
	}
	w := newWorld(t)
	w.serve(pinned, foreign)
	if _, err := w.run(q); err != nil {
		t.Fatal(err)
	}
	w.serve(pinned, "52.106.0.0/16")
	w.pass(time.Hour)
	wantRight(t, w)
	w.service.err = unreachable
	w.pass(30 * 24 * time.Hour)
	wantRight(t, w)
	w.service.err = nil
	w.serve("2026120100")
	wantRight(t, w)
}

// A version from before the service, or from before the cloud had SMTP addresses, is no way
// around the guard.
func TestOldNumbersAreGuarded(t *testing.T) {
	foreignSets, err := endpoints.DecodeSets([]byte(`[{"id":1,"serviceArea":"Exchange","category":"Allow",
		"required":true,"expressRoute":true,"tcpPorts":"25","ips":["20.0.0.0/12","8.0.0.0/12","2001:4860::/32"]}]`))
	if err != nil {
		t.Fatal(err)
	}
	for instance, version := range map[endpoints.Instance]string{
		endpoints.Worldwide: "2017010100", endpoints.China: "2019010100",
	} {
		t.Run(string(instance), func(t *testing.T) {
			w := newWorld(t)
			w.instance, w.mode, w.vendor = instance, Embedded, vendor(t, instance, version, foreignSets)
			var refused *endpoints.GuardError
			if _, err := w.run(Query{Version: endpoints.MustParseVersion(version)}); !errors.As(err, &refused) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A list that was reviewed counts wherever else its number turns up.
func TestTheArchiveCounts(t *testing.T) {
	w := newWorld(t)
	w.serve(eoptest.NewestWorldwide, foreign)
	found := w.must(eoptest.NewestWorldwide)
	if found.Source != known.Embedded {
		t.Errorf("source %s", found.Source)
	}
	if !found.Confirmed {
		t.Error("the service named the version, and it is not confirmed")
	}
	if n := w.service.calls["endpoints"]; n != 0 {
		t.Errorf("the list was asked for %d times", n)
	}

	w = newWorld(t)
	w.vendor = vendor(t, w.instance, eoptest.NewestWorldwide, withSMTP(t, w.instance, foreign))
	for name, q := range map[string]Query{"pinned": {Version: newest(t).Version}, "unpinned": {}} {
		t.Run(name, func(t *testing.T) {
			found, err := w.run(q)
			if err != nil {
				t.Fatal(err)
			}
			if got := smtpOf(found.List); strings.Contains(got, foreign) {
				t.Errorf("the vendored copy was used: %s", got)
			}
			if got := warningsOf(found); !strings.Contains(got, foreign) {
				t.Errorf("no warning names the difference: %s", got)
			}
		})
	}
}

// An unpinned list that changes the SMTP addresses is said aloud.
func TestNews(t *testing.T) {
	w := newWorld(t)
	w.serve("2026101500", "52.104.0.0/16", "203.0.112.0/24")
	got := warningsOf(w.must("2026101500"))
	for _, want := range []string{
		"Version 2026101500", "adds 52.104.0.0/16, 203.0.112.0/24", "removes nothing", "No list had addresses near " +
			"203.0.112.0/24 before",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the warning lacks %q: %s", want, got)
		}
	}
	pinned, err := w.run(Query{Version: endpoints.MustParseVersion("2026101500")})
	if err != nil {
		t.Fatal(err)
	}
	if len(pinned.Warnings) != 0 {
		t.Errorf("a pin warns: %s", warningsOf(pinned))
	}
}

// After a 429 nobody who shares the cache asks for the time it names.
func TestTooManyRequests(t *testing.T) {
	for name, tc := range map[string]struct {
		wait, pass time.Duration
		asked      int // in the second process
	}{
		"still waiting":   {30 * time.Minute, 29 * time.Minute, 0},
		"the time passed": {30 * time.Minute, 30 * time.Minute, 1},
		"an hour at most": {time.Hour, time.Hour, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.service.err = &webservice.TooManyError{
				Err:  &webservice.Error{URL: w.service.URL(), Answered: true, Err: errors.New("429")},
				Wait: tc.wait,
			}
			if _, err := w.run(Query{}); err == nil {
				t.Fatal("a list was handed out")
			}
			first := w.service.calls["version"]
			w.service.err = nil
			w.pass(tc.pass)
			_, err := w.run(Query{})
			if got := w.service.calls["version"] - first; got != tc.asked {
				t.Errorf("asked %d times, want %d", got, tc.asked)
			}
			var paused *PausedError
			if tc.asked == 0 && !errors.As(err, &paused) {
				t.Errorf("got %v, want a PausedError", err)
			}
		})
	}
}

// MaxAge says how old the service's word may be; 0 asks in every process.
func TestMaxAge(t *testing.T) {
	for name, tc := range map[string]struct {
		maxAge, age time.Duration
		asked       bool
	}{
		"in every process":  {0, time.Second, true},
		"within the hour":   {time.Hour, 59 * time.Minute, false},
		"after the hour":    {time.Hour, time.Hour, true},
		"within a day":      {24 * time.Hour, 23 * time.Hour, false},
		"a check to come":   {time.Hour, -time.Minute, true},
		"longer than a day": {24 * time.Hour, 24 * time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.maxAge = tc.maxAge
			w.must(eoptest.NewestWorldwide)
			before := w.service.calls["version"]
			w.pass(tc.age)
			if found := w.must(eoptest.NewestWorldwide); !found.Confirmed {
				t.Error("not confirmed")
			}
			if asked := w.service.calls["version"] > before; asked != tc.asked {
				t.Errorf("asked: %v, want %v", asked, tc.asked)
			}
		})
	}
}

// A cache that others can write is not read, and said once.
func TestUntrustedCache(t *testing.T) {
	w := newWorld(t)
	w.serve("2026101500")
	w.must("2026101500")
	if err := os.Chmod(cache.Open(w.dir, "").Path(), 0o777); err != nil { //nolint:gosec // that is the point
		t.Fatal(err)
	}
	before := w.service.calls["version"]
	found := w.must("2026101500")
	if w.service.calls["version"] == before {
		t.Error("the cache was believed")
	}
	got := warningsOf(found)
	if strings.Count(got, "can be written by others") != 1 {
		t.Errorf("warnings: %s", got)
	}
	if !strings.HasPrefix(got, "The cache folder is not used") {
		t.Errorf("the warning does not say that the cache is not used: %s", got)
	}
}
