package healthmailbox

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// shape is one form in which PowerShell prints objects. Lines are those of one section; the first is not blank.
type shape struct {
	name       string
	startsHere func(lines []line) bool
	// read returns the objects and the lines after them.
	read func(lines []line) (records []record, rest []line, err error)
}

// shapes are tried in this order.
var shapes []shape

func init() { // The readers look for the start of the next shape, so that a variable would refer to itself.
	shapes = []shape{
		{"json", startsJSON, readJSON},
		{"table", startsTable, readTable},
		{"list", startsList, readList},
		{"csv", startsCSV, readCSV},
		{"names", startsNames, readNames},
		{"count", startsCount, nil},
	}
}

// shapeAt is the shape that starts at the first line, or nil.
func shapeAt(lines []line) *shape {
	for i := range shapes {
		if shapes[i].startsHere(lines) {
			return &shapes[i]
		}
	}
	return nil
}

var bareNumber = pastedtext.NewPattern(`^\s*[0-9]{1,9}\s*$`)

func startsCount(lines []line) bool { return bareNumber().MatchString(lines[0].text) }

// ---- names: one a line, or in the columns of Format-Wide ----

func startsNames(lines []line) bool { return len(namesIn(lines[0].text)) > 0 }

// namesIn returns the names of a line that holds nothing else.
func namesIn(text string) []string {
	names := strings.Fields(text)
	for _, name := range names {
		switch formOf(name) {
		case notHealth, partName, unclear:
			return nil
		}
	}
	return names
}

func readNames(lines []line) (records []record, rest []line, err error) {
	for rest = lines; len(rest) > 0; rest = dropBlank(rest[1:]) {
		names := namesIn(rest[0].text)
		if len(names) == 0 {
			break
		}
		for _, name := range names {
			records = append(records, nameRecord(rest[0].number, name))
		}
	}
	return records, rest, checkNames(records)
}

// nameRecord is a record of a name alone.
func nameRecord(number int, name string) record {
	r := record{line: number}
	if formOf(name) == displayName {
		r.add("DisplayName", name)
	} else {
		r.add("Name", name)
	}
	return r
}

// checkNames refuses a list of names in which two may be one mailbox.
func checkNames(records []record) error {
	for i := range records {
		if records[i].fields[0].key != records[0].fields[0].key {
			return syntaxError(records[i].line, "names and display names in one list, which may be the same mailboxes")
		}
	}
	type shown struct {
		stem string
		*record
	}
	sorted := make([]shown, len(records))
	for i := range records {
		stem, _ := cutEllipsis(keyOf(records[i].fields[0].value))
		sorted[i] = shown{stem, &records[i]}
	}
	slices.SortStableFunc(sorted, func(a, b shown) int { return strings.Compare(a.stem, b.stem) })
	for i := 1; i < len(sorted); i++ {
		a, b := sorted[i-1].fields[0].value, sorted[i].fields[0].value
		_, cut := cutEllipsis(a)
		if (cut || formOf(a) == accountName) && strings.HasPrefix(sorted[i].stem, sorted[i-1].stem) {
			return syntaxError(max(sorted[i-1].line, sorted[i].line), "%s and %s may be one mailbox or two", a, b)
		}
	}
	return nil
}

// ---- Format-List ----

const (
	maxPropertyName = 63      // in characters
	maxValue        = 1 << 16 // in bytes, of a value that is wrapped
)

var propertyName = pastedtext.NewPattern(`^[\p{L}_][\p{L}\p{N}_ .-]*$`)

// cutProperty splits "Name    : value". PowerShell puts a blank before the colon; LDIF and YAML do not.
func cutProperty(l line) (indent int, key, value string, ok bool) {
	before, value, ok := strings.Cut(l.text, " :")
	if key = strings.TrimSpace(before); !ok || key == "" || value != "" && value[0] != ' ' {
		return 0, "", "", false
	}
	if propertyOf(key) == otherProperty &&
		(utf8.RuneCountInString(key) > maxPropertyName || !propertyName().MatchString(key)) {
		return 0, "", "", false
	}
	if _, typed, found := strings.Cut(l.source, ":"); found {
		value = typed
	}
	return len(before) - len(strings.TrimLeft(before, " \t")), key, value, true
}

// startsList reports a known property, or others that one follows before long.
func startsList(lines []line) bool {
	for i, l := range lines[:min(len(lines), 400)] {
		_, key, _, ok := cutProperty(l)
		switch {
		case ok && propertyOf(key) != otherProperty:
			return true
		case !ok && (i == 0 || !l.blank() && !strings.HasPrefix(l.text, " ")):
			return false
		}
	}
	return false
}

