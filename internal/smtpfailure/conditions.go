package smtpfailure

import (
	"fmt"
	"strconv"
	"strings"
)

// condition is what a row of a table asks of the facts. match returns the parts of the text that
// made it hold.
type condition interface {
	match(*facts) ([]span, bool)
	phrases() []string
}

// says holds when the text has one of the phrases, whatever its case, blanks and quotes.
func says(phrases ...string) condition { return phraseCondition(phrases) }

type phraseCondition []string

func (c phraseCondition) phrases() []string { return c }

func (c phraseCondition) match(f *facts) ([]span, bool) {
	for _, p := range c {
		id := f.scanner.ids[squeeze(p)]
		if end := f.phrases[id]; end > 0 {
			return []span{f.scanner.span(f.folded, id, end)}, true
		}
	}
	return nil, false
}

// enhanced holds when the text has one of the status codes. "x.4.316" stands for class 4 and 5,
// "4.7.500-699" for a range of details, "5.7.*" for every detail.
func enhanced(patterns ...string) condition {
	c := make(statusCondition, len(patterns))
	for i, p := range patterns {
		c[i] = parseStatusPattern(p)
	}
	return c
}

type statusPattern struct{ class, subject, from, to int } // class 0: any

type statusCondition []statusPattern

func (statusCondition) phrases() []string { return nil }

func (c statusCondition) match(f *facts) ([]span, bool) {
	for _, e := range f.numbers.enhanced.items {
		for _, p := range c {
			if p.covers(e.what) {
				return []span{e.at}, true
			}
		}
	}
	return nil, false
}

func (p statusPattern) covers(s status) bool {
	return (p.class == 0 || p.class == s.class) && p.subject == s.subject && p.from <= s.detail && s.detail <= p.to
}

func parseStatusPattern(p string) statusPattern {
	parts := strings.Split(p, ".")
	if len(parts) != 3 {
		panic(fmt.Sprintf("smtpfailure: status pattern %q", p))
	}
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			panic(fmt.Sprintf("smtpfailure: status pattern %q", p))
		}
		return n
	}
	var out statusPattern
	if parts[0] != "x" {
		out.class = number(parts[0])
	}
	out.subject = number(parts[1])
	if parts[2] == "*" {
		out.to = 999
		return out
	}
	from, to, isRange := strings.Cut(parts[2], "-")
	out.from, out.to = number(from), number(from)
	if isRange {
		out.to = number(to)
	}
	return out
}

// replied holds when the text has a reply code with a status code right behind it, "421 4.4.1".
func replied(pairs ...string) condition {
	var c replyCondition
	for _, p := range pairs {
		basic, rest, _ := strings.Cut(p, " ")
		n, err := strconv.Atoi(basic)
		if err != nil {
			panic(fmt.Sprintf("smtpfailure: reply %q", p))
		}
		s := parseStatusPattern(rest)
		c = append(c, reply{n, status{s.class, s.subject, s.from}})
	}
	return c
}

type replyCondition []reply

func (replyCondition) phrases() []string { return nil }

func (c replyCondition) match(f *facts) ([]span, bool) {
	for _, r := range c {
		if at, ok := f.numbers.replies.at(r); ok {
			return []span{at}, true
		}
	}
	return nil, false
}

// basic holds when the text has one of the SMTP reply codes.
func basic(codes ...int) condition {
	return numberCondition{codes, func(f *facts) *listing[int] { return &f.numbers.basic }}
}

// winsock holds when the text has one of the socket errors.
func winsock(codes ...int) condition {
	return numberCondition{codes, func(f *facts) *listing[int] { return &f.numbers.winsock }}
}

type numberCondition struct {
	codes []int
	list  func(*facts) *listing[int]
}

func (numberCondition) phrases() []string { return nil }

func (c numberCondition) match(f *facts) ([]span, bool) {
	for _, n := range c.codes {
		if at, ok := c.list(f).at(n); ok {
			return []span{at}, true
		}
	}
	return nil, false
}

// marked holds when the text has a marker of one of the kinds.
func marked(kinds ...markerKind) condition { return markerCondition(kinds) }

type markerCondition []markerKind

func (markerCondition) phrases() []string { return nil }

func (c markerCondition) match(f *facts) ([]span, bool) {
	for _, k := range c {
		if at, ok := f.kinds[k]; ok {
			return []span{at}, true
		}
	}
	return nil, false
}

// where holds when a test of the endpoints does. It leaves no evidence of its own: the target is
// part of the diagnosis.
func where(test func(*facts) bool) condition { return factCondition(test) }

type factCondition func(*facts) bool

func (factCondition) phrases() []string               { return nil }
func (c factCondition) match(f *facts) ([]span, bool) { return nil, c(f) }

// all holds when every condition does.
func all(conditions ...condition) condition { return allCondition(conditions) }

type allCondition []condition

func (c allCondition) phrases() []string { return phrasesOf(c) }

func (c allCondition) match(f *facts) ([]span, bool) {
	var spans []span
	for _, part := range c {
		s, ok := part.match(f)
		if !ok {
			return nil, false
		}
		spans = append(spans, s...)
	}
	return spans, true
}

// either holds when one condition does; all that hold give evidence.
func either(conditions ...condition) condition { return eitherCondition(conditions) }

type eitherCondition []condition

func (c eitherCondition) phrases() []string { return phrasesOf(c) }

func (c eitherCondition) match(f *facts) ([]span, bool) {
	var spans []span
	holds := false
	for _, part := range c {
		if s, ok := part.match(f); ok {
			holds = true
			spans = append(spans, s...)
		}
	}
	return spans, holds
}

// not holds when the condition does not.
func not(c condition) condition { return notCondition{c} }

type notCondition struct{ condition }

func (c notCondition) match(f *facts) ([]span, bool) {
	_, holds := c.condition.match(f)
	return nil, !holds
}

func phrasesOf(conditions []condition) []string {
	var out []string
	for _, c := range conditions {
		out = append(out, c.phrases()...)
	}
	return out
}
