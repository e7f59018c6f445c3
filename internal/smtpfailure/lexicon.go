package smtpfailure

import "strings"

// lexicon finds phrases in a text, in one pass for all of them. Phrases of one meaning form a group.
type lexicon map[string][]entry // by the first keyed bytes of the phrase

type entry struct {
	phrase string
	group  int
}

const keyed = 3 // no phrase is shorter

func (l lexicon) add(group int, phrases []string) {
	for _, p := range phrases {
		l[p[:keyed]] = append(l[p[:keyed]], entry{p, group})
	}
}

// each calls found for every phrase in a text, in the order of the text.
func (l lexicon) each(text string, found func(at int, e entry)) {
	for i := range len(text) - keyed + 1 {
		for _, e := range l[text[i:i+keyed]] {
			if strings.HasPrefix(text[i:], e.phrase) {
				found(i, e)
			}
		}
	}
}

// groupsIn returns which of n groups a text has a phrase of.
func (l lexicon) groupsIn(text string, n int) []bool {
	out := make([]bool, n)
	l.each(text, func(_ int, e entry) { out[e.group] = true })
	return out
}

// contains reports whether a text has one of a few phrases.
func contains(text string, phrases ...string) bool {
	for _, p := range phrases {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}
