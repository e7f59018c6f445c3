package outlookclient

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Report is what the logs show.
type Report struct {
	AsOf time.Time // the day of the decisions on support
	// Clients are the versions: Outlook for Windows with the newest first, then others.
	Clients []Client
	// ByUser is nil unless [Options.IncludeUsers] is set.
	ByUser []User
	// UpdateRequired tells whether a version cannot connect to Exchange Online. It is
	// nil without any client, and where an unknown build of Outlook for Windows is left.
	UpdateRequired *bool
	// BlockedVersions are ranges for Set-CASMailbox -MAPIBlockOutlookVersions that
	// match the versions of Clients that cannot connect; empty where there are none.
	BlockedVersions string
	Skipped         []Skipped
	Unreadable      []Unreadable
	Summary         Summary
}

// Client is a version of a client.
type Client struct {
	Release
	Modes []string // cached, online; empty where no log tells
	// Sessions that began in the logs; nil where only HTTP logs show the version.
	Sessions *int64
	// Requests are the lines that count, and Refused those that the server refused.
	Requests, Refused   int64
	DistinctUsers       int64
	FirstSeen, LastSeen time.Time
}

// User is a user and all versions that he was seen with, the last seen first.
type User struct {
	Name          string // mail address where a log has it
	CannotConnect bool   // with one of the versions
	Versions      []UserVersion
}

// UserVersion is a version of one user.
type UserVersion struct {
	Release
	Requests            int64
	FirstSeen, LastSeen time.Time
}

// Skipped says how many lines do not count and why.
type Skipped struct {
	Reason, Detail string
	Lines          int64
}

// Unreadable says which lines could not be read: those of a file with one reason.
type Unreadable struct {
	File  string
	Line  int // the first, from 1; 0 for the whole file
	Lines int64
	Why   string
}

// Summary has the totals.
type Summary struct {
	Files, Lines, Bytes                                   int64
	Counted, Skipped, Unreadable                          int64 // lines
	DistinctUsers                                         int64
	UsersAreMinimum                                       bool // there are more than could be counted
	UsersCannotConnect, UsersUnsupported, UsersNotEWSFree int64
	// UpdatePercent is the share of users with a version that cannot connect, rounded
	// up; nil without users.
	UpdatePercent       *int64
	FirstSeen, LastSeen time.Time // zero where nothing counts
}

// skip is why a line does not count.
type skip int

const (
	skipHealthMailbox skip = iota
	skipProbe
	skipWinRM
	skipFirstLeg
	skipOther
	skipNoVersion
	skipNoClient
	skipOutside
	skipUnfinished
	skipCount
)

var skipTexts = [skipCount]struct{ reason, detail string }{
	skipHealthMailbox: {"health_mailbox", "The user is a health mailbox, with which Exchange monitors itself."},
	skipProbe:         {"probe", "The client is a probe of Exchange's monitoring."},
	skipWinRM:         {"winrm", "The client is remote PowerShell (WinRM)."},
	skipFirstLeg: {
		"first_leg", "HTTP status 401 without a user: the first leg of an authentication, which the client repeats.",
	},
	skipOther:      {"other_client", "The client is not Outlook."},
	skipNoVersion:  {"no_version", "The client does not tell its version, as Outlook Anywhere with the agent MSRPC."},
	skipNoClient:   {"no_client", "The line names no client."},
	skipOutside:    {"outside_window", "The time is before since or after until."},
	skipUnfinished: {"unfinished", "The last line of a log is cut off: it was being written."},
}

var skipOf = map[clientKind]skip{
	clientOther: skipOther, clientProbe: skipProbe, clientWinRM: skipWinRM,
	clientNoVersion: skipNoVersion, clientNone: skipNoClient,
}

// Report is what the logs show that were read so far.
func (c *Collector) Report() Report {
	sorted := slices.SortedFunc(slices.Values(c.order), func(a, b *seen) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), b.build.compare(a.build))
	})
	out := Report{AsOf: c.options.AsOf, Unreadable: slices.Clone(c.unreadable)}
	perVersion, perUser := c.distinct()
	for _, s := range sorted {
		out.Clients = append(out.Clients, s.report(perVersion[s.id]))
	}
	out.UpdateRequired = updateRequired(sorted)
	out.BlockedVersions = blockedVersions(sorted)
	for i, n := range c.skipped {
		if n > 0 {
			out.Skipped = append(out.Skipped, Skipped{skipTexts[i].reason, skipTexts[i].detail, n})
		}
	}
	if c.people != nil {
		out.ByUser = c.byUser()
	}
	out.Summary = c.summary(perUser)
	return out
}