// readList reads records that show the same properties in the same order. A record starts where the first
// property comes again, so that doubled or lost blank lines do no harm; only the first record ends at a blank line.
// Three blank lines in a row end the list: another one, which PowerShell starts with blank lines, may follow.
func readList(lines []line) (records []record, rest []line, err error) {
	var (
		last   *record
		keys   []string // of the first record
		indent int
		gap    bool // the first record has ended
		before int  // the line before that is not blank
		twice  = doubled(lines)
	)
	for rest = lines; len(rest) > 0; rest = rest[1:] {
		l := rest[0]
		if l.blank() {
			gap = gap || !twice
			continue
		}
		in, key, value, ok := cutProperty(l)
		blanks := l.number - before - 1
		if n := len(lines) - len(rest) - blanks - 1; n < 0 || lines[n].number != before {
			blanks = 0 // A warning stood there, too.
		}
		before = l.number
		switch {
		case last != nil && (!ok || in > indent+1) && strings.HasPrefix(l.text, strings.Repeat(" ", indent+2)):
			f := &last.fields[len(last.fields)-1]
			if len(f.value) > maxValue {
				return nil, nil, syntaxError(l.number, "a value of more than %d characters", maxValue)
			}
			f.value = joinWrapped(f.property, f.value, strings.TrimSpace(l.source))
			continue
		case last == nil:
			indent = in
		case ok && key == keys[0] && len(last.fields) == len(keys) && (twice || blanks < 3):
		case ok && len(last.fields) < len(keys) && key == keys[len(last.fields)]:
			last.add(key, value)
			continue
		case ok && len(records) == 1 && !gap && !slices.Contains(keys, key):
			keys = append(keys, key)
			last.add(key, value)
			continue
		case len(last.fields) < len(keys):
			return nil, nil, syntaxError(last.line, "a record that ends before its %s", keys[len(last.fields)])
		default:
			return records, rest, nil
		}
		if last == nil {
			keys = append(keys, key)
		}
		records = append(records, record{line: l.number, fields: make([]field, 0, max(len(keys), 8))})
		last = &records[len(records)-1]
		last.add(key, value)
	}
	if len(last.fields) < len(keys) {
		return nil, nil, syntaxError(last.line, "a record that ends before its %s", keys[len(last.fields)])
	}
	return records, rest, nil
}

// doubled reports line breaks that are all doubled, as by a web page: no two lines of the first record touch.
func doubled(lines []line) bool {
	first, _, _ := strings.Cut(lines[0].text, ":")
	for i := 1; i < len(lines) && !strings.HasPrefix(lines[i].text, first); i++ {
		if !lines[i].blank() && !lines[i-1].blank() {
			return false
		}
	}
	return true
}

// joinWrapped puts a wrapped value together: names hold no blanks.
func joinWrapped(p property, first, second string) string {
	if second == "" || first == "" || p.oneWord() {
		return first + second
	}
	return first + " " + second
}

