package smtpfailure

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// failure is one thing that went wrong: a statement and those that it carries.
type failure struct {
	reader     *reader
	unit       unit
	statements []statement
	text       string // lower case: what belongs to it alone
	original   string // the same as it was written
	rule       *rule
	said       *statement // that decided
	sure       bool       // structure, not words in a person's sentence
	firewall   *firewallEvent

	class     Class
	suspicion Suspicion
	direction Direction
	advice    string
	target    Target
	read      bool // target is
	signs     []bool
	client    netip.Addr // Exchange Online's address, where a text names it as the client
}

// failures reads a unit.
func (u unit) failures(r *reader) []*failure {
	if event, ok := readFirewallLine(u.low); ok {
		return []*failure{{reader: r, unit: u, text: u.low, original: u.text, firewall: &event, class: FirewallLog}}
	}
	said := evidence(statements(u.low))
	if len(said) == 0 {
		return []*failure{u.bareWords(r)}
	}
	for i, s := range said {
		said[i].original = u.text[s.from:s.end]
	}
	var out []*failure
	from := 0
	for i := 0; i < len(said); {
		next := i + 1
		for next < len(said) && said[next].inner {
			next++
		}
		to := len(u.low)
		if next < len(said) {
			to = border(u.low, said[next-1].to, said[next].from)
		}
		// What stands far from a statement does not belong to it.
		start, end := max(from, said[i].from-farthest), min(to, said[next-1].to+farthest)
		f := &failure{reader: r, unit: u, statements: said[i:next], text: u.low[start:end], original: u.text[start:end]}
		f.classify()
		f.sure = f.said != nil && f.said.certain(f.isLocated())
		out = append(out, f)
		i, from = next, to
	}
	return out
}

// isLocated reports whether a failure names a server.
func (f *failure) isLocated() bool {
	return f.unit.setting.reporter != "" || !f.endpoint().IsZero() || len(addresses(f.text)) > 0
}

// farthest bounds what belongs to a failure, and what is read of a text without any statement, in bytes.
const farthest = 8 << 10

// evidence drops statements that are none beside better ones: numbers in a person's sentence, and the status field
// of a delivery report.
func evidence(all []statement) []statement {
	for _, worse := range []func(statement) bool{
		func(s statement) bool {
			return !s.quoted && !s.inner && len(s.sockets) == 0 && (s.basic == 0 || s.code.class == 0)
		},
		func(s statement) bool { return s.field },
	} {
		if slices.ContainsFunc(all, func(s statement) bool { return !worse(s) }) {
			all = slices.DeleteFunc(all, worse)
		}
	}
	return all
}

// exchangeWords make a text without codes one of Exchange.
var exchangeWords = []string{"[message=", "winsock", "socketerror"}

// mailWords make words about a socket those of a mail connection.
var mailWords = []string{"connect", "smtp", "socket", "mail", "host", ":25", "port25"}

// bareWords judges a text without codes: what a socket's or a server's words say, at best maybe.
func (u unit) bareWords(r *reader) *failure {
	low, text := u.low[:min(len(u.low), farthest)], u.text[:min(len(u.low), farthest)]
	s := statement{end: len(low), text: low, original: text, words: squeeze(low), bare: !u.setting.signs[saysOwnServer]}
	f := &failure{reader: r, unit: u, text: low, original: text, statements: []statement{s}}
	f.classify()
	if f.rule.socket && !contains(s.words, mailWords...) {
		f.rule, f.class, f.said = nothingHeld, Unknown, nil // a database's or a name server's time ran out, too
	}
	if isHello(low) && f.class == Unknown {
		f.rule = helloRule(low)
		f.class = f.rule.class
	}
	f.sure = contains(s.words, exchangeWords...)
	return f
}

var entryStarts = sync.OnceValue(func() *lexicon {
	return newLexicon("server at |remote server |led=|final-recipient|diagnostic-code| said:|{lrt")
})

