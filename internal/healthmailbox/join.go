package healthmailbox

import (
	"slices"
	"sort"
	"strings"
)

// joinGroups brings the tables and lists of a text together: the same mailbox shown twice is one row. Two lists
// must show the same mailboxes, or one of them a part of the other's; only what one command printed, and lists
// for different servers, add up. Where that cannot be told, an error says so.
func joinGroups(groups []group) ([]Row, error) {
	var all joined
	for i := range groups {
		g := &groups[i]
		if err := all.add(g, groups[:i]); err != nil {
			return nil, err
		}
	}
	return all.rows, nil
}

// joined holds rows and where they are by the keys of their names.
type joined struct {
	rows []Row
	at   map[string][]int
}

// stems are the keys of a row's names as far as they are shown: its name and its display name.
func (r *Row) stems() (stems []string) {
	for _, name := range []string{r.Name, r.DisplayName} {
		stem, _ := cutEllipsis(name)
		if k := keyOf(stem); k != "" && !slices.Contains(stems, k) {
			stems = append(stems, k)
		}
	}
	return stems
}

// cut reports a row whose name is not complete: other names may start like it.
func (r *Row) cut() bool {
	_, cut := cutEllipsis(r.Name)
	return cut || formOf(r.Name) == accountName
}

func (j *joined) add(g *group, before []group) error {
	var fresh []Row
	taken := map[int]bool{}
	own := map[string]int{} // complete names of this group, of which one is one mailbox, and where each row is
	sameView := g.adds(before)
	var sorted []string
	if !sameView && slices.ContainsFunc(g.rows, func(r Row) bool { return r.cut() }) {
		sorted = sortedKeys(j.at)
	}
	for i := range g.rows {
		row := &g.rows[i]
		if n, ok := own[keyOf(row.FullName)]; ok && row.FullName != "" {
			if n < len(j.rows) {
				j.rows[n].fill(row)
			} else {
				fresh[n-len(j.rows)].fill(row)
			}
			continue
		}
		n, err := j.find(row, taken, sameView, sorted)
		if err != nil {
			return err
		}
		if n >= 0 {
			taken[n] = true
			j.rows[n].fill(row)
		} else {
			n = len(j.rows) + len(fresh)
			fresh = append(fresh, *row)
		}
		own[keyOf(row.FullName)] = n
	}
	if len(fresh) > 0 && len(taken) < len(j.rows) && !sameView {
		return syntaxError(g.line, "a second list that need not show the same mailboxes as the one before; give one of them")
	}
	if j.at == nil {
		j.at = make(map[string][]int, len(fresh))
	}
	for i := range fresh {
		for _, stem := range fresh[i].stems() {
			j.at[stem] = append(j.at[stem], len(j.rows)+i)
		}
	}
	j.rows = append(j.rows, fresh...)
	return nil
}

// adds reports that a group stands beside the ones before: the same view, from one command or of a part each.
func (g *group) adds(before []group) bool {
	return !slices.ContainsFunc(before, func(b group) bool {
		return len(b.rows) > 0 && (b.header != g.header || b.section != g.section && (!b.filtered || !g.filtered))
	})
}

// find is the row that shows the same mailbox, or -1. The same view cuts the same name at the same place; in
// another view a name may start like one that is cut.
func (j *joined) find(row *Row, taken map[int]bool, sameView bool, sorted []string) (int, error) {
	const enough = len(namePrefix) + 4 // characters that tell one mailbox from the others
	stems := row.stems()
	for _, stem := range stems {
		for _, n := range j.at[stem] {
			if len(stem) < enough {
				return -1, syntaxError(row.Line, "the name %s is cut too short to tell whether it is in the list before", row.Name)
			}
			other := keyOf(j.rows[n].FullName)
			if !taken[n] && (other == "" || row.FullName == "" || other == keyOf(row.FullName)) {
				return n, nil
			}
		}
	}
	if sameView {
		return -1, nil
	}
	var found []int
	name, short := stems[0], false
	if row.cut() {
		for i := sort.SearchStrings(sorted, name); i < len(sorted) && strings.HasPrefix(sorted[i], name) &&
			len(found) < 3; i++ {
			found = append(found, j.at[sorted[i]]...)
		}
	}
	for length := len(namePrefix); length < len(name); length++ {
		for _, n := range j.at[name[:length]] {
			if j.rows[n].cut() {
				found, short = append(found, n), short || length < enough
			}
		}
	}
	found = slices.DeleteFunc(found, func(n int) bool { return taken[n] })
	switch {
	case len(found) == 0:
		return -1, nil
	case len(found) > 1 || len(name) < enough || short:
		return -1, syntaxError(row.Line, "the name %s is cut and fits %d mailboxes of the list before", row.Name, len(found))
	}
	return found[0], nil
}

// fill completes a row with what another view of the same mailbox shows.
func (r *Row) fill(other *Row) {
	if _, cut := cutEllipsis(r.Name); cut && other.FullName != "" || r.Name == "" {
		r.Name = other.Name
	}
	for _, pair := range [][2]*string{
		{&r.FullName, &other.FullName},
		{&r.DisplayName, &other.DisplayName},
		{&r.Server, &other.Server},
		{&r.Database, &other.Database},
		{&r.listedServer, &other.listedServer},
	} {
		if *pair[0] == "" {
			*pair[0] = *pair[1]
		}
	}
	r.DatabaseKnown = r.DatabaseKnown || other.DatabaseKnown
	r.ValidKnown = r.ValidKnown || other.ValidKnown
	r.Corrupted = r.Corrupted || other.Corrupted
	r.Reasons = distinct(append(r.Reasons, other.Reasons...))
}

// placeRows fills server and database from display names; given lists servers known otherwise.
func placeRows(rows []Row, given []string) {
	servers := map[string]string{}
	learn := func(name string) {
		if _, cut := cutEllipsis(name); name != "" && !cut && servers[keyOf(name)] == "" {
			servers[keyOf(name)] = name
		}
	}
	for _, name := range given {
		learn(shortServer(name))
	}
	for i := range rows {
		learn(rows[i].listedServer)
	}
	for i := range rows {
		if p, ok := placeOf(rows[i].DisplayName, nil); ok && p.frontEnd() {
			learn(p.server)
		}
	}
	known := sortedKeys(servers)
	for i := range rows {
		row := &rows[i]
		row.place, row.placed = placeOf(row.DisplayName, servers)
		switch {
		case row.listedServer != "":
			row.Server = uncut(row.listedServer, known, servers)
		case row.placed:
			row.Server = row.place.server
		}
		if row.placed && row.Database == "" && !row.DatabaseKnown && !row.place.frontEnd() && !row.place.cut {
			row.Database = row.place.slot
		}
	}
}

// uncut completes a server name that Format-Table cut, when the servers known leave one choice.
func uncut(name string, known []string, servers map[string]string) string {
	stem, cut := cutEllipsis(name)
	n := sort.SearchStrings(known, keyOf(stem))
	switch {
	case n == len(known) || !strings.HasPrefix(known[n], keyOf(stem)):
	case !cut && known[n] == keyOf(stem), cut && (n+1 == len(known) || !strings.HasPrefix(known[n+1], keyOf(stem))):
		return servers[known[n]]
	}
	return name
}
