package smtpfailure

import (
	"regexp"
	"strings"
)

// firewallEvent is a log line of a firewall: ASA, IOS, FortiGate, Palo Alto, UFW, iptables, Windows Firewall, pf,
// MikroTik, Juniper, CEF, AWS VPC flow, Azure NSG flow and what else names two addresses and an action.
type firewallEvent struct {
	source, destination located
	sourcePort          int // 0 when the line has none
	port                int // of the destination
	denied              bool
}

var (
	denyWord = regexp.MustCompile(`(?:^|[^a-z0-9_-])(?:den(?:y|ied|ies)|drop(?:ped|s)?|block(?:ed|s)?|reject(?:ed|s)?|` +
		`discard(?:ed)?|prevent(?:ed)?|refused|teardown)(?:$|[^a-z0-9_-])`)
	allowWord = regexp.MustCompile(`(?:^|[^a-z0-9_-])(?:allow(?:ed)?|permit(?:ted)?|accept(?:ed)?|pass(?:ed)?|built|trust)` +
		`(?:$|[^a-z0-9_-])`)
	actionField = regexp.MustCompile(`\b(?:action|act|disposition|verdict|fw_action|result)["']?\s*[=:]\s*["']?([a-z]+)`)
	flowTuple   = regexp.MustCompile(`^\W*\d{10,13},[0-9a-f.:]+,[0-9a-f.:]+,(\d+),(\d+),(?:[tu]|6|17),[io],([a-z])\b`)
	sourceName  = regexp.MustCompile(`(?:\b|_)(?:src|source|sip|srcip|saddr|client)[a-z_ -]*["']?\s*[=: ]\s*["'\[]?(?:[a-z0-9_-]+[:/])?$`)
	targetName  = regexp.MustCompile(`(?:\b|_)(?:dst|dest|destination|dip|dstip|daddr)[a-z_ -]*["']?\s*[=: ]\s*["'\[]?(?:[a-z0-9_-]+[:/])?$`)
	portField   = regexp.MustCompile(`\b(?:dpt|dport|dst_?port|dest_?port|destination_?port|dst-port|destport|to_port)["']?\s*[=:]\s*["']?(\d+)`)
	fromField   = regexp.MustCompile(`\b(?:spt|sport|src_?port|source_?port|src-port|sourceport)["']?\s*[=:]\s*["']?(\d+)`)
	portPair    = regexp.MustCompile(`(?:^|[ ,\t])(\d{1,5})[ ,\t]+(\d{1,5})(?:[ ,\t]|$)`)
	// An SMTP dialogue names addresses and refusals, too, but a firewall speaks no SMTP.
	smtpSpeech = []string{"rcpt", "ehlo", "helo", "mail from", "led=", "lastattempted", "winsock", " returned '", "said:",
		"postfix", "sendmail", "exim", "smtpd", "relay=", "diagnostic-code", "client host", "status="}
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
	low = strings.ReplaceAll(low, "\n", " ")
	if tuple := flowTuple.FindStringSubmatch(low); tuple != nil {
		if found := addresses(low); len(found) == 2 {
			e = firewallEvent{source: found[0], destination: found[1], denied: tuple[3] == "d"}
			e.sourcePort, e.port = portIn(tuple[1]), portIn(tuple[2])
			return e, tuple[3] == "d" || tuple[3] == "a"
		}
		return e, false
	}
	denied, allowed := denyWord.MatchString(low), allowWord.MatchString(low)
	if !denied && !allowed || containsRaw(low, smtpSpeech) {
		return e, false
	}
	found := addresses(low)
	if len(found) < 2 || len(evidence(statements(low))) > 0 && strings.Contains(low, " 5.") {
		return e, false
	}
	e.denied = denied
	if field := actionField.FindStringSubmatch(low); field != nil && denied && allowed {
		e.denied = denyWord.MatchString(field[1])
	}
	e.source, e.destination = found[0], found[1]
	last := found[1]
	for _, a := range found {
		head := low[max(0, a.from-48):a.from]
		switch {
		case sourceName.MatchString(head):
			e.source = a
		case targetName.MatchString(head):
			e.destination = a
		}
	}
	if e.source.address == e.destination.address && found[0].address != found[1].address {
		e.source, e.destination = found[0], found[1]
	}
	e.sourcePort, e.port = e.source.port, e.destination.port
	if field := portField.FindStringSubmatch(low); field != nil {
		e.port = portIn(field[1])
	}
	if field := fromField.FindStringSubmatch(low); field != nil {
		e.sourcePort = portIn(field[1])
	}
	if e.port == 0 || e.port < 33 && e.sourcePort == 0 && !strings.Contains(low[e.destination.to:], ":") {
		e.readPortPair(low[last.to:])
	}
	return e, true
}

// readPortPair reads the ports of a line that has them behind the addresses, without names: the first number above
// 1023 that is followed by another, or the service's name.
func (e *firewallEvent) readPortPair(rest string) {
	for {
		at := portPair.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		from, to := portIn(rest[at[2]:at[3]]), portIn(rest[at[4]:at[5]])
		if from >= 1024 && to > 0 || to >= 1024 && from > 0 && from < 1024 {
			e.sourcePort, e.port = from, to
			return
		}
		rest = rest[at[3]:]
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
	case f.known.Lists(destination) && !f.isOnline(source):
		f.direction, f.advice = OnPremToEOP, "firewall: outbound"
	case f.isOnline(source) && e.sourcePort == 25 && e.port != 25:
		f.direction, f.advice = OnPremToEOP, "firewall: answer"
	case !e.denied && f.isOnline(source):
		f.direction, f.advice = EOPToOnPrem, "firewall: allowed"
	case f.isOnline(source) && e.port != 25 && e.port != 0:
		f.direction, f.advice = DirectionUnknown, "firewall: other port"
	case f.known.Lists(source):
		f.direction, f.suspicion, f.advice = EOPToOnPrem, SuspectMaybe, "firewall: listed"
		if e.port == 25 {
			f.suspicion = SuspectYes
		}
	case relayPool.Contains(source):
		f.direction, f.suspicion, f.advice = EOPToOnPrem, SuspectMaybe, "firewall: relay pool"
	case isPrivate(source) && isPrivate(destination):
		f.direction = WithinOrg
	case len(f.known.History(source)) > 0:
		f.advice = "firewall: formerly listed"
	}
}
