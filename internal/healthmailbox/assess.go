package healthmailbox

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// pageSize is where Get-Mailbox stops unless -ResultSize says otherwise (Get-Mailbox reference).
const pageSize = 1000

// maxFindings bounds the findings of one kind; what is left is summed up in one more.
const maxFindings = 50

// assessment is the work in progress behind a report.
type assessment struct {
	in      *Input
	listing *Listing
	rows    []Row
	cut     bool // the listing is known or feared to be incomplete
	foreign bool // the listing shows other mailboxes only
	report  Report
	kinds   map[string]int // findings so far, by ID

	corruptedRows, surplusRows, duplicates []target
	surplusNamed                           bool     // surplusRows holds every surplus mailbox
	arbitration                            []string // names
}

// Assess compares a listing with what the servers should have. Unusable input is an *InputError; missing
// input is none: the report then says what is not known and how to find out.
func Assess(in Input) (Report, error) {
	if err := in.check(); err != nil {
		return Report{}, err
	}
	a := &assessment{in: &in, listing: in.Listing, kinds: map[string]int{}}
	if in.Inventory != nil {
		listing, err := readInventory(in.Inventory)
		if err != nil {
			return Report{}, err
		}
		a.listing = listing
	}
	a.report.expect(&in)
	a.report.ByServer = map[string]int{}
	if a.listing != nil {
		a.observe()
	}
	a.compare()
	a.judgeNames()
	a.judgeEvidence()
	a.conclude()
	a.recommend()
	return a.report, nil
}

// readInventory turns typed rows into a listing, by the same rules as text.
func readInventory(items []InventoryItem) (*Listing, error) {
	l := &Listing{}
	for i := range items {
		item := &items[i]
		r := record{line: i + 1}
		r.add("Name", oneLine(item.Name))
		r.add("DisplayName", oneLine(item.DisplayName))
		r.add("ServerName", oneLine(item.Server))
		r.add("RecipientTypeDetails", "MonitoringMailbox") // as the caller says
		if item.Database != nil {
			r.add("Database", *item.Database)
		}
		if item.IsValid != nil {
			r.add("IsValid", fmt.Sprint(*item.IsValid))
		}
		if r.fields[0].value == "" && r.fields[1].value == "" {
			return nil, &InputError{fmt.Sprintf("inventory[%d].name", i), "a mailbox needs a name or a display name"}
		}
		row, err := l.file(&r)
		if err != nil {
			return nil, err
		}
		if item.Corrupted != nil {
			row.ValidKnown = true
			if *item.Corrupted {
				row.Corrupted = true
				row.Reasons = append(row.Reasons, "The inventory marks it as corrupted.")
			}
		}
		l.Rows = append(l.Rows, *row)
	}
	rows, err := joinGroups([]group{{rows: l.Rows}})
	l.Rows = rows
	return l, err
}

// observe fills what the listing shows.
func (a *assessment) observe() {
	r, l := &a.report, a.listing
	r.Notes = slices.Clone(l.Notes)
	a.rows = slices.Clone(l.Rows)
	given := make([]string, len(a.in.Servers))
	for i := range a.in.Servers {
		given[i] = a.in.Servers[i].Name
	}
	placeRows(a.rows, given)
	a.foreign = len(a.rows) == 0 && l.Count == nil && l.OtherCount > 0
	switch n := len(a.rows); {
	case n > 0 || a.foreign || a.in.Inventory != nil:
		r.ObservedCount = &n
	case l.Count != nil:
		r.ObservedCount = l.Count
	}
	full := r.ObservedCount != nil && *r.ObservedCount == pageSize && !l.Unlimited && a.in.Inventory == nil
	a.cut = l.MoreAvailable || l.Filtered || full || l.Count != nil && len(a.rows) > 0 && *l.Count > len(a.rows)
	evidence := len(a.rows) > 0
	r.Mailboxes = make([]Mailbox, len(a.rows))
	for i := range a.rows {
		row := &a.rows[i]
		r.Mailboxes[i] = Mailbox{row.title(), row.DisplayName, row.Server, row.Database, row.Corrupted, distinct(row.Reasons)}
		evidence = evidence && (row.DatabaseKnown || row.ValidKnown)
		if row.Server != "" {
			r.ByServer[row.Server]++
		}
		if row.Corrupted {
			r.Corrupted = append(r.Corrupted, row.title())
			a.corruptedRows = append(a.corruptedRows, target{row.FullName, row.DisplayName})
			a.find("corrupted_mailbox", row.title(), "because", because(row.Reasons))
		}
	}
	r.CorruptedKnown = l.WarningsSaved || evidence || a.in.Inventory != nil && len(a.rows) == 0
	if len(l.Warnings) > 0 {
		a.observeWarnings()
	}
	slices.Sort(r.Corrupted)
	r.Corrupted = slices.Compact(r.Corrupted)
}

