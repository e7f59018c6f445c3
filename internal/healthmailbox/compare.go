package healthmailbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// compare counts surplus and missing mailboxes, by name where every display name tells its place.
func (a *assessment) compare() {
	r := &a.report
	if r.ObservedCount == nil || r.ExpectedCount == nil || a.foreign {
		return
	}
	surplus, missing := *r.ObservedCount-*r.ExpectedCount, *r.ExpectedCount-*r.ObservedCount
	surplus, missing = max(surplus, 0), max(missing, 0)
	if a.nameable() {
		surplus, missing = a.compareNames()
	}
	if !a.cut {
		r.MissingCount = &missing
	}
	if !a.cut || surplus > 0 {
		r.SurplusCount = &surplus
	}
	counts := []any{"observed", *r.ObservedCount, "expected", *r.ExpectedCount}
	if surplus > 0 {
		a.find("surplus", "count", append(counts, "count", surplus, "names_some", some(r.Surplus))...)
	}
	if missing > 0 && !a.cut {
		a.find("missing", "count", append(counts, "count", missing, "names_some", some(r.Missing))...)
	}
}

// some names a few mailboxes inside a sentence.
func some(names []string) string {
	if len(names) == 0 {
		return ""
	}
	shown := names[:min(len(names), 5)]
	text := " (" + strings.Join(shown, ", ")
	if len(names) > len(shown) {
		text += fmt.Sprintf(" and %d more", len(names)-len(shown))
	}
	return text + ")"
}

// nameable reports that servers are given by name, all of a version that puts places into display names, and
// that every row of the listing has its place.
func (a *assessment) nameable() bool {
	return len(a.in.Servers) > 0 && len(a.rows) > 0 &&
		!slices.ContainsFunc(a.in.Servers, func(s Server) bool { return s.Version == Version2013CU5OrEarlier }) &&
		!slices.ContainsFunc(a.rows, func(r Row) bool { return !r.placed })
}

// seat is what the listing shows for one server.
type seat struct {
	server    *Server
	frontEnd  map[string]bool
	databases map[string]string // lower-case slot to display name
	uncertain int               // rows whose display name was cut after the server
}

// compareNames finds surplus and missing mailboxes place by place and returns their numbers.
func (a *assessment) compareNames() (surplus, missing int) {
	seats := map[string]*seat{}
	for i := range a.in.Servers {
		s := &a.in.Servers[i]
		seats[keyOf(shortServer(s.Name))] = &seat{server: s, frontEnd: map[string]bool{}, databases: map[string]string{}}
	}
	known := map[string]string{}
	for _, name := range a.in.Databases {
		known[keyOf(hyphenated(name))] = hyphenated(name)
	}
	a.surplusNamed = true
	extra := func(row *Row) {
		surplus++
		a.report.Surplus = append(a.report.Surplus, row.DisplayName)
		a.surplusRows = append(a.surplusRows, target{row.FullName, row.DisplayName})
	}
	for i := range a.rows {
		row := &a.rows[i]
		s, given := seats[keyOf(row.place.server)]
		slot := keyOf(row.place.slot)
		_, isDatabase := known[slot]
		switch {
		case !given:
			extra(row)
		case row.place.cut:
			s.uncertain++
		case row.place.frontEnd() && !isDatabase:
			if !s.server.clientAccess() || slot == "000" || slot > "010" || s.frontEnd[slot] {
				extra(row)
			} else {
				s.frontEnd[slot] = true
			}
		case s.databases[slot] != "", len(known) > 0 && !isDatabase:
			extra(row)
		default:
			s.databases[slot] = row.DisplayName
		}
	}
	for i := range a.in.Servers {
		s := seats[keyOf(shortServer(a.in.Servers[i].Name))]
		more, less := a.compareSeat(s, known)
		surplus, missing = surplus+more, missing+less
	}
	slices.Sort(a.report.Surplus)
	slices.Sort(a.report.Missing)
	return surplus, missing
}

