package smtpfailure

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// unit is a part of a text that speaks of one delivery: a row of an export, a JSON object, a log line or session, a
// recipient of a bounce, or all of a text that has no structure.
type unit struct {
	text      string // folded
	low       string // the same with ASCII letters in lower case: offsets agree
	delivery  int    // units of one message share it
	recipient bool   // one of several recipients of that message
	logged    bool   // a line of a log
	capped    bool   // what is in here stood in a subject: no evidence
	setting   setting
}

// units cuts a text. There is none in a text without a visible character.
func units(text string) []unit {
	var out []unit
	add := func(u unit) {
		if strings.TrimSpace(u.text) != "" {
			u.low = lower(u.text)
			u.setting = settingOf(u.low)
			out = append(out, u)
		}
	}
	delivery := 0
	for _, part := range unpack(text) {
		for _, record := range records(plainLines(pastedtext.Fold(part))) {
			group := deliveries(record)
			for _, text := range group {
				add(unit{
					text: unwrap(dropContext(text)), delivery: delivery, recipient: len(group) > 1, logged: isLogLine(text),
				})
			}
			delivery++
		}
	}
	if len(out) == 0 {
		add(unit{text: pastedtext.Fold(text), capped: true})
	}
	return out
}

// lower makes ASCII letters small and leaves every offset where it is.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// unpack opens what a text is wrapped in: mail messages, JSON, or Base64 alone.
func unpack(text string) []string {
	if parts := messages(text); len(parts) > 0 {
		return parts
	}
	if parts := jsonParts(text); len(parts) > 0 {
		return parts
	}
	if decoded, ok := fromBase64(text); ok {
		return []string{decoded}
	}
	return []string{text}
}

var (
	contentHeader = pastedtext.NewPattern(`(?im)^Content-(?:Type|Transfer-Encoding):`)
	headerLine    = pastedtext.NewPattern(`^[A-Za-z][A-Za-z0-9-]*:`)
	mailboxLine   = pastedtext.NewPattern(`(?m)^From \S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) `)
)

// messages returns what is readable in each of the mail messages in a text, and what stands between them.
func messages(text string) []string {
	if !contains(text, "ontent-T", "ontent-t", "CONTENT-T") || !contentHeader().MatchString(text) {
		return nil
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var out []string
	from := 0
	for _, next := range append(mailboxLine().FindAllStringIndex(text, -1), []int{len(text)}) {
		out = append(out, messagesOf(text[from:next[0]])...)
		from = next[0]
	}
	return out
}

// messagesOf reads messages that no line of a mailbox file separates.
func messagesOf(text string) []string {
	var out []string
	for {
		at := contentHeader().FindStringIndex(text)
		if at == nil {
			return append(out, text)
		}
		start := strings.LastIndex(text[:at[0]], "\n\n") + 1
		parts, end := messageParts(text[start:])
		if len(parts) == 0 { // no message, or an empty one
			return append(out, text[:start], text[start:])
		}
		out = append(out, text[:start], strings.Join(parts, "\n\n"))
		text = text[start+end:]
	}
}

// messageParts returns the readable parts of a mail message, or of a part of one that was copied out of its source,
// and where it ends.
func messageParts(text string) (parts []string, end int) {
	head := strings.TrimLeft(text, "\n")
	if first, _, _ := strings.Cut(head, "\n"); strings.HasPrefix(first, "--") {
		boundary := strings.TrimSpace(first[2:])
		walkParts(multipart.NewReader(strings.NewReader(head), boundary), &parts, 0, true)
		return parts, endOfParts(text, boundary)
	}
	for !headerLine().MatchString(head) { // "From " of a mailbox file, or a sentence before the message
		_, rest, more := strings.Cut(head, "\n")
		if !more {
			return nil, 0
		}
		head = rest
	}
	message, err := mail.ReadMessage(strings.NewReader(head))
	if err != nil {
		return nil, 0
	}
	walkPart(textproto.MIMEHeader(message.Header), message.Body, &parts, 0, false)
	_, params, _ := mime.ParseMediaType(message.Header.Get("Content-Type"))
	return parts, endOfParts(text, params["boundary"])
}

// endOfParts returns where the last part of a message ends.
func endOfParts(text, boundary string) int {
	last := "\n--" + boundary + "--"
	if at := strings.Index(text, last); boundary != "" && at >= 0 {
		return at + len(last)
	}
	return len(text)
}

const deepestPart = 8

func walkParts(r *multipart.Reader, out *[]string, depth int, report bool) {
	for {
		part, err := r.NextRawPart()
		if err != nil {
			return // the end, or a part cut off: what came before it counts
		}
		walkPart(part.Header, part, out, depth+1, report)
	}
}

func walkPart(header textproto.MIMEHeader, body io.Reader, out *[]string, depth int, report bool) {
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		kind = "text/plain"
	}
	if depth > deepestPart {
		return
	}
	switch strings.ToLower(strings.TrimSpace(header.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	if params["charset"] != "" {
		if decoded, err := charset.NewReaderLabel(params["charset"], body); err == nil {
			body = decoded
		}
	}
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		if params["boundary"] != "" {
			walkParts(multipart.NewReader(body, params["boundary"]), out, depth, kind == "multipart/report")
		}
	case kind == "message/rfc822" && !report: // a bounce sent on as an attachment; in a bounce it is the lost message
		if message, err := mail.ReadMessage(body); err == nil {
			walkPart(textproto.MIMEHeader(message.Header), message.Body, out, depth+1, false)
		}
	case kind == "message/rfc822", kind == "text/rfc822-headers":
	case strings.HasPrefix(kind, "text/"), strings.HasPrefix(kind, "message/"):
		data, _ := io.ReadAll(body) // a part cut off still tells what it has
		if len(bytes.TrimSpace(data)) > 0 {
			*out = append(*out, string(data))
		}
	}
}

// fromBase64 decodes a text that is nothing but Base64 of a text.
func fromBase64(text string) (string, bool) {
	packed := strings.Join(strings.Fields(text), "")
	if len(packed) < 40 || len(packed)%4 != 0 {
		return "", false
	}
	data, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return "", false
	}
	decoded, err := pastedtext.Decode(data)
	return decoded, err == nil
}

