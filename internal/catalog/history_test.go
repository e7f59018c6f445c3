package catalog

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/known"
)

func TestHistory(t *testing.T) {
	const vendored, served = "2026090100", "2026101500"
	for name, tc := range map[string]struct {
		mode  Mode
		down  bool
		bad   bool // the vendored list cannot be used
		last  []string
		stale bool
		fails bool
	}{
		"embedded": {mode: Embedded, last: []string{"2026081400 embedded", "2026090100 archive_dir"}},
		"auto":     {mode: Auto, last: []string{"2026090100 archive_dir", "2026101500 service"}},
		"auto, down": {
			mode: Auto, down: true, stale: true, last: []string{"2026081400 embedded", "2026090100 archive_dir"},
		},
		"service, down":     {mode: Service, down: true, fails: true},
		"a bad vendored":    {mode: Embedded, bad: true, last: []string{"2026081400 embedded", "2026090100 archive_dir"}},
		"service, answered": {mode: Service, last: []string{"2026090100 archive_dir", "2026101500 service"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			added := "52.104.0.0/16"
			if tc.bad {
				added = "10.0.0.0/16"
			}
			w.mode, w.vendor = tc.mode, vendor(t, w.instance, vendored, withSMTP(t, w.instance, added))
			w.serve(served)
			if tc.down {
				w.service.err = unreachable
			}
			h, err := w.catalog().History(t.Context(), w.instance)
			if tc.fails {
				var unusable *known.UnusableError
				if !errors.As(err, &unusable) {
					t.Errorf("got %v, want an UnusableError", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var last []string
			for _, v := range h.Versions[len(h.Versions)-2:] {
				last = append(last, v.Version.String()+" "+string(v.Source))
			}
			if diff := cmp.Diff(tc.last, last); diff != "" {
				t.Errorf("the last two (-want +got):\n%s", diff)
			}
			if h.Stale != tc.stale {
				t.Errorf("stale is %v", h.Stale)
			}
			if warns := len(h.Warnings) > 0; warns != (tc.down || tc.bad) {
				t.Errorf("warnings %v", h.Warnings)
			}
		})
	}
	t.Run("a version from the future", func(t *testing.T) {
		w := newWorld(t)
		w.serve("9999123199")
		h, err := w.catalog().History(t.Context(), w.instance)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Versions[len(h.Versions)-1].Version.String(); got != eoptest.NewestWorldwide {
			t.Errorf("the newest listed is %s", got)
		}
		if len(h.Warnings) != 1 {
			t.Errorf("warnings %v", h.Warnings)
		}
	})
}

// What a pin is compared with where the service's list cannot be had.
func TestCompareWithoutTheService(t *testing.T) {
	for name, tc := range map[string]struct {
		serve func(*world)
		warns string
	}{
		"down":    {func(w *world) { w.service.err = unreachable }, ""},
		"refused": {func(w *world) { w.serve("2026101500", "10.0.0.0/16") }, "10.0.0.0/16"},
		"behind":  {func(w *world) { w.serve("2026010100") }, "2026010100"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tc.serve(w)
			got, err := w.catalog().Compare(t.Context(), newest(t))
			if err != nil {
				t.Fatal(err)
			}
			if got.UpToDate != nil {
				t.Errorf("up to date is %v, and nobody confirmed it", *got.UpToDate)
			}
			if got.Latest.List.Version != newest(t).Version {
				t.Errorf("compared with %s", got.Latest.List.Version)
			}
			text := warningsOf(&Found{Warnings: got.Warnings})
			if !strings.Contains(text, tc.warns) || (text == "") != (tc.warns == "") {
				t.Errorf("warnings %q, want %q", text, tc.warns)
			}
		})
	}
	t.Run("an instance without a newest list", func(t *testing.T) {
		w := newWorld(t)
		var pinOnly *PinOnlyError
		if _, err := w.catalog().Compare(t.Context(), eoptest.List(t, endpoints.Germany, "2026033100")); !errors.As(
			err,
			&pinOnly,
		) {
			t.Errorf("got %v", err)
		}
	})
}

// An archive_dir that cannot be used is an error where its lists are wanted, and is
// passed over where another failure needs a way out.
func TestUnusableArchiveDir(t *testing.T) {
	w := newWorld(t)
	w.vendor = filepath.Join(t.TempDir(), "nowhere")
	if _, err := w.run(Query{Version: newest(t).Version}); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("pinned: %v", err)
	}
	w.service.err = unreachable
	if found, err := w.run(Query{Minimum: newest(t).Version}); err != nil {
		t.Errorf("standing in: %v", err)
	} else if found.Source != known.Embedded {
		t.Errorf("source %s", found.Source)
	}
	w.mode = Embedded
	if _, err := w.run(Query{}); err == nil {
		t.Error("embedded: a list was handed out")
	}
}

// A cached file that cannot be read back is not used.
func TestDamagedCache(t *testing.T) {
	w := newWorld(t)
	w.serve("2026101500", "52.104.0.0/16")
	w.must("2026101500")
	matches, err := filepath.Glob(filepath.Join(cache.Open(w.dir, "").Path(), "*", "worldwide", "2026101500.json"))
	if err != nil || len(matches) != 1 {
		t.Fatal(matches, err)
	}
	if err := os.WriteFile(matches[0], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := w.service.calls["endpoints"]
	w.must("2026101500")
	if w.service.calls["endpoints"] == before {
		t.Error("the list was not read anew")
	}
}

// A step from a list that nobody reviewed is worth a word where it is long.
func TestLongStepFromAnUnreviewedList(t *testing.T) {
	w := newWorld(t)
	w.serve("2026100100")
	for i, s := range w.service.sets {
		if s.IsSMTP() {
			w.service.sets[i].Prefixes = []netip.Prefix{
				netip.MustParsePrefix(
					"52.100.0.0/14",
				), netip.MustParsePrefix("2a01:111:f400::/48"), netip.MustParsePrefix("2a01:111:f403::/48"),
			}
		}
	}
	w.must("2026100100")
	w.serve("2026101500", "40.96.0.0/12", "20.0.0.0/13")
	w.pass(72 * time.Hour)
	if got := warningsOf(w.must("2026101500")); !strings.Contains(got, "far from the one before") {
		t.Errorf("warnings: %s", got)
	}
}
