package outlookclient

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math"
	"time"
)

// Limits that keep the memory bounded whatever the logs hold.
const (
	// MaxUsers is the number of distinct users up to which counts are exact.
	MaxUsers = 1_000_000
	// pairsPerUser bounds the versions of all users together.
	pairsPerUser = 2
	// maxVersions bounds the distinct versions; a garbled log could make up millions.
	maxVersions = 10_000
	// MaxUnreadable is the number of entries in [Report.Unreadable].
	MaxUnreadable = 100
	// maxName bounds a user's name and an agent that is remembered.
	maxName = 1024
	// maxAgents bounds the agents that are remembered.
	maxAgents = 4096
)

// Options are what a [Collector] needs to know.
type Options struct {
	// Since and Until bound the time of the lines that count: Since is included,
	// Until is not. Zero does not bound.
	Since, Until time.Time
	// AsOf is the day for decisions on support; zero is [CheckedOn].
	AsOf time.Time
	// IncludeUsers keeps the names of users for [Report.ByUser].
	IncludeUsers bool
	// Progress is called after every 64 MiB, if it is set.
	Progress func(Progress)
}

// Progress is how far a [Collector] has come.
type Progress struct {
	File  string // the one being read
	Files int    // that have been read
	Bytes int64  // read, compressed where the file is
	Lines int64
}

const progressEvery = 64 << 20

// Collector reads logs and keeps what the report needs.
type Collector struct {
	options      Options
	since, until int64
	buffer       *bufio.Reader
	total        Progress
	nextProgress int64

	seen       map[seenKey]*seen
	order      []*seen
	users      map[uint64]userFlags
	pairs      map[pair]struct{}
	agents     map[string]agent
	maxUsers   int
	incomplete bool
	people     map[uint64]*person

	counted, unreadableLines int64
	first, last              int64
	skipped                  [skipCount]int64
	unreadable               []Unreadable
	unreadableAt             map[string]int // index in unreadable by reason, for the current file
}

// seenKey is a version of a client.
type seenKey struct {
	kind  clientKind
	build Build
}

// seen is what the logs show of a version.
type seen struct {
	seenKey
	id                          int
	release                     Release
	flags                       userFlags
	cached, online, hasSessions bool
	sessions, requests, refused int64
	users                       int64
	first, last                 int64
}

// agent is what [classifyAgent] says.
type agent struct {
	kind    clientKind
	version []byte
}

type pair struct {
	user    uint64
	version int
}

// userFlags say what versions a user has.
type userFlags uint8

const (
	flagCannotConnect userFlags = 1 << iota
	flagUnsupported
	flagNeedsEWS
)

// person is a user of whom the name is kept.
type person struct {
	name, mail string
	versions   map[int]personVersion
}

type personVersion struct {
	requests    int64
	first, last int64
}

// NewCollector makes a collector without any logs read.
func NewCollector(o Options) *Collector {
	if o.AsOf.IsZero() {
		o.AsOf = CheckedOn()
	}
	c := &Collector{
		options: o, since: math.MinInt64, until: math.MaxInt64,
		buffer: bufio.NewReaderSize(nil, maxLine), nextProgress: progressEvery,
		seen: map[seenKey]*seen{}, users: map[uint64]userFlags{}, pairs: map[pair]struct{}{}, maxUsers: MaxUsers,
		agents: map[string]agent{},
		first:  math.MaxInt64, last: math.MinInt64,
	}
	if !o.Since.IsZero() {
		c.since = o.Since.UnixMilli()
	}
	if !o.Until.IsZero() {
		c.until = o.Until.UnixMilli()
	}
	if o.IncludeUsers {
		c.people = map[uint64]*person{}
	}
	return c
}

