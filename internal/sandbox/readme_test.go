package sandbox_test

import (
	"os"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

// What README shows is what the quickstart prints.
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
	must(t, s, 0, "apply", "-auto-approve")
	if want := "```text\n" + must(t, s, 0, "output") + "```"; !strings.Contains(string(readme), want) {
		t.Errorf("README.md lacks the quickstart's output:\n%s", want)
	}
}
