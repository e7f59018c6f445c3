package smtpfailure

import "strings"

// lexicon finds phrases in a text, in one pass for all of them. Phrases of one meaning form a group.
type lexicon [1 << 12][]entry // by a hash of the phrase's first bytes

type entry struct {
	phrase string
	group  int
}

const hashed = 3 // no phrase is shorter

func hash(s string) int { return (int(s[0])<<8 ^ int(s[1])<<4 ^ int(s[2])) & (1<<12 - 1) }

// newLexicon returns the lexicon of groups whose phrases are separated by bars.
func newLexicon(groups ...string) *lexicon {
	l := &lexicon{}
	for group, phrases := range groups {
		for phrase := range strings.SplitSeq(phrases, "|") {
			if phrase != "" {
				l[hash(phrase)] = append(l[hash(phrase)], entry{phrase, group})
			}
		}
	}
	return l
}

// each calls found for every phrase in a text, in the order of the text.
func (l *lexicon) each(text string, found func(at int, e entry)) {
	for i := range len(text) - hashed + 1 {
		for _, e := range l[hash(text[i:i+hashed])] {
			if strings.HasPrefix(text[i:], e.phrase) {
				found(i, e)
			}
		}
	}
}

// first returns where the first phrase in a text begins, -1 where there is none.
func (l *lexicon) first(text string) int {
	first := -1
	l.each(text, func(at int, _ entry) {
		if first < 0 {
			first = at
		}
	})
	return first
}

// groupsIn returns which of n groups a text has a phrase of.
func (l *lexicon) groupsIn(text string, n int) []bool {
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
