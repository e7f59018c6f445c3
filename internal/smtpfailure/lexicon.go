package smtpfailure

import (
	"iter"
	"strings"
)

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

// in returns every phrase in a text and where it begins, in the order of the text.
func (l *lexicon) in(text string) iter.Seq2[int, entry] {
	return func(yield func(int, entry) bool) {
		for i := range len(text) - hashed + 1 {
			for _, e := range l[hash(text[i:i+hashed])] {
				if strings.HasPrefix(text[i:], e.phrase) && !yield(i, e) {
					return
				}
			}
		}
	}
}

// first returns where the first phrase in a text begins, -1 where there is none.
func (l *lexicon) first(text string) int {
	for at := range l.in(text) {
		return at
	}
	return -1
}

// groupsIn returns which of n groups a text has a phrase of.
func (l *lexicon) groupsIn(text string, n int) []bool {
	out := make([]bool, n)
	for _, e := range l.in(text) {
		out[e.group] = true
	}
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
