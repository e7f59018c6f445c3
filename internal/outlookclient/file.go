package outlookclient

import "bytes"

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
	whole := n
	if r.open || !ended { // the last field may be a part of what it should be
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

// present is the field, empty where the log has a sign for nothing.
func present(field []byte) []byte {
	field = bytes.TrimSpace(field)
	switch string(field) {
	case "-", "<null>", "Anonymous":
		return nil
	}
	return field
}

func (f *file) count(s *seen, at int64, user, mail []byte) {
	f.counted++
	s.requests++
	s.first, s.last = min(s.first, at), max(s.last, at)
	f.first, f.last = min(f.first, at), max(f.last, at)
	refused := f.refused()
	if refused {
		s.refused++
	}
	if !f.header.http {
		s.hasSessions = true
		if !refused && bytes.EqualFold(f.fields[roleStart], []byte("connect")) {
			s.sessions++
		}
	}
	switch mode := present(f.fields[roleMode]); { // [MS-OXCRPC], AUX_PERF_CLIENTINFO: 1 is classic, 2 is cached
	case bytes.EqualFold(mode, []byte("cached")), string(mode) == "2":
		s.cached = true
	case bytes.EqualFold(mode, []byte("classic")), bytes.EqualFold(mode, []byte("online")), string(mode) == "1":
		s.online = true
	}
	if bytes.IndexByte(mail, '@') < 0 {
		mail = nil
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
