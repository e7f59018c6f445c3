//go:build unix

package main

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

// What a user waits for: whole commands of a CLI, with the start of CLI and provider. Each
// benchmark has the same command with a provider that does next to nothing beside it, so
// that the pair has a ratio.

// subject is a provider under measurement and a configuration with one data source of it.
type subject struct {
	name   string
	binary string
	source string // address without the registry; its last part is the local name
	config string
}

// oneList is the embedded list, in an output.
const oneList = `
provider "eop" {
  list_source = "embedded"
}

data "eop_smtp_allowlist" "this" {}

output "cidrs" {
  value = data.eop_smtp_allowlist.this.cidrs
}
`

const sixTexts = `
data "empty_texts" "this" {}

output "cidrs" {
  value = values(data.empty_texts.this)
}
`

// subjects builds the providers, as a release does. That of hashicorp/http comes from
// BENCH_HTTP_PROVIDER, the path of its binary, since it is not to be had as a Go module.
func subjects(b *testing.B) []subject {
	b.Helper()
	dir := b.TempDir()
	out := []subject{
		{"eop", build(b, dir, "eop", "../.."), "eop-firewall/eop", oneList},
		{"empty", build(b, dir, "empty", "./empty"), "eop-firewall/empty", sixTexts},
	}
	if binary := os.Getenv("BENCH_HTTP_PROVIDER"); binary != "" {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, `[{"id":10,"ips":["40.92.0.0/15","40.107.0.0/16","52.100.0.0/14","104.47.0.0/17"]}]`)
		}))
		b.Cleanup(server.Close)
		out = append(out, subject{"http", binary, "hashicorp/http", fmt.Sprintf(`
data "http" "list" {
  url = %q
}

output "cidrs" {
  value = jsondecode(data.http.list.response_body)[0].ips
}
`, server.URL)})
	}
	return out
}

func build(b *testing.B, dir, name, folder string) string {
	b.Helper()
	path := filepath.Join(dir, "terraform-provider-"+name)
	cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, folder)
	if text, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("go build %s: %v\n%s", folder, err, text)
	}
	return path
}

// open prepares a sandbox with the subject's provider and runs init in it.
func (s subject) open(b *testing.B, cli sandbox.CLI, eop, config string) *sandbox.Sandbox {
	b.Helper()
	dir := b.TempDir()
	name := s.source[strings.LastIndex(s.source, "/")+1:]
	const requires = "terraform {\n  required_providers {\n    %s = {\n      source = %q\n    }\n  }\n}\n"
	required := fmt.Sprintf(requires, name, s.source)
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(required+config), 0o600); err != nil {
		b.Fatal(err)
	}
	extra := map[string]string{}
	if s.name != "eop" {
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			extra[host+"/"+s.source+"/9.9.9"] = s.binary
		}
	}
	box, err := sandbox.New(cli, eop, dir, extra)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = box.Close() })
	command(b, box, nil, "init")
	return box
}

// usage adds up what the commands of a benchmark used.
type usage struct {
	cpu  float64 // nanoseconds of CLI and provider together
	peak int64   // bytes resident, of the largest of the processes
	runs int
}

func (u *usage) report(b *testing.B) {
	b.ReportMetric(u.cpu/float64(u.runs), "cpu-ns/op")
	b.ReportMetric(float64(u.peak), "peak-B")
}

// command runs a command that has to succeed, and adds to u, which may be nil, what it used.
func command(b *testing.B, box *sandbox.Sandbox, u *usage, args ...string) {
	b.Helper()
	var text strings.Builder
	state, err := box.RunState(b.Context(), &text, &text, args...)
	if err != nil || !state.Success() {
		b.Fatalf("%v: %v, %v\n%s", args, state, err, text.String())
	}
	if u == nil {
		return
	}
	u.runs++
	u.cpu += float64(state.UserTime() + state.SystemTime())
	if r, ok := state.SysUsage().(*syscall.Rusage); ok {
		u.peak = max(u.peak, r.Maxrss*1024) // Linux: of the process or the largest below it, in KiB
	}
}

func firstCLI(b *testing.B) sandbox.CLI {
	b.Helper()
	clis, err := sandbox.Find("../..")
	if err != nil {
		b.Fatal(err)
	}
	return clis[0]
}

// BenchmarkCommand is "plan" with one data source on the embedded list, and "validate",
// which starts the provider and reads its schema and no more.
func BenchmarkCommand(b *testing.B) {
	cli, all := firstCLI(b), subjects(b)
	for _, name := range []string{"plan", "validate"} {
		for _, s := range all {
			b.Run("command="+name+"/provider="+s.name, func(b *testing.B) {
				box := s.open(b, cli, all[0].binary, s.config)
				var u usage
				for b.Loop() {
					command(b, box, &u, name)
				}
				u.report(b)
			})
		}
	}
}

// BenchmarkManySources is a plan with 1, 100 and 500 data sources over four clouds.
func BenchmarkManySources(b *testing.B) {
	cli := firstCLI(b)
	eop := subject{"eop", build(b, b.TempDir(), "eop", "../.."), "eop-firewall/eop", ""}
	for _, n := range []int{1, 100, 500} {
		b.Run(fmt.Sprintf("sources=%d", n), func(b *testing.B) {
			box := eop.open(b, cli, eop.binary, fmt.Sprintf(`
provider "eop" {
  list_source = "embedded"
}

data "eop_smtp_allowlist" "this" {
  count    = %d
  instance = ["worldwide", "china", "usgovdod", "usgovgcchigh"][count.index %% 4]
}
`, n))
			var u usage
			for b.Loop() {
				command(b, box, &u, "plan")
			}
			u.report(b)
		})
	}
}

// BenchmarkStart is from the start of the provider's process to its handshake, the line
// with the address that a CLI connects to; and the size of the binary.
func BenchmarkStart(b *testing.B) {
	for _, s := range subjects(b) {
		b.Run("provider="+s.name, func(b *testing.B) {
			info, err := os.Stat(s.binary)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				handshake(b, s.binary)
			}
			b.ReportMetric(float64(info.Size()), "binary-B")
		})
	}
}

func handshake(b *testing.B, binary string) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), binary)
	// What terraform-plugin-go asks of whoever starts a provider.
	const cookie = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
	cmd.Env = append(os.Environ(), "TF_PLUGIN_MAGIC_COOKIE="+cookie, "PLUGIN_PROTOCOL_VERSIONS=6")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err != nil || strings.Count(line, "|") < 4 {
		b.Fatalf("no handshake: %q, %v", line, err)
	}
}
