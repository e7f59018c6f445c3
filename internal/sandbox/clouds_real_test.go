//go:build clouds

package sandbox_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

// Environment of this test, which make sets.
const (
	pluginsVariable = "TEST_CLOUDS_PLUGIN_DIR" // take providers from here: host/namespace/type/version/os_arch/binary
	strictVariable  = "TEST_CLOUDS_STRICT"     // not empty: what cannot run fails
	reportVariable  = "TEST_CLOUDS_REPORT"     // file for one line on what ran
)

// skips are the tests that could not run, by reason.
type skips map[string][]string

// skip ends a test that cannot run, and remembers why.
func (s skips) skip(t *testing.T, name, reason string) {
	t.Helper()
	s[reason] = append(s[reason], name)
	if os.Getenv(strictVariable) != "" {
		t.Fatalf("cannot run, and none may be skipped: %s", reason)
	}
	t.Skip(reason)
}

// line says how many of the tests ran, and which not, and why.
func (s skips) line(all int) string {
	skipped, reasons := 0, ""
	for _, reason := range slices.Sorted(maps.Keys(s)) {
		skipped += len(s[reason])
		reasons += fmt.Sprintf("; %s: %s", reason, strings.Join(s[reason], ", "))
	}
	return fmt.Sprintf("test-clouds: %d of %d ran, %d skipped%s\n", all-skipped, all, skipped, reasons)
}

// Every example of a cloud passes its own tests with the real provider: from the
// folder of pluginsVariable, or else from the registry. The provider is mocked in
// these tests, so its schema and its rules count and no account is needed.
func TestClouds(t *testing.T) {
	clis, err := sandbox.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	folders, err := os.ReadDir(clouds)
	if err != nil {
		t.Fatal(err)
	}
	skipped, all := skips{}, 0
	run := func(name string, test func(t *testing.T, skip func(reason string))) {
		all++
		t.Run(name, func(t *testing.T) {
			test(t, func(reason string) { skipped.skip(t, name, reason) })
		})
	}
	for _, cli := range clis {
		registry := registries[map[string]int{"terraform": 0, "tofu": 1}[cli.Name]]
		plugins := os.Getenv(pluginsVariable)
		open := plugins == "" && reachable(t.Context(), registry)
		for _, folder := range folders {
			run(folder.Name()+"/"+cli.Name, func(t *testing.T, skip func(string)) {
				dir := filepath.Join(clouds, folder.Name())
				binaries := map[string]string{}
				for _, source := range sources(t, dir) {
					version, path := pluginBinary(plugins, source)
					switch {
					case path != "":
						binaries[registry+"/"+source+"/"+version] = path
					case plugins != "":
						skip(source + " is not in " + plugins)
					case !open:
						skip(registry + " cannot be reached")
					}
				}
				s := openCloud(t, cli, dir, binaries)
				if open {
					if err := s.UseRegistry(); err != nil {
						t.Fatal(err)
					}
				}
				must(t, s, 0, "init")
				must(t, s, 0, "validate")
				t.Log(must(t, s, 0, "test"))
			})
		}
	}
	run("nft", func(t *testing.T, skip func(string)) { loadRuleset(t, clis[0], skip) })
	if file := os.Getenv(reportVariable); file != "" {
		if err := os.WriteFile(file, []byte(skipped.line(all)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Without STRICT a skip is only told; the last line has to tell it whole.
func TestCloudsLastLine(t *testing.T) {
	none, some := skips{}, skips{"b": {"x/tofu"}, "a": {"y/tofu", "z/tofu"}}
	if got, want := none.line(3), "test-clouds: 3 of 3 ran, 0 skipped\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := some.line(4), "test-clouds: 1 of 4 ran, 3 skipped; a: y/tofu, z/tofu; b: x/tofu\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// pluginBinary finds a provider's binary for this machine in a file system
// mirror, whatever its registry, and empty text where there is none. Of several
// versions it takes the last by name.
func pluginBinary(dir, source string) (version, path string) {
	if dir == "" {
		return "", ""
	}
	platform := runtime.GOOS + "_" + runtime.GOARCH
	found, _ := filepath.Glob(filepath.Join(dir, "*", source, "*", platform, "terraform-provider-*"))
	if len(found) == 0 {
		return "", ""
	}
	path = found[len(found)-1]
	return filepath.Base(filepath.Dir(filepath.Dir(path))), path
}

func reachable(ctx context.Context, registry string) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+registry+"/.well-known/terraform.json", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode == http.StatusOK && strings.Contains(resp.Header.Get("Content-Type"), "json")
}

// loadRuleset lets nft itself load the ruleset, twice, in a network namespace of
// its own, with your own sender that overlaps the list.
func loadRuleset(t *testing.T, cli sandbox.CLI, skip func(reason string)) {
	t.Helper()
	nft := ""
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin") {
		path := filepath.Join(dir, "nft")
		if exec.CommandContext(t.Context(), "unshare", "-rn", path, "list", "ruleset").Run() == nil {
			nft = path
		}
	}
	if nft == "" {
		skip("nft (Debian: nftables) is not installed, or no network namespace can be made")
	}
	s := openCloud(t, cli, clouds+"/nftables", nil)
	must(t, s, 0, "init")
	for _, instance := range endpoints.ServedInstances() {
		t.Run(string(instance), func(t *testing.T) {
			must(t, s, 0, "apply", "-auto-approve", "-var=instance="+string(instance), "-var=restrict_outbound=true",
				`-var=also_from=["40.92.1.0/24", "10.0.0.0/8"]`)
			file := filepath.Join(t.TempDir(), "ruleset.nft")
			if err := os.WriteFile(file, []byte(must(t, s, 0, "output", "-raw", "ruleset")), 0o600); err != nil {
				t.Fatal(err)
			}
			const twice = `"$0" -f "$1" && "$0" -f "$1" && "$0" list ruleset`
			loaded, err := exec.CommandContext(t.Context(), "unshare", "-rn", "sh", "-c", twice, nft, file).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, loaded)
			}
			if n := strings.Count(string(loaded), "tcp dport 25 drop"); n != 2 {
				t.Errorf("%d rules drop SMTP, want 2:\n%s", n, loaded)
			}
		})
	}
}