// border returns where one failure ends and the next begins, between two codes.
func border(low string, from, to int) int {
	gap := low[from:to]
	if at := entryStarts().first(gap); at >= 0 {
		return from + at
	}
	if at := strings.LastIndexByte(gap, '\n'); at >= 0 {
		return from + at
	}
	return to
}

// classify takes the innermost statement that says something; a wrapper and the end of the retries say least.
func (f *failure) classify() {
	f.rule, f.class = nothingHeld, Unknown
	weight := map[Class]int{Unknown: 0, Expired: 1, ConnectionFailed: 2}
	for i := len(f.statements) - 1; i >= 0; i-- {
		s := &f.statements[i]
		r := decide(s)
		heavy, light := weight[r.class]
		if !light {
			f.rule, f.class, f.said = r, r.class, s
			return
		}
		if heavy > weight[f.class] {
			f.rule, f.class, f.said = r, r.class, s
		}
	}
}

// helloRule judges an EHLO response without any error: Exchange offers STARTTLS and 8BITMIME unless a device takes
// them out.
func helloRule(low string) *rule {
	switch {
	case strings.Contains(low, "starttls"):
		return nothingHeld
	case strings.Contains(low, "8bitmime"):
		return &rule{id: "ehlo-without-starttls", class: TLS, advice: "tls"}
	}
	return &rule{id: "ehlo-stripped", class: SMTPInspection, advice: "inspection"}
}

func isHello(low string) bool {
	return strings.Contains(low, "pipelining") && (strings.Contains(low, "hello [") || strings.Contains(low, "hello <") ||
		strings.Contains(low, "hello ("))
}

// farthestEarlier is how many failures back one looks for its twin: a bounce has few.
const farthestEarlier = 32

// joins merges a failure into an earlier one of the same delivery that says the same, or says nothing.
func (f *failure) joins(earlier []*failure) bool {
	for _, e := range slices.Backward(earlier[max(0, len(earlier)-farthestEarlier):]) {
		if f.unit.recipient && e.unit.recipient && f.unit.low != e.unit.low {
			continue
		}
		switch {
		case e.class == Expired && f.class != Expired && f.class != Unknown && f.class != FirewallLog:
			*e = *f
			return true
		case f.class == e.class && (f.class == Unknown || f.class != FirewallLog && f.sameTarget(e)),
			f.class == Expired && e.class != Unknown && e.class != FirewallLog:
			if len(f.text) > 0 && len(e.text)+len(f.text) < 4096 { // an NDR names the target in one place only
				e.text += "\n" + f.text
				e.original += "\n" + f.original
				if !e.target.Address.IsValid() {
					e.target = f.endpoint()
				}
				e.statements = append(slices.Clone(e.statements), f.statements...)
			}
			return true
		}
	}
	return false
}

// endpoint is the target that labels name.
func (f *failure) endpoint() Target {
	if !f.read {
		f.target, f.read = readTarget(f.text), true
	}
	return f.target
}

// sameTarget reports whether two failures can be about one connection.
func (f *failure) sameTarget(e *failure) bool {
	a, b := f.endpoint(), e.endpoint()
	return !a.Address.IsValid() || !b.Address.IsValid() || a.Address == b.Address
}

var suspicionRank = map[Suspicion]int{SuspectNo: 1, SuspectMaybe: 2, SuspectYes: 3}

// worseThan orders failures: the more suspicious, then the one that says more.
func (f *failure) worseThan(other *failure) bool {
	if c := cmp.Compare(suspicionRank[f.suspicion], suspicionRank[other.suspicion]); c != 0 {
		return c > 0
	}
	says := func(f *failure) bool { return f.class != Unknown && f.class != Expired && f.class != ConnectionFailed }
	return says(f) && !says(other)
}

