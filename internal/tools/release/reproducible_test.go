// Package release pins the tools of a release, and tests that a release can be built again.
package release

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Two clones of the commit, in folders of other names and with files of other times,
// make the same files, byte by byte. Only what is committed counts. With -short they make
// those of one platform.
func TestSnapshotsAreEqual(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	goreleaser := filepath.Join(root, "bin", "goreleaser")
	if _, err := os.Stat(goreleaser); err != nil {
		t.Skipf("skipped: %v; \"make test-release\" builds it", err)
	}
	config := configuration(t, root)
	commit := strings.TrimSpace(run(t, root, "git", "rev-parse", "HEAD")) // somebody may commit meanwhile
	one, two := t.TempDir(), t.TempDir()
	first := snapshot(t, root, goreleaser, config, commit, filepath.Join(one, "terraform-provider-eop"), "UTC", time.Now())
	second := snapshot(t, root, goreleaser, config, commit, filepath.Join(two, "another name"), "Asia/Tokyo",
		time.Now().Add(-100*time.Hour))

	names := published(t, first)
	if got := published(t, second); !slices.Equal(got, names) {
		t.Fatalf("the first has the files\n%q, the second\n%q", names, got)
	}
	wanted := []string{"_linux_amd64.zip", "_linux_amd64.cdx.json", "_SHA256SUMS"}
	if !testing.Short() {
		wanted = append(wanted, "_windows_arm64.zip", "_freebsd_386.zip", "_darwin_arm64.cdx.json")
	}
	for _, part := range wanted {
		t.Run("a file ends in "+part, func(t *testing.T) {
			if !slices.ContainsFunc(names, func(name string) bool { return strings.HasSuffix(name, part) }) {
				t.Errorf("only %q", names)
			}
		})
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			if !bytes.Equal(read(t, filepath.Join(first, name)), read(t, filepath.Join(second, name))) {
				t.Error("the two files differ")
			}
		})
	}
}

// configuration is the path of the release's configuration, or with -short of a copy for one platform.
func configuration(t *testing.T, root string) string {
	t.Helper()
	path := filepath.Join(root, ".goreleaser.yml")
	if !testing.Short() {
		return path
	}
	text := string(read(t, path))
	for _, key := range []string{"goos", "goarch"} {
		lines := regexp.MustCompile(`(?m)^    ` + key + `: \[.*\]$`)
		if !lines.MatchString(text) {
			t.Fatalf("%s has no list of %s", path, key)
		}
		text = lines.ReplaceAllString(text, "    "+key+": ["+map[string]string{"goos": "linux", "goarch": "amd64"}[key]+"]")
	}
	short := filepath.Join(t.TempDir(), "goreleaser.yml")
	if err := os.WriteFile(short, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return short
}

// snapshot builds a release from a new clone and returns the folder with its files.
func snapshot(t *testing.T, root, goreleaser, config, commit, dir, zone string, modified time.Time) string {
	t.Helper()
	run(t, root, "git", "clone", "--quiet", "--no-hardlinks", root, dir)
	run(t, dir, "git", "checkout", "--quiet", "--detach", commit)
	for _, name := range []string{"README.md", "LICENSE", "CHANGELOG.md", "main.go"} {
		if err := os.Chtimes(filepath.Join(dir, name), modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(root, "bin"), filepath.Join(dir, "bin")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TZ", zone)
	run(t, dir, goreleaser, "release", "--config", config, "--snapshot", "--clean", "--skip=sign")
	return filepath.Join(dir, "dist")
}

// published are the names of the files that a release hands out.
func published(t *testing.T, dist string) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"*.zip", "*.cdx.json", "*_SHA256SUMS"} {
		found, err := filepath.Glob(filepath.Join(dist, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			out = append(out, filepath.Base(path))
		}
	}
	return out
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}
