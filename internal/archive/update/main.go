// Command update adds published lists to the embedded archive:
//
//	update [-from URL|FOLDER] [-accept INSTANCE/VERSION,...] [-replace INSTANCE/VERSION,...]
//
// From the web service or a mirror it takes the newest list of every cloud, once the
// version is 48 hours old and the list was read twice alike: the answer carries no
// version, and a wrong first answer would become a fact. From a folder it takes
// <instance>/<version>.json, each the service's own answer, named by the date of its
// capture where the version is not known.
//
// A list is believed within the guard of a run; -accept takes one beyond it, and one
// that is older than the newest archived list. A list that is archived stays as it is;
// -replace corrects one. What a reviewer reads is printed as Markdown. A cloud that
// fails does not hold up the others; the exit code tells.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/webservice"
)

func main() {
	from := flag.String(
		"from",
		webservice.DefaultURL,
		"address of the web service or a mirror, or a folder with <instance>/<version>.json",
	)
	into := flag.String("into", "internal/archive/lists", "folder of the archive's files")
	changelog := flag.String("changelog", "CHANGELOG.md", "file that gets a line for each list")
	accept := flag.String("accept", "", "comma-separated <instance>/<version> to take beyond the guard or into the past")
	replace := flag.String("replace", "", "comma-separated <instance>/<version> to take in place of the archived list")
	incomplete := flag.String(
		"incomplete",
		"",
		"comma-separated <instance>/<version> whose URL lists lack wildcard-only entries",
	)
	between := flag.Duration("between", time.Minute, "time between the two readings of a list")
	flag.Parse()
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt) // until the process ends
	u := &updater{
		into: *into, changelog: *changelog, between: *between, now: time.Now, out: os.Stdout,
		accept: names(*accept), replace: names(*replace), incomplete: names(*incomplete),
	}
	if err := u.run(ctx, *from); err != nil {
		fmt.Fprintln(os.Stderr, "update:", err)
		os.Exit(1)
	}
}

// names are instance/version pairs.
func names(list string) map[string]bool {
	out := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out[name] = true
		}
	}
	return out
}

// updater is one run.
type updater struct {
	into, changelog             string
	accept, replace, incomplete map[string]bool
	between                     time.Duration
	now                         func() time.Time
	out                         io.Writer
}