// judge settles direction, suspicion and advice.
func (f *failure) judge() {
	if f.firewall != nil {
		f.judgeFirewall()
		return
	}
	f.findParties()
	f.advice = f.rule.advice
	switch {
	case f.direction == WithinOrg && slices.Contains(connecting, f.class):
		f.class, f.advice = Internal, "internal"
	case f.class == ClientAuth && f.direction != ClientSubmission:
		f.class, f.advice = Policy, "restriction"
	}
	f.suspicion = f.suspect()
	if f.unit.capped {
		f.suspicion = SuspectMaybe
	}
}

// connecting are the classes of a connection that was not made or did not last.
var connecting = []Class{FirewallRefused, FirewallTimeout, ConnectionFailed, ConnectionReset}

// suspect follows from class and direction: the EOP list holds the sources of connections that Exchange Online
// opens, so it can only matter where Exchange Online is the client.
func (f *failure) suspect() Suspicion {
	switch f.class {
	case FirewallRefused, FirewallTimeout:
		switch {
		case isMailOperator(f.target.Host):
			return SuspectNo
		case f.direction == EOPToOnPrem && f.sure:
			return SuspectYes
		case f.direction == EOPToOnPrem, f.direction == DirectionUnknown:
			return SuspectMaybe
		}
	case Unknown:
		return SuspectMaybe
	case ConnectionFailed, ConnectionReset, Expired:
		if isMailOperator(f.target.Host) {
			return SuspectNo
		}
		if f.direction == EOPToOnPrem || f.direction == DirectionUnknown {
			return SuspectMaybe
		}
	case Policy, Reputation, Throttling, Attribution:
		if f.direction == EOPToOnPrem && (f.rule.byAddress || f.putsOffOnline()) || f.mayPutOffOnline() {
			f.advice = "list one layer up"
			return SuspectMaybe
		}
	}
	return SuspectNo
}

// mayPutOffOnline reports whether a server put off, distrusted or shut out a client for its address, and the text does
// not tell which client.
func (f *failure) mayPutOffOnline() bool {
	if f.direction != DirectionUnknown || !f.rule.byAddress || isMailOperator(f.target.Host) {
		return false
	}
	switch f.class {
	case Attribution:
		return false
	case Policy: // in words that mean much else where no server is named
		if f.target.IsZero() {
			return false
		}
	}
	return !slices.ContainsFunc(addresses(f.text), func(a located) bool {
		return a.address != f.target.Address && !f.isOnline(a.address)
	})
}

// putsOffOnline reports whether a server slowed down, distrusted or shut out a client that is Exchange Online, whose
// address it names: all of that goes by address.
func (f *failure) putsOffOnline() bool {
	return f.isOnline(f.client) && (f.class == Throttling || f.class == Reputation || f.advice == "restriction")
}

// diagnosis is what the reader gets.
func (f *failure) diagnosis() Diagnosis {
	words := adviceFor(f.advice, f.direction)
	d := Diagnosis{
		Class: f.class, AllowlistSuspect: f.suspicion, Direction: f.direction, Target: f.target,
		Explanation: words.explanation, Remediation: slices.Clone(words.steps), Rule: f.ruleID(), Reference: words.reference,
		Codes: f.codes(), Evidence: f.evidence(),
	}
	if f.client.IsValid() {
		d.Source = Source{Address: f.client, Listings: f.reader.History(f.client), RelayPool: relayPool.Contains(f.client)}
	}
	d.Explanation += notes(d)
	return d
}

func (f *failure) ruleID() string {
	if f.rule == nil {
		return "firewall-" + strings.ReplaceAll(f.advice, " ", "-")
	}
	return f.rule.id
}

// named are the names that Exchange puts inside a response, and what it quotes in a wrapper; nameStarts begin them.
var (
	named = pastedtext.NewPattern(`^(?i:(?:SMTPSEND|SMTPIN|QUEUE|RESOLVER|ROUTING|STOREDRV)\.[A-Z.]+[A-Z]|` +
		`(?:ATTR|PRX)\d{1,2}\b|[ (](S3\d{3})\b|AS\(\d+\)|\(AS\d+\)|[\[{<]Message ?= ?([^\]\[}>]{1,160}))`)
	nameStarts = sync.OnceValue(func() *lexicon {
		return newLexicon("smtpsend.|smtpin.|queue.|resolver.|routing.|storedrv.|attr|prx| s3|(s3|as(|(as|" +
			"[message|{message|<message")
	})
)

