package smtpfailure

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// located is an address in a text.
type located struct {
	address  netip.Addr
	port     int // 0 when none is written behind it
	from, to int // of the address, and of the port behind it
}

// addresses finds the IP addresses in a text, in lower case, in order.
func addresses(low string) []located {
	var out []located
	for i := 0; i < len(low); i++ {
		if !inAddress(low[i]) || low[i] == '.' || i > 0 && (isAlnum(low[i-1]) || low[i-1] == '.' || low[i-1] == '-') {
			continue
		}
		from := i
		for i < len(low) && inAddress(low[i]) {
			i++
		}
		if a, ok := addressAt(low, from, i); ok {
			if !isNetwork(low, a) {
				out = append(out, a)
			}
			i = max(i, a.to)
		}
	}
	return out
}

func inAddress(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || c == '.' || c == ':' }

// portWord is a port that firewalls write out, behind the country of the address: " (nl) port 25".
var portWord = pastedtext.NewPattern(`^(?: \([a-z]{2}\))? port (\d{1,5})`)

// addressAt reads an address in low[from:to] and the port behind it: "1.2.3.4:25", "[::1]:25", "1.2.3.4/25",
// "1.2.3.4(25)", "1.2.3.4.25", "1.2.3.4 port 25".
func addressAt(low string, from, to int) (located, bool) {
	word := low[from:to]
	dots, colons := strings.Count(word, "."), strings.Count(word, ":")
	port := ""
	switch {
	case dots >= 3 && !strings.Contains(word, "::"):
		if word, port, _ = strings.Cut(word, ":"); port == "" && to < len(low) && isAlnum(low[to]) {
			return located{}, false
		}
	case colons >= 7 || strings.Contains(word, "::"):
		if strings.HasSuffix(word, ":") && !strings.HasSuffix(word, "::") {
			word = word[:len(word)-1]
		}
	default:
		return located{}, false
	}
	word = strings.TrimRight(word, ".")
	if last := strings.LastIndexByte(word, '.'); strings.Count(word, ".") == 4 && (to == len(low) || isBlank(low[to])) {
		if _, err := strconv.Atoi(word[last+1:]); err == nil {
			word = word[:last] // "203.0.113.9.25 >", as pf writes it
		}
	}
	a, err := netip.ParseAddr(word)
	if err != nil || a.IsUnspecified() {
		return located{}, false
	}
	out := located{address: a.Unmap(), from: from, to: from + len(word)}
	rest := low[out.to:min(len(low), out.to+18)]
	if strings.HasPrefix(rest, "]:") {
		rest = rest[1:]
	}
	if strings.Contains(rest, " port ") {
		if m := portWord().FindStringSubmatch(rest); m != nil {
			out.port = portIn(m[1])
		}
	}
	if rest != "" && strings.IndexByte(":/(.", rest[0]) >= 0 {
		out.port = portIn(rest[1:])
	}
	if out.port != 0 && port != "" {
		out.to = to
	}
	return out, true
}

// isNetwork tells "40.92.0.0/15" from an address and a port behind a slash.
func isNetwork(low string, a located) bool {
	if a.port == 0 || a.port == 25 || !strings.HasPrefix(low[a.to:], "/") {
		return false
	}
	network, err := a.address.Prefix(a.port)
	return err == nil && network.Addr() == a.address && a.port < a.address.BitLen()
}

// portIn reads the port number that a text begins with, 0 when there is none.
func portIn(s string) int {
	n := len(s) - len(strings.TrimLeft(s, "0123456789"))
	port, err := strconv.Atoi(s[:n])
	if err != nil || port > 65535 {
		return 0
	}
	return port
}

// targetLabels introduce the host that a connection went to, the surest first: what Exchange says of the connection
// itself, what a queue or trace record says of the next hop, the rest.
var targetLabels = []string{
	"last endpoint attempted was|lastattemptedip|lastattemptedserverip|lastattemptedservername",
	"outboundproxytargetip|outboundproxytargethostname|{ip=|<ip=|;ip=|toip|fqdn=|fqdn-|targetipaddress:|targethost:",
	"server at |receiving server:|remote server |remote server:|remote-mta:|connect to |connecting to |connection with |" +
		"conversation with |connection to |relay=|host | h=|to remote mail server|next-hop|nexthopdomain|remote_host=",
}

