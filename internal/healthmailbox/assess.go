package healthmailbox

import (
	"fmt"
	"slices"
	"sort"
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
	problem bool
	report  Report
	kinds   map[string]int // findings so far, by ID

	corruptedRows []target
	surplusRows   []target
	surplusNamed  bool // surplusRows holds every surplus mailbox
	arbitration   []Warning
}

// target is a mailbox a step acts on: by common name when that is complete, else by display name.
type target struct{ name, display string }

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
	a.observe()
	a.compare()
	a.judgeNames()
	a.judgeEvidence()
	a.conclude()
	a.recommend()
	return a.report, nil
}

// readInventory turns typed rows into a listing, by the same rules as text.
func readInventory(items []InventoryItem) (*Listing, error) {
	l := &Listing{Rows: []Row{}}
	for i := range items {
		item := &items[i]
		r := record{line: i + 1}
		for _, f := range []field{
			{key: "Name", value: item.Name},
			{key: "DisplayName", value: item.DisplayName},
			{key: "ServerName", value: item.Server},
		} {
			r.add(f.key, strings.Join(strings.Fields(f.value), " "))
		}
		if r.fields[0].value == "" && r.fields[1].value == "" {
			return nil, &InputError{fmt.Sprintf("inventory[%d].name", i), "a mailbox needs a name or a display name"}
		}
		r.add("RecipientTypeDetails", "MonitoringMailbox") // as the caller says
		if item.Database != nil {
			r.add("Database", *item.Database)
		}
		if item.IsValid != nil {
			r.add("IsValid", fmt.Sprint(*item.IsValid))
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
	var err error
	if l.Rows, err = joinGroups([]group{{rows: l.Rows}}); err != nil {
		return nil, err
	}
	placeRows(l.Rows, nil)
	return l, nil
}

// find adds a finding; errors and warnings about the organization (not about the evidence) need action.
func (a *assessment) find(id string, severity Severity, subject, detail, reference string) {
	a.kinds[id]++
	if a.kinds[id] <= maxFindings {
		a.report.Findings = append(a.report.Findings, Finding{id, severity, subject, detail, reference})
	}
}

func (a *assessment) findProblem(id string, severity Severity, subject, detail, reference string) {
	a.problem = true
	a.find(id, severity, subject, detail, reference)
}

// observe fills what the listing shows.
func (a *assessment) observe() {
	r := &a.report
	r.ByServer = map[string]int{}
	if a.listing == nil {
		return
	}
	l := a.listing
	r.Notes = slices.Clone(l.Notes)
	a.rows = slices.Clone(l.Rows)
	given := make([]string, len(a.in.Servers))
	for i := range a.in.Servers {
		given[i] = a.in.Servers[i].Name
	}
	if len(given) > 0 || a.in.Inventory != nil {
		placeRows(a.rows, given)
	}
	a.foreign = len(a.rows) == 0 && l.Count == nil && l.OtherCount > 0
	switch {
	case len(a.rows) > 0 || a.foreign || a.in.Inventory != nil:
		n := len(a.rows)
		r.ObservedCount = &n
	case l.Count != nil:
		n := *l.Count
		r.ObservedCount = &n
	}
	a.cut = l.MoreAvailable || l.Filtered || r.ObservedCount != nil && *r.ObservedCount == pageSize && !l.Unlimited &&
		a.in.Inventory == nil ||
		l.Count != nil && len(a.rows) > 0 && *l.Count > len(a.rows)
	evidence := len(a.rows) > 0
	r.Mailboxes = make([]Mailbox, 0, len(a.rows))
	corrupted := map[string]bool{}
	for i := range a.rows {
		row := &a.rows[i]
		evidence = evidence && (row.DatabaseKnown || row.ValidKnown)
		if row.Server != "" {
			r.ByServer[row.Server]++
		}
		r.Mailboxes = append(r.Mailboxes, Mailbox{
			row.title(), row.DisplayName, row.Server, row.Database, row.Corrupted,
			distinct(row.Reasons),
		})
		if row.Corrupted {
			corrupted[row.title()] = true
			a.corruptedRows = append(a.corruptedRows, target{row.FullName, row.DisplayName})
			a.findProblem("corrupted_mailbox", SeverityError, row.title(),
				"Exchange reports this health mailbox as inconsistent"+because(row.Reasons)+". Probes that use it fail and "+
					"fill the event log.", sourceWording)
		}
	}
	r.CorruptedKnown = l.WarningsSaved || evidence || a.in.Inventory != nil && len(a.rows) == 0
	a.observeWarnings(corrupted)
	for name := range corrupted {
		r.Corrupted = append(r.Corrupted, name)
	}
	sort.Strings(r.Corrupted)
}

// observeWarnings adds what only the warnings tell: mailboxes no row could be joined with, and other objects.
func (a *assessment) observeWarnings(corrupted map[string]bool) {
	if len(a.listing.Warnings) == 0 {
		return
	}
	joined := make(map[string]bool, len(a.rows))
	for i := range a.rows {
		for _, name := range []string{a.rows[i].FullName, a.rows[i].Name, a.rows[i].DisplayName} {
			if _, cut := cutEllipsis(name); !cut {
				joined[keyOf(name)] = true
			}
		}
	}
	for _, w := range a.listing.Warnings {
		switch {
		case w.Kind == KindHealthMailbox && !joined[keyOf(w.Name)]:
			corrupted[w.Name] = true
			t := target{display: w.Name}
			if formOf(w.Name) == fullName {
				t = target{name: w.Name}
			}
			a.corruptedRows = append(a.corruptedRows, t)
			a.findProblem("corrupted_mailbox", SeverityError, w.Name,
				"A warning reports this health mailbox as inconsistent"+because(w.Reasons)+". No row of the listing could be "+
					"told to be this mailbox.", sourceWording)
		case w.Kind == KindHealthMailbox:
		case w.Kind == KindArbitration:
			a.arbitration = append(a.arbitration, w)
			a.findProblem("arbitration_mailbox", SeverityError, w.Name,
				"This is an arbitration mailbox, not a health mailbox, although Exchange prints the same sentence. Do not "+
					"delete it: give it a database again.", sourceArbitrate)
		default:
			a.findProblem("other_object", SeverityWarning, w.Name,
				"Exchange prints the same sentence about other objects, too. By its path this is no health mailbox "+
					"but: "+string(w.Kind)+
					". Do not delete it: none of the steps below applies to it. Check its attributes in Active "+
					"Directory.", sourceWording)
		}
	}
}

// because renders reasons inside a sentence.
func because(reasons []string) string {
	reasons = distinct(reasons)
	if len(reasons) == 0 {
		return ""
	}
	return " (" + strings.TrimRight(strings.Join(reasons, " "), ".") + ")"
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
		a.find("no_listing", SeverityInfo, "listing", "No listing was given, so only the expected number is shown. The "+
			"first recommendation collects one.", sourceGetMailbox)
	} else {
		if a.foreign {
			a.find("no_health_mailbox", SeverityWarning, "listing", fmt.Sprintf("The listing shows %d other mailboxes and "+
				"no health mailbox; it was probably made without -Monitoring, so nothing is concluded about missing "+
				"ones.", a.listing.OtherCount), sourceGetMailbox)
		}
		if a.cut {
			a.find("listing_cut", SeverityWarning, "listing", "The listing is not complete or may not be: the command asked "+
				"for some mailboxes only, or Exchange stopped after 1,000 results, as it does unless -ResultSize Unlimited is "+
				"given. Missing mailboxes cannot be counted from it.", sourceGetMailbox)
		}
		if n := a.listing.OtherCount; n > 0 && !a.foreign {
			a.find("other_rows", SeverityInfo, a.listing.FirstOther, fmt.Sprintf("%d rows of the listing name something "+
				"else than a health mailbox, this one first. They are not counted.", n), "")
		}
		if n := a.listing.Blank; n > 0 {
			a.find("blank_records", SeverityWarning, "listing", fmt.Sprintf("%d records hold no value. Warnings that are "+
				"piped into Format-List or Export-Csv leave such records, so their texts, which name corrupted mailboxes, are "+
				"lost.", n), sourceGetMailbox)
		}
		if !r.CorruptedKnown && !a.foreign {
			a.find("corruption_unknown", SeverityWarning, "listing", "The listing holds neither warnings nor the Database "+
				"and IsValid properties, so it cannot show which mailboxes are corrupted; redirecting with > drops the "+
				"warnings.", sourceGetMailbox)
		}
		if c := a.listing.Count; c != nil && len(a.rows) > 0 && *c != len(a.rows) {
			a.find("count_mismatch", SeverityWarning, "listing", fmt.Sprintf("The text gives a count of %d but lists %d "+
				"health mailboxes.", *c, len(a.rows)), sourceGetMailbox)
		}
	}
	if r.ExpectedCount == nil {
		a.find("expected_unknown", SeverityInfo, "servers", "The expected number needs each server's version and "+
			"database copies, or the totals.", sourceTeamBlog)
	}
	if r.ExpectedCount != nil && r.RuleOfThumbCount != nil && *r.ExpectedCount != *r.RuleOfThumbCount {
		a.find("rule_of_thumb_differs", SeverityInfo, "rule of thumb", fmt.Sprintf("Two per database would be %d, the "+
			"documented rule gives %d; the documented rule decides.", *r.RuleOfThumbCount, *r.ExpectedCount), sourceTeamBlog)
	}
	for _, id := range sortedKeys(a.kinds) {
		if n := a.kinds[id]; n > maxFindings {
			r.Findings = append(r.Findings, Finding{"more_findings", SeverityInfo, id, fmt.Sprintf("%d more findings of "+
				"this kind are not listed one by one.", n-maxFindings), ""})
		}
	}
	rank := map[Severity]int{SeverityError: 0, SeverityWarning: 1, SeverityInfo: 2}
	sort.SliceStable(r.Findings, func(i,
		j int,
	) bool {
		return rank[r.Findings[i].Severity] < rank[r.Findings[j].Severity]
	})
}

// conclude sets Healthy and NeedsAction from the evidence.
func (a *assessment) conclude() {
	r := &a.report
	r.NeedsAction = a.problem
	bad := len(r.Corrupted) > 0 || positive(r.SurplusCount) || positive(r.MissingCount) ||
		a.kinds["duplicate_display_name"]+a.kinds["stale_server"]+a.kinds["stale_database"] > 0
	known := r.ObservedCount != nil && r.ExpectedCount != nil && r.MissingCount != nil && r.SurplusCount != nil &&
		r.CorruptedKnown && !a.cut && !a.foreign
	switch {
	case bad:
		healthy := false
		r.Healthy = &healthy
	case known:
		healthy := true
		r.Healthy = &healthy
	}
}

func positive(n *int) bool { return n != nil && *n > 0 }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
