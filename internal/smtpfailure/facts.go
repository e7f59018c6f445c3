package smtpfailure

import (
	"bytes"
	"net/netip"
	"slices"
	"strconv"
	"sync"
)

// facts is everything the rules may look at.
type facts struct {
	folded  []byte
	scanner *phraseScanner
	phrases []int // per phrase: offset after its first occurrence, 0 for none
	numbers *codeReader
	inner   []found[string]
	kinds   map[markerKind]span

	endpoints []endpoint
	target    Target
	inList    func(netip.Addr) bool
}

// markerKind is a family of names that Exchange puts inside a response.
type markerKind string

const (
	attrMarker  markerKind = "ATTR"      // tenant attribution, "ATTR36"
	proxyMarker markerKind = "PRX"       // front end proxy, "PRX5"
	blockMarker markerKind = "S3"        // consumer service reputation, "S3140"
	asMarker    markerKind = "AS"        // antispam rule, "AS(201806281)", "(AS16012607)"
	nameMarker  markerKind = "component" // "SMTPSEND.SuspiciousRemoteServerError", "QUEUE.Expired"
	wrapped     markerKind = "message"   // what stands in "[Message=...]"
)

// markers are the phrases a marker begins with.
var markers = []struct {
	phrase string
	kind   markerKind
	read   func(t []byte, from, end int) (span, bool)
}{
	{"ATTR", attrMarker, lettersThenDigits(2)},
	{"PRX", proxyMarker, lettersThenDigits(2)},
	{"S31", blockMarker, lettersThenDigits(2)},
	{"AS(", asMarker, lettersThenDigits(12)},
	{"(AS", asMarker, lettersThenDigits(12)},
	{"SMTPSEND.", nameMarker, dottedName},
	{"SMTPIN.", nameMarker, dottedName},
	{"QUEUE.", nameMarker, dottedName},
	{"RESOLVER.", nameMarker, dottedName},
	{"ROUTING.", nameMarker, dottedName},
	{"STOREDRV.", nameMarker, dottedName},
	{"[Message=", wrapped, messageBody},
	{"{Message=", wrapped, messageBody},
}

// lettersThenDigits reads a marker of a fixed word and up to most digits.
func lettersThenDigits(most int) func(t []byte, from, end int) (span, bool) {
	return func(t []byte, from, end int) (span, bool) {
		if from > 0 && isAlnum(t[from-1]) && t[from] != '(' {
			return span{}, false
		}
		to, n := end, 0
		for to < len(t) && n < most && (isDigit(t[to]) || t[to] == '\n' && to+1 < len(t) && isDigit(t[to+1])) {
			if t[to] != '\n' {
				n++
			}
			to++
		}
		if n == 0 || to < len(t) && isDigit(t[to]) {
			return span{}, false
		}
		if to < len(t) && t[to] == ')' && bytes.IndexByte(t[from:to], '(') >= 0 {
			to++
		}
		return span{from, to}, true
	}
}

func dottedName(t []byte, from, end int) (span, bool) {
	if from > 0 && isAlnum(t[from-1]) {
		return span{}, false
	}
	to := end
	for to < len(t) && to-end < 80 && (isAlnum(t[to]) || t[to] == '.' || t[to] == '\n') {
		to++
	}
	for to > end && (t[to-1] == '.' || t[to-1] == '\n') {
		to--
	}
	return span{from, to}, to > end
}

func messageBody(t []byte, _, end int) (span, bool) {
	to := end
	for to < len(t) && to-end < 160 && t[to] != ']' && t[to] != '[' && t[to] != '}' {
		to++
	}
	return span{end, to}, to > end
}

// vocabulary is every phrase the package knows, compiled once.
type vocabulary struct {
	scanner *phraseScanner
	labels  map[int]int // phrase to index in endpointLabels
	markers map[int]int // phrase to index in markers
}

var words = sync.OnceValue(func() vocabulary {
	var all []string
	for _, r := range rules {
		all = append(all, r.when.phrases()...)
	}
	for _, h := range directionHints {
		all = append(all, h.when.phrases()...)
	}
	for _, l := range endpointLabels {
		all = append(all, l.label)
	}
	for _, m := range markers {
		all = append(all, m.phrase)
	}
	v := vocabulary{newPhraseScanner(all), make(map[int]int), make(map[int]int)}
	for i, l := range endpointLabels {
		v.labels[v.scanner.ids[squeeze(l.label)]] = i
	}
	for i, m := range markers {
		v.markers[v.scanner.ids[squeeze(m.phrase)]] = i
	}
	return v
})

