package vendored_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/vendored"
)

// folder has files by their path.
func folder(t *testing.T, files map[string][]byte) vendored.Folder {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if data == nil {
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return vendored.Folder(dir)
}

func TestVersions(t *testing.T) {
	d := folder(t, map[string][]byte{
		"worldwide/2026081400.json": {}, "worldwide/2025043000.json": {}, "worldwide/README.md": {},
		"china/2026022700.json": {},
	})
	for instance, want := range map[endpoints.Instance][]string{
		endpoints.Worldwide: {"2025043000", "2026081400"}, endpoints.China: {"2026022700"}, endpoints.USGovDoD: nil,
	} {
		t.Run(string(instance), func(t *testing.T) {
			versions, err := d.Versions(instance)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range versions {
				got = append(got, v.String())
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("no folder is named", func(t *testing.T) {
		if versions, err := vendored.Folder("").Versions(endpoints.China); err != nil || versions != nil {
			t.Errorf("got %v, %v", versions, err)
		}
	})
}

func TestFoldersThatWouldBeReadWrongly(t *testing.T) {
	for name, tc := range map[string]struct{ file, want string }{
		"beside the folders":      {"2026081400.json", "not in the folder of an instance"},
		"an instance in capitals": {"Worldwide/2026081400.json", "named in lower case, worldwide"},
		"a name without number":   {"worldwide/latest.json", "not a list version of ten digits"},
		"a date for a name":       {"worldwide/2026-08-14.json", "not a list version of ten digits"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := folder(t, map[string][]byte{tc.file: {}}).Versions(endpoints.Worldwide)
			var failure *vendored.Error
			if !errors.As(err, &failure) {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
	t.Run("a folder that is not there", func(t *testing.T) {
		if _, err := vendored.Folder(filepath.Join(t.TempDir(), "nowhere")).Versions(endpoints.China); err == nil {
			t.Error("no error")
		}
	})
}

func TestList(t *testing.T) {
	want := eoptest.Newest(t, endpoints.China)
	body, err := endpoints.EncodeSets(want.Sets)
	if err != nil {
		t.Fatal(err)
	}
	name := "china/" + want.Version.String() + ".json"
	t.Run("as the service answered", func(t *testing.T) {
		got, err := folder(t, map[string][]byte{name: body}).List(want.Instance, want.Version)
		if err != nil {
			t.Fatal(err)
		}
		if difference := endpoints.FirstDifference(want, got); difference != "" {
			t.Error(difference)
		}
	})
	for title, tc := range map[string]struct {
		data []byte
		want string
	}{
		"not a file":  {nil, "it is not a regular file"},
		"half a file": {body[:len(body)/2], name},
		"too large":   {append(body, make([]byte, 8<<20)...), "the file is larger than 8 MiB"},
	} {
		t.Run(title, func(t *testing.T) {
			_, err := folder(t, map[string][]byte{name: tc.data}).List(want.Instance, want.Version)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