// jsonParts returns a text for every object of a JSON document (or of one object per line) and every string that
// stands in a list.
func jsonParts(text string) []string {
	trimmed := strings.TrimLeft(text, " \t\r\n\ufeff")
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return nil
	}
	var out []string
	decoder := json.NewDecoder(strings.NewReader(trimmed))
	decoder.UseNumber()
	for {
		var value any
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			if len(out) == 0 || trimmed[0] != '{' {
				return nil
			}
			return append(out, trimmed[decoder.InputOffset():]) // cut off
		}
		out = append(out, flatten(value, "")...)
	}
}

// flatten returns the records in a JSON value, that of the value itself first. The names of its fields begin with path.
func flatten(value any, path string) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case bool, json.Number:
		return []string{fmt.Sprint(v)}
	case []any:
		var out []string
		for _, element := range v {
			out = append(out, flatten(element, "")...)
		}
		return out
	case map[string]any:
		var own strings.Builder
		var others []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if isContext(key) {
				continue
			}
			found := flatten(v[key], path+key+".")
			switch v[key].(type) {
			case []any:
				if words := strings.Join(found, " "); len(words) < 32 {
					own.WriteString(path + key + ": " + words + "\n")
				} else {
					others = append(others, found...)
				}
			case map[string]any:
				own.WriteString(found[0])
				others = append(others, found[1:]...)
			case nil:
			default:
				own.WriteString(path + key + ": " + found[0] + "\n")
			}
		}
		return append([]string{own.String()}, others...)
	}
	return nil
}

// plainLines undoes what mail programs do to lines: quote marks, tags, quoted-printable.
func plainLines(text string) string {
	if strings.Contains(text, "=\n") || strings.Contains(text, "=3D") {
		text = strings.NewReplacer("=\n", "", "=3D", "=").Replace(text)
	}
	if strings.Contains(text, "</") || strings.Contains(text, "<br") || strings.Contains(text, "<BR") {
		text = withoutTags(text)
	}
	if strings.HasPrefix(text, ">") || strings.Contains(text, "\n>") {
		text = quoteMark().ReplaceAllString(text, "")
	}
	return text
}

var quoteMark = pastedtext.NewPattern(`(?m)^(?:>[ >]+)`)

// withoutTags takes HTML out. Other words in angle brackets stay: people retype braces as angle brackets.
func withoutTags(text string) string {
	var out strings.Builder
	hidden := false
	for z := html.NewTokenizer(strings.NewReader(text)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			out.Write(z.Raw())
			return out.String()
		}
		raw := z.Raw()
		if kind == html.TextToken {
			if !hidden {
				out.Write(raw)
			}
			continue
		}
		name, _ := z.TagName()
		switch a := atom.Lookup(name); a {
		case atom.Br, atom.P, atom.Div, atom.Tr, atom.Table, atom.Li, atom.H1, atom.H2, atom.H3, atom.Hr, atom.Pre:
			out.WriteByte('\n')
		case atom.Style, atom.Script, atom.Title:
			hidden = kind == html.StartTagToken
		case atom.Td, atom.Th:
			out.WriteByte('\t')
		case atom.Span, atom.B, atom.I, atom.U, atom.A, atom.Font, atom.Strong, atom.Em, atom.Tt, atom.Code, atom.Center,
			atom.Ul,
			atom.Tbody, atom.Meta, atom.Html, atom.Head, atom.Body, atom.Img, atom.Link:
		default:
			out.Write(raw)
		}
	}
}

