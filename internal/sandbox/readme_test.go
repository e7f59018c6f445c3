package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

// What README shows is what the quickstart prints, before the approval and after it.
func TestReadmeShowsRealOutput(t *testing.T) {
	readme, err := os.ReadFile(root + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	clis, err := sandbox.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, clis[0], root+"/examples/quickstart")
	must(t, s, 0, "init")
	for _, version := range []string{"2014-05-20", "2026081400"} {
		t.Run(version, func(t *testing.T) {
			must(t, s, 0, "apply", "-auto-approve", "-var=approved_version="+version)
			want := "```text\n" + must(t, s, 0, "output", "-raw", "firewall")
			if !strings.Contains(string(readme), strings.TrimSpace(want)+"\n```") {
				t.Errorf("README.md lacks the quickstart's output:\n%s", want)
			}
		})
	}
}

// README's first configuration runs as it is printed.
func TestReadmeConfigurationRuns(t *testing.T) {
	readme, err := os.ReadFile(root + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := terraformBlocks(string(readme))
	if len(blocks) == 0 {
		t.Fatal("README.md has no Terraform block")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(blocks[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s := open(t, cli, dir)
		s.Env = append(s.Env, "TF_VAR_security_group_id=sg-0a")
		must(t, s, 0, "init")
		smtp, _ := eoptest.Newest(t, "worldwide").SMTP()
		want := fmt.Sprintf("Plan: %d to add", len(smtp.Prefixes))
		if got := must(t, s, 0, "plan"); !strings.Contains(got, want) {
			t.Errorf("the plan lacks %q:\n%s", want, got)
		}
	})
}
