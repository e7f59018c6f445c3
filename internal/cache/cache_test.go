package cache

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// list has as many prefixes as asked, all of them made from the version, so that
// a torn file would mix two of them.
func list(version string, n int) *endpoints.List {
	v := endpoints.MustParseVersion(version)
	set := endpoints.Set{
		ID:          10,
		ServiceArea: endpoints.Exchange,
		Category:    "Allow",
		Required:    true,
		TCPPorts:    endpoints.Ports{{From: 25, To: 25}},
	}
	for i := range n {
		set.Prefixes = append(set.Prefixes, netip.PrefixFrom(netip.AddrFrom4([4]byte{40, byte(i >> 8), byte(i), 0}), 24))
	}
	return &endpoints.List{Instance: endpoints.Worldwide, Version: v, Sets: []endpoints.Set{set}}
}

// onDisk is a file of the instance worldwide.
func onDisk(c *Cache, name string) string {
	return filepath.Join(c.Path(), c.service, "worldwide", name)
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	c := Open(dir, "https://one.example")
	if _, ok := c.State(endpoints.Worldwide); ok {
		t.Error("an empty cache has a state")
	}
	l := list("2026081400", 300)
	if err := c.StoreList(l); err != nil {
		t.Fatal(err)
	}
	checked := time.Date(2026, 8, 14, 12, 0, 0, 0, time.UTC)
	want := State{Version: l.Version, Checked: checked, FirstSeen: checked.Add(-time.Hour), Fetched: checked}
	if err := c.StoreState(endpoints.Worldwide, want); err != nil {
		t.Fatal(err)
	}
	byValue := cmpopts.EquateComparable(netip.Prefix{}, endpoints.Version{})
	state, _ := c.State(endpoints.Worldwide)
	if diff := cmp.Diff(want, state, byValue); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	got, _ := c.List(endpoints.Worldwide, l.Version)
	if diff := cmp.Diff(l, got, byValue); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]endpoints.Version{l.Version}, c.Versions(endpoints.Worldwide), byValue); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
	// Another service, another instance and another version are strangers to it.
	if _, ok := Open(dir, "https://two.example").List(endpoints.Worldwide, l.Version); ok {
		t.Error("the list of one service answers for another")
	}
	if _, ok := c.List(endpoints.China, l.Version); ok {
		t.Error("the list of one instance answers for another")
	}
	from, to := onDisk(c, "2026081400.json"), onDisk(c, "2026081500.json")
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
	if err := os.WriteFile(filepath.Join(dir, ownFolder, idFile), []byte("no id"), 0o600); err != nil {
		t.Fatal(err)
	}
	three, err := Open(dir, "").ClientRequestID()
	if err != nil || len(three) != 36 {
		t.Errorf("after damage: %q, %v", three, err)
	}
	if three == one {
		t.Error("after damage: the same id as before")
	}
	blocked := filepath.Join(dir, ownFolder, idFile, "below-a-file")
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
		if err := c.StoreState(
			endpoints.Worldwide, State{Version: endpoints.MustParseVersion(version), Checked: time.Now()},
		); err != nil {
			fmt.Println("store latest:", err)
		}
		l, ok := c.List(endpoints.Worldwide, endpoints.MustParseVersion(version))
		if !ok || len(l.Sets[0].Prefixes) != 1000 {
			fmt.Println("torn list", version)
		}
		if s, ok := c.State(endpoints.Worldwide); !ok || s.Version.IsZero() {
			fmt.Println("torn state")
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
	leftover := onDisk(c, ".write-123")
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
	if left, _ := filepath.Glob(onDisk(c, ".write-*")); len(left) > 0 {
		t.Errorf("half-written files stay: %v", left)
	}
}

// Fifty processes that begin at once get one client request id.
func TestOneClientRequestID(t *testing.T) {
	dir := t.TempDir()
	ids := make([]string, 50)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() { ids[i], _ = Open(dir, fmt.Sprint(i)).ClientRequestID() })
	}
	wg.Wait()
	slices.Sort(ids)
	if distinct := slices.Compact(ids); len(distinct) != 1 {
		t.Errorf("%d ids", len(distinct))
	}
}

