package smtpfailure

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
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

// The words of firewalls: groups of their lexicon. Deny and allow words are beginnings: "deny", "denied".
const (
	firewallDenies = iota
	firewallAllows
	firewallAction // introduces what became of the connection
	firewallPort
	firewallSourcePort
	firewallNames // names an address by its role
	speaksSMTP    // an SMTP dialogue names addresses and refusals, too, but a firewall speaks no SMTP
)

var firewallWords = sync.OnceValue(func() *lexicon {
	return newLexicon([]string{
		firewallDenies: "den|drop|block|reject|discard|prevent",
		firewallAllows: "allow|permit|accept|pass|built|teardown",
		firewallAction: `action=|action:|action":|act=|disposition:|disposition":|disposition=|verdict=`,
		firewallPort: "dpt|dport|dst_port|dstport|dest_port|destport|destination_port|destinationport|dst-port|" +
			"destination-port|destination.port|destination port|dest port|dst port|service=|service:|to port",
		firewallSourcePort: "spt|sport|src_port|srcport|source_port|sourceport|src-port|source-port|source.port|" +
			"source port|src port|s_port|from port",
		firewallNames: "src=|dst=|proto=|srcip=|dstip=|srcaddr|dstaddr|source-ip|destination-ip|source.ip|" +
			"destination.ip|source-address|destination-address",
		speaksSMTP: "rcpt|ehlo|helo|mail from|led=|lastattempted|winsock| returned '|said:|postfix|sendmail|exim|smtpd|" +
			"relay=|icid |diagnostic-code|client host|status=deferred|status=bounced|status=sent",
	}...)
})

// A tuple of an Azure flow log: time, addresses, ports, protocol, direction, decision
// or state.
var flowTuple = pastedtext.NewPattern(
	`^\W*\d{10,13},[0-9a-f.:]+,[0-9a-f.:]+,(\d+),(\d+),(?:[tu]|6|17),[io],([abcde])\b`)

// strayPacket is one that opens no connection, as ASA, pf and netfilter write its TCP flags.
var strayPacket = pastedtext.NewPattern(`\(no connection\)|\bflags (?:ack|rst|fin|psh)\b|,\d+,\d+,\d+,[afpruec]+,|` +
	`\b(?:ack|rst|fin|psh)(?: (?:ack|rst|fin|psh))*(?: urgp=\d+)?\s*$`)

func isStray(low string) bool {
	return contains(low, "(no connection)", "filterlog", "ack", "rst", "fin", "psh") && strayPacket().MatchString(low)
}

// isTCP reports whether a line tells of TCP, or of no other protocol.
func isTCP(low string) bool {
	return strings.Contains(low, "tcp") || !contains(low, "udp", "icmp", "proto=17", "proto: 17", "protocol: 17")
}

// readFirewallLine reads a log line in lower case.
func readFirewallLine(low string) (e firewallEvent, ok bool) {
	if len(low) > 4096 || strings.Count(low, ".") < 6 && strings.Count(low, ":") < 8 || sessionOf(low) != "" {
		return e, false
	}
	if tuple := flowTuple().FindStringSubmatch(low); tuple != nil {
		found := addresses(low)
		if len(found) != 2 {
			return e, false
		}
		e = firewallEvent{source: found[0], destination: found[1], denied: tuple[3] == "d"}
		e.sourcePort, e.port = portIn(tuple[1]), portIn(tuple[2])
		return e, true
	}
	var denied, allowed, smtp bool
	action, names := "", 0
	for at, w := range firewallWords().in(low) {
		rest := low[at+len(w.phrase):]
		switch starts := at == 0 || strings.IndexByte("-_", low[at-1]) < 0 && !isAlnum(low[at-1]); w.group {
		case firewallDenies:
			denied = denied || starts && endsWord(rest)
		case firewallAllows:
			allowed = allowed || starts && endsWord(rest)
		case firewallAction:
			value := strings.TrimLeft(rest[:min(len(rest), 24)], ` "'`)
			if (starts || action == "") && strings.IndexByte(letters, first(value)) >= 0 { // not "craction=131072"
				action = value
			}
		case firewallPort:
			if starts && e.port == 0 {
				e.port = portAfter(rest)
			}
		case firewallSourcePort:
			if starts && e.sourcePort == 0 {
				e.sourcePort = portAfter(rest)
			}
		case firewallNames:
			names++
		case speaksSMTP:
			smtp = true
		}
	}
	switch {
	case smtp, !denied && !allowed && names < 2 && !strings.Contains(low, "->"):
		return e, false
	case action != "" && (denied || allowed || names > 1):
		e.denied = hasPrefix(action, "den", "drop", "block", "reject", "discard", "prevent", "reset") ||
			denied && !hasPrefix(action, "allow", "permit", "accept", "pass", "close", "timeout", "client-", "server-", "start")
	case denied, allowed:
		// With both words one is the rule's name, the other fills a field of the log.
		e.denied, e.unclear = denied, denied && allowed
		if allowed && contains(low, ",allow,", ",permit,", ",accept,", ",pass,") {
			e.denied = false
		}
	case strings.Contains(low, "proto"): // netfilter and MikroTik log with a prefix of the administrator's own
		e.denied, e.unclear = true, !contains(low, "drop", "block", "reject", "deny", "refused")
	default:
		return e, false
	}
	low = strings.ReplaceAll(low, "\n", " ")
	found := addresses(low)
	if len(found) < 2 || hasStatusCode(low) {
		return e, false
	}
	e.source, e.destination = ends(low, found)
	for _, a := range found {
		switch isSource, isTarget := labelled(low[max(0, a.from-40):a.from]); {
		case isSource:
			e.source = a
		case isTarget:
			e.destination = a
		}
	}
	if e.source.address == e.destination.address { // the other end is a name, or the log server's
		return e, false
	}
	named := e.port != 0
	if e.port == 0 {
		e.port = e.destination.port
	}
	if e.sourcePort == 0 {
		e.sourcePort = e.source.port
	}
	if e.port == 0 || !named && e.port < 33 && e.sourcePort == 0 && !strings.Contains(low[e.destination.to:], ":") {
		e.readPortPair(low[max(e.source.to, e.destination.to):])
	}
	return e, true
}

