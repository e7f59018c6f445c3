package smtpfailure

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// rule is a row of rules.txt, where the fields are explained: a statement that it holds for is of its class.
type rule struct {
	id       string
	class    Class
	advice   string
	patterns []pattern
	mark     string
	sockets  []int
	needy    bool // it needs a phrase beside its codes or words

	late, socket, spoken, byAddress bool
}

//go:embed rules.txt
var rulesText string

// The groups of phrases that each rule has in the lexicon.
const (
	decides = iota
	needed
	forbidden
	phraseGroups
)

// table is the rules and their phrases, squeezed.
type table struct {
	rules   []rule
	phrases *lexicon
}

var ruleTable = sync.OnceValue(func() table {
	var t table
	var groups []string
	for line := range strings.Lines(rulesText) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if key == "" || key[0] == '#' {
			continue
		}
		if line[0] != ' ' {
			fields := strings.Split(value, ", ")
			r := rule{id: strings.TrimSuffix(key, ":"), class: Class(fields[0]), advice: fields[1]}
			for _, limit := range fields[2:] {
				*r.limit(limit) = true
			}
			t.rules = append(t.rules, r)
			groups = append(groups, make([]string, phraseGroups)...)
			continue
		}
		r, phrases := &t.rules[len(t.rules)-1], groups[len(groups)-phraseGroups:]
		switch key {
		case "codes":
			r.patterns = append(r.patterns, codes(value)...)
		case "marks":
			r.mark = value
		case "sockets":
			for field := range strings.FieldsSeq(value) {
				code, _ := strconv.Atoi(field)
				r.sockets = append(r.sockets, code)
			}
		case "says":
			phrases[decides] += "|" + squeeze(lower(value))
		case "needs":
			r.needy, phrases[needed] = true, squeeze(lower(value))
		case "unless":
			phrases[forbidden] = squeeze(lower(value))
		default:
			panic(fmt.Sprintf("smtpfailure: no field %q in the rule table", key))
		}
	}
	t.phrases = newLexicon(groups...)
	return t
})

func (r *rule) limit(name string) *bool {
	switch name {
	case "late":
		return &r.late
	case "socket":
		return &r.socket
	case "spoken":
		return &r.spoken
	case "by address":
		return &r.byAddress
	}
	panic(fmt.Sprintf("smtpfailure: no limit %q in the rule table", name))
}

// nothingHeld is the row of a text that no other row knows.
var nothingHeld = &rule{id: "unknown", class: Unknown, advice: "unknown"}

// pattern is a set of codes: "x.4.316", "5.7.500-699", "5.7.*", "530+5.7.1" with its reply code.
type pattern struct{ basic, class, subject, from, to int }

func (p pattern) covers(basic int, s status) bool {
	return (p.basic == 0 || p.basic == basic) && (p.class == 0 || p.class == s.class) && s.class != 0 &&
		p.subject == s.subject && p.from <= s.detail && s.detail <= p.to
}

var patternSyntax = pastedtext.NewPattern(`^(?:(\d{3})\+)?([45x])\.(\d)\.(?:\*|(\d+)(?:-(\d+))?)$`)

// codes reads patterns, separated by blanks.
func codes(list string) []pattern {
	var out []pattern
	for text := range strings.FieldsSeq(list) {
		m := patternSyntax().FindStringSubmatch(text)
		if m == nil {
			panic(fmt.Sprintf("smtpfailure: %q in a table of codes is none", text))
		}
		var n [6]int
		for i := 1; i < len(n); i++ {
			n[i], _ = strconv.Atoi(m[i]) // 0 for what is left out
		}
		p := pattern{basic: n[1], class: n[2], subject: n[3], from: n[4], to: max(n[4], n[5])}
		if m[4] == "" {
			p.to = 999
		}
		out = append(out, p)
	}
	return out
}

// decide returns the row that decides a statement.
func decide(s *statement) *rule {
	t := ruleTable()
	heard := t.phrases.groupsIn(s.words, phraseGroups*len(t.rules))
	fits := func(i int) bool {
		return (!t.rules[i].needy || heard[phraseGroups*i+needed]) && !heard[phraseGroups*i+forbidden]
	}
	covers := func(i int) bool {
		if t.rules[i].socket && len(s.sockets) > 0 {
			return false // the error itself tells more than the code that Exchange gives to it
		}
		return slices.ContainsFunc(t.rules[i].patterns, func(p pattern) bool { return p.covers(s.basic, s.code) })
	}
	for i := range t.rules {
		if !t.rules[i].late && !s.field && covers(i) && fits(i) {
			return &t.rules[i]
		}
	}
	spoken := s.spoken()
	for i := range t.rules {
		r := &t.rules[i]
		// A socket's words in a server's mouth mean something else, and a server's words in a wrapper nothing.
		foreign := r.socket && spoken || r.spoken && (s.bare || !spoken && s.code.subject == 4)
		if (!foreign && heard[phraseGroups*i+decides] || r.hasSocket(s) || r.mark != "" && hasMark(s.text, r.mark) ||
			r.late && !s.field && covers(i)) && fits(i) {
			return r
		}
	}
	for i := range t.rules { // The status field of a log or report only sums up what the words beside it say.
		if s.field && covers(i) && fits(i) {
			return &t.rules[i]
		}
	}
	// A reply that no row knows is a refusal all the same, if it is permanent.
	if s.answered && s.basic >= 500 && s.code == (status{}) {
		return &rule{id: "answered", class: Policy, advice: "restriction", byAddress: true}
	}
	return nothingHeld
}

func (r *rule) hasSocket(s *statement) bool {
	return slices.ContainsFunc(s.sockets, func(code int) bool { return slices.Contains(r.sockets, code) })
}

// hasMark reports whether a text has a marker such as ATTR36 or S3140: the mark and at most three digits.
func hasMark(text, mark string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], mark)
		if at < 0 {
			return false
		}
		at, from = from+at, from+at+len(mark)
		digits := len(text[from:]) - len(strings.TrimLeft(text[from:], "0123456789"))
		if (at == 0 || !isAlnum(text[at-1])) && 0 < digits && digits < 4 {
			return true
		}
	}
}
