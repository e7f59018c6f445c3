//go:build clouds

package sandbox_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

// Every example of a cloud passes its own tests with the real provider: from the
// folder TEST_CLOUDS_PLUGIN_DIR, in the unpacked layout of a file system mirror
// (host/namespace/type/version/os_arch/binary), or else from the registry. The provider is mocked in these
// tests, so its schema counts and no account is needed.
func TestCloudsWithRealProviders(t *testing.T) {
	clis, err := sandbox.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	folders, err := os.ReadDir(clouds)
	if err != nil {
		t.Fatal(err)
	}
	plugins := os.Getenv("TEST_CLOUDS_PLUGIN_DIR")
	for _, cli := range clis {
		registry := registries[map[string]int{"terraform": 0, "tofu": 1}[cli.Name]]
		open := plugins == "" && reachable(t.Context(), registry)
		for _, folder := range folders {
			t.Run(folder.Name()+"/"+cli.Name, func(t *testing.T) {
				dir := filepath.Join(clouds, folder.Name())
				binaries := map[string]string{}
				for _, source := range sources(t, dir) {
					version, path := pluginBinary(plugins, source)
					switch {
					case path != "":
						binaries[registry+"/"+source+"/"+version] = path
					case plugins != "":
						t.Skipf("skipped: %s is not in %s", source, plugins)
					case !open:
						t.Skipf("skipped: %s is not installed, because %s cannot be reached", source, registry)
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
}

// pluginBinary finds a provider's binary for this machine in a file system
// mirror, whatever its registry, and empty text where there is none. Of several
// versions it takes the last by name.
func pluginBinary(dir, source string) (version, path string) {
	if dir == "" {
		return "", ""
	}
	found, _ := filepath.Glob(filepath.Join(dir, "*", source, "*", runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-*"))
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

// nft itself loads the ruleset, twice, in a network namespace of its own, with a
// sender of one's own that overlaps the list.
func TestCloudsRulesetLoadsIntoNftables(t *testing.T) {
	nft := ""
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin") {
		if path := filepath.Join(dir, "nft"); exec.CommandContext(t.Context(), "unshare", "-rn", path, "list", "ruleset").Run() == nil {
			nft = path
		}
	}
	if nft == "" {
		t.Skip("skipped: nft (Debian: nftables) is not installed, or no network namespace can be made")
	}
	clis, err := sandbox.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	s := openCloud(t, clis[0], clouds+"/nftables", nil)
	must(t, s, 0, "init")
	for _, instance := range endpoints.ServedInstances() {
		must(t, s, 0, "apply", "-auto-approve", "-var=instance="+string(instance), "-var=restrict_outbound=true", `-var=also_from=["40.92.1.0/24", "10.0.0.0/8"]`)
		file := filepath.Join(t.TempDir(), "ruleset.nft")
		if err := os.WriteFile(file, []byte(must(t, s, 0, "output", "-raw", "ruleset")), 0o600); err != nil {
			t.Fatal(err)
		}
		load := exec.CommandContext(t.Context(), "unshare", "-rn", "sh", "-c", `"$0" -f "$1" && "$0" -f "$1" && "$0" list ruleset`, nft, file)
		if loaded, err := load.CombinedOutput(); err != nil || strings.Count(string(loaded), "tcp dport 25 drop") != 2 {
			t.Errorf("%s: %v\n%s", instance, err, loaded)
		}
	}
}