var targetLexicon = sync.OnceValue(func() *lexicon { return newLexicon(targetLabels...) })

// readTarget finds where the failed connection went.
func readTarget(low string) Target {
	type place struct{ rank, end int }
	var places []place
	for at, e := range targetLexicon().in(low) {
		if !isAlnum(e.phrase[0]) || at == 0 || !isAlnum(low[at-1]) && !hasSuffix(low[:at], "client ", "your ", "sending ") {
			places = append(places, place{e.group, at + len(e.phrase)})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return a.rank - b.rank })
	var t Target
	masked := false
	for _, p := range places {
		found, hidden := endpointAfter(low[p.end:], p.rank == len(targetLabels)-1)
		masked = masked || hidden && !t.Address.IsValid()
		if !t.Address.IsValid() && !masked {
			t.Address = found.Address
		}
		if t.Port == 0 && (found.Address == t.Address || !found.Address.IsValid()) {
			t.Port = found.Port
		}
		if t.Host == "" {
			t.Host = found.Host
		}
	}
	return t
}

// endpointAfter reads what a label introduces: an address, or a name and the address in brackets behind it. hidden
// says that a masked address stands there. A server that is named without its address, where the label is no sure
// one, and belongs to Exchange Online wrote the report: it is not a target.
func endpointAfter(low string, unsure bool) (t Target, hidden bool) {
	low = strings.TrimLeft(low[:min(len(low), 320)], " \n\t=:'\"<([;")
	low = strings.TrimPrefix(strings.TrimPrefix(low, "dns;"), " ")
	end := strings.IndexFunc(low, func(r rune) bool { return strings.ContainsRune(" \n\t'\"<>()[];,}{|=", r) })
	if end < 0 {
		end = len(low)
	}
	word := strings.TrimRight(low[:end], ".:")
	if a, ok := addressAt(low, 0, end); ok {
		return Target{Address: a.address, Port: a.port}, false
	}
	if strings.Contains(word, "x.x") || strings.Contains(word, "**") || strings.Contains(word, "xx:") ||
		isDigit(first(word)) && strings.ContainsAny(word, "x*#") {
		return Target{}, true
	}
	if !isHostName(word) || !strings.Contains(word, ".") && unsure {
		return Target{}, false
	}
	host, port, _ := strings.Cut(word, ":")
	t.Host, t.Port = host, portIn(port)
	rest := strings.TrimLeft(low[end:], " \n")
	if rest != "" && (rest[0] == '(' || rest[0] == '[') {
		inside := strings.TrimLeft(rest, "([")
		stop := len(inside) - len(strings.TrimLeft(inside, "0123456789abcdef:."))
		if a, ok := addressAt(inside, 0, stop); ok {
			t.Address, t.Port = a.address, max(t.Port, a.port)
			if after := strings.TrimLeft(inside[stop:], ")]"); t.Port == 0 && strings.HasPrefix(after, ":") {
				t.Port = portIn(after[1:])
			}
			return t, false
		}
	}
	if unsure && isExchangeOnline(t.Host) && !isEOPDoor(t.Host) {
		return Target{}, false
	}
	return t, false
}

// hostBefore returns the name in front of an address in brackets: "mx.fabrikam.example (203.0.113.9)".
func hostBefore(head string) string {
	name := strings.TrimSuffix(strings.TrimRight(head, "(["), " ")
	if len(name) == len(head) || strings.HasSuffix(head, " ") {
		return ""
	}
	start := len(name)
	for start > 0 && (isAlnum(name[start-1]) || name[start-1] == '.' || name[start-1] == '-') {
		start--
	}
	if name = name[start:]; !strings.Contains(name, ".") || !isHostName(name) {
		return ""
	}
	return name
}

