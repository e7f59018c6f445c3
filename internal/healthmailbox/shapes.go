package healthmailbox

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
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

var bareNumber = regexp.MustCompile(`^\s*[0-9]{1,9}\s*$`)

func startsCount(lines []line) bool { return bareNumber.MatchString(lines[0].text) }

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
	sorted := slices.Clone(records)
	stem := func(r record) string { s, _ := cutEllipsis(keyOf(r.fields[0].value)); return s }
	slices.SortStableFunc(sorted, func(a, b record) int { return strings.Compare(stem(a), stem(b)) })
	for i := 1; i < len(sorted); i++ {
		a, b := sorted[i-1].fields[0].value, sorted[i].fields[0].value
		_, cut := cutEllipsis(a)
		short := cut || formOf(a) == accountName
		if short && strings.HasPrefix(stem(sorted[i]), stem(sorted[i-1])) {
			return syntaxError(max(sorted[i-1].line, sorted[i].line), "%s and %s may be one mailbox or two", a, b)
		}
	}
	return nil
}

// ---- Format-List ----

var propertyName = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_ .-]*$`)

// maxPropertyName is in characters. It is not in the pattern: counting such classes costs
// megabytes and milliseconds at every start of the provider.
const maxPropertyName = 63

// cutProperty splits "Name    : value". PowerShell puts a blank before the colon; LDIF and YAML do not.
func cutProperty(l line) (indent int, key, value string, ok bool) {
	before, value, ok := strings.Cut(l.text, " :")
	if key = strings.TrimSpace(before); !ok || key == "" || value != "" && value[0] != ' ' {
		return 0, "", "", false
	}
	isName := utf8.RuneCountInString(key) <= maxPropertyName && propertyName.MatchString(key)
	if propertyOf(key) == otherProperty && !isName {
		return 0, "", "", false
	}
	if _, typed, found := strings.Cut(l.source, ":"); found {
		value = typed
	}
	return len(before) - len(strings.TrimLeft(before, " \t")), key, value, true
}

func startsList(lines []line) bool {
	_, key, _, ok := cutProperty(lines[0])
	return ok && (propertyOf(key) != otherProperty || listNeighbour(lines[1:]))
}

// listNeighbour reports that a known property follows before long: a list may start with others.
func listNeighbour(lines []line) bool {
	for _, l := range lines[:min(len(lines), 400)] {
		_, key, _, ok := cutProperty(l)
		if ok && propertyOf(key) != otherProperty {
			return true
		} else if !ok && !l.blank() && !strings.HasPrefix(l.text, " ") {
			return false
		}
	}
	return false
}

// readList reads records that show the same properties in the same order. A record starts where the first
// property comes again, so that doubled or lost blank lines do no harm.
func readList(lines []line) (records []record, rest []line, err error) {
	var (
		keys   []string // of the first record
		indent int
		gap    bool // a blank line came before
		gaps   bool // the first record has blank lines between its properties
	)
	for rest = lines; len(rest) > 0; rest = rest[1:] {
		l := rest[0]
		in, key, value, ok := cutProperty(l)
		switch {
		case l.blank():
			gap = true
			continue
		case len(records) > 0 && (!ok || in > indent+1) && strings.HasPrefix(l.text, strings.Repeat(" ", indent+2)):
			last := &records[len(records)-1]
			f := &last.fields[len(last.fields)-1]
			f.value = joinWrapped(f.property, f.value, strings.TrimSpace(l.source))
			continue
		case !ok:
			return endList(records, keys, rest)
		}
		if len(records) == 0 {
			indent = in
		}
		n := 0
		if len(records) > 0 {
			n = len(records[len(records)-1].fields)
		}
		first := len(records) <= 1
		switch {
		case len(records) == 0 || key == keys[0]:
			if first = len(records) == 0; !first && n < len(keys) {
				return nil, nil, syntaxError(records[len(records)-1].line, "a record that ends before its %s", keys[n])
			}
			records = append(records, record{line: l.number})
			if first {
				keys = append(keys, key)
			}
		case first && !slices.Contains(keys, key):
			if n == 1 {
				gaps = gap
			} else if gap != gaps {
				return endList(records, keys, rest)
			}
			if gap && n == 1 && !doubled(lines, l) {
				return endList(records, keys, rest)
			}
			keys = append(keys, key)
		case n >= len(keys):
			return endList(records, keys, rest)
		case key != keys[n]:
			return nil, nil, syntaxError(l.number, "%s, where the records before have %s", key, keys[n])
		}
		gap = false
		records[len(records)-1].add(key, value)
	}
	return endList(records, keys, rest)
}

// doubled reports a text whose line breaks are all doubled, as a web page does: no two lines touch up to l.
func doubled(lines []line, until line) bool {
	for i := 1; i < len(lines) && lines[i].number <= until.number; i++ {
		if !lines[i].blank() && !lines[i-1].blank() && lines[i].number == lines[i-1].number+1 {
			return false
		}
	}
	return true
}

// endList refuses a last record that lacks properties: the text was cut.
func endList(records []record, keys []string, rest []line) ([]record, []line, error) {
	if last := records[len(records)-1]; len(last.fields) < len(keys) {
		return nil, nil, syntaxError(last.line, "a record that ends before its %s", keys[len(last.fields)])
	}
	return records, rest, nil
}

// joinWrapped puts a wrapped value together: names hold no blanks.
func joinWrapped(p property, first, second string) string {
	if second == "" || first == "" || p.oneWord() {
		return first + second
	}
	return first + " " + second
}

// ---- Export-Csv and ConvertTo-Csv ----

func startsCSV(lines []line) bool {
	_, _, ok := csvHeader(lines)
	return ok
}

var csvKey = regexp.MustCompile(`^[\p{L}_@][\p{L}\p{N}_ .-]*$`)

// csvHeader finds the header and its delimiter; skip counts the lines up to it.
func csvHeader(lines []line) (delimiter rune, skip int, ok bool) {
	for len(lines) > skip && (lines[skip].blank() || strings.HasPrefix(lines[skip].text, "#TYPE ") ||
		strings.HasPrefix(lines[skip].text, "sep=")) {
		skip++
	}
	if len(lines) == skip {
		return 0, 0, false
	}
	for _, delimiter := range ",;\t" {
		r := csv.NewReader(strings.NewReader(lines[skip].text))
		r.Comma = delimiter
		fields, err := r.Read()
		if err != nil {
			continue
		}
		known := false
		for _, f := range fields {
			known = known || propertyOf(f).identifies() || propertyOf(f) == messageProperty
			if !csvKey.MatchString(f) || damaged.MatchString(f) {
				known = false
				break
			}
		}
		if len(fields) == 1 && lines[skip].text[0] != '"' { // A word alone may be anything: names must follow.
			below := dropBlank(lines[skip+1:])
			known = known && len(below) > 0 && len(namesIn(below[0].text)) == 1
		}
		if known {
			return delimiter, skip, true
		}
	}
	return 0, 0, false
}

func readCSV(lines []line) ([]record, []line, error) {
	delimiter, skip, _ := csvHeader(lines)
	lines = lines[skip:]
	text := func(l line) string { return strings.TrimRight(l.source, " \u00a0") }
	if slices.ContainsFunc(lines, func(l line) bool { return l.text != "" && l.text[0] == '"' && l.source[0] != '"' }) {
		text = func(l line) string { return l.text } // an editor made the quotes typographic
	}
	records, err := parseCSV(lines, delimiter, text)
	return records, nil, err
}

func parseCSV(lines []line, delimiter rune, text func(line) string) (records []record, err error) {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(text(l))
		b.WriteByte('\n')
	}
	r := csv.NewReader(strings.NewReader(b.String()))
	r.Comma = delimiter
	rows, err := r.ReadAll()
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return nil, syntaxError(lines[min(bad.Line, len(lines))-1].number, "CSV that cannot be read (%v)", bad.Err)
	} else if err != nil {
		return nil, syntaxError(lines[0].number, "CSV that cannot be read (%v)", err)
	}
	if len(rows) < 2 {
		return nil, syntaxError(lines[0].number, "CSV with a header and no rows")
	}
	at := 1
	for _, row := range rows[1:] {
		if slices.Equal(row, rows[0]) {
			return nil, syntaxError(lines[min(at, len(lines)-1)].number, "CSV with its header again: two files in one text")
		}
		for at < len(lines)-1 && lines[at].blank() {
			at++
		}
		record := record{line: lines[min(at, len(lines)-1)].number, fields: make([]field, 0, len(row))}
		at++
		for i, value := range row {
			at += strings.Count(value, "\n")
			record.add(rows[0][i], value)
		}
		records = append(records, record)
	}
	return records, nil
}

// ---- ConvertTo-Json ----

func startsJSON(lines []line) bool {
	text := strings.TrimSpace(lines[0].text)
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") || strings.HasPrefix(text, "[PS]") {
		return false
	}
	next := strings.TrimSpace(text[1:])
	if next == "" {
		if after := dropBlank(lines[1:]); len(after) > 0 {
			next = strings.TrimSpace(after[0].text)
		}
	}
	return next == "" || strings.ContainsAny(next[:1], `{["}]`)
}

func readJSON(lines []line) ([]record, []line, error) {
	records, rest, err := parseJSON(lines, func(l line) string { return l.source })
	if err != nil { // Quotes that an editor made typographic.
		if folded, after, again := parseJSON(lines, func(l line) string { return l.text }); again == nil {
			return folded, after, nil
		}
	}
	return records, rest, err
}

func parseJSON(lines []line, text func(line) string) (records []record, rest []line, err error) {
	var b bytes.Buffer
	ends := make([]int64, len(lines)) // offset of the end of each line
	for i, l := range lines {
		b.WriteString(text(l))
		b.WriteByte('\n')
		ends[i] = int64(b.Len())
	}
	d := json.NewDecoder(bytes.NewReader(b.Bytes()))
	index := func(offset int64) int {
		i, _ := slices.BinarySearch(ends, offset+1)
		return min(i, len(lines)-1)
	}
	fail := func(offset int64, format string, args ...any) error {
		return syntaxError(lines[index(offset)].number, "JSON that "+format, args...)
	}
	broken := func(err error) error {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return fail(syntax.Offset-1, "cannot be read (%v)", err)
		}
		return fail(int64(b.Len())-2, "ends too soon (%v)", err)
	}
	array := strings.HasPrefix(strings.TrimSpace(text(lines[0])), "[")
	if array {
		if _, err := d.Token(); err != nil {
			return nil, nil, broken(err)
		}
	}
	names := true // and nothing else
	for !array && len(records) == 0 || array && d.More() {
		start := d.InputOffset()
		for start < int64(b.Len())-1 && strings.ContainsRune(" \t\n,", rune(b.Bytes()[start])) {
			start++
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, nil, broken(err)
		}
		found, err := objects(value)
		if err != nil {
			return nil, nil, fail(start, "%v", err)
		}
		for i := range found {
			found[i].line = lines[index(start)].number
		}
		_, text := value.(string)
		names = names && text
		records = append(records, found...)
		if !array {
			break
		}
	}
	if array {
		if _, err := d.Token(); err != nil {
			return nil, nil, broken(err)
		}
	}
	if len(records) == 0 {
		return nil, nil, fail(0, "holds no mailbox")
	}
	if names {
		if err := checkNames(records); err != nil {
			return nil, nil, err
		}
	}
	end := d.InputOffset()
	last := index(end - 1)
	if tail := strings.Trim(b.String()[end:ends[last]], " \t\n"); tail != "" {
		return nil, nil, fail(end, "is followed by other text on its line")
	}
	return records, lines[last+1:], nil
}

// objects are the mailboxes in a value: an object with names, a name, or the {"value":[...],"Count":2} that
// Windows PowerShell makes of a list.
func objects(value any) ([]record, error) {
	switch v := value.(type) {
	case string:
		return []record{nameRecord(0, v)}, nil
	case map[string]any:
		if list, ok := v["value"].([]any); ok && (len(v) == 1 || v["Count"] != nil || v["@odata.context"] != nil) {
			var out []record
			for _, item := range list {
				found, err := objects(item)
				if err != nil {
					return nil, err
				}
				out = append(out, found...)
			}
			return out, nil
		}
		var r record
		names := make([]string, 0, len(v))
		named := false
		for name := range v {
			names = append(names, name)
			named = named || propertyOf(name).identifies() || propertyOf(name) == messageProperty
		}
		if !named {
			return nil, errors.New("holds an object without a name")
		}
		slices.Sort(names)
		for _, name := range names {
			r.add(name, scalar(v[name]))
		}
		return []record{r}, nil
	}
	return nil, fmt.Errorf("holds %T where an object should be", value)
}

// scalar is the text of a value; of an object that ConvertTo-Json took apart, its name.
func scalar(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
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
