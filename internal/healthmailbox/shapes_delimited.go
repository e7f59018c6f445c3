package healthmailbox

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

var delimiters = []rune{',', ';', '\t', '|'}

// delimitedAt recognizes the header of a CSV file (Export-Csv, Excel, a Markdown table) and its delimiter.
func delimitedAt(text string) (delimiter rune, ok bool) {
	if len(text) > 64<<10 {
		return 0, false
	}
	if strings.HasPrefix(text, `"`) && strings.Count(text, `"`) == 2 && propertyOf(strings.Trim(strings.TrimSpace(text), `"`)) != unknownProperty {
		return ',', true // a single quoted column
	}
	for _, d := range delimiters {
		if !strings.ContainsRune(text, d) {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(text), "|"), string(d))
		known := 0
		for i, cell := range cells {
			cell = strings.Trim(strings.TrimSpace(cell), `"`)
			if cell != "" && !isKey(cell) {
				known = -len(cells)
			}
			if p := propertyOf(cell); p.identifies() || p == serverProperty || p == databaseProperty || p == messageProperty || p == validProperty {
				known++
			} else if p != unknownProperty && i > 0 {
				known++
			}
		}
		if len(cells) > 1 && known > 0 {
			return d, true
		}
	}
	return 0, false
}

// readDelimited consumes the section from the header at lines[at] to its end.
func (c *collector) readDelimited(lines []line, at int, delimiter rune) error {
	c.shape("csv")
	body := lines[at:]
	var b strings.Builder
	for _, l := range body {
		text := l.text
		switch {
		case hasPrefixFold(text, "#TYPE"), hasPrefixFold(text, "sep="):
			text = ""
		case delimiter == '|':
			if text = strings.TrimSpace(text); isRuler(strings.Map(dropPipes, text)) {
				text = ""
			}
			text = strings.TrimSuffix(strings.TrimPrefix(text, "|"), "|")
		}
		b.WriteString(text)
		b.WriteByte('\n')
	}
	reader := csv.NewReader(strings.NewReader(b.String()))
	reader.Comma, reader.FieldsPerRecord, reader.TrimLeadingSpace = delimiter, -1, delimiter != '\t'
	reader.LazyQuotes = delimiter == '|'
	numberOf := func(physical int) int { return body[min(max(physical, 1), len(body))-1].number }
	var header []property
	records := 0
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			number, reason := body[0].number, err.Error()
			var parse *csv.ParseError
			if errors.As(err, &parse) {
				number, reason = numberOf(parse.StartLine), parse.Err.Error()
			}
			return &SyntaxError{number, "the CSV cannot be read (" + reason + "); it may be cut"}
		}
		physical, _ := reader.FieldPos(0)
		if header == nil || isRepeatedHeader(cells, header) {
			header = headerOf(cells)
			continue
		}
		for len(cells) > len(header) && strings.TrimSpace(cells[len(cells)-1]) == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) != len(header) {
			return &SyntaxError{numberOf(physical), fmt.Sprintf("the row has %d fields but the header has %d", len(cells), len(header))}
		}
		r := record{line: numberOf(physical), fields: make([]field, 0, len(header))}
		for i, cell := range cells {
			r.add(header[i], cell)
		}
		c.add(r)
		records++
	}
	if records == 0 {
		return &SyntaxError{body[0].number, "the CSV holds a header but no rows"}
	}
	return nil
}

func dropPipes(r rune) rune {
	if r == '|' || r == ':' {
		return -1
	}
	return r
}

func headerOf(cells []string) []property {
	header := make([]property, len(cells))
	for i, cell := range cells {
		header[i] = propertyOf(strings.TrimSpace(cell))
	}
	return header
}

// isRepeatedHeader recognizes the header of a second file appended to the first.
func isRepeatedHeader(cells []string, header []property) bool {
	if len(cells) == 0 || propertyOf(strings.TrimSpace(cells[0])) == unknownProperty {
		return false
	}
	for _, cell := range cells {
		if cell = strings.TrimSpace(cell); cell == "" || !isKey(cell) || isBool(cell) {
			return false
		}
	}
	known := 0
	for _, p := range headerOf(cells) {
		if p != unknownProperty {
			known++
		}
	}
	return known == len(cells) && len(cells) >= len(header)
}
