package smtpfailure

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// firewallEvent is a log line of a firewall: ASA, IOS, FortiGate, Palo Alto, UFW, iptables, Windows Firewall, pf,
// MikroTik, Juniper, CEF, AWS VPC flow, Azure NSG flow and what else names two addresses and an action.
type firewallEvent struct {
	source, destination located
	sourcePort          int // 0 when the line has none
	port                int // of the destination
	denied              bool
	unclear             bool // the line does not tell what became of it
}

// The words of firewalls, as beginnings: "deny", "denied", "dropped".
var (
	denyWords  = []string{"den", "drop", "block", "reject", "discard", "prevent", "teardown", "refused"}
	allowWords = []string{"allow", "permit", "accept", "pass", "built"}

	sourceLabels = []string{"src", "source", "sip", "saddr", "client", "from"}
	targetLabel  = []string{"dst", "dest", "dip", "daddr", "to"}
	portLabels   = []string{
		"dpt", "dport", "dst_port", "dstport", "dest_port", "destport", "destination_port", "dst-port",
		"destination-port",
	}
	fromLabels   = []string{"spt", "sport", "src_port", "srcport", "source_port", "sourceport", "src-port", "source-port"}
	actionLabels = []string{
		"action=",
		"action:",
		`action":`,
		"act=",
		"disposition:",
		`disposition":`,
		"disposition=",
		"verdict=",
	}

	flowTuple = regexp.MustCompile(`^\W*\d{10,13},[0-9a-f.:]+,[0-9a-f.:]+,(\d+),(\d+),(?:[tu]|6|17),[io],([a-z])\b`)
	// An SMTP dialogue names addresses and refusals, too, but a firewall speaks no SMTP.
	smtpSpeech = []string{
		"rcpt", "ehlo", "helo", "mail from", "led=", "lastattempted", "winsock", " returned '", "said:",
		"postfix", "sendmail", "exim", "smtpd", "relay=", "diagnostic-code", "client host",
		"status=deferred", "status=bounced",
		"status=sent",
	}
)

// isFirewallLine reports whether a line is one that readFirewallLine reads.
func isFirewallLine(low string) bool {
	_, ok := readFirewallLine(low)
	return ok
}

// readFirewallLine reads a log line in lower case.
func readFirewallLine(low string) (e firewallEvent, ok bool) {
	if len(low) > 4096 || strings.Count(low, ".") < 6 && strings.Count(low, ":") < 8 {
		return e, false
	}
	if head := strings.TrimLeft(low, " \"'[-"); head != "" && isDigit(head[0]) {
		if tuple := flowTuple.FindStringSubmatch(low); tuple != nil {
			found := addresses(low)
			if len(found) != 2 {
				return e, false
			}
			e = firewallEvent{source: found[0], destination: found[1], denied: tuple[3] == "d"}
			e.sourcePort, e.port = portIn(tuple[1]), portIn(tuple[2])
			return e, tuple[3] == "d" || tuple[3] == "a"
		}
	}
	denied, allowed := hasWord(low, denyWords), hasWord(low, allowWords)
	// Netfilter logs with a prefix of the administrator's own.
	netfilter := strings.Contains(low, "src=") && strings.Contains(low, "dst=") && strings.Contains(low, "proto=")
	if netfilter && !denied && !allowed {
		denied = true
		e.unclear = !contains(low, denyWords[1:]...)
	}
	if !denied && !allowed || contains(low, smtpSpeech...) {
		return e, false
	}
	low = strings.ReplaceAll(low, "\n", " ")
	found := addresses(low)
	if len(found) < 2 || speaksSMTP(low) {
		return e, false
	}
	e.denied = denied
	if denied && allowed {
		for _, label := range actionLabels {
			if _, value, found := strings.Cut(low, label); found {
				e.denied = hasWord(value[:min(len(value), 16)], denyWords)
			}
		}
	}
	e.source, e.destination = found[0], found[1]
	for _, a := range found {
		switch isSource, isTarget := labelled(low[max(0, a.from-40):a.from]); {
		case isSource:
			e.source = a
		case isTarget:
			e.destination = a
		}
	}
	if e.source.address == e.destination.address && found[0].address != found[1].address {
		e.source, e.destination = found[0], found[1]
	}
	e.sourcePort, e.port = e.source.port, e.destination.port
	if port := fieldPort(low, portLabels); port > 0 {
		e.port = port
	}
	if port := fieldPort(low, fromLabels); port > 0 {
		e.sourcePort = port
	}
	if e.port == 0 || e.port < 33 && e.sourcePort == 0 && !strings.Contains(low[e.destination.to:], ":") {
		e.readPortPair(low[found[1].to:])
	}
	return e, true
}