// maxListed bounds every list of codes, whatever the input's size.
const maxListed = 64

func (f *failure) codes() Codes {
	var c Codes
	add := func(list *[]string, what string) {
		if what != "" && len(*list) < maxListed && !slices.Contains(*list, what) {
			*list = append(*list, what)
		}
	}
	for _, s := range f.statements {
		if s.basic != 0 {
			add(&c.Basic, strconv.Itoa(s.basic))
		}
		if s.code.class != 0 {
			add(&c.Enhanced, s.code.String())
		}
		for _, n := range s.sockets {
			add(&c.Winsock, strconv.Itoa(n))
		}
	}
	if f.firewall == nil {
		for at, e := range nameStarts().in(f.text) {
			if len(c.Inner) == maxListed {
				break
			}
			if at > 0 && isAlnum(e.phrase[0]) && isAlnum(f.text[at-1]) {
				continue
			}
			if m := named().FindStringSubmatch(f.original[at:]); m != nil {
				add(&c.Inner, quote(cmp.Or(m[1], m[2], m[0])))
			}
		}
	}
	return c
}

const (
	maxEvidence   = 8
	longestQuoted = 160
)

// evidence quotes the statements from the outermost to the one that decided.
func (f *failure) evidence() []string {
	if f.firewall != nil {
		return []string{quote(f.original)}
	}
	var out []string
	for _, s := range f.statements {
		if q := quote(s.original); q != "" && f.class != Unknown && len(out) < maxEvidence && !slices.Contains(out, q) {
			out = append(out, q)
		}
	}
	return out
}

// quote returns a part of a text as a reader would recognize it: blanks single, at most longestQuoted bytes.
func quote(s string) string {
	s = strings.Join(strings.Fields(s[:min(len(s), 4*longestQuoted)]), " ")
	if len(s) > longestQuoted {
		s = s[:longestQuoted]
	}
	return strings.TrimRight(strings.ToValidUTF8(s, ""), " '\"([{<;,-")
}

// notes relates the addresses in a text to what the reader can check.
func notes(d Diagnosis) string {
	t := d.Target
	switch {
	case d.Source.RelayPool:
		return fmt.Sprintf(" The client %s is in 40.95.0.0/16, the relay pool for forwarded mail that Exchange Online "+
			"does not vouch for; the published list does not hold it.", d.Source.Address)
	case d.Class == FirewallLog && len(d.Source.Listings) > 0:
		return " " + listed(d.Source)
	case !t.Address.IsValid() || d.Class == FirewallLog:
		return ""
	case isPrivate(t.Address):
		return fmt.Sprintf(" The target %s is a private address, so it lies inside the organization: no firewall rule for "+
			"Exchange Online applies to it. If Exchange Online reported it, the connector's smart host must be the public "+
			"address instead.", t.Address)
	case d.Direction == EOPToOnPrem:
		return fmt.Sprintf(" The target %s is the host Exchange Online tried to reach: compare it with your own public "+
			"address. It need not be in the EOP list, because the list holds the sources.", t.Address)
	case d.Direction == OnPremToEOP && slices.Contains(connecting, d.Class):
		return fmt.Sprintf(" The target %s belongs to Exchange Online, so your server was the client.", t.Address)
	}
	return ""
}

// listed says which clouds list an address.
func listed(s Source) string {
	var parts []string
	for _, l := range s.Listings {
		part := fmt.Sprintf("%s since version %s", l.Cloud, l.Since)
		if l.Until != "" {
			part += fmt.Sprintf(" until version %s, which no longer had it", l.Until)
		}
		parts = append(parts, part)
	}
	return fmt.Sprintf("Lists with %s: %s.", s.Address, strings.Join(parts, "; "))
}