// observeWarnings adds what only the warnings tell: mailboxes no row could be joined with, and other objects.
func (a *assessment) observeWarnings() {
	listed := make(map[string]bool, len(a.rows))
	for i := range a.rows {
		for _, name := range []string{a.rows[i].FullName, a.rows[i].Name, a.rows[i].DisplayName} {
			if _, cut := cutEllipsis(name); !cut {
				listed[keyOf(name)] = true
			}
		}
	}
	for _, w := range a.listing.Warnings {
		switch w.Kind {
		case KindHealthMailbox:
			if listed[keyOf(w.Name)] {
				continue
			}
			t := target{display: w.Name}
			if formOf(w.Name) == fullName {
				t = target{name: w.Name}
			}
			a.corruptedRows = append(a.corruptedRows, t)
			a.report.Corrupted = append(a.report.Corrupted, w.Name)
			a.find("corrupted_mailbox, not listed", w.Name, "because", because(w.Reasons))
		case KindArbitration:
			a.arbitration = append(a.arbitration, w.Name)
			a.find("arbitration_mailbox", w.Name)
		default:
			a.find("other_object", w.Name, "kind", w.Kind)
		}
	}
}

// because renders reasons inside a sentence.
func because(reasons []string) string {
	if len(reasons) == 0 {
		return ""
	}
	return " (" + strings.TrimRight(strings.Join(distinct(reasons), " "), ".") + ")"
}

// distinct drops repeated reasons and keeps their order.
func distinct(reasons []string) []string {
	var out []string
	for _, reason := range reasons {
		if !slices.Contains(out, reason) {
			out = append(out, reason)
		}
	}
	return out
}

// judgeEvidence says what the input could not show.
func (a *assessment) judgeEvidence() {
	r := &a.report
	if a.listing == nil {
		a.find("no_listing", "listing")
	} else {
		a.judgeListing()
	}
	switch expected, thumb := r.ExpectedCount, r.RuleOfThumbCount; {
	case expected == nil:
		a.find("expected_unknown", "servers")
	case thumb != nil && *expected != *thumb:
		a.find("rule_of_thumb_differs", "rule of thumb", "count", *thumb, "expected", *expected)
	}
	for _, id := range sortedKeys(a.kinds) {
		if n := a.kinds[id]; n > maxFindings {
			a.find("more_findings", id, "count", n-maxFindings)
		}
	}
	severities := []Severity{SeverityError, SeverityWarning, SeverityInfo}
	slices.SortStableFunc(r.Findings, func(x, y Finding) int {
		return cmp.Compare(slices.Index(severities, x.Severity), slices.Index(severities, y.Severity))
	})
}

// judgeListing says what is wrong with the listing, not with the mailboxes.
func (a *assessment) judgeListing() {
	l := a.listing
	if a.foreign {
		a.find("no_health_mailbox", "listing", "count", l.OtherCount)
	}
	if a.cut {
		a.find("listing_cut", "listing")
	}
	if l.OtherCount > 0 && !a.foreign {
		a.find("other_rows", l.FirstOther, "count", l.OtherCount)
	}
	if l.Blank > 0 {
		a.find("blank_records", "listing", "count", l.Blank)
	}
	if !a.report.CorruptedKnown && !a.foreign {
		a.find("corruption_unknown", "listing")
	}
	if l.Count != nil && len(a.rows) > 0 && *l.Count != len(a.rows) {
		a.find("count_mismatch", "listing", "count", *l.Count, "observed", len(a.rows))
	}
}

// conclude sets Healthy from the evidence.
func (a *assessment) conclude() {
	r := &a.report
	known := r.ObservedCount != nil && r.ExpectedCount != nil && r.MissingCount != nil && r.SurplusCount != nil &&
		r.CorruptedKnown && !a.cut && !a.foreign
	if bad := a.broken() || positive(r.MissingCount); bad || known {
		healthy := !bad
		r.Healthy = &healthy
	}
}

func positive(n *int) bool { return n != nil && *n > 0 }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
