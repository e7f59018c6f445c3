package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

func TestLacks(t *testing.T) {
	feature := sandbox.Feature{Name: "answers", Terraform: "1.11", OpenTofu: "1.9"}
	for name, tc := range map[string]struct {
		cli  sandbox.CLI
		want string
	}{
		"older": {
			sandbox.CLI{Name: "terraform", Version: "1.8.5"}, "terraform 1.8.5 has no answers; they need 1.11",
		},
		"older by number": {sandbox.CLI{Name: "tofu", Version: "1.8.11"}, "tofu 1.8.11 has no answers; they need 1.9"},
		"the first":       {sandbox.CLI{Name: "terraform", Version: "1.11.0"}, ""},
		"newer by number": {sandbox.CLI{Name: "tofu", Version: "1.12.6"}, ""},
		"other number":    {sandbox.CLI{Name: "tofu", Version: "1.10.0"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.cli.Lacks(feature); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// A CLI that was asked for by name is used alone, and nothing stands in for it.
func TestFindNamed(t *testing.T) {
	root := t.TempDir()
	const script = "#!/bin/sh\necho '{\"terraform_version\": \"1.8.5\"}'\n"
	if err := os.Mkdir(filepath.Join(root, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"terraform-1.8.5", "tofu-1.8.11"} {
		if err := os.WriteFile(filepath.Join(root, "bin", file), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct{ wanted, version, problem string }{
		"built":         {"terraform@1.8.5", "1.8.5", ""},
		"not built":     {"terraform@1.9.0", "", "no such file"},
		"other version": {"tofu@1.8.11", "", "is version 1.8.5"},
		"unknown":       {"pulumi", "", "there is no CLI"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TEST_CLI", tc.wanted)
			clis, err := sandbox.Find(root)
			if tc.problem != "" {
				if err == nil || !strings.Contains(err.Error(), tc.problem) {
					t.Fatalf("error %v, want one with %q", err, tc.problem)
				}
				return
			}
			if err != nil || len(clis) != 1 {
				t.Fatalf("got %v, %v; want one CLI", clis, err)
			}
			if got := clis[0].Version; got != tc.version {
				t.Errorf("version %s, want %s", got, tc.version)
			}
		})
	}
}
