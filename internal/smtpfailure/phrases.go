package smtpfailure

// phraseScanner finds many phrases in one pass (Aho-Corasick). It ignores case, blanks and quotes,
// so that a phrase is found however the text was wrapped or quoted.
type phraseScanner struct {
	phrases []string // squeezed
	ids     map[string]int
	class   [256]uint8 // byte to column; skipped for blanks and quotes; 0 for bytes no phrase has
	width   int
	next    []uint16   // state*width + column to state
	found   [][]uint16 // phrases that end in a state
	any     []bool     // whether found has entries: spares a slice header per byte
}

const skipped = 255

// squeeze spells a phrase the way the scanner sees text.
func squeeze(phrase string) string {
	out := make([]byte, 0, len(phrase))
	for i := range len(phrase) {
		if c := phrase[i]; !ignorable(c) {
			out = append(out, toLower(c))
		}
	}
	return string(out)
}

func ignorable(c byte) bool { return c == ' ' || c == '\n' || c == '"' || c == '\'' }

func newPhraseScanner(phrases []string) *phraseScanner {
	s := &phraseScanner{ids: make(map[string]int), width: 1}
	for _, p := range phrases {
		p = squeeze(p)
		if _, known := s.ids[p]; known {
			continue
		}
		s.ids[p] = len(s.phrases)
		s.phrases = append(s.phrases, p)
		for i := range len(p) {
			if s.class[p[i]] == 0 {
				s.class[p[i]] = uint8(s.width)
				s.width++
			}
		}
	}
	for c := byte('a'); c <= 'z'; c++ {
		s.class[c-'a'+'A'] = s.class[c]
	}
	for _, c := range []byte{' ', '\n', '"', '\''} {
		s.class[c] = skipped
	}
	s.build()
	return s
}

// build makes the trie of the phrases a complete automaton, breadth first.
func (s *phraseScanner) build() {
	addState := func() uint16 {
		s.next = append(s.next, make([]uint16, s.width)...)
		s.found = append(s.found, nil)
		return uint16(len(s.found) - 1)
	}
	addState()
	for id, p := range s.phrases {
		state := 0
		for i := range len(p) {
			at := state*s.width + int(s.class[p[i]])
			if s.next[at] == 0 {
				added := addState()
				s.next[at] = added
			}
			state = int(s.next[at])
		}
		s.found[state] = append(s.found[state], uint16(id))
	}
	fallback := make([]uint16, len(s.found))
	queue := make([]uint16, 0, len(s.found))
	for col := range s.width {
		if to := s.next[col]; to != 0 {
			queue = append(queue, to)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		back := fallback[state]
		s.found[state] = append(s.found[state], s.found[back]...)
		for col := range s.width {
			at, viaBack := int(state)*s.width+col, s.next[int(back)*s.width+col]
			if to := s.next[at]; to != 0 {
				fallback[to] = viaBack
				queue = append(queue, to)
			} else {
				s.next[at] = viaBack
			}
		}
	}
	s.any = make([]bool, len(s.found))
	for i, f := range s.found {
		s.any[i] = len(f) > 0
	}
}

// scan calls hit with the phrase and the offset after its last byte, for each occurrence.
func (s *phraseScanner) scan(folded []byte, hit func(id, end int)) {
	state := 0
	for i, c := range folded {
		col := s.class[c]
		if col == skipped {
			continue
		}
		state = int(s.next[state*s.width+int(col)])
		if s.any[state] {
			for _, id := range s.found[state] {
				hit(int(id), i+1)
			}
		}
	}
}

// span returns where an occurrence that ends before end lies in the folded text.
func (s *phraseScanner) span(folded []byte, id, end int) span {
	from := end
	for n := len(s.phrases[id]); n > 0; {
		from--
		if !ignorable(folded[from]) {
			n--
		}
	}
	return span{from, end}
}
