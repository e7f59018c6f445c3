package eoptest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// WithSMTP is the newest list of the frozen archive with SMTP prefixes added, under another version.
func WithSMTP(t testing.TB, instance endpoints.Instance, version string, added ...string) *endpoints.List {
	t.Helper()
	more, err := cidr.ParseAll(added)
	if err != nil {
		t.Fatal(err)
	}
	sets := slices.Clone(Newest(t, instance).Sets)
	i := slices.IndexFunc(sets, endpoints.Set.IsSMTP)
	if i < 0 {
		t.Fatalf("%s has no SMTP set", instance)
	}
	sets[i].Prefixes = slices.Concat(sets[i].Prefixes, more)
	return &endpoints.List{Instance: instance, Version: endpoints.MustParseVersion(version), Sets: sets}
}

// Vendor writes lists into a folder as archive_dir wants them.
func Vendor(t testing.TB, dir string, lists ...*endpoints.List) {
	t.Helper()
	for _, l := range lists {
		body, err := endpoints.EncodeSets(l.Sets)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, string(l.Instance), l.Version.String()+".json")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
