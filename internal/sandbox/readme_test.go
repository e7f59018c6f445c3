package sandbox_test

import (
	"os"
	"strings"
	"testing"

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
		must(t, s, 0, "apply", "-auto-approve", "-var=approved_version="+version)
		want := "```text\n" + must(t, s, 0, "output", "-raw", "firewall")
		if !strings.Contains(string(readme), strings.TrimSpace(want)+"\n```") {
			t.Errorf("README.md lacks the quickstart's output:\n%s", want)
		}
	}
}