// compareSeat counts one server's surplus and missing mailboxes and names the missing where they are certain.
func (a *assessment) compareSeat(s *seat, known map[string]string) (surplus, missing int) {
	copies, name := *s.server.DatabaseCopies, shortServer(s.server.Name)
	var absent []string
	if s.server.clientAccess() {
		for n := 1; n <= 10; n++ {
			if slot := fmt.Sprintf("%03d", n); !s.frontEnd[slot] {
				absent = append(absent, namePrefix+"-"+name+"-"+slot)
			}
		}
	}
	missing = len(absent)
	switch held := len(s.databases); {
	case held > copies:
		surplus += held - copies
		a.surplusNamed = false // which copy is the one too many cannot be told
	case held < copies:
		missing += copies - held
		if copies == len(known) {
			for _, slot := range sortedKeys(known) {
				if s.databases[slot] == "" {
					absent = append(absent, namePrefix+"-"+name+"-"+known[slot])
				}
			}
		}
	}
	if s.uncertain > 0 {
		// A cut name may be any of the absent ones, so none is named.
		found := min(missing, s.uncertain)
		missing -= found
		if rest := s.uncertain - found; rest > 0 {
			surplus += rest
			a.surplusNamed = false
		}
		absent = nil
	}
	if !a.cut {
		a.report.Missing = append(a.report.Missing, absent...)
	}
	return surplus, missing
}

// judgeNames looks for duplicates, servers and databases that no longer exist, and colliding server names.
func (a *assessment) judgeNames() {
	same := map[string]int{}
	staleServers, staleDatabases := map[string]int{}, map[string]int{}
	databases, servers := map[string]bool{}, map[string]string{}
	for i := range a.in.Servers {
		name := shortServer(a.in.Servers[i].Name)
		servers[keyOf(name)] = name
	}
	given := maps.Clone(servers)
	for _, name := range a.in.Databases {
		databases[keyOf(hyphenated(name))] = true
	}
	for i := range a.rows {
		row := &a.rows[i]
		if _, cut := cutEllipsis(row.DisplayName); !cut && formOf(pastedtext.Fold(row.DisplayName)) == displayName {
			same[keyOf(row.DisplayName)]++
		}
		server := row.Server
		if row.placed {
			server = row.place.server
		}
		if _, cut := cutEllipsis(server); server == "" || cut {
			continue
		}
		key := keyOf(server)
		if servers[key] == "" {
			servers[key] = server
		}
		if len(given) > 0 && given[key] == "" {
			staleServers[server]++
		} else if row.placed && len(databases) > 0 && !row.place.frontEnd() && !row.place.cut &&
			!databases[keyOf(row.place.slot)] {
			staleDatabases[row.place.slot]++
		}
	}
	a.findDuplicates(same)
	for _, server := range sortedKeys(staleServers) {
		a.find("stale_server", server, "count", staleServers[server])
	}
	for _, database := range sortedKeys(staleDatabases) {
		a.find("stale_database", database, "count", staleDatabases[database])
	}
	a.judgePrefixes(servers)
}

// findDuplicates adds the display names that several mailboxes have.
func (a *assessment) findDuplicates(same map[string]int) {
	maps.DeleteFunc(same, func(_ string, n int) bool { return n < 2 })
	spelled := map[string]string{} // as the last row has it
	for i := range a.rows {
		if key := keyOf(a.rows[i].DisplayName); same[key] > 0 {
			spelled[key] = a.rows[i].DisplayName
		}
	}
	for _, key := range sortedKeys(same) {
		a.duplicates = append(a.duplicates, target{display: spelled[key]})
		a.find("duplicate_display_name", spelled[key], "count", same[key])
	}
}

// judgePrefixes finds server names that start with another one. The Health Manager's cleaner looks for
// HealthMailbox-<server>-*, so the hyphen makes the difference between losing mailboxes and no harm.
func (a *assessment) judgePrefixes(servers map[string]string) {
	for _, key := range sortedKeys(servers) {
		for end := 1; end < len(key) && len(key) <= maxDisplayName; end++ {
			shorter, ok := servers[key[:end]]
			if !ok {
				continue
			}
			name := "server_name_prefix"
			if key[end] != '-' {
				name = "server_name_prefix, without a hyphen"
			}
			a.find(name, shorter+", "+servers[key], "shorter", shorter, "longer", servers[key])
		}
	}
}
