package known

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/vendored"
)

const (
	foreign  = "52.104.0.0/16"
	instance = endpoints.Worldwide
)

// machine has the frozen archive, an empty cache and an empty folder of vendored lists.
func machine(t *testing.T) Options {
	t.Helper()
	return Options{
		Archive:  eoptest.Archive(t),
		Vendored: vendored.Folder(t.TempDir()),
		Cache:    cache.Open(t.TempDir(), "https://service.example"),
		Guard:    endpoints.DefaultGuard(),
		Now:      func() time.Time { return time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC) },
	}
}

// list is the newest embedded one with an SMTP prefix more, under another number.
func list(t *testing.T, version, prefix string) *endpoints.List {
	t.Helper()
	return eoptest.WithSMTP(t, instance, version, prefix)
}

func store(t *testing.T, o Options, l *endpoints.List) {
	t.Helper()
	if err := o.Cache.StoreList(l); err != nil {
		t.Fatal(err)
	}
}

func index(t *testing.T, k *Lists) *Index {
	t.Helper()
	x, err := k.Index(instance)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// after are the entries that are newer than the archive, as "version source".
func after(t *testing.T, k *Lists) []string {
	t.Helper()
	newest, _ := k.options.Archive.Newest(instance)
	var out []string
	for _, e := range index(t, k).Entries() {
		if e.Version.Compare(newest) > 0 {
			out = append(out, e.Version.String()+" "+string(e.Source))
		}
	}
	return out
}

func TestOneOrder(t *testing.T) {
	o := machine(t)
	for _, version := range []string{eoptest.NewestWorldwide, "2026101500", "2026100100"} {
		store(t, o, list(t, version, foreign))
	}
	for _, version := range []string{eoptest.NewestWorldwide, "2026101500"} {
		eoptest.Vendor(t, string(o.Vendored), list(t, version, foreign))
	}
	k := New(o)
	t.Run("a version is there once, oldest first, and the vendored copy counts more than the cached", func(t *testing.T) {
		if diff := cmp.Diff([]string{"2026100100 service", "2026101500 archive_dir"}, after(t, k)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("an archived version is the archive's, and says what it hides", func(t *testing.T) {
		e := index(t, k).Entry(endpoints.MustParseVersion(eoptest.NewestWorldwide))
		if e.Source != Embedded {
			t.Errorf("source %s", e.Source)
		}
		if text := e.Shadowed(); !strings.Contains(text, foreign) {
			t.Errorf("got %q", text)
		}
	})
	t.Run("other entries hide nothing", func(t *testing.T) {
		if text := index(t, k).Entry(endpoints.MustParseVersion("2026101500")).Shadowed(); text != "" {
			t.Errorf("got %q", text)
		}
	})
	t.Run("a version that is not there has no entry", func(t *testing.T) {
		if e := index(t, k).Entry(endpoints.MustParseVersion("2026101501")); e != nil {
			t.Errorf("got %+v", e)
		}
	})
}

func TestNewest(t *testing.T) {
	o := machine(t)
	eoptest.Vendor(t, string(o.Vendored), list(t, "2026100100", foreign))
	eoptest.Vendor(t, string(o.Vendored), list(t, "2026101500", "104.0.0.0/9")) // beyond the guard
	store(t, o, list(t, "2026101600", foreign))
	store(t, o, list(t, "2026101700", "104.0.0.0/9"))
	k := New(o)
	t.Run("a vendored list is found though it cannot be used, a cached one is not", func(t *testing.T) {
		e, err := index(t, k).NewestVendored()
		if err != nil {
			t.Fatal(err)
		}
		var refused *endpoints.GuardError
		if _, err := e.Load(); !errors.As(err, &refused) {
			t.Errorf("version %s: %v", e.Version, err)
		}
	})
	t.Run("what can be used, from any source", func(t *testing.T) {
		e, err := index(t, k).NewestUsable()
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Version.String(); got != "2026101600" {
			t.Errorf("version %s", got)
		}
	})
	t.Run("an instance without lists", func(t *testing.T) {
		if _, err := (&Index{instance: "atlantis"}).NewestUsable(); !errors.Is(err, archive.ErrUnknown) {
			t.Errorf("got %v", err)
		}
	})
}

// The index hides every copy of an archived version, so that none is judged today. The
// judge refuses it all the same.
func TestJudge(t *testing.T) {
	for name, tc := range map[string]struct {
		list *endpoints.List
		want string // empty: accepted
	}{
		"one prefix more":                   {list(t, "2026101500", foreign), ""},
		"an archived version, changed":      {list(t, eoptest.NewestWorldwide, foreign), "the archive has this version"},
		"beyond the guard":                  {list(t, "2026101500", "104.0.0.0/9"), "wider than /12"},
		"from the future":                   {list(t, "2026110300", foreign), "2026110300"},
		"an old number, with new addresses": {list(t, "2021010101", foreign), ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := New(machine(t)).Judge(tc.list)
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// A list saved under the wrong cloud is refused with the cloud that it belongs to.
func TestAListOfAnotherCloud(t *testing.T) {
	o := machine(t)
	l := *eoptest.Newest(t, endpoints.China)
	l.Instance, l.Version = instance, endpoints.MustParseVersion("2026090100")
	eoptest.Vendor(t, string(o.Vendored), &l)
	_, err := index(t, New(o)).Entry(l.Version).Load()
	var unusable *UnusableError
	if !errors.As(err, &unusable) {
		t.Fatalf("got %v", err)
	}
	if unusable.Where != o.Vendored.Path(instance, l.Version) {
		t.Errorf("where: %s", unusable.Where)
	}
	if !strings.Contains(err.Error(), "those of china (version 2026022700)") {
		t.Errorf("got %v", err)
	}
}

func TestAFolderThatCannotBeUsed(t *testing.T) {
	o := machine(t)
	o.Vendored = vendored.Folder(filepath.Join(t.TempDir(), "nowhere"))
	store(t, o, list(t, "2026101500", foreign))
	k := New(o)
	var folder *vendored.Error
	if _, err := k.Index(instance); !errors.As(err, &folder) {
		t.Errorf("got %v", err)
	}
	if e := k.Passable(instance).Entry(endpoints.MustParseVersion("2026101500")); e == nil {
		t.Error("the cached list is not there without the folder")
	}
}

func TestWithdraw(t *testing.T) {
	o := machine(t)
	for _, version := range []string{"2026100100", "2026101500", "2026101501"} {
		store(t, o, list(t, version, foreign))
	}
	k := New(o)
	before := after(t, k)
	gone := k.Withdraw(instance, endpoints.MustParseVersion("2026100100"))
	if diff := cmp.Diff([]string{"2026100100 service", "2026101500 service", "2026101501 service"}, before); diff != "" {
		t.Error("before: " + diff)
	}
	if diff := cmp.Diff([]string{"2026101500", "2026101501"}, []string{gone[0].String(), gone[1].String()}); diff != "" {
		t.Error("withdrawn: " + diff)
	}
	t.Run("another process", func(t *testing.T) {
		if diff := cmp.Diff([]string{"2026100100 service"}, after(t, New(o))); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a file that stays does not count", func(t *testing.T) {
		store(t, o, list(t, "2026101500", foreign))
		k.Refresh(instance)
		if diff := cmp.Diff([]string{"2026100100 service"}, after(t, k)); diff != "" {
			t.Error(diff)
		}
	})
}

// A list is read once, and what the cache got meanwhile is seen after a refresh.
func TestRefresh(t *testing.T) {
	o := machine(t)
	k := New(o)
	before := after(t, k)
	store(t, o, list(t, "2026101500", foreign))
	if diff := cmp.Diff(before, after(t, k)); diff != "" {
		t.Error("before: " + diff)
	}
	k.Refresh(instance)
	if diff := cmp.Diff([]string{"2026101500 service"}, after(t, k)); diff != "" {
		t.Error("after: " + diff)
	}
}

func TestHistory(t *testing.T) {
	o := machine(t)
	eoptest.Vendor(t, string(o.Vendored), list(t, "2026100100", foreign))
	eoptest.Vendor(t, string(o.Vendored), list(t, "2026101500", "104.0.0.0/9")) // beyond the guard
	h, unusable, err := New(o).History(instance)
	if err != nil {
		t.Fatal(err)
	}
	if len(unusable) != 1 {
		t.Fatalf("unusable: %v", unusable)
	}
	text := func(h History) []string {
		var out []string
		for _, v := range h[len(h)-2:] {
			changed := "unknown"
			if v.SMTPChanged != nil {
				changed = map[bool]string{true: "changed", false: "same"}[*v.SMTPChanged]
			}
			out = append(out, v.Version.String()+" "+changed)
		}
		return out
	}
	if diff := cmp.Diff([]string{"2026100100 changed", "2026101500 unknown"}, text(h)); diff != "" {
		t.Error(diff)
	}
	t.Run("a name more", func(t *testing.T) {
		more := slices.Clone(h).WithName(endpoints.MustParseVersion("2026101600"))
		if diff := cmp.Diff([]string{"2026101500 unknown", "2026101600 unknown"}, text(more)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a name that is there", func(t *testing.T) {
		if n := len(slices.Clone(h).WithName(endpoints.MustParseVersion("2026101500"))); n != len(h) {
			t.Errorf("%d versions, want %d", n, len(h))
		}
	})
	t.Run("up to a version with the addresses of the one before", func(t *testing.T) {
		v := endpoints.MustParseVersion("2026100200")
		same := h.UpTo(v, h[len(h)-2].SMTP)
		if diff := cmp.Diff([]string{"2026100100 changed", "2026100200 same"}, text(same)); diff != "" {
			t.Error(diff)
		}
	})
}