// joinLines is the text of lines as typed, or folded.
func joinLines(lines []line, folded bool) string {
	var b strings.Builder
	for _, l := range lines {
		if folded {
			b.WriteString(l.text)
		} else {
			b.WriteString(strings.TrimRight(l.source, " \u00a0"))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// ---- Export-Csv and ConvertTo-Csv ----

var csvKey = pastedtext.NewPattern(`^[\p{L}_@][\p{L}\p{N}_ .-]*$`)

func startsCSV(lines []line) bool {
	_, delimiter := csvHeader(lines)
	return delimiter != 0
}

// csvHeader finds the header, after which the rows come, and its delimiter; 0 where there is none.
func csvHeader(lines []line) (from []line, delimiter rune) {
	for len(lines) > 0 && (lines[0].blank() || strings.HasPrefix(lines[0].text, "#TYPE ") ||
		strings.HasPrefix(lines[0].text, "sep=")) {
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return nil, 0
	}
	for _, delimiter := range ",;\t" {
		r := csv.NewReader(strings.NewReader(lines[0].text))
		r.Comma = delimiter
		keys, err := r.Read()
		if err != nil || !slices.ContainsFunc(keys, named) || slices.ContainsFunc(keys, func(key string) bool {
			return !csvKey().MatchString(key) || damaged().MatchString(key)
		}) {
			continue
		}
		if len(keys) == 1 && lines[0].text[0] != '"' { // A word alone may be anything: a name must follow.
			if below := dropBlank(lines[1:]); len(below) == 0 || len(namesIn(below[0].text)) != 1 {
				continue
			}
		}
		return lines, delimiter
	}
	return nil, 0
}

// named reports a property that tells which mailbox a record is about, or what a warning says.
func named(key string) bool {
	return propertyOf(key).identifies() || propertyOf(key) == messageProperty
}

func readCSV(lines []line) (records []record, rest []line, err error) {
	lines, delimiter := csvHeader(lines)
	typographic := slices.ContainsFunc(lines, func(l line) bool {
		return strings.HasPrefix(l.text, `"`) && l.source[0] != '"'
	})
	r := csv.NewReader(strings.NewReader(joinLines(lines, typographic)))
	r.Comma = delimiter
	var header []string
	for {
		row, err := r.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF) && len(records) == 0:
			return nil, nil, syntaxError(lines[0].number, "CSV with a header and no rows")
		case errors.Is(err, io.EOF):
			return records, nil, nil
		case errors.As(err, &bad):
			return nil, nil, syntaxError(lines[min(bad.Line, len(lines))-1].number, "CSV that cannot be read (%v)", bad.Err)
		case header == nil:
			header = row
			continue
		}
		at, _ := r.FieldPos(0)
		if slices.Equal(row, header) {
			return nil, nil, syntaxError(lines[at-1].number, "CSV with its header again: two files in one text")
		}
		one := record{line: lines[at-1].number, fields: make([]field, 0, len(row))}
		for i, value := range row {
			one.add(header[i], value)
		}
		records = append(records, one)
	}
}

// ---- ConvertTo-Json ----

// startsJSON reports an object, or an array of objects, arrays or texts.
func startsJSON(lines []line) bool {
	text := strings.TrimSpace(lines[0].text)
	if text == "" || text[0] != '{' && text[0] != '[' || strings.HasPrefix(text, "[PS]") {
		return false
	}
	next := strings.TrimSpace(text[1:])
	if after := dropBlank(lines[1:]); next == "" && len(after) > 0 {
		next = strings.TrimSpace(after[0].text)
	}
	return next == "" || strings.ContainsAny(next[:1], `{["}]`)
}

// readJSON reads an array, or objects of the same properties one after the other; folded where an editor made
// quotes or blanks typographic.
func readJSON(lines []line) ([]record, []line, error) {
	records, rest, err := parseJSON(lines, joinLines(lines, false))
	if err != nil {
		if again, after, stillWrong := parseJSON(lines, joinLines(lines, true)); stillWrong == nil {
			return again, after, nil
		}
	}
	return records, rest, err
}

func parseJSON(lines []line, text string) (records []record, rest []line, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	at, seen := 0, 0 // a line, and the offset that it was counted to
	lineAt := func(offset int) int {
		at += strings.Count(text[seen:max(seen, offset)], "\n")
		seen = max(seen, offset)
		return min(at, len(lines)-1)
	}
	for {
		start := int(d.InputOffset())
		start += len(text[start:]) - len(strings.TrimLeft(text[start:], " \t\n"))
		var value any
		if err := d.Decode(&value); err != nil {
			offset, says := len(text)-2, "ends too soon"
			if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
				offset, says = int(syntax.Offset-1), "cannot be read"
			}
			return nil, nil, syntaxError(lines[lineAt(offset)].number, "JSON that %s (%v)", says, err)
		}
		number := lines[lineAt(start)].number
		found, err := objects(value, number, "JSON that")
		if err != nil {
			return nil, nil, err
		}
		if len(found) == 0 {
			return nil, nil, syntaxError(number, "JSON that holds no mailbox")
		}
		if len(records) > 0 && found[0].header() != records[0].header() {
			return records, lines[lineAt(start):], nil
		}
		records = append(records, found...)
		end := int(d.InputOffset())
		tail, after, _ := strings.Cut(text[end:], "\n")
		if strings.TrimSpace(tail) != "" {
			return nil, nil, syntaxError(lines[lineAt(end)].number, "JSON that is followed by other text on its line")
		}
		if _, object := value.(map[string]any); !object || !strings.HasPrefix(strings.TrimSpace(after), "{") {
			return records, lines[lineAt(end)+1:], nil
		}
	}
}

// objects are the mailboxes in a value: an object with names, a name, or several of these in an array or in the
// {"value":[...],"Count":2} that Windows PowerShell makes of a list.
func objects(value any, number int, where string) (out []record, err error) {
	switch v := value.(type) {
	case string:
		return []record{nameRecord(number, v)}, nil
	case []any:
		names := len(v) > 0 // and nothing else
		for i, item := range v {
			found, err := objects(item, number, fmt.Sprintf("JSON whose item %d", i+1))
			if err != nil {
				return nil, err
			}
			_, text := item.(string)
			names = names && text
			out = append(out, found...)
		}
		if names {
			return out, checkNames(out)
		}
		return out, nil
	case map[string]any:
		if list, ok := v["value"].([]any); ok && (len(v) == 1 || v["Count"] != nil || v["@odata.context"] != nil) {
			return objects(list, number, where)
		}
		keys := sortedKeys(v)
		if !slices.ContainsFunc(keys, named) {
			return nil, syntaxError(number, "%s holds an object without a name", where)
		}
		r := record{line: number, fields: make([]field, 0, len(keys))}
		for _, key := range keys {
			r.add(key, scalar(v[key]))
		}
		return []record{r}, nil
	}
	return nil, syntaxError(number, "%s holds %T where an object should be", where, value)
}

// scalar is the text of a value; of an object that ConvertTo-Json took apart, its name.
func scalar(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case map[string]any:
		for _, name := range []string{"Name", "value", "Value"} {
			if s, ok := v[name].(string); ok {
				return s
			}
		}
		return "(an object)"
	}
	return fmt.Sprint(value)
}
