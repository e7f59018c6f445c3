package outlookclient

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
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
	users      map[uint64]uint64 // by hash: the hash of the mail address, or the same
	pairs      map[pair]struct{}
	agents     map[string]agent
	maxUsers   int
	incomplete bool
	people     map[uint64]*person

	counted, unreadableLines int64
	first, last              int64
	skipped                  [skipCount]int64
	unreadable               []Unreadable
	unreadableAt             map[string]int // index in unreadable by reason, of the current file
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
	cached, online, hasSessions bool
	sessions, requests, refused int64
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
		seen: map[seenKey]*seen{}, users: map[uint64]uint64{}, pairs: map[pair]struct{}{}, maxUsers: MaxUsers,
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
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !errors.Is(err, io.EOF) {
		c.Unreadable(name, f.number+1, whyBroken(err))
	}
	return nil
}

// whyBroken says why a file could not be read to its end. The error is of the file,
// not of its content.
func whyBroken(err error) string {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "The compressed file ends too early."
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return "The compressed file is damaged."
	}
	return fmt.Sprintf("The file could not be read to its end: %v.", err)
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
	c.seen[key] = s
	c.order = append(c.order, s)
	return s
}

// countUser counts a user by the name in the log. Logs of other kinds can have
// another name for him, so that [Collector.distinct] joins those with one address.
func (c *Collector) countUser(s *seen, at int64, user, mail []byte) {
	id := hash(user)
	as, known := c.users[id]
	if !known && len(c.users) == c.maxUsers {
		c.incomplete = true
		return
	}
	if !known {
		as = id
	}
	if as == id && len(mail) > 0 {
		as = hash(mail)
	}
	c.users[id] = as
	key := pair{id, s.id}
	if _, ok := c.pairs[key]; !ok {
		if len(c.pairs) == pairsPerUser*c.maxUsers {
			c.incomplete = true
			return
		}
		c.pairs[key] = struct{}{}
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
