package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/hybrid"
)

// clouds are the columns of the tables, each with the list that its cells show.
var clouds = []struct {
	instance endpoints.Instance
	version  string
	title    string
}{
	{endpoints.Worldwide, "2026081400", "Worldwide, GCC"},
	{endpoints.USGovGCCHigh, "2026033100", "GCC High"},
	{endpoints.USGovDoD, "2026033100", "DoD"},
	{endpoints.China, "2026022700", "China (21Vianet)"},
}

// column is one cloud's deployment, without and with the Hybrid Agent; both have
// Edge servers, so that every flow occurs in one of them.
type column struct{ without, with *hybrid.Deployment }

// part is a generated part of the guide, between the comments
// <!-- begin NAME --> and <!-- end NAME -->.
type part struct{ name, text string }

// generate makes the parts from the pinned lists.
func generate(lists *archive.Archive) ([]part, error) {
	edge := []string{"192.0.2.25"} // not shown
	var columns []column
	for _, c := range clouds {
		version, err := endpoints.ParseVersion(c.version)
		if err != nil {
			return nil, err
		}
		list, err := lists.List(c.instance, version)
		if err != nil {
			return nil, fmt.Errorf("list %s of %s: %w", c.version, c.instance, err)
		}
		without, err := hybrid.Resolve(list, hybrid.Options{EdgeServers: edge})
		if err != nil {
			return nil, err
		}
		with, err := hybrid.Resolve(list, hybrid.Options{EdgeServers: edge, HybridAgent: true})
		if err != nil {
			return nil, err
		}
		columns = append(columns, column{without, with})
	}
	notes := &notes{}
	inbound := flowTable(columns, notes, true)
	outbound := flowTable(columns, notes, false)
	return []part{
		{"inbound", inbound}, {"outbound", outbound}, {"notes", notes.text()}, {"deadlines", deadlines(columns)},
	}, nil
}

