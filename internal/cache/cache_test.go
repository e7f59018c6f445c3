package cache

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// list has as many prefixes as asked, all of them made from the version, so that
// a torn file would mix two of them.
func list(version string, n int) *endpoints.List {
	v := endpoints.MustParseVersion(version)
	set := endpoints.Set{ID: 10, ServiceArea: endpoints.Exchange, Category: "Allow", Required: true, TCPPorts: endpoints.Ports{{From: 25, To: 25}}}
	for i := range n {
		set.Prefixes = append(set.Prefixes, netip.PrefixFrom(netip.AddrFrom4([4]byte{40, byte(i >> 8), byte(i), 0}), 24))
	}
	return &endpoints.List{Instance: endpoints.Worldwide, Version: v, Sets: []endpoints.Set{set}}
}

func TestRoundTrip(t *testing.T) {
	c := Open(t.TempDir(), "https://one.example")
	if _, ok := c.Latest(endpoints.Worldwide); ok {
		t.Error("an empty cache has a latest version")
	}
	l := list("2026081400", 300)
	if err := c.StoreList(l); err != nil {
		t.Fatal(err)
	}
	checked := time.Date(2026, 8, 14, 12, 0, 0, 0, time.UTC)
	if err := c.StoreLatest(endpoints.Worldwide, Latest{l.Version, checked}); err != nil {
		t.Fatal(err)
	}
	latest, ok := c.Latest(endpoints.Worldwide)
	if !ok || latest.Version != l.Version || !latest.Checked.Equal(checked) {
		t.Errorf("latest %v, %v", latest, ok)
	}
	got, ok := c.List(endpoints.Worldwide, l.Version)
	if !ok || len(got.Sets) != 1 || len(got.Sets[0].Prefixes) != 300 || got.Sets[0].TCPPorts.String() != "25" {
		t.Errorf("list %v, %v", got, ok)
	}
	if versions := c.Versions(endpoints.Worldwide); len(versions) != 1 || versions[0] != l.Version {
		t.Errorf("versions %v", versions)
	}
	// Another service, another instance and another version are strangers to it.
	if _, ok := Open(c.root, "https://two.example").List(endpoints.Worldwide, l.Version); ok {
		t.Error("the list of one service answers for another")
	}
	if _, ok := c.List(endpoints.China, l.Version); ok {
		t.Error("the list of one instance answers for another")
	}
	from, to := c.path(endpoints.Worldwide, "2026081400"), c.path(endpoints.Worldwide, "2026081500")
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.List(endpoints.Worldwide, endpoints.MustParseVersion("2026081500")); ok {
		t.Error("a renamed file answers for another version")
	}
}

func TestClientRequestIDIsKept(t *testing.T) {
	dir := t.TempDir()
	one, err := Open(dir, "https://one.example").ClientRequestID()
	if err != nil || len(one) != 36 {
		t.Fatalf("%q, %v", one, err)
	}
	two, err := Open(dir, "https://two.example").ClientRequestID()
	if err != nil || two != one {
		t.Errorf("%q and %q: one machine has one id", one, two)
	}
	if err := os.WriteFile(filepath.Join(dir, "client-request-id"), []byte("no id"), 0o600); err != nil {
		t.Fatal(err)
	}
	if three, err := Open(dir, "").ClientRequestID(); err != nil || len(three) != 36 || three == one {
		t.Errorf("after damage: %q, %v", three, err)
	}
	blocked := filepath.Join(dir, "client-request-id", "below-a-file")
	if id, err := Open(blocked, "").ClientRequestID(); err == nil || len(id) != 36 {
		t.Errorf("folder that cannot be written: %q, %v; want an id and the reason", id, err)
	}
}

// helperEnv makes the test binary a process that uses a cache folder.
const helperEnv = "EOP_CACHE_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperEnv); dir != "" {
		useCache(dir)
		return
	}
	os.Exit(m.Run())
}

// useCache writes and reads lists as fast as it can until it is killed or done;
// a list that comes back wrong is reported.
func useCache(dir string) {
	c := Open(dir, "https://one.example")
	for i := range 60 {
		version := fmt.Sprintf("20260101%02d", i%5)
		if err := c.StoreList(list(version, 1000)); err != nil {
			fmt.Println("store:", err)
		}
		if err := c.StoreLatest(endpoints.Worldwide, Latest{endpoints.MustParseVersion(version), time.Now()}); err != nil {
			fmt.Println("store latest:", err)
		}
		l, ok := c.List(endpoints.Worldwide, endpoints.MustParseVersion(version))
		if !ok || len(l.Sets[0].Prefixes) != 1000 {
			fmt.Println("torn list", version)
		}
		if latest, ok := c.Latest(endpoints.Worldwide); !ok || latest.Version.IsZero() {
			fmt.Println("torn latest")
		}
		if id, err := c.ClientRequestID(); err != nil || len(id) != 36 {
			fmt.Println("id:", id, err)
		}
	}
}

func helper(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), helperEnv+"="+dir)
	return cmd
}

func TestFiftyProcessesOnOneFolder(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 50 {
		cmd := helper(t, dir)
		wg.Go(func() {
			out, err := cmd.CombinedOutput()
			if err != nil || len(out) > 0 {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
}

// A process killed in the middle of a write leaves the old file or the new one,
// and what it wrote beside them is cleared away in time.
func TestKilledWriters(t *testing.T) {
	dir := t.TempDir()
	c := Open(dir, "https://one.example")
	for i := range 40 {
		cmd := helper(t, dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(5+i) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		for _, v := range c.Versions(endpoints.Worldwide) {
			if l, ok := c.List(endpoints.Worldwide, v); !ok || len(l.Sets[0].Prefixes) != 1000 {
				t.Fatalf("after kill %d: version %s is torn", i, v)
			}
		}
	}
	leftover := filepath.Join(dir, c.service, "worldwide", ".write-123")
	if err := os.WriteFile(leftover, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(leftover, old, old); err != nil {
		t.Fatal(err)
	}
	if err := c.StoreList(list("2026010100", 1000)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(leftover); err == nil {
		t.Error("a dead process's file stays for ever")
	}
}

// A folder in which no more than a kilobyte can be written, as on a full disk:
// the store fails, and what was there before stays whole.
func TestFullFolder(t *testing.T) {
	dir := t.TempDir()
	c := Open(dir, "https://one.example")
	before := list("2026010100", 1000)
	if err := c.StoreList(before); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -f 1 && exec "$0"`, self)
	cmd.Env = append(os.Environ(), helperEnv+"="+dir)
	out, _ := cmd.CombinedOutput()
	if !strings.Contains(string(out), "store:") {
		t.Errorf("nothing failed:\n%s", out)
	}
	if l, ok := c.List(endpoints.Worldwide, before.Version); !ok || len(l.Sets[0].Prefixes) != 1000 {
		t.Error("the list that was there is torn")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, c.service, "worldwide", ".write-*")); len(left) > 0 {
		t.Errorf("half-written files stay: %v", left)
	}
}

func FuzzRead(f *testing.F) {
	dir := f.TempDir()
	c := Open(dir, "")
	if err := c.StoreList(list("2026081400", 3)); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(c.path(endpoints.Worldwide, "2026081400"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"format":1,"sha256":"","payload":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Open(t.TempDir(), "")
		path := c.path(endpoints.Worldwide, "2026081400")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		l, ok := c.List(endpoints.Worldwide, endpoints.MustParseVersion("2026081400"))
		if ok && !strings.Contains(string(data), `"sha256"`) {
			t.Fatalf("%q was read as %v", data, l)
		}
	})
}