func first(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

// hostName is a name with at least one letter, and a port behind it.
var hostName = pastedtext.NewPattern(`^[0-9._*-]*[a-z][a-z0-9._*-]*(?::[1-9]\d{0,4})?$`)

func isHostName(s string) bool { return len(s) > 1 && len(s) < 260 && hostName().MatchString(s) }

// logEndpoints reads the two endpoints of a protocol log line: a service port on the remote side is a send log, on
// the local side a receive log, whose remote side is the client.
func logEndpoints(low string) (target Target, client netip.Addr) {
	for line := range strings.Lines(low) {
		fields := strings.SplitN(line, ",", 7)
		if len(fields) < 6 || sessionOf(line) == "" {
			continue
		}
		local, _ := netip.ParseAddrPort(fields[4])
		remote, _ := netip.ParseAddrPort(fields[5])
		switch {
		case isServicePort(int(remote.Port())) && (!local.IsValid() || local.Port() >= 1024):
			return Target{Address: remote.Addr().Unmap(), Port: int(remote.Port())}, netip.Addr{}
		case remote.IsValid() && isServicePort(int(local.Port())):
			return Target{Address: local.Addr().Unmap(), Port: int(local.Port())}, remote.Addr().Unmap()
		}
	}
	return Target{}, netip.Addr{}
}

func isServicePort(port int) bool { return port == 25 || port == 587 || isInternalPort(port) }

// isInternalPort reports whether Exchange services use a port among themselves: 475 Mailbox Transport Delivery, 717
// Front End outbound proxy, 2525 Transport beside Front End. No public SMTP uses them.
func isInternalPort(port int) bool { return port == 475 || port == 717 || port == 2525 }

// isPrivate reports whether an address can't be reached from Exchange Online.
func isPrivate(a netip.Addr) bool {
	return a.IsValid() && (a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast())
}

// isExchangeOnline reports whether a name is a server of Exchange Online.
func isExchangeOnline(host string) bool {
	return under(host, "outlook.com", "office365.com", "office365.us", "outlook.cn", "exchangelabs.com", "onmicrosoft.com",
		"onmicrosoft.us", "mx.microsoft", "apps.mil")
}

// isEOPDoor reports whether a name is a mail entrance of Exchange Online: the MX target of a hosted domain.
func isEOPDoor(host string) bool {
	return under(host, "mail.protection.outlook.com", "mx.microsoft", "mail.protection.office365.us",
		"mail.protection.partner.outlook.cn", "mail.eo.outlook.com", "olc.protection.outlook.com", "onmicrosoft.com",
		"onmicrosoft.us")
}

// isSubmissionDoor reports whether a name is the SMTP client submission endpoint.
func isSubmissionDoor(host string) bool {
	return under(host, "smtp.office365.com", "smtp-legacy.office365.com", "smtp.outlook.com", "smtp-mail.outlook.com",
		"smtp.office365.us", "smtp.partner.outlook.cn")
}

// mailOperators are domains of well-known operators of mail for others.
const mailOperators = ` google.com googlemail.com gmail.com yahoodns.net yahoo.com yahoo.co.jp aol.com icloud.com me.com
	apple.com mimecast.com mimecast.co.za pphosted.com ppe-hosted.com messagelabs.com barracudanetworks.com iphmx.com
	hornetsecurity.com antispameurope.com gmx.net web.de t-online.de kundenserver.de ionos.com secureserver.net zoho.com
	zoho.eu mail.ru yandex.net yandex.ru qq.com 163.com 126.com amazonaws.com protonmail.ch proton.ch messagingengine.com
	comcast.net cox.net orange.fr free.fr libero.it forcepoint.com mailcontrol.com trendmicro.com trendmicro.eu
	fireeyecloud.com hotmail.com emailsrvr.com mailgun.org sendgrid.net naver.com seznam.cz wp.pl onet.pl bigpond.com `

var mailOperatorSet = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for domain := range strings.FieldsSeq(mailOperators) {
		out[domain] = true
	}
	return out
})

// isMailOperator reports whether a name belongs to one of them. Its firewall is not the reader's.
func isMailOperator(host string) bool {
	for host != "" {
		if mailOperatorSet()[host] {
			return true
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return false
}

func under(host string, domains ...string) bool {
	return slices.ContainsFunc(domains, func(d string) bool {
		parent, isUnder := strings.CutSuffix(host, d)
		return isUnder && (parent == "" || strings.HasSuffix(parent, "."))
	})
}