func (s *seen) report(users int64) Client {
	out := Client{
		Release: s.release, Requests: s.requests, Refused: s.refused, DistinctUsers: users,
		FirstSeen: timeOf(s.first), LastSeen: timeOf(s.last),
	}
	if s.cached {
		out.Modes = append(out.Modes, "cached")
	}
	if s.online {
		out.Modes = append(out.Modes, "online")
	}
	if s.hasSessions {
		out.Sessions = &s.sessions
	}
	return out
}

// toDo is what the versions of a user ask for.
type toDo struct{ cannotConnect, unsupported, notEWSFree bool }

// distinct counts the users of each version, and tells of each user what to do.
func (c *Collector) distinct() (perVersion []int64, perUser map[uint64]toDo) {
	perVersion = make([]int64, len(c.order))
	perUser = make(map[uint64]toDo, len(c.users))
	for _, as := range c.users {
		perUser[as] = toDo{}
	}
	joined := make(map[pair]struct{}, len(c.pairs))
	for p := range c.pairs {
		p.user = c.users[p.user]
		if _, twice := joined[p]; twice {
			continue
		}
		joined[p] = struct{}{}
		perVersion[p.version]++
		release, do := c.order[p.version].release, perUser[p.user]
		perUser[p.user] = toDo{
			cannotConnect: do.cannotConnect || release.CanConnect.Is(false),
			unsupported:   do.unsupported || release.Supported.Is(false),
			notEWSFree:    do.notEWSFree || release.EWSFree.Is(false),
		}
	}
	return perVersion, perUser
}

// updateRequired leaves out Mac and mobile clients, for which no minimum is known.
func updateRequired(all []*seen) *bool {
	if len(all) == 0 {
		return nil
	}
	required, open := false, false
	for _, s := range all {
		required = required || s.release.CanConnect.Is(false)
		open = open || s.kind == clientOutlook && s.release.CanConnect.Holds == nil
	}
	if open && !required {
		return nil
	}
	return &required
}

// byUser joins the names under which logs of several kinds know one mail address.
func (c *Collector) byUser() []User {
	joined := map[string]*person{}
	for _, p := range c.people {
		name := cmp.Or(p.mail, p.name)
		key := strings.ToLower(name)
		into := joined[key]
		if into == nil {
			into = &person{name: name, versions: map[int]personVersion{}}
			joined[key] = into
		}
		into.name = min(into.name, name)
		for id, v := range p.versions {
			into.versions[id] = into.versions[id].join(v)
		}
	}
	out := make([]User, 0, len(joined))
	for _, key := range slices.Sorted(maps.Keys(joined)) {
		out = append(out, c.user(joined[key]))
	}
	return out
}

func (c *Collector) user(p *person) User {
	out := User{Name: p.name}
	for _, id := range slices.SortedFunc(maps.Keys(p.versions), func(a, b int) int {
		return cmp.Or(cmp.Compare(p.versions[b].last, p.versions[a].last), c.order[b].build.compare(c.order[a].build))
	}) {
		v := p.versions[id]
		release := c.order[id].release
		out.CannotConnect = out.CannotConnect || release.CanConnect.Is(false)
		out.Versions = append(out.Versions, UserVersion{release, v.requests, timeOf(v.first), timeOf(v.last)})
	}
	return out
}

func (c *Collector) summary(perUser map[uint64]toDo) Summary {
	out := Summary{
		Files: int64(c.total.Files), Lines: c.total.Lines, Bytes: c.total.Bytes,
		Counted: c.counted, Unreadable: c.unreadableLines,
		DistinctUsers: int64(len(perUser)), UsersAreMinimum: c.incomplete,
	}
	for _, n := range c.skipped {
		out.Skipped += n
	}
	for _, do := range perUser {
		out.UsersCannotConnect += one(do.cannotConnect)
		out.UsersUnsupported += one(do.unsupported)
		out.UsersNotEWSFree += one(do.notEWSFree)
	}
	if n := int64(len(perUser)); n > 0 {
		percent := (100*out.UsersCannotConnect + n - 1) / n
		out.UpdatePercent = &percent
	}
	if c.counted > 0 {
		out.FirstSeen, out.LastSeen = timeOf(c.first), timeOf(c.last)
	}
	return out
}

func one(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}
