package main

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// maxNamed is how many prefixes or names a line of the report gives.
const maxNamed = 50

// report prints what a reviewer reads of one instance, the SMTP addresses first.
func (u *updater) report(instance endpoints.Instance, taken []change, note string) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(u.out, format+"\n", args...) }
	if len(taken) == 0 {
		if note == "" {
			note = "nothing new"
		}
		line("%s: %s", instance, note)
		return
	}
	for _, c := range taken {
		verb := "added"
		if c.replaced {
			verb = "replaced"
		}
		line("## %s %s %s\n", instance, c.list.Version, verb)
		if c.beyond != "" {
			line("**Accepted beyond the guard:** %s\n", c.beyond)
		}
		if c.before == nil {
			line("No earlier list exists to compare with.\n")
			continue
		}
		line("Compared with %s:\n", c.before.Version)
		was, _ := c.before.SMTP()
		is, _ := c.list.SMTP()
		diff := cidr.Diff(was.Prefixes, is.Prefixes)
		line("- **SMTP addresses** added: %s", cidr.Brief(diff.Missing, maxNamed))
		line("- **SMTP addresses** removed: %s", cidr.Brief(diff.Excess, maxNamed))
		if far := endpoints.Unfamiliar(diff.Missing, was.Prefixes); len(far) > 0 {
			line("- **Far from every SMTP address before:** %s", cidr.Brief(far, maxNamed))
		}
		for _, change := range setChanges(c.before, c.list) {
			line("- %s", change)
		}
		line("")
	}
}

// setChanges are the other changes, a line per endpoint set.
func setChanges(before, after *endpoints.List) []string {
	var out []string
	for _, id := range ids(before, after) {
		was, is := setOf(before, id), setOf(after, id)
		var parts []string
		switch {
		case was.ID == 0:
			parts = append(parts, "new, TCP "+is.TCPPorts.String())
		case is.ID == 0:
			parts = append(parts, "gone")
		case was.TCPPorts.String() != is.TCPPorts.String():
			parts = append(parts, fmt.Sprintf("TCP ports %s, were %s", is.TCPPorts, was.TCPPorts))
		}
		diff := cidr.Diff(was.Prefixes, is.Prefixes)
		parts = append(parts, addresses("adds", diff.Missing)...)
		parts = append(parts, addresses("removes", diff.Excess)...)
		if added, removed := without(is.URLs, was.URLs), without(was.URLs, is.URLs); len(added)+len(removed) > 0 {
			parts = append(parts, fmt.Sprintf("names: %d added, %d removed", len(added), len(removed)))
		}
		if len(parts) > 0 {
			area := is.ServiceArea
			if is.ID == 0 {
				area = was.ServiceArea
			}
			out = append(out, fmt.Sprintf("set %d (%s): %s", id, area, strings.Join(parts, "; ")))
		}
	}
	return out
}

func addresses(verb string, prefixes []netip.Prefix) []string {
	if len(prefixes) == 0 {
		return nil
	}
	return []string{verb + " " + cidr.Brief(prefixes, maxNamed)}
}

func ids(lists ...*endpoints.List) []int {
	var out []int
	for _, l := range lists {
		for _, s := range l.Sets {
			out = append(out, s.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// setOf is a set of a list; its id is 0 where the list does not have it.
func setOf(l *endpoints.List, id int) endpoints.Set {
	for _, s := range l.Sets {
		if s.ID == id {
			return s
		}
	}
	return endpoints.Set{}
}

func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

const (
	unreleased   = "## Unreleased\n"
	listsHeading = "### Lists\n"
)

// addToChangelog writes a line for each list under the heading of the unreleased lists.
func addToChangelog(file string, taken []change) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, after, ok := strings.Cut(string(data), unreleased)
	if !ok {
		return fmt.Errorf("%s has no heading %q", file, strings.TrimSpace(unreleased))
	}
	section, rest := after, ""
	if i := strings.Index(after, "\n## "); i >= 0 {
		section, rest = after[:i+1], after[i+1:]
	}
	if !strings.Contains(section, listsHeading) {
		section = "\n" + listsHeading + section
	}
	var lines strings.Builder
	for _, c := range taken {
		lines.WriteString(changelogLine(c))
	}
	section = strings.Replace(section, listsHeading, listsHeading+"\n"+lines.String(), 1)
	section = strings.Replace(section, lines.String()+"\n-", lines.String()+"-", 1) // one list, not two
	return os.WriteFile(file, []byte(before+unreleased+section+rest), 0o644)
}

func changelogLine(c change) string {
	text := fmt.Sprintf("- %s %s", c.list.Instance, c.list.Version)
	if c.replaced {
		text += ", corrected"
	}
	if c.before == nil {
		return text + "\n"
	}
	was, _ := c.before.SMTP()
	is, _ := c.list.SMTP()
	diff := cidr.Diff(was.Prefixes, is.Prefixes)
	if diff.Empty() {
		return text + ": SMTP addresses unchanged\n"
	}
	return fmt.Sprintf(
		"%s: SMTP addresses added %s; removed %s\n",
		text,
		cidr.Brief(diff.Missing, 5),
		cidr.Brief(diff.Excess, 5),
	)
}
