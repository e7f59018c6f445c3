package healthmailbox

import "strings"

// merge brings the sections of a text together: the same mailbox shown by two commands is one row.
func (c *collector) merge() {
	kinds := [3]int{} // rows per kind of section: common names, display names only, no names
	for i := range c.sections {
		kinds[c.sections[i].kind()] += len(c.sections[i].rows)
	}
	keep := 0
	for kind := range kinds {
		if kinds[kind] > kinds[keep] {
			keep = kind
		}
	}
	if keep == 2 && kinds[0]+kinds[1] > 0 {
		keep = 0
		if kinds[1] > kinds[0] {
			keep = 1
		}
	}
	dropped, total := 0, 0
	for i := range c.sections {
		if c.sections[i].kind() == keep {
			total += len(c.sections[i].rows)
		} else {
			dropped += len(c.sections[i].rows)
			c.sections[i].rows = nil
		}
	}
	rows := make([]Row, 0, total)
	at := make(map[string][]int) // rows of the sections before by key; left empty while there is one section
	full := make(map[string]int, total)
	for i := range c.sections {
		s := &c.sections[i]
		used, fresh := map[string]int{}, len(rows)
		for j := range s.rows {
			key := s.rows[j].key()
			if n := used[key]; key != "" && n < len(at[key]) {
				used[key]++
				rows[at[key][n]].fill(s.rows[j])
				continue
			}
			if s.rows[j].FullName != "" {
				if own, ok := full[key]; ok {
					rows[own].fill(s.rows[j])
					continue
				}
				full[key] = len(rows)
			}
			rows = append(rows, s.rows[j])
		}
		if i+1 < len(c.sections) {
			for n := fresh; n < len(rows); n++ {
				if key := rows[n].key(); key != "" {
					at[key] = append(at[key], n)
				}
			}
		}
	}
	c.listing.Rows = rows
	if dropped > 0 {
		c.listing.Notes = append(c.listing.Notes, "the text holds lists that name the mailboxes in different ways and cannot be joined; the longest named one was used")
	}
	c.sections = []section{{rows: c.listing.Rows}}
	for i := range c.listing.Rows {
		if c.listing.Rows[i].Name == "" {
			c.listing.Notes = append(c.listing.Notes, "the listing holds rows without a name; each was taken for one health mailbox")
			break
		}
	}
}

// kind is 0 for rows with common names, 1 for display names only, 2 for rows without names.
func (s *section) kind() int {
	kind := 2
	for i := range s.rows {
		row := &s.rows[i]
		switch {
		case row.FullName != "" || row.Name != row.DisplayName && row.Name != "" || formOf(row.Name) == commonName:
			return 0
		case row.Name != "":
			kind = 1
		}
	}
	return kind
}

// key is what the same mailbox has in common in two views; "" for a row that cannot be recognized again.
func (r *Row) key() string {
	if r.FullName != "" {
		return lowerASCII(r.FullName)
	}
	stem, _ := cutEllipsis(r.Name)
	if formOf(r.Name) == stemOnly {
		return ""
	}
	return lowerASCII(stem)
}

// fill completes a row with what another view of the same mailbox shows.
func (r *Row) fill(other Row) {
	for _, pair := range []struct{ mine, theirs *string }{
		{&r.FullName, &other.FullName},
		{&r.DisplayName, &other.DisplayName},
		{&r.Server, &other.Server},
		{&r.Database, &other.Database},
		{&r.listedServer, &other.listedServer},
	} {
		if *pair.mine == "" {
			*pair.mine = *pair.theirs
		}
	}
	r.DatabaseKnown = r.DatabaseKnown || other.DatabaseKnown
	r.ValidKnown = r.ValidKnown || other.ValidKnown
	if other.Corrupted && !r.Corrupted {
		r.Corrupted, r.Reasons = true, other.Reasons
	}
}

// placeRows takes the display names apart once all server names of the listing are known.
func (l *Listing) placeRows() { placeRows(l.Rows, nil) }

// placeRows fills server and database from display names; given lists servers known otherwise.
func placeRows(rows []Row, given []string) {
	servers := map[string]string{}
	for _, name := range given {
		servers[lowerASCII(shortServer(name))] = shortServer(name)
	}
	learn := func(name string) {
		if _, cut := cutEllipsis(name); name != "" && !cut && len(name) <= maxDisplayName {
			if key := lowerASCII(name); servers[key] == "" {
				servers[key] = name
			}
		}
	}
	for i := range rows {
		learn(rows[i].listedServer)
	}
	for i := range rows {
		if p, ok := placeOf(rows[i].DisplayName, nil); ok && p.frontEnd() {
			learn(p.server)
		}
	}
	for i := range rows {
		row := &rows[i]
		row.place, row.placed = placeOf(row.DisplayName, servers)
		if row.listedServer != "" {
			row.Server = row.listedServer
			if full, ok := uncutServer(row.listedServer, servers); ok {
				row.Server = full
			}
		} else if row.placed {
			row.Server = row.place.server
		}
		if row.placed && row.Database == "" && !row.DatabaseKnown && !row.place.frontEnd() && !row.place.cut {
			row.Database = row.place.slot
		}
	}
}

// maxServersToComplete bounds the search for a cut name, which is one pass over the servers per row.
const maxServersToComplete = 100

// uncutServer completes a server name Format-Table cut, when the servers known leave one choice.
func uncutServer(name string, servers map[string]string) (string, bool) {
	stem, cut := cutEllipsis(name)
	if !cut {
		spelled, ok := servers[lowerASCII(name)]
		return spelled, ok
	}
	if len(servers) > maxServersToComplete {
		return "", false
	}
	match := ""
	for key, full := range servers {
		if strings.HasPrefix(key, lowerASCII(stem)) {
			if match != "" {
				return "", false
			}
			match = full
		}
	}
	return match, match != ""
}