func read(folded []byte, inList func(netip.Addr) bool) *facts {
	v := words()
	f := &facts{
		folded:  folded,
		scanner: v.scanner,
		phrases: make([]int, len(v.scanner.phrases)),
		numbers: readCodes(folded),
		kinds:   make(map[markerKind]span),
		inList:  inList,
	}
	v.scanner.scan(folded, func(id, end int) {
		if f.phrases[id] == 0 {
			f.phrases[id] = end
		}
		if i, ok := v.labels[id]; ok {
			f.addEndpoint(i, end)
		}
		if i, ok := v.markers[id]; ok {
			f.addMarker(i, v.scanner.span(folded, id, end))
		}
	})
	f.focus(nil)
	return f
}

// maxEndpoints bounds how many endpoints are remembered of a long log.
const maxEndpoints = 4096

func (f *facts) addEndpoint(label, end int) {
	if len(f.endpoints) == maxEndpoints {
		return
	}
	if e, ok := endpointLabels[label].read(f.folded, end); ok {
		e.rank, e.at = endpointLabels[label].rank, end
		f.endpoints = append(f.endpoints, e)
	}
}

func (f *facts) addMarker(i int, at span) {
	kind := markers[i].kind
	if _, known := f.kinds[kind]; known && len(f.inner) >= maxListed {
		return
	}
	s, ok := markers[i].read(f.folded, at.from, at.to)
	if !ok {
		return
	}
	if _, known := f.kinds[kind]; !known {
		f.kinds[kind] = s
	}
	text := quote(f.folded, s)
	if !slices.ContainsFunc(f.inner, func(m found[string]) bool { return m.what == text }) {
		f.inner = append(f.inner, found[string]{text, s})
	}
}

// focus settles the target: of the endpoints with the surest label, the one nearest to what
// decided, completed with the nearest host name.
func (f *facts) focus(matched []span) {
	at := 0
	if len(matched) > 0 {
		at = matched[0].from
	}
	nearest := func(fits func(endpoint) bool) (endpoint, bool) {
		var best endpoint
		ok := false
		for _, e := range f.endpoints {
			if e.client || !fits(e) {
				continue
			}
			if !ok || e.rank < best.rank || e.rank == best.rank && distance(e.at, at) < distance(best.at, at) {
				best, ok = e, true
			}
		}
		return best, ok
	}
	f.target = Target{}
	// A masked address under a surer label outweighs a readable one: in a queue record that is the
	// front end that relayed, not the host it could not reach.
	if e, ok := nearest(func(e endpoint) bool { return e.address.IsValid() || e.masked }); ok && !e.masked {
		f.target = Target{Address: e.address, Port: e.port, Host: e.host}
		if e.port == 0 {
			same := func(o endpoint) bool { return o.address == e.address && o.port != 0 }
			if o, ok := nearest(same); ok {
				f.target.Port = o.port
			}
		}
	}
	if f.target.Host == "" {
		if e, ok := nearest(func(e endpoint) bool { return e.host != "" }); ok {
			f.target.Host = e.host
		}
	}
}

func distance(a, b int) int {
	if a < b {
		return b - a
	}
	return a - b
}

// listed reports whether an address is known to be inside the EOP list.
func (f *facts) listed(a netip.Addr) bool { return a.IsValid() && f.inList != nil && f.inList(a) }

func (f *facts) codes() Codes {
	var c Codes
	for _, b := range head(f.numbers.basic.items) {
		c.Basic = append(c.Basic, strconv.Itoa(b.what))
	}
	for _, e := range head(f.numbers.enhanced.items) {
		c.Enhanced = append(c.Enhanced, e.what.String())
	}
	for _, w := range head(f.numbers.winsock.items) {
		c.Winsock = append(c.Winsock, strconv.Itoa(w.what))
	}
	inner := slices.Clone(f.inner)
	slices.SortStableFunc(inner, func(a, b found[string]) int { return a.at.from - b.at.from })
	for _, m := range head(inner) {
		c.Inner = append(c.Inner, m.what)
	}
	return c
}

func head[T any](list []T) []T { return list[:min(len(list), maxListed)] }

// maxEvidence is how many parts of the text a diagnosis quotes.
const maxEvidence = 8

// evidence quotes what decided, in the order of the text, preceded by the first status code, which
// readers look for first.
func (f *facts) evidence(matched []span) []string {
	spans := slices.Clone(matched)
	if r := f.numbers.replies.items; len(r) > 0 {
		spans = append(spans, r[0].at)
	} else if e := f.numbers.enhanced.items; len(e) > 0 {
		spans = append(spans, e[0].at)
	}
	slices.SortFunc(spans, func(a, b span) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	var quotes []string
	covered := 0
	for _, s := range spans {
		if s.to <= covered || len(quotes) == maxEvidence {
			continue
		}
		covered = s.to
		if q := quote(f.folded, s); q != "" && !slices.Contains(quotes, q) {
			quotes = append(quotes, q)
		}
	}
	return quotes
}
