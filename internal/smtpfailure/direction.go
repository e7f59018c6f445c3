package smtpfailure

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// What only one side writes. Exchange Online tells of its own attempts with codes 300 and up and in the fields of the
// message trace; a queue, a mail server's log and the names of the hybrid connectors are the reader's own.
var (
	onlineClientCodes = sync.OnceValue(func() []pattern {
		return codes("x.4.310-312 x.4.315-318 x.4.101 5.4.300 x.7.320-325 x.7.350-369 5.7.514 5.0.350 5.1.350-351 x.4.8")
	})
	onlineServerCodes = sync.OnceValue(func() []pattern {
		return codes("x.7.64 x.7.51 x.7.68 x.7.230 4.7.500-699 4.7.850-899 5.7.501-513 5.7.515 5.7.606-649 5.7.700-750 " +
			"x.4.62 4.7.26")
	})

	onlineClientWords = []string{
		"lastattempted", "outboundproxytarget", "smtpsecurity=", "istasksuccessful", "validate-outboundconnector",
		"inbound from office 365", "inbound from microsoft 365",
	}
	onlineClientHosts = []string{
		".outbound.protection.outlook.com", ".outbound.protection.office365.us", ".outbound.protection.partner.outlook.cn",
	}
	ownClientWords = []string{
		"deliverytype", "nexthopdomain", "nexthopconnector", "nexthopcategory", "dnsconnectordelivery",
		"smarthostconnectordelivery", "smtprelaytoremoteadsite", "smtpdeliverytomailbox", "destination domain",
		"outbound to office 365", "outbound to microsoft 365",
		"status=deferred", "status=bounced", "stat=deferred", "stat=", "t=remote_smtp", "postfix/smtp[", "giving up on",
		"mta connecting", "refused to talk to me", "qmail-send program",
		"[targethost:", "[targetipaddress:",
	}
	ownServerWords = []string{
		"reject: ", "reject=", "rejected rcpt", "rejected mail", "rcpt from ", "rejected connection",
		"check_relay", "check_rcpt", "postfix/smtpd", "f=<",
	}

	// Postfix and others: "connect to mx.fabrikam.example[203.0.113.9]:25: Connection refused".
	ownAttemptWords = []string{"connect to ", "ion with ", "talking to "}

	ownAttempt = regexp.MustCompile(`\b(?:connect to|connection with|conversation with|talking to) \S{1,253}\[`)
)

// setting is what a unit shows of everything in it.
type setting struct {
	reporter    string // server that wrote the bounce
	forOperator bool   // about a mailbox at a well-known operator
	validation  bool   // Exchange Online's validation of a connector
	queue       bool   // a queue of an Exchange server
}

func settingOf(low string) setting {
	low = low[:min(len(low), 1<<16)]
	return setting{
		reporter: reportingServer(low), forOperator: forOperator(low),
		validation: containsRaw(low, onlineClientWords[3:5]), queue: containsRaw(low, ownClientWords[:4]),
	}
}

// findParties settles target, client and direction from what the text shows.
func (f *failure) findParties() {
	low := f.text
	var inLog netip.Addr
	var logged Target
	logged, inLog = logEndpoints(low)
	receiving := inLog.IsValid() || containsRaw(low, ownServerWords)
	switch {
	case !logged.IsZero() || receiving:
		f.target = logged
	case !f.endpoint().Address.IsValid() && strings.Contains(low, "\n"):
		if joined := readTarget(strings.ReplaceAll(low, "\n", " ")); !joined.IsZero() {
			f.target = joined
		}
	}
	if f.target.IsZero() && !receiving { // "actively refused it 203.0.113.9:25"
		for _, a := range addresses(low[:min(len(low), farthest)]) {
			if isServicePort(a.port) {
				f.target = Target{Address: a.address, Port: a.port}
				break
			}
		}
	}
	f.findClient(inLog, receiving)
	f.direction = f.decideDirection(receiving, !logged.IsZero() && !receiving)
}

// findClient finds an address of Exchange Online that a text names and that is not the target.
func (f *failure) findClient(inLog netip.Addr, receiving bool) {
	candidates := []located{{address: inLog}}
	spoken := slices.ContainsFunc(f.statements, func(s statement) bool { return s.spoken() })
	switch {
	case inLog.IsValid():
	case !receiving && !spoken: // a socket has one address, the target's
		return
	default:
		candidates = addresses(f.text[:min(len(f.text), 8192)])
	}
	for _, c := range candidates {
		if c.address.IsValid() && c.address != f.target.Address && f.isOnline(c.address) {
			f.client = c.address
			return
		}
	}
}

func (f *failure) isOnline(a netip.Addr) bool {
	return a.IsValid() && (relayPool.Contains(a) || f.reader.Lists(a))
}