// Read reads one log: plain or gzip, in UTF-8 or UTF-16. What cannot be read is
// noted under the name and does not fail: the only error is that of the context.
func (c *Collector) Read(ctx context.Context, name string, in io.Reader) error {
	c.unreadableAt = map[string]int{}
	defer func() { c.total.Files++ }()
	f := file{Collector: c, name: name}
	log, err := newLines(&watched{ctx, in, func(n int) { c.progress(name, n) }}, c.buffer)
	for err == nil {
		var l line
		if l, err = log.next(); err == nil {
			c.total.Lines++
			f.number = log.number
			f.line(l)
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.EOF):
	case errors.Is(err, io.ErrUnexpectedEOF):
		c.Unreadable(name, f.number+1, "The compressed file ends too early.")
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		c.Unreadable(name, f.number+1, "The compressed file is damaged.")
	default:
		c.Unreadable(name, f.number+1, "The file could not be read on.")
	}
	return nil
}

// Unreadable notes that a file, or a line of it, could not be read. Line 0 is
// the whole file. The reason must not hold a part of the log.
func (c *Collector) Unreadable(name string, line int, why string) {
	c.unreadableLines++
	if i, ok := c.unreadableAt[why]; ok && c.unreadable[i].File == name {
		c.unreadable[i].Lines++
		return
	}
	if len(c.unreadable) == MaxUnreadable {
		return
	}
	if c.unreadableAt == nil {
		c.unreadableAt = map[string]int{}
	}
	c.unreadableAt[why] = len(c.unreadable)
	c.unreadable = append(c.unreadable, Unreadable{File: name, Line: line, Lines: 1, Why: why})
}

func (c *Collector) progress(name string, bytes int) {
	c.total.Bytes += int64(bytes)
	c.total.File = name
	if c.total.Bytes >= c.nextProgress {
		c.nextProgress = c.total.Bytes + progressEvery
		if c.options.Progress != nil {
			c.options.Progress(c.total)
		}
	}
}

const (
	noHeader    = "No #Fields line before it names the columns."
	wrongFormat = "The #Fields line is not that of a log which names its clients: " +
		"RPC Client Access, MapiHttp, HttpProxy, Ews, Autodiscover or IIS with cs(User-Agent)."
	lineTooLong  = "The line is longer than 1 MiB."
	tooFew       = "The line has fewer columns than #Fields names."
	tooMany      = "The line has more columns than #Fields names."
	badTime      = "The time cannot be read."
	badVersion   = "The version of Outlook cannot be read."
	manyVersions = "There are more than 10,000 different versions; this one is not counted."
)

// file is the state within one log.
type file struct {
	*Collector
	name      string
	number    int // of the current line
	header    *header
	unknown   bool // the last header is of no format
	openQuote bool // the last line ended within a quoted field
	fields    [roleCount][]byte
}

func (f *file) bad(why string) { f.Unreadable(f.name, f.number, why) }

func (f *file) line(l line) {
	text := l.text
	switch {
	case l.tooLong:
		f.bad(lineTooLong)
		return
	case len(bytes.TrimSpace(text)) == 0:
		return
	case text[0] == '#':
		f.openQuote = false
		if len(text) > len("#fields:") && foldPrefix(text, "#fields:") && l.ended {
			f.setHeader(text[len("#fields:"):])
		}
		return
	case isPlainHeader(text):
		// HttpProxy logs begin with the bare names of the columns; so do logs that
		// lost their # lines.
		if h := parseHeader(text); h != nil {
			f.header, f.unknown = h, false
		}
		return
	case f.openQuote && !startsWithDate(text):
		return // goes on with a field that has a line end in it
	}
	f.openQuote = false
	switch {
	case f.unknown:
		f.bad(wrongFormat)
	case f.header == nil:
		f.bad(noHeader)
	default:
		f.entry(text, l.ended)
	}
}

func (f *file) setHeader(names []byte) {
	f.header = parseHeader(names)
	f.unknown = f.header == nil
}

func isPlainHeader(text []byte) bool {
	return foldPrefix(text, "datetime,") || foldPrefix(text, "date-time,")
}