// Whoever holds the lock asks; the others wait, and go on without it in the end.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	one, two := Open(dir, ""), Open(dir, "")
	release, locked := one.Lock(t.Context(), endpoints.Worldwide)
	if !locked {
		t.Fatal("the first does not get the lock")
	}
	impatient, cancel := context.WithTimeout(t.Context(), 3*lockPoll)
	defer cancel()
	if _, locked := two.Lock(impatient, endpoints.Worldwide); locked {
		t.Error("two hold the lock")
	}
	other, locked := two.Lock(t.Context(), endpoints.China)
	if !locked {
		t.Error("the lock of one instance holds up another")
	}
	other()
	release()
	again, locked := two.Lock(t.Context(), endpoints.Worldwide)
	if !locked {
		t.Error("the lock is not given back")
	}
	again()
}

// The folder is used only where nobody else can write.
func TestUntrustedFolders(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the profile's access control lists are relied on")
	}
	l := list("2026010100", 3)
	for name, tc := range map[string]struct {
		spoil func(t *testing.T, own string)
		want  string
	}{
		"as it was made":     {func(*testing.T, string) {}, ""},
		"writable by all":    {func(t *testing.T, own string) { chmod(t, own, 0o777) }, "can be written by others"},
		"writable by group":  {func(t *testing.T, own string) { chmod(t, own, 0o770) }, "can be written by others"},
		"readable by others": {func(t *testing.T, own string) { chmod(t, own, 0o755) }, ""},
		"a shared parent":    {func(t *testing.T, own string) { chmod(t, filepath.Dir(own), 0o777) }, ""},
		"another's": {
			func(t *testing.T, own string) { chown(t, own, 12345) }, "belongs to the user with the id 12345",
		},
		"a link": {link, "is not a folder"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c := Open(dir, "")
			if err := c.StoreList(l); err != nil {
				t.Fatal(err)
			}
			tc.spoil(t, c.Path())
			c = Open(dir, "")
			_, read := c.List(l.Instance, l.Version)
			if read != (tc.want == "") {
				t.Errorf("the list was read: %v", read)
			}
			err := c.StoreList(l)
			if tc.want == "" {
				if err != nil {
					t.Errorf("store: %v", err)
				}
				return
			}
			var untrusted *UntrustedError
			if !errors.As(err, &untrusted) {
				t.Fatalf("store: %v, want an UntrustedError", err)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("store: %v, want %q", err, tc.want)
			}
		})
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func chown(t *testing.T, path string, uid int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root gives folders away")
	}
	// The test runs as root, whose own folders are trusted too: give it to somebody else.
	if err := os.Chown(path, uid, -1); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, own string) {
	t.Helper()
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := errors.Join(os.Rename(own, elsewhere), os.Symlink(elsewhere, own)); err != nil {
		t.Fatal(err)
	}
}

// A named pipe in place of a file does not hold a reader up.
func TestPipes(t *testing.T) {
	dir := t.TempDir()
	c := Open(dir, "")
	l := list("2026010100", 3)
	if err := c.StoreList(l); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{onDisk(c, "2026010100.json"), filepath.Join(c.Path(), idFile)} {
		_ = os.Remove(name)
		if out, err := exec.CommandContext(t.Context(), "mkfifo", name).CombinedOutput(); err != nil {
			t.Skipf("mkfifo: %v %s", err, out)
		}
	}
	if _, ok := c.List(l.Instance, l.Version); ok {
		t.Error("a pipe was read as a list")
	}
	if id, err := c.ClientRequestID(); err != nil || len(id) != 36 {
		t.Errorf("id %q, %v", id, err)
	}
}

func FuzzRead(f *testing.F) {
	dir := f.TempDir()
	c := Open(dir, "")
	if err := c.StoreList(list("2026081400", 3)); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(onDisk(c, "2026081400.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"format":1,"sha256":"","payload":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Open(t.TempDir(), "")
		path := onDisk(c, "2026081400.json")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
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