// insert replaces the parts of a text; each has to be there once.
func insert(text string, parts []part) (string, error) {
	for _, p := range parts {
		begin, end := fmt.Sprintf("<!-- begin %s -->\n", p.name), fmt.Sprintf("<!-- end %s -->\n", p.name)
		before, rest, ok := strings.Cut(text, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed || strings.Contains(after, begin) {
			return "", fmt.Errorf("the comments of the part %q have to be there, in order and once", p.name)
		}
		text = before + begin + "\n" + p.text + "\n" + end + after
	}
	return text, nil
}

// notes are sentences that do not fit into a cell; the same sentence has one number.
type notes struct{ reasons []string }

func (n *notes) number(reason string) int {
	i := slices.Index(n.reasons, reason)
	if i < 0 {
		i = len(n.reasons)
		n.reasons = append(n.reasons, reason)
	}
	return i + 1
}

func (n *notes) text() string {
	var b strings.Builder
	for i, reason := range n.reasons {
		fmt.Fprintf(&b, "%d. %s\n", i+1, strings.ReplaceAll(reason, "*", "\\*"))
	}
	return b.String()
}

func flowTable(columns []column, notes *notes, inbound bool) string {
	var b strings.Builder
	b.WriteString("| Flow | TCP | Without agent | With agent |")
	for _, c := range clouds {
		fmt.Fprintf(&b, " %s |", c.title)
	}
	b.WriteString("\n|---|---|---|---|" + strings.Repeat("---|", len(clouds)) + "\n")
	for _, flow := range hybrid.Flows() {
		r, ok := first(columns, flow)
		if !ok || r.Inbound != inbound {
			continue
		}
		fmt.Fprintf(&b, "| `%s`<br>%s | %s | %s | %s |", flow, r.Purpose, list(r.Ports),
			need(columns[0].without, flow), need(columns[0].with, flow))
		for _, c := range columns {
			fmt.Fprintf(&b, " %s |", cell(c, flow, r.Ports, notes))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// first is the flow's rule in the first column that has one.
func first(columns []column, flow hybrid.Flow) (hybrid.Rule, bool) {
	for _, c := range columns {
		for _, d := range []*hybrid.Deployment{c.without, c.with} {
			if r, ok := ruleOf(d, flow); ok {
				return r, true
			}
		}
	}
	return hybrid.Rule{}, false
}

func ruleOf(d *hybrid.Deployment, flow hybrid.Flow) (hybrid.Rule, bool) {
	if r, ok := d.AddressRules[flow]; ok {
		return r.Rule, true
	}
	r, ok := d.NameRules[flow]
	return r.Rule, ok
}

// need says in one word whether a deployment needs the flow.
func need(d *hybrid.Deployment, flow hybrid.Flow) string {
	switch r, ok := ruleOf(d, flow); {
	case !ok:
		return "no rule"
	case r.Required:
		return "required"
	}
	return "optional"
}

// cell is the addresses, the names or the reason of a flow in one cloud.
func cell(c column, flow hybrid.Flow, ports []uint16, notes *notes) string {
	d := c.without
	if _, ok := ruleOf(d, flow); !ok {
		if _, ok := ruleOf(c.with, flow); !ok {
			return fmt.Sprintf("none: note %d", notes.number(d.Unresolved[flow]))
		}
		d = c.with
	}
	if flow == hybrid.EdgeSync {
		return "your Edge servers"
	}
	if r, ok := d.AddressRules[flow]; ok {
		return addressCell(r) + origin(r.Rule, ports, notes)
	}
	r := d.NameRules[flow]
	if len(r.Hostnames) == 1 {
		return "`" + r.Hostnames[0] + "`" + origin(r.Rule, ports, notes)
	}
	return fmt.Sprintf("%d names", len(r.Hostnames)) + origin(r.Rule, ports, notes)
}

func addressCell(r hybrid.AddressRule) string {
	if len(r.SetIDs) == 0 {
		prefixes := make([]string, len(r.Prefixes))
		for i, p := range r.Prefixes {
			prefixes[i] = "`" + p.String() + "`"
		}
		return strings.Join(prefixes, ", ")
	}
	text := fmt.Sprintf("%d prefixes", len(r.Prefixes))
	switch {
	case len(r.Hostnames) == 1:
		text = "`" + r.Hostnames[0] + "`, " + text
	case len(r.NamesOnly) > 0:
		text += fmt.Sprintf(" and %d names", len(r.NamesOnly))
	}
	return text
}

// origin is the sets that a rule comes from, or the note on its document, and its
// ports where they are fewer than the row's.
func origin(r hybrid.Rule, ports []uint16, notes *notes) string {
	var text string
	switch len(r.SetIDs) {
	case 0:
		text = fmt.Sprintf(" (note %d)", notes.number(r.Basis))
	case 1:
		text = fmt.Sprintf(" (set %d)", r.SetIDs[0])
	default:
		text = " (sets " + list(r.SetIDs) + ")"
	}
	if !slices.Equal(r.Ports, ports) {
		text += ", TCP " + list(r.Ports)
	}
	return text
}

func list[T any](in []T) string {
	out := make([]string, len(in))
	for i, e := range in {
		out[i] = fmt.Sprint(e)
	}
	return strings.Join(out, ", ")
}

// deadlines are the requirements that have a day, in the order of the days.
func deadlines(columns []column) string {
	var rows []hybrid.Requirement
	for _, c := range columns {
		for _, r := range c.with.Requirements {
			known := slices.ContainsFunc(rows, func(k hybrid.Requirement) bool { return k.ID == r.ID })
			if r.Deadline != "" && !known {
				rows = append(rows, r)
			}
		}
	}
	slices.SortFunc(rows, func(a, b hybrid.Requirement) int {
		return cmp.Or(strings.Compare(a.Deadline, b.Deadline), strings.Compare(a.ID, b.ID))
	})
	var b strings.Builder
	b.WriteString("| Deadline | Requirement | Clouds |\n|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | `%s`: %s | %s |\n", r.Deadline, r.ID, r.Title, cloudsOf(r))
	}
	return b.String()
}

func cloudsOf(r hybrid.Requirement) string {
	var out []string
	for _, c := range clouds {
		if slices.Contains(r.AppliesTo, c.instance) {
			out = append(out, c.title)
		}
	}
	if len(out) == len(clouds) {
		return "all"
	}
	return strings.Join(out, "; ")
}