func (f *failure) hasCode(patterns []pattern) bool {
	return slices.ContainsFunc(f.statements, func(s statement) bool {
		return slices.ContainsFunc(patterns, func(p pattern) bool { return p.covers(s.basic, s.code) })
	})
}

func containsRaw(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(text, p) })
}

// decideDirection says who opened the connection. The target goes first: a name or a wrapper can be shared by both
// sides, an address can't.
func (f *failure) decideDirection(receiving, sending bool) Direction {
	low, host := f.text, f.target.Host
	reporter := f.unit.setting.reporter
	onlineClient := containsRaw(low, onlineClientWords) || f.unit.setting.validation
	toOnline := f.reader.Lists(f.target.Address) || isEOPDoor(host) ||
		host == "" && containsRaw(low, []string{"outbound to office 365", "outbound to microsoft 365"})
	ownClient := sending || f.unit.setting.queue || containsRaw(low, ownClientWords) ||
		containsRaw(low, ownAttemptWords) && ownAttempt.MatchString(low) || reporter != "" && !isExchangeOnline(reporter)
	onlineServer := f.hasCode(onlineServerCodes()) || hasMark(low, "attr") || hasMark(low, "s3") ||
		strings.Contains(low, "as(") || strings.Contains(low, "(as")

	switch {
	case f.class == DANEMTASTS && !toOnline:
		return EOPOutbound
	case isSubmissionDoor(host), f.target.Port == 587,
		!receiving && host == "" && strings.Contains(low, "smtp.office365.com"):
		return ClientSubmission
	case f.class == VersionEnforcement:
		return OnPremToEOP
	case f.class == Internal:
		return WithinOrg
	case toOnline && onlineClient:
		return EOPOutbound
	case toOnline && !receiving:
		return OnPremToEOP
	case f.client.IsValid(), containsRaw(low, onlineClientHosts):
		if onlineServer && !onlineClient && !receiving {
			return OnPremToEOP // Exchange Online's answer names its own server
		}
		if isMailOperator(host) {
			return EOPOutbound
		}
		return EOPToOnPrem
	case isPrivate(f.target.Address), internalPorts[f.target.Port]:
		return WithinOrg
	case onlineClient, f.hasCode(onlineClientCodes()), isExchangeOnline(reporter) && !onlineServer && !f.target.IsZero():
		return f.fromOnline()
	case onlineServer:
		return OnPremToEOP
	case receiving:
		return DirectionUnknown
	case isExchangeOnline(host):
		return OnPremToEOP
	case ownClient, f.tellsOwnAttempt():
		return OnPremOutbound
	case f.class == ClientAuth:
		return ClientSubmission
	}
	return DirectionUnknown
}

// fromOnline tells a third party's server from the reader's own, as far as the text does. A refusal of a
// sender or recipient can come from anybody.
func (f *failure) fromOnline() Direction {
	if isMailOperator(f.target.Host) || f.target.IsZero() && f.unit.setting.forOperator {
		return EOPOutbound
	}
	if f.said != nil && f.said.spoken() && !f.rule.byAddress {
		switch f.class {
		case Policy, Reputation, Throttling, Recipient:
			return EOPOutbound
		}
	}
	return EOPToOnPrem
}

// forOperator reports whether a delivery report is about a mailbox at a well-known operator.
func forOperator(low string) bool {
	_, rest, found := strings.Cut(low, "final-recipient:")
	if !found {
		return false
	}
	line, _, _ := strings.Cut(rest, "\n")
	_, domain, _ := strings.Cut(line, "@")
	return isMailOperator(strings.Trim(domain, " >"))
}

// tellsOwnAttempt reports whether an Exchange server tells of its own attempt without the wrapper that Exchange Online
// puts around it.
func (f *failure) tellsOwnAttempt() bool {
	if f.target.IsZero() || len(f.statements) == 0 || f.statements[0].basic != 441 {
		return false
	}
	at := strings.Index(f.text, "441")
	head, _ := before(f.text, max(0, at))
	return hasSuffix(head, "returned", "led=", "lasterror", "lasterror :")
}

// reportingServer returns the name of the server that wrote a bounce.
func reportingServer(low string) string {
	for _, label := range []string{
		"reporting-mta:", "generating server:", "generierender server:", "serveur de génération :",
		"servidor de generación:", "server di generazione:", "genererande server:", "bron-server:",
	} {
		if _, rest, found := strings.Cut(low, label); found {
			rest = strings.TrimPrefix(strings.TrimLeft(rest[:min(len(rest), 300)], " \t"), "dns;")
			rest = strings.TrimLeft(rest, " \t\n")
			end := strings.IndexAny(rest, " \t\n;")
			if end < 0 {
				end = len(rest)
			}
			if strings.Contains(rest[:end], ".") {
				return rest[:end]
			}
		}
	}
	return ""
}