// portAfter reads the port that a label introduces.
func portAfter(rest string) int {
	return portIn(strings.TrimLeft(rest[:min(len(rest), 40)], " \t\"'=:"))
}

// ends returns the first two addresses side by side, else the first and the next other one: the log server's or the
// firewall's own address may stand before them.
func ends(low string, found []located) (source, destination located) {
	for i, a := range found[:len(found)-1] {
		b := found[i+1]
		if a.address != b.address && low[b.from-1] != '(' && !strings.ContainsAny(low[a.to:b.from], letters) {
			return a, b
		}
	}
	other := max(0, slices.IndexFunc(found, func(a located) bool { return a.address != found[0].address }))
	return found[0], found[other]
}

const letters = "abcdefghijklmnopqrstuvwxyz"

// endsWord reports whether at most four letters end a word: "deny" and "dropped", but not "smtp-deny-all".
func endsWord(rest string) bool {
	n := len(rest) - len(strings.TrimLeft(rest, letters))
	return n < 5 && (n == len(rest) || !isDigit(rest[n]) && rest[n] != '-' && rest[n] != '_')
}

// hasStatusCode reports whether a line has a status code of SMTP.
func hasStatusCode(low string) bool {
	return contains(low, "4.", "5.") &&
		slices.ContainsFunc(statements(low), func(s statement) bool { return s.code != status{} })
}

// labelled reports what the one or two words before an address call it: "src outside:", "srcip=", "to".
func labelled(head string) (isSource, isTarget bool) {
	for range 2 {
		head = strings.TrimRight(head, " =\"':[(/\t")
		start := len(head)
		for start > 0 && (isAlnum(head[start-1]) || strings.IndexByte("_-.", head[start-1]) >= 0) {
			start--
		}
		word := strings.TrimPrefix(strings.TrimSuffix(head[start:], ".ip"), "orig_")
		word = word[strings.LastIndexByte(word, '.')+1:]
		switch {
		case hasPrefix(word, "src", "source", "sip", "saddr", "client", "from"):
			return true, false
		case hasPrefix(word, "dst", "dest", "dip", "daddr", "to"):
			return false, true
		case start == 0 || head[start-1] != ' ':
			return false, false
		}
		head = head[:start]
	}
	return false, false
}

// readPortPair reads the ports of a line that has them behind the addresses, without names: a number above 1023 beside
// another, or the service's name.
func (e *firewallEvent) readPortPair(rest string) {
	before := -1
	for word := range strings.FieldsFuncSeq(rest, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' }) {
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
	case f.isOnline(source) && (e.port != 25 && e.port != 0 || !isTCP(f.text)):
		f.direction, f.advice = DirectionUnknown, "firewall: other port"
	case f.reader.Lists(source) && isStray(f.text):
		f.direction, f.suspicion, f.advice = EOPToOnPrem, SuspectMaybe, "firewall: stray packet"
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