func startsWithDate(text []byte) bool {
	return len(text) > 10 && digits(text[:4]) >= 0 && text[4] == '-' && digits(text[5:7]) >= 0 && text[7] == '-'
}

// entry counts a line of the log.
func (f *file) entry(text []byte, ended bool) {
	if why := f.split(text, ended); why != "" {
		if why == tooFew && !ended {
			f.skipped[skipUnfinished]++
			return
		}
		f.bad(why)
		return
	}
	at, ok := f.time()
	switch {
	case !ok:
		f.bad(badTime)
	case at < f.since || at >= f.until:
		f.skipped[skipOutside]++
	default:
		f.judge(at)
	}
}

// split finds the fields that the format wants; the reason if it cannot.
func (f *file) split(text []byte, ended bool) string {
	f.fields = [roleCount][]byte{}
	r := row{rest: text, separator: f.header.separator}
	n := 0
	for {
		field, ok := r.next()
		if !ok {
			break
		}
		if n < f.header.columns && f.header.roles[n] != roleCount {
			f.fields[f.header.roles[n]] = field
		}
		n++
	}
	f.openQuote = r.open
	// The last field of a line that is cut off may be a part of it.
	whole := n
	if r.open || !ended && n < f.header.columns {
		whole--
		if whole < f.header.columns && f.header.roles[whole] == roleMail {
			f.fields[roleMail] = nil
		}
	}
	switch {
	case n > f.header.columns: // one that is not quoted has shifted the others
		return tooMany
	case whole <= f.header.needed:
		return tooFew
	}
	return ""
}

func (f *file) time() (int64, bool) {
	if f.header.separator == ',' {
		date, clock, ok := bytes.Cut(f.fields[roleTime], []byte{'T'})
		if !ok {
			date, clock, _ = bytes.Cut(f.fields[roleTime], []byte{' '})
		}
		return moment(date, clock)
	}
	// Exchange Online puts "server,counter," in front.
	date := f.fields[roleDate]
	return moment(date[bytes.LastIndexByte(date, ',')+1:], f.fields[roleTime])
}

// judge decides whether an entry counts, and counts it.
func (f *file) judge(at int64) {
	user, mail := present(f.fields[roleUser]), present(f.fields[roleMail])
	if foldContains(user, "healthmailbox") || foldContains(mail, "healthmailbox") {
		f.skipped[skipHealthMailbox]++
		return
	}
	kind, version := f.client()
	if reason, skip := skipOf[kind]; skip {
		f.skipped[reason]++
		return
	}
	if f.header.http && len(user) == 0 && string(f.fields[roleStatus]) == "401" {
		f.skipped[skipFirstLeg]++
		return
	}
	var build Build
	if kind != clientMobile {
		var ok bool
		if len(version) == 0 {
			f.skipped[skipNoVersion]++
			return
		}
		if build, ok = parseBuild(version); !ok {
			f.bad(badVersion)
			return
		}
	}
	s := f.version(seenKey{kind, build})
	if s == nil {
		f.bad(manyVersions)
		return
	}
	f.count(s, at, user, mail)
}

func (f *file) client() (clientKind, []byte) {
	if f.fields[roleSoftware] != nil {
		return classifySoftware(present(f.fields[roleSoftware])), present(f.fields[roleVersion])
	}
	return f.agent(present(f.fields[roleAgent]))
}

// agent remembers what an agent says, because few agents make most of the lines.
func (c *Collector) agent(text []byte) (clientKind, []byte) {
	if known, ok := c.agents[string(text)]; ok {
		return known.kind, known.version
	}
	kind, version := classifyAgent(bytes.ReplaceAll(text, []byte{'+'}, []byte{' '})) // IIS writes + for a blank
	if len(c.agents) < maxAgents && len(text) <= maxName {
		c.agents[string(text)] = agent{kind, version}
	}
	return kind, version
}

// present is the field, empty where the log has a sign for nothing.
func present(field []byte) []byte {
	field = bytes.TrimSpace(field)
	switch string(field) {
	case "-", "<null>", "Anonymous":
		return nil
	}
	return field
}