// records cuts a text at the borders that exports and logs have.
func records(text string) []string {
	if rows := csvRows(text); len(rows) > 0 {
		return rows
	}
	var all []*strings.Builder
	sessions := map[string]*strings.Builder{} // of a protocol log, which mixes them
	firstKey, afterFirewall := "", false
	low := lower(text)
	for line := range strings.Lines(text) {
		lowLine := low[:len(line)]
		low = low[len(line):]
		if hasPrefix(line, "#Fields", "#Software") {
			continue
		}
		session := sessionOf(line)
		if b := sessions[session]; b != nil {
			b.WriteString(line)
			continue
		}
		key := formatListKey(line)
		again := key != "" && key == firstKey
		firstKey = cmp.Or(firstKey, key)
		_, firewall := readFirewallLine(lowLine)
		if len(all) == 0 || session != "" || firewall || afterFirewall || again || isLogLine(line) {
			all = append(all, &strings.Builder{})
		}
		current := all[len(all)-1]
		current.WriteString(line)
		if session != "" {
			sessions[session] = current
		}
		afterFirewall = firewall
	}
	out := make([]string, len(all))
	for i, b := range all {
		out[i] = b.String()
	}
	return out
}

var (
	listKey = pastedtext.NewPattern(`^([^\s'"(]{1,40}) *: `)
	logTime = pastedtext.NewPattern(
		`^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)`)
	sessionStart = pastedtext.NewPattern(`^\d{4}-[^,]{11,},([^,]*,(?:08[^,]{2,},[^,]{0,6}|[^,]{4,},\d{1,6})),`)
)

// formatListKey returns the name in a line of Format-List, "Identity  : MX1\44".
func formatListKey(line string) string {
	if strings.Contains(line[:min(len(line), 48)], " : ") {
		if m := listKey().FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}

// isLogLine reports whether a line begins with the time of a system log. The entries of a bounce begin with one, too.
func isLogLine(line string) bool {
	return len(line) > 19 && (line[0] == '<' || line[3] == ' ' || line[4] == '-') && logTime().MatchString(line) &&
		!strings.Contains(line, " returned ")
}

// sessionOf returns the connector and session of a line of an Exchange protocol log.
func sessionOf(line string) string {
	if len(line) < 16 || line[4] != '-' {
		return ""
	}
	m := sessionStart().FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	return m[1][:strings.LastIndexByte(m[1], ',')]
}

// csvRows returns the rows of a table with a line of column names, each as "name: value" lines.
func csvRows(text string) []string {
	body := strings.TrimLeft(text, "\n \t")
	header := ""
	for strings.HasPrefix(body, "#") {
		line, rest, _ := strings.Cut(body, "\n")
		if fields, ok := strings.CutPrefix(line, "#Fields:"); ok {
			header = strings.TrimSpace(fields)
		}
		body = rest
	}
	if header == "" {
		header, body, _ = strings.Cut(body, "\n")
	}
	if strings.ContainsAny(header, "'()[]{}<>=") || strings.Contains(header, ": ") {
		return nil
	}
	comma := ','
	for _, other := range ";\t|" {
		if strings.Count(header, string(other)) > strings.Count(header, string(comma)) {
			comma = other
		}
	}
	names, err := csvReader(header, comma).Read()
	if err != nil || slices.Contains(names, "session-id") || !areColumnNames(names) {
		return nil
	}
	dropped := make([]bool, len(names))
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		dropped[i] = isContext(names[i])
	}
	r := csvReader(body, comma)
	var out []string
	for {
		cells, err := r.Read()
		if err != nil {
			return out
		}
		var row strings.Builder
		for i, cell := range cells {
			switch {
			case cell == "":
			case i >= len(names):
				row.WriteString(cell + "\n")
			case !dropped[i]:
				row.WriteString(names[i] + ": " + cell + "\n")
			}
		}
		out = append(out, row.String())
	}
}

func csvReader(text string, comma rune) *csv.Reader {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, true, -1
	return r
}

// areColumnNames reports whether cells name the columns of an export of mail or firewall events.
func areColumnNames(cells []string) bool {
	known := false
	for _, cell := range cells {
		if len(cell) > 48 || isDigit(first(cell)) || len(strings.Fields(cell)) > 4 {
			return false
		}
		known = known || columnName().MatchString(cell)
	}
	return known &&
		(len(cells) > 2 || len(cells) == 2 && columnName().MatchString(cells[0]) && columnName().MatchString(cells[1]))
}

var columnName = pastedtext.NewPattern(
	`(?i)^\s*"?(?:.*subject|betreff|objet|asunto|oggetto|sender.*|recipient.*|.*status|details?|` +
		`event.*|last.?error|.*error|.*message.*|reason|date.*|time.*|received|action|identity|next.?hop.?domain|src.*|` +
		`source.*|.*server|.*response)"?\s*$`,
)
