package sandbox_test

import (
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

// The plan fails while clients are left that cannot connect, and shows the table;
// the names of users stay out of the state unless they are asked for.
func TestOutlookClientsExample(t *testing.T) {
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s := open(t, cli, root+"/examples/outlook-clients")
		must(t, s, 0, "init")
		wantText(t, "plan with old clients", must(t, s, 1, "plan", `-var=log_paths=["logs/before"]`),
			"Clients that cannot connect to Exchange Online are left", "Outlook 2010 SP2 (14.0.7172.5000), 2 users",
			"7 users; 3 with a version that cannot connect (43 %)")
		must(t, s, 0, "apply", "-auto-approve")
		wantText(t, "table", must(t, s, 0, "output", "-raw", "table"),
			"Version 2408 16.0.17932.20996 2 2026-11-02 yes yes no")
	})
}
