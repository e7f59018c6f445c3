package smtpfailure

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// What only one side writes: groups of the lexicon of signs.
const (
	saysOnlineClient   = iota // Exchange Online tells of its own attempt
	saysOnlineHost            // one of its sending hosts is named
	saysValidation            // Exchange Online's validation of a connector
	saysOwnClient             // the reader's server tells of its own attempt
	saysOwnQueue              // a queue of the reader's Exchange server
	saysOwnAttempt            // Postfix and others: "connect to mx.fabrikam.example[203.0.113.9]:25: Connection refused"
	saysOwnServer             // the reader's server tells whom it refused
	saysHybridOutbound        // the send connector of a hybrid deployment
	signs
)

var signWords = sync.OnceValue(func() *lexicon {
	return newLexicon([]string{
		saysOnlineClient: "lastattempted|outboundproxytarget|smtpsecurity=|inbound from office 365|" +
			"inbound from microsoft 365",
		saysOnlineHost: ".outbound.protection.outlook.com|.outbound.protection.office365.us|" +
			".outbound.protection.partner.outlook.cn",
		saysValidation: "istasksuccessful|validate-outboundconnector",
		saysOwnClient: "dnsconnectordelivery|smarthostconnectordelivery|smtprelaytoremoteadsite|" +
			"smtpdeliverytomailbox|destination domain|status=deferred|status=bounced|stat=|t=remote_smtp|postfix/smtp[|" +
			"giving up on|mta connecting|refused to talk to me|qmail-send program|[targethost:|[targetipaddress:",
		saysOwnQueue:   "deliverytype|nexthopdomain|nexthopconnector|nexthopcategory",
		saysOwnAttempt: "connect to |connection with |conversation with |talking to ",
		saysOwnServer: "reject: |reject=|rejected rcpt|rejected mail|rcpt from |rejected connection|check_relay|check_rcpt|" +
			"postfix/smtpd|f=<",
		saysHybridOutbound: "outbound to office 365|outbound to microsoft 365",
	}...)
})

// The codes in which only one side can be the client. Exchange Online tells of its own attempts with details from 300.
var (
	onlineClientCodes = sync.OnceValue(func() []pattern {
		return codes("x.4.310-312 x.4.315-318 x.4.101 5.4.300 x.7.320-325 x.7.350-369 5.7.514 5.0.350 5.1.350-351 x.4.8")
	})
	onlineServerCodes = sync.OnceValue(func() []pattern {
		return codes("x.7.64 x.7.51 x.7.68 x.7.230 4.7.500-699 4.7.850-899 5.7.501-513 5.7.515 5.7.606-649 5.7.700-750 " +
			"x.4.62 4.7.26")
	})
)

// filterMark is what the filter of Exchange Online puts into its replies: "AS(201806281)", "(AS77714)".
var filterMark = pastedtext.NewPattern(`as\(\d|\(as\d`)

// setting is what a unit shows of everything in it.
type setting struct {
	signs       []bool
	reporter    string // server that wrote the bounce
	forOperator bool   // about a mailbox at a well-known operator
}

func settingOf(low string) setting {
	low = low[:min(len(low), 1<<16)]
	s := setting{signs: signWords().groupsIn(low, signs), reporter: reportingServer(low)}
	s.forOperator = (s.reporter != "" || strings.Contains(low, "final-recipient:")) && forOperator(low)
	return s
}

// findParties settles target, client and direction from what the text shows.
func (f *failure) findParties() {
	low := f.text
	f.signs = f.unit.setting.signs
	if len(f.text) != len(f.unit.low) {
		f.signs = signWords().groupsIn(low, signs)
	}
	logged, inLog := logEndpoints(low)
	receiving := inLog.IsValid() || f.signs[saysOwnServer]
	switch {
	case !logged.IsZero() || receiving:
		f.target = logged
	case !f.endpoint().Address.IsValid() && strings.Contains(low, "\n"):
		if joined := readTarget(strings.ReplaceAll(low, "\n", " ")); !joined.IsZero() {
			f.target = joined
		}
	}
	if !f.target.Address.IsValid() && !receiving { // "actively refused it 203.0.113.9:25"
		for _, a := range addresses(low[:min(len(low), farthest)]) {
			host := hostBefore(low[:a.from])
			if isServicePort(a.port) || f.rule.socket && host != "" && !f.isOnline(a.address) {
				f.target.Address, f.target.Port, f.target.Host = a.address, a.port, cmp.Or(f.target.Host, host)
				break
			}
		}
	}
	if f.target.IsZero() && f.unit.setting.reporter != "" {
		f.target.Host = hostAlone(low, false)
	}
	f.findClient(inLog, receiving)
	f.direction = f.decideDirection(receiving, !logged.IsZero() && !receiving)
}

