package healthmailbox

import (
	"strings"
	"unicode/utf8"
)

// cells cuts a row into the table's columns; nil when the row does not fit. aligned says that the columns'
// places were used, which copies through browsers and mail programs lose.
func (t *table) cells(text string) (cells []string, aligned bool) {
	if cells := t.byPlace(text); cells != nil {
		return cells, true
	}
	n := len(t.columns)
	if cells := splitWide(text); len(cells) == n {
		return cells, false
	}
	tokens := strings.Fields(text)
	switch {
	case len(tokens) == n:
		return tokens, false
	case len(tokens) > n:
		return t.absorb(tokens), false
	}
	return t.spread(tokens), false
}

// byPlace slices at the header's places when every cell starts (or, for numbers, ends) where its header does.
func (t *table) byPlace(text string) []string {
	runes := []rune(text)
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		start, limit := c.start, len(runes)
		if i == 0 {
			start = 0
		}
		if i+1 < len(t.columns) {
			limit = min(limit, t.columns[i+1].start)
		}
		if start >= len(runes) {
			continue
		}
		if start > 0 && i > 0 && runes[start-1] != ' ' {
			return nil
		}
		cell := string(runes[start:limit])
		cells[i] = strings.TrimSpace(cell)
		if i > 0 && cells[i] != "" && cell[0] == ' ' && start+utf8.RuneCountInString(strings.TrimRight(cell, " ")) != c.end {
			return nil
		}
	}
	return cells
}

// splitWide cuts at tabs and runs of two or more blanks.
func splitWide(text string) []string {
	var cells []string
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\t", "  "), "  ") {
		if part = strings.TrimSpace(part); part != "" {
			cells = append(cells, part)
		}
	}
	return cells
}

// absorb fits more words than columns: the one column whose values hold blanks takes the surplus.
func (t *table) absorb(tokens []string) []string {
	wide := -1
	for i, c := range t.columns {
		if !c.property.singleToken() {
			if wide >= 0 {
				return t.leading(tokens, wide)
			}
			wide = i
		}
	}
	if wide < 0 {
		return t.leading(tokens, len(t.columns))
	}
	after := len(t.columns) - wide - 1
	cells := make([]string, len(t.columns))
	copy(cells, tokens[:wide])
	cells[wide] = strings.Join(tokens[wide:len(tokens)-after], " ")
	copy(cells[wide+1:], tokens[len(tokens)-after:])
	return cells
}

// leading keeps the first columns only: what follows cannot be told apart.
func (t *table) leading(tokens []string, n int) []string {
	return append([]string(nil), tokens[:min(n, len(tokens))]...)
}

// spread fits fewer words than columns: True or False is IsValid's, the rest fills from the left.
func (t *table) spread(tokens []string) []string {
	cells := make([]string, len(t.columns))
	last := len(tokens)
	for i := len(t.columns) - 1; i >= 0 && last > 1; i-- {
		if t.columns[i].property == validProperty && isBool(tokens[last-1]) {
			last--
			cells[i] = tokens[last]
		}
	}
	next := 0
	for i := range cells {
		if cells[i] == "" && next < last && t.columns[i].property != validProperty {
			cells[i] = tokens[next]
			next++
		}
	}
	return cells
}

func isBool(s string) bool { return strings.EqualFold(s, "true") || strings.EqualFold(s, "false") }
