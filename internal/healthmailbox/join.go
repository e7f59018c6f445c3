package healthmailbox

import (
	"math"
	"slices"
	"strings"
)

// joinGroups brings the tables and lists of a text together: the same mailbox shown twice is one row. Two lists
// must show the same mailboxes, or one of them a part of the other's: they may be from before and after a repair.
// Only the parts of Format-Table -GroupBy add up, and commands for different servers. Where that cannot be told, an
// error says so.
func joinGroups(groups []group) ([]Row, error) {
	all := joined{at: map[string][]int{}, commands: map[string]bool{}, oneView: true, grouped: true, filtered: true}
	for i := range groups {
		if err := all.add(&groups[i]); err != nil {
			return nil, err
		}
	}
	return all.rows, nil
}

// joined holds rows, where they are by their keys, and what the groups with rows have in common.
type joined struct {
	rows                       []Row
	at                         map[string][]int
	first                      *group
	commands                   map[string]bool // of the filtered ones
	oneView, grouped, filtered bool
}

// view reports that a group shows the same properties as the ones before, and that it shows other mailboxes.
func (j *joined) view(g *group) (same, others bool) {
	if j.first == nil {
		j.first = g
	}
	j.oneView = j.oneView && g.header == j.first.header
	j.grouped = j.grouped && g.grouped && g.section == j.first.section
	if j.filtered = j.filtered && g.filtered && !j.commands[g.section.command]; j.filtered {
		j.commands[g.section.command] = true
	}
	return j.oneView, j.oneView && (j.grouped || j.filtered)
}

// key is what a row's name and the names of other views have in common, up to a length.
func (r *Row) key(length int) string {
	stem, _ := cutEllipsis(r.Name)
	key := keyOf(stem)
	return key[:min(len(key), length)]
}

// cut reports a row whose name is not complete: other names may start like it.
func (r *Row) cut() bool {
	_, cut := cutEllipsis(r.Name)
	return cut || formOf(r.Name) == accountName
}

func (j *joined) add(g *group) error {
	if len(g.rows) == 0 {
		return nil
	}
	length, at, old := math.MaxInt, j.at, len(j.rows)
	sameView, others := j.view(g)
	if !sameView { // Another view may cut names at another place.
		if length = min(shortestCut(j.rows), shortestCut(g.rows)); length < math.MaxInt {
			at = map[string][]int{}
			for n := range j.rows {
				at[j.rows[n].key(length)] = append(at[j.rows[n].key(length)], n)
			}
		}
	}
	own := make(map[string]int, len(g.rows)) // complete names of this group, of which one is one mailbox
	taken := make(map[int]bool, len(g.rows))
	next := map[string]int{} // by key, the first row in at that is not taken
	for i := range g.rows {
		row := &g.rows[i]
		full := keyOf(row.FullName)
		n, again := own[full]
		if !again || full == "" {
			key := row.key(length)
			for next[key] < len(at[key]) && taken[at[key][next[key]]] {
				next[key]++
			}
			var found []int
			for _, n := range at[key][next[key]:] {
				other := keyOf(j.rows[n].FullName)
				if !taken[n] && (other == "" || full == "" || other == full) {
					found = append(found, n)
				}
				if len(found) > 1 {
					break
				}
			}
			switch {
			case len(found) == 0:
				found = []int{len(j.rows)}
				j.rows = append(j.rows, *row)
			case len(key) < enough, len(found) > 1 && !sameView:
				return syntaxError(row.Line, "the name %s is cut and fits %d mailboxes of the list before", row.Name, len(found))
			}
			n = found[0]
		}
		j.rows[n].merge(row)
		taken[n], own[full] = true, n
	}
	if added := len(j.rows) - old; added > 0 && len(taken)-added < old && !others {
		return syntaxError(g.line, "a second list that need not show the same mailboxes as the one before; give one of them")
	}
	for n := old; n < len(j.rows); n++ {
		j.at[j.rows[n].key(math.MaxInt)] = append(j.at[j.rows[n].key(math.MaxInt)], n)
	}
	return nil
}

// enough characters of a name tell one mailbox from the others.
const enough = len(namePrefix) + 4

// shortestCut is the length of the shortest name that is cut.
func shortestCut(rows []Row) int {
	shortest := math.MaxInt
	for i := range rows {
		if rows[i].cut() {
			shortest = min(shortest, len(rows[i].key(shortest)))
		}
	}
	return shortest
}

// merge completes a row with what another view of the same mailbox shows.
func (r *Row) merge(other *Row) {
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
	if key := onlyName(known, name); key != "" {
		return servers[key]
	}
	return name
}

// onlyName is the one key that a name stands for: the same, or for a name that is cut the only one that starts
// like it; "" where there is none or a choice.
func onlyName(sorted []string, name string) string {
	stem, cut := cutEllipsis(name)
	stem = keyOf(stem)
	n, same := slices.BinarySearch(sorted, stem)
	switch {
	case same && !cut:
		return stem
	case !cut && formOf(name) != accountName, n == len(sorted), !strings.HasPrefix(sorted[n], stem),
		n+1 < len(sorted) && strings.HasPrefix(sorted[n+1], stem):
		return ""
	}
	return sorted[n]
}
