package sandbox_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

const root = "../.."

var binary string

// TestMain builds the provider once; every sandbox serves that binary.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "eop-provider-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "terraform-provider-eop")
	build := exec.Command("go", "build", "-o", binary, "./internal/eoptest/provider")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("go build: %v\n%s", err, out))
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// must runs a command in the sandbox and requires its exit code.
func must(t *testing.T, s *sandbox.Sandbox, want int, args ...string) string {
	t.Helper()
	text, code, err := s.Output(t.Context(), append(args, "-no-color")...)
	if err != nil || code != want {
		t.Fatalf("%v: exit code %d, want %d, %v\n%s", args, code, want, err, text)
	}
	return text
}

// Every folder under examples that holds a configuration does what a user would
// do with it: init, validate, plan, apply, and a second plan without changes.
func TestEveryExample(t *testing.T) {
	clis, err := sandbox.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range configurations(t) {
		for _, cli := range clis {
			name, _ := filepath.Rel(root+"/examples", dir)
			t.Run(name+"/"+cli.Name, func(t *testing.T) {
				t.Parallel()
				s := open(t, cli, dir)
				must(t, s, 0, "init")
				must(t, s, 0, "fmt", "-check", "-recursive", "-diff")
				must(t, s, 0, "validate")
				must(t, s, 0, "plan", "-out=tfplan")
				must(t, s, 0, "apply", "tfplan")
				must(t, s, 0, "plan", "-detailed-exitcode")
			})
		}
	}
}

// configurations are the folders below examples with *.tf files. Those below
// clouds need a provider of their own and have a test of their own.
func configurations(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(root+"/examples", func(path string, _ fs.DirEntry, err error) error {
		if path == clouds {
			return filepath.SkipDir
		}
		if filepath.Ext(path) == ".tf" {
			found[filepath.Dir(path)] = true
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	return slices.Sorted(maps.Keys(found))
}

// open makes a sandbox of the folder, or skips the test where the CLI lacks what the
// configuration uses. The registry's short examples leave out where the provider comes
// from; there it is added. A stand-in serves AWS.
func open(t *testing.T, cli sandbox.CLI, dir string) *sandbox.Sandbox {
	t.Helper()
	files, _ := filepath.Glob(dir + "/*.tf")
	var config strings.Builder
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		config.Write(data)
	}
	if reason := cli.Lacks(sandbox.WriteOnlyArguments); reason != "" && strings.Contains(
		config.String(), `"eop_smtp_pin"`,
	) {
		t.Skip("skipped: " + reason)
	}
	var extra map[string]string
	if strings.Contains(config.String(), `resource "aws_`) {
		extra = standIns(t, filepath.Join(clouds, "aws-security-group-rules"))
	}
	s := openCloud(t, cli, dir, extra)
	if strings.Contains(config.String(), `"eop_spf_record"`) {
		dns := eoptest.NewDNS(t, map[string][]string{"spf.protection.outlook.com": {eoptest.SPFRecord}})
		s.Env = append(s.Env, "TF_VAR_resolver="+dns.Address)
	}
	if strings.Contains(config.String(), "required_providers") {
		return s
	}
	if err := os.WriteFile(s.Dir+"/versions.tf", []byte(sandbox.RequiredProvider), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// replace writes a file of the sandbox's configuration.
func replace(t *testing.T, s *sandbox.Sandbox, file, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.Dir, file), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// edit changes a text in a file of the sandbox's configuration.
func edit(t *testing.T, s *sandbox.Sandbox, file, from, to string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.Dir, file))
	if err != nil || !strings.Contains(string(data), from) {
		t.Fatalf("%s lacks %q: %v", file, from, err)
	}
	replace(t, s, file, strings.ReplaceAll(string(data), from, to))
}