// version finds or makes the entry of a version; nil when there are too many.
func (c *Collector) version(key seenKey) *seen {
	if s, ok := c.seen[key]; ok {
		return s
	}
	if len(c.order) == maxVersions {
		return nil
	}
	s := &seen{seenKey: key, id: len(c.order), first: math.MaxInt64, last: math.MinInt64}
	switch key.kind {
	case clientMobile:
		s.release = judgeMobile()
	case clientMac:
		s.release = judgeMac(key.build)
	default:
		s.release = Judge(key.build, c.options.AsOf)
	}
	if s.release.CanConnect.Is(false) {
		s.flags |= flagCannotConnect
	}
	if s.release.Supported.Is(false) {
		s.flags |= flagUnsupported
	}
	if s.release.EWSFree.Is(false) {
		s.flags |= flagNeedsEWS
	}
	c.seen[key] = s
	c.order = append(c.order, s)
	return s
}

func (f *file) count(s *seen, at int64, user, mail []byte) {
	f.counted++
	s.requests++
	s.first, s.last = min(s.first, at), max(s.last, at)
	f.first, f.last = min(f.first, at), max(f.last, at)
	if !f.header.http {
		s.hasSessions = true
		if bytes.EqualFold(f.fields[roleStart], []byte("connect")) {
			s.sessions++
		}
	}
	if f.refused() {
		s.refused++
	}
	switch mode := present(f.fields[roleMode]); { // [MS-OXCRPC] 2.2.2.2.4: 1 is classic, 2 is cached
	case bytes.EqualFold(mode, []byte("cached")), string(mode) == "2":
		s.cached = true
	case bytes.EqualFold(mode, []byte("classic")), bytes.EqualFold(mode, []byte("online")), string(mode) == "1":
		s.online = true
	}
	if len(user) == 0 {
		user = mail
	}
	if len(user) > 0 {
		f.countUser(s, at, user, mail)
	}
}

// refused tells from the status whether the server did not do what was asked.
func (f *file) refused() bool {
	status := present(f.fields[roleStatus])
	if f.header.http {
		return len(status) == 3 && status[0] >= '4' && status[0] <= '5'
	}
	code := numbers(status) // "0", "1010 (rpc::LoginPerm)"
	return len(code) > 0 && digits(code) != 0
}

func (c *Collector) countUser(s *seen, at int64, user, mail []byte) {
	id := hash(user)
	flags, known := c.users[id]
	if !known && len(c.users) == c.maxUsers {
		c.incomplete = true
		return
	}
	if !known || flags|s.flags != flags {
		c.users[id] = flags | s.flags
	}
	key := pair{id, s.id}
	if _, ok := c.pairs[key]; !ok {
		if len(c.pairs) == pairsPerUser*c.maxUsers {
			c.incomplete = true
			return
		}
		c.pairs[key] = struct{}{}
		s.users++
	}
	if c.people != nil {
		c.countPerson(id, s, at, user, mail)
	}
}

func (c *Collector) countPerson(id uint64, s *seen, at int64, user, mail []byte) {
	p := c.people[id]
	if p == nil {
		p = &person{name: string(user[:min(len(user), maxName)]), versions: map[int]personVersion{}}
		c.people[id] = p
	}
	if p.mail == "" && len(mail) > 0 && len(mail) <= maxName {
		p.mail = string(mail)
	}
	p.versions[s.id] = p.versions[s.id].join(personVersion{1, at, at})
}

// join adds what was seen elsewhere of the same version.
func (v personVersion) join(other personVersion) personVersion {
	if v.requests == 0 {
		return other
	}
	return personVersion{v.requests + other.requests, min(v.first, other.first), max(v.last, other.last)}
}

// hash is FNV-1a without regard to the case of ASCII letters.
func hash(name []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range name {
		h = (h ^ uint64(lower(c))) * 1099511628211
	}
	return h
}
