package eoptest

import (
	"embed"
	"io/fs"
	"sync"
	"testing"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// The frozen archive has a few old lists per cloud and never changes, so that no
// test depends on which list is the newest today.
//
//go:embed testdata/lists/*.txt
var frozen embed.FS

// The newest versions of the frozen archive.
const (
	NewestWorldwide = "2026081400"
	NewestChina     = "2026022700"
	NewestUSGov     = "2026033100" // of DoD and GCC High alike
)

// Clock is the system's clock in the year 2100: tests publish lists of 2099, which are
// newer than every archived one and not from the future.
func Clock() time.Time { return time.Now().AddDate(2100-time.Now().Year(), 0, 0) }

// OpenArchive opens the frozen archive.
func OpenArchive() (*archive.Archive, error) {
	lists, err := fs.Sub(frozen, "testdata/lists")
	if err != nil {
		return nil, err
	}
	return archive.Open(lists)
}

var opened = sync.OnceValues(OpenArchive)

// Archive is the frozen archive.
func Archive(t testing.TB) *archive.Archive {
	t.Helper()
	a, err := opened()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Newest is the newest list of the frozen archive; it is shared, so do not change it.
func Newest(t testing.TB, instance endpoints.Instance) *endpoints.List {
	t.Helper()
	v, ok := Archive(t).Newest(instance)
	if !ok {
		t.Fatalf("%s has no newest list", instance)
	}
	return List(t, instance, v.String())
}

// SMTPHistory is the SMTP part of every version of the frozen archive, oldest first.
func SMTPHistory(t testing.TB, instance endpoints.Instance) []archive.SMTPEntry {
	t.Helper()
	history, err := Archive(t).SMTPHistory(instance)
	if err != nil {
		t.Fatal(err)
	}
	return history
}

// List is a list of the frozen archive; it is shared, so do not change it.
func List(t testing.TB, instance endpoints.Instance, version string) *endpoints.List {
	t.Helper()
	l, err := Archive(t).List(instance, endpoints.MustParseVersion(version))
	if err != nil {
		t.Fatalf("%s %s: %v", instance, version, err)
	}
	return l
}