// hostAlone returns the first host that is all a field of a bounce has, whatever the language of its name: one of
// Exchange Online wrote the bounce, another one is the receiving server.
func hostAlone(low string, online bool) string {
	for line := range strings.Lines(low) {
		_, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(strings.TrimSpace(value), "dns;")
		if strings.Contains(value, ".") && isHostName(value) && isExchangeOnline(value) == online {
			return value
		}
	}
	return ""
}

// findClient finds an address of Exchange Online that a text names and that is not the target.
func (f *failure) findClient(inLog netip.Addr, receiving bool) {
	candidates := []located{{address: inLog}}
	if !inLog.IsValid() {
		if !receiving && !slices.ContainsFunc(f.statements, func(s statement) bool { return s.spoken() }) {
			return // a socket has one address, the target's
		}
		candidates = addresses(f.text[:min(len(f.text), farthest)])
	}
	for _, c := range candidates {
		if c.address != f.target.Address && f.isOnline(c.address) {
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

// decideDirection says who opened the connection. The target goes first: a name or a wrapper can be shared by both
// sides, an address can't.
func (f *failure) decideDirection(receiving, sending bool) Direction {
	low, host, unit := f.text, f.target.Host, f.unit.setting
	fromOnline := f.signs[saysOnlineClient] || unit.signs[saysValidation]
	toOnline := f.reader.Lists(f.target.Address) || isEOPDoor(host) || host == "" && f.signs[saysHybridOutbound] ||
		f.target.IsZero() && f.rule.socket && strings.Contains(low, ".mail.protection.")
	fromOwn := sending || unit.signs[saysOwnQueue] || f.signs[saysOwnClient] || f.signs[saysHybridOutbound] ||
		f.signs[saysOwnAttempt] && strings.Contains(low, "[") || f.unit.logged && strings.Contains(low, " h=") ||
		unit.reporter != "" && !isExchangeOnline(unit.reporter)
	onlineAnswers := f.hasCode(onlineServerCodes()) || hasMark(low, "attr") || hasMark(low, "s3") ||
		contains(low, "as(", "(as") && filterMark().MatchString(low)

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
	case toOnline && fromOnline:
		return EOPOutbound
	case toOnline && !receiving:
		return OnPremToEOP
	case f.client.IsValid(), f.signs[saysOnlineHost]:
		if onlineAnswers && !fromOnline && !receiving {
			return OnPremToEOP // Exchange Online's answer names its own server
		}
		if isMailOperator(host) {
			return EOPOutbound
		}
		return EOPToOnPrem
	case isPrivate(f.target.Address), isInternalPort(f.target.Port):
		return WithinOrg
	case fromOnline, f.hasCode(onlineClientCodes()),
		isExchangeOnline(unit.reporter) && !onlineAnswers && !f.target.IsZero():
		return f.fromOnline()
	case onlineAnswers:
		return OnPremToEOP
	case receiving:
		return DirectionUnknown
	case isExchangeOnline(host):
		return OnPremToEOP
	case fromOwn, f.tellsOwnAttempt():
		return OnPremOutbound
	case f.class == ClientAuth && f.target.IsZero():
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

// recipientLine is how a bounce names a recipient: in its delivery report, or alone in a line.
var recipientLine = pastedtext.NewPattern(
	`(?m)(?:^final-recipient:.*|^[^\n@:]{0,60}[(<]|^|your message to )[\w.+-]+@([a-z0-9.-]+)(?:[>) ]*$| couldn't)`)

// forOperator reports whether a bounce is about mailboxes at well-known operators.
func forOperator(low string) bool {
	found := recipientLine().FindAllStringSubmatch(low, -1)
	return len(found) > 0 && !slices.ContainsFunc(found, func(m []string) bool { return !isMailOperator(m[1]) })
}

// tellsOwnAttempt reports whether an Exchange server tells of its own attempt without the wrapper that Exchange Online
// puts around it.
func (f *failure) tellsOwnAttempt() bool {
	if f.target.IsZero() || len(f.statements) == 0 || f.statements[0].basic != 441 {
		return false
	}
	head, _ := before(f.text, max(0, strings.Index(f.text, "441")))
	return hasSuffix(head, "returned", "led=", "lasterror", "lasterror :")
}

// reporterLabels stand before the name of the server that wrote a bounce.
var reporterLabels = []string{
	"reporting-mta:", "generating server:", "generierender server:", "serveur de génération :",
	"servidor de generación:", "server di generazione:", "genererande server:", "bron-server:",
	"dsn generated by:", "sent by:",
}

// reportingServer returns the name of the server that wrote a bounce.
func reportingServer(low string) string {
	for _, label := range reporterLabels {
		if _, rest, found := strings.Cut(low, label); found {
			rest = strings.TrimPrefix(strings.TrimLeft(rest[:min(len(rest), 300)], " \t"), "dns;")
			rest = strings.TrimLeft(rest, " \t\n")
			if end := strings.IndexAny(rest, " \t\n;"); end >= 0 {
				rest = rest[:end]
			}
			if strings.Contains(rest, ".") {
				return rest
			}
		}
	}
	return hostAlone(low, true)
}
