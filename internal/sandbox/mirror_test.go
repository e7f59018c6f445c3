//go:build mirror

package sandbox_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

// Real parts: nginx serves the service's paths as files over TLS, tinyproxy
// stands in between, and examples/mirror runs through both.
func TestMirrorBehindProxy(t *testing.T) {
	nginx, tinyproxy := program(t, "nginx", "nginx-light"), program(t, "tinyproxy", "tinyproxy")
	name := proxiedName(t)
	dir := t.TempDir()
	_ = os.Chmod(dir, 0o755) // nginx's workers are another user
	_ = os.Chmod(filepath.Dir(dir), 0o755)
	mirrorPort, proxyPort := freePort(t), freePort(t)
	writeCertificate(t, dir, name)
	l := publish(t, dir)

	run(t, nginx, "-c", config(t, dir, "nginx.conf", "DIR", dir, "NAME", name, "PORT", mirrorPort))
	run(t, tinyproxy, "-d", "-c", config(t, dir, "tinyproxy.conf", "DIR", dir, "TARGET", mirrorPort, "PORT", proxyPort))
	await(t, mirrorPort)
	await(t, proxyPort)

	clis, err := sandbox.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	url := "https://" + net.JoinHostPort(name, mirrorPort)
	for _, cli := range clis {
		t.Run(cli.Name, func(t *testing.T) {
			s := open(t, cli, root+"/examples/mirror")
			s.Env = []string{
				"HTTPS_PROXY=http://127.0.0.1:" + proxyPort, "NO_PROXY=",
				"TF_VAR_mirror_url=" + url, "TF_VAR_ca_bundle=" + filepath.Join(dir, "server.pem"),
			}
			must(t, s, 0, "init")
			if text := must(t, s, 0, "apply", "-auto-approve"); strings.Contains(text, "Warning") {
				t.Errorf("a warning:\n%s", text)
			}
			want := fmt.Sprintf(`"source":"service","stale":false,"version":%q`, l.Version.String())
			if got := must(t, s, 0, "output", "-json", "list"); !strings.Contains(strings.ReplaceAll(got, " ", ""), want) {
				t.Errorf("%s, want %s", got, want)
			}
			must(t, s, 0, "plan", "-detailed-exitcode")

			// Without the proxy's authority no list comes through, and the embedded one is used.
			s.Env[3] = "TF_VAR_ca_bundle="
			s.Env = append(s.Env, "XDG_CACHE_HOME="+t.TempDir(), "SSL_CERT_FILE=/nonexistent")
			wantText(t, "the plan without the authority", must(t, s, 0, "plan"), "(embedded) is used instead")
		})
	}
	log, err := os.ReadFile(filepath.Join(dir, "tinyproxy.log"))
	if err != nil || !strings.Contains(string(log), "CONNECT "+name) {
		t.Errorf("nothing went through the proxy: %v\n%s", err, log)
	}
}

func program(t *testing.T, name, debian string) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin") {
		if path := filepath.Join(dir, name); exec.CommandContext(t.Context(), path, "-v").Run() == nil {
			return path
		}
	}
	t.Fatalf("%s is not installed; on Debian: apt-get install %s", name, debian)
	return ""
}

// proxiedName is a name of this machine's loopback that is no loopback to Go,
// which never sends localhost or 127.0.0.1 through a proxy.
func proxiedName(t *testing.T) string {
	t.Helper()
	host, _ := os.Hostname()
	for _, name := range []string{host, "eop-mirror.test"} {
		addresses, _ := net.DefaultResolver.LookupHost(t.Context(), name)
		if name != "localhost" && slices.Index(addresses, "127.0.0.1") == 0 {
			return name
		}
	}
	t.Fatal("no name of this machine stands for 127.0.0.1; add a line to /etc/hosts: 127.0.0.1 eop-mirror.test")
	return ""
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}

func writeCertificate(t *testing.T, dir, name string) {
	t.Helper()
	cert := eoptest.Certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), name)
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	save(t, dir, "server.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}))
	save(t, dir, "server.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
}

// publish saves the newest embedded list as the mirror's files, a version later.
func publish(t *testing.T, dir string) *endpoints.List {
	t.Helper()
	l := eoptest.Newest(t, endpoints.Worldwide)
	body, err := endpoints.EncodeSets(l.Sets)
	if err != nil {
		t.Fatal(err)
	}
	next := &endpoints.List{Instance: l.Instance, Version: endpoints.MustParseVersion("2099010100"), Sets: l.Sets}
	version, _ := json.Marshal(map[string]any{"instance": "Worldwide", "latest": next.Version.String()})
	save(t, dir, "www/endpoints/worldwide", body)
	save(t, dir, "www/version/worldwide", version)
	save(t, dir, "www/version/all", fmt.Appendf(nil, "[%s]", version))
	return next
}

func save(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// config fills in a configuration of internal/eoptest/mirror.
func config(t *testing.T, dir, name string, pairs ...string) string {
	t.Helper()
	text, err := os.ReadFile("../eoptest/mirror/" + name)
	if err != nil {
		t.Fatal(err)
	}
	save(t, dir, name, []byte(strings.NewReplacer(pairs...).Replace(string(text))))
	return filepath.Join(dir, name)
}

// run starts a server and stops it with the test.
func run(t *testing.T, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...) // the cleanup stops it
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
}

func await(t *testing.T, port string) {
	t.Helper()
	for range 100 {
		if c, err := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.1:"+port); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("nothing listens on port %s", port)
}