// speaksSMTP reports whether a line has a status code or is one of an Exchange protocol log.
func speaksSMTP(low string) bool {
	return sessionOf(low) != "" || (strings.Contains(low, "4.") || strings.Contains(low, "5.")) &&
		slices.ContainsFunc(statements(low), func(s statement) bool { return s.code != status{} })
}

// hasWord reports whether a text has a word with one of the beginnings: "denied", but not "garden" or "smtp-deny-all".
func hasWord(low string, beginnings []string) bool {
	for _, word := range beginnings {
		for from := 0; ; {
			at := strings.Index(low[from:], word)
			if at < 0 {
				break
			}
			at += from
			from = at + len(word)
			end := from
			for end < len(low) && 'a' <= low[end] && low[end] <= 'z' {
				end++
			}
			if (at == 0 || !isAlnum(low[at-1]) && low[at-1] != '-' && low[at-1] != '_') && end-from < 5 &&
				(end == len(low) || !isDigit(low[end]) && low[end] != '-' && low[end] != '_') {
				return true
			}
		}
	}
	return false
}

// labelled reports what the one or two words before an address call it: "src outside:", "srcip=", "to".
func labelled(head string) (isSource, isTarget bool) {
	for range 2 {
		head = strings.TrimRight(head, " =\"':[(/\t")
		start := len(head)
		for start > 0 && (isAlnum(head[start-1]) || head[start-1] == '_' || head[start-1] == '-') {
			start--
		}
		word := head[start:]
		word = strings.TrimPrefix(word, "orig_")
		for _, label := range sourceLabels {
			if strings.HasPrefix(word, label) {
				return true, false
			}
		}
		for _, label := range targetLabel {
			if strings.HasPrefix(word, label) {
				return false, true
			}
		}
		if start == 0 || strings.IndexByte(" ", head[start-1]) < 0 {
			return false, false
		}
		head = head[:start]
	}
	return false, false
}

// fieldPort reads the number of the first field with one of the names.
func fieldPort(low string, labels []string) int {
	for _, label := range labels {
		for from := 0; ; {
			at := strings.Index(low[from:], label)
			if at < 0 {
				break
			}
			from += at + len(label)
			if at := from - len(label); at > 0 && isAlnum(low[at-1]) {
				continue
			}
			if port := portIn(strings.TrimLeft(low[from:min(len(low), from+12)], " \"'=:")); port > 0 {
				return port
			}
		}
	}
	return 0
}

// readPortPair reads the ports of a line that has them behind the addresses, without names: a number above 1023 beside
// another, or the service's name.
func (e *firewallEvent) readPortPair(rest string) {
	before := -1
	for _, word := range strings.FieldsFunc(rest, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' }) {
		n := portIn(word)
		if len(word) > 5 || n == 0 || strconv.Itoa(n) != word {
			before = -1
			continue
		}
		if before >= 1024 || before == 25 && n >= 1024 {
			e.sourcePort, e.port = before, n
			return
		}
		before = n
	}
	if e.port == 0 && strings.Contains(rest, "smtp") {
		e.port = 25
	}
}

// judgeFirewall says what a denied source means: one that the newest list holds lacks its rule.
func (f *failure) judgeFirewall() {
	e := f.firewall
	source, destination := e.source.address, e.destination.address
	f.direction, f.suspicion, f.advice = DirectionUnknown, SuspectNo, "firewall: nobody's"
	f.target = Target{Address: destination, Port: e.port}
	f.client = source
	switch {
	case f.reader.Lists(destination) && !f.isOnline(source):
		f.direction, f.advice = OnPremToEOP, "firewall: outbound"
	case f.isOnline(source) && e.sourcePort == 25 && e.port != 25:
		f.direction, f.advice = OnPremToEOP, "firewall: answer"
	case !e.denied && f.isOnline(source):
		f.direction, f.advice = EOPToOnPrem, "firewall: allowed"
	case f.isOnline(source) && e.port != 25 && e.port != 0:
		f.direction, f.advice = DirectionUnknown, "firewall: other port"
	case f.reader.Lists(source):
		f.direction, f.suspicion, f.advice = EOPToOnPrem, SuspectMaybe, "firewall: listed"
		if e.port == 25 && !e.unclear {
			f.suspicion = SuspectYes
		}
	case relayPool.Contains(source):
		f.direction, f.suspicion, f.advice = EOPToOnPrem, SuspectMaybe, "firewall: relay pool"
	case isPrivate(source) && isPrivate(destination):
		f.direction = WithinOrg
	case len(f.reader.History(source)) > 0:
		f.advice = "firewall: formerly listed"
	}
}
