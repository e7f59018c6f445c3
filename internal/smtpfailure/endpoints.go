package smtpfailure

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
)

// endpoint is a host, an address or both that a text names as the other side of a connection.
type endpoint struct {
	address netip.Addr
	port    int
	host    string
	rank    int  // how surely this is the target: lower is surer
	client  bool // the address that connected, in a receive log: no target
	masked  bool // the text has an address here, but not a readable one
	at      int  // offset in the folded text
}

// endpointLabels are the words that introduce an endpoint. Rank 1 is what Exchange says of the
// connection itself, rank 2 what a queue or trace record says of the next hop, rank 3 the rest.
var endpointLabels = []struct {
	label string
	rank  int
	read  func(t []byte, end int) (endpoint, bool)
}{
	{"last endpoint attempted was", 1, addressAfter},
	{"LastAttemptedIP=", 1, addressAfter},
	{"LastAttemptedServerIP=", 1, addressAfter},
	{"LastAttemptedIP:", 1, addressAfter},
	{"OutboundProxyTargetIP:", 2, addressAfter},
	{"OutboundProxyTargetIP=", 2, addressAfter},
	{"OutboundProxyTargetIPAddress", 2, addressAfter},
	{"{IP=", 2, addressAfter},
	{"<IP=", 2, addressAfter},
	{";IP=", 2, addressAfter},
	{"LastAttemptedServerName=", 1, hostAfter},
	{"OutboundProxyTargetHostName:", 2, hostAfter},
	{"OutboundProxyTargetHostName=", 2, hostAfter},
	{"FQDN=", 2, hostAfter},
	{"Server at", 3, hostAndAddressAfter},
	{"Receiving server:", 3, hostAndAddressAfter},
	{"connect to", 3, hostAndAddressAfter},
	{"connection with", 3, hostAndAddressAfter},
	{"conversation with", 3, hostAndAddressAfter},
	{"relay=", 3, hostAndAddressAfter},
	{":25,", 3, logEndpoints},
	{":475,", 3, logEndpoints},
	{":587,", 3, logEndpoints},
	{":717,", 3, logEndpoints},
	{":2525,", 3, logEndpoints},
}

// endpointReach bounds what is read after a label: a host name has at most 253 characters.
const endpointReach = 320

// token returns the next word after end, without the brackets and signs around it.
func token(t []byte, end int) (word []byte, after int) {
	for end < len(t) && strings.IndexByte(" \n=:'\"<([", t[end]) >= 0 {
		end++
	}
	stop := end
	for stop < len(t) && stop-end < endpointReach && strings.IndexByte(" \n'\"<>()];,}{|", t[stop]) < 0 {
		stop++
	}
	return t[end:stop], stop
}

// addressAfter reads "203.0.113.7:25", "[2001:db8::7]:25" or a bare address.
func addressAfter(t []byte, end int) (endpoint, bool) {
	word, stop := token(t, end)
	if stop < len(t) && t[stop] == ']' && stop+1 < len(t) && t[stop+1] == ':' {
		if a, err := netip.ParseAddr(string(word)); err == nil {
			digits := t[stop+2 : min(len(t), stop+7)]
			return endpoint{address: a.Unmap(), port: leadingPort(digits)}, usable(a)
		}
	}
	// A hard wrap inside the address: take the next line with it while the whole makes an address.
	e, ok := parseEndpoint(word)
	for lines := 0; lines < 3 && stop < len(t) && t[stop] == '\n'; lines++ {
		from := stop + 1
		for stop = from; stop < len(t) && stop-from < 46 && (isAlnum(t[stop]) || t[stop] == '.' || t[stop] == ':'); stop++ {
		}
		word = append(append(make([]byte, 0, len(word)+stop-from), word...), t[from:stop]...)
		if whole, valid := parseEndpoint(word); valid {
			e, ok = whole, true
		} else if ok {
			break
		}
	}
	if !ok && len(word) > 0 {
		return endpoint{masked: true}, true
	}
	return e, ok
}

func leadingPort(digits []byte) int {
	n := 0
	for n < len(digits) && isDigit(digits[n]) {
		n++
	}
	port, err := strconv.Atoi(string(digits[:n]))
	if err != nil || port > 65535 {
		return 0
	}
	return port
}

func parseEndpoint(word []byte) (endpoint, bool) {
	// An address begins with a hexadecimal digit or a sign; most words are sorted out here.
	if len(word) < 3 || len(word) > 64 || !isAlnum(word[0]) && word[0] != '[' && word[0] != ':' || !bytes.ContainsAny(word, ".:") {
		return endpoint{}, false
	}
	s := strings.TrimRight(string(word), ".:")
	if a, err := netip.ParseAddr(s); err == nil {
		return endpoint{address: a.Unmap()}, usable(a)
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return endpoint{address: ap.Addr().Unmap(), port: int(ap.Port())}, usable(ap.Addr())
	}
	return endpoint{}, false
}

// usable drops 0.0.0.0, which Exchange writes when it has no address yet.
func usable(a netip.Addr) bool { return a.IsValid() && !a.IsUnspecified() && a.Zone() == "" }

func hostAfter(t []byte, end int) (endpoint, bool) {
	word, _ := token(t, end)
	if e, ok := parseEndpoint(word); ok {
		return e, true // a smart host that is given by address
	}
	host := strings.ToLower(strings.Trim(string(word), ".*:"))
	return endpoint{host: host}, isHostName(host)
}

func isHostName(s string) bool {
	if s == "" || len(s) > 253 || !strings.Contains(s, ".") && len(s) < 2 {
		return false
	}
	letters := false
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z':
			letters = true
		case isDigit(c), c == '.', c == '-', c == '_', c == '*':
		default:
			return false
		}
	}
	return letters
}

// hostAndAddressAfter reads "mail.example.org (203.0.113.7)" and "mail.example.org[203.0.113.7]:25".
func hostAndAddressAfter(t []byte, end int) (endpoint, bool) {
	word, stop := token(t, end)
	if open := bytes.IndexByte(word, '['); open >= 0 {
		stop -= len(word) - open
		word = word[:open]
	}
	e, ok := hostAfter(word, 0)
	if !ok {
		return endpoint{}, false
	}
	for stop < len(t) && ignorable(t[stop]) {
		stop++
	}
	if stop < len(t) && (t[stop] == '(' || t[stop] == '[') {
		if a, ok := addressAfter(t, stop+1); ok {
			e.address = a.address
			if a.port != 0 {
				e.port = a.port
			}
			if closing := bytes.IndexByte(t[stop:min(len(t), stop+endpointReach)], t[stop]+closingDistance(t[stop])); closing > 0 {
				if after := t[stop+closing+1 : min(len(t), stop+closing+7)]; len(after) > 0 && after[0] == ':' {
					e.port = leadingPort(after[1:])
				}
			}
		}
		return e, true
	}
	// A server named without its address is the one that wrote the report, not the one it could not reach.
	return e, e.address.IsValid() || !isExchangeOnlineServer(e.host)
}

// closingDistance is how far ASCII puts a closing bracket behind its opening one.
func closingDistance(open byte) byte {
	if open == '(' {
		return 1
	}
	return 2
}

// logEndpoints reads the two endpoints of a protocol log line around a service port:
// "local,remote," with the service port on the remote side in a send log, on the local side in a
// receive log. end is the offset after the comma.
func logEndpoints(t []byte, end int) (endpoint, bool) {
	first := bytes.LastIndexByte(t[max(0, end-1-64):end-1], ',')
	if first < 0 {
		return endpoint{}, false
	}
	first += max(0, end-1-64)
	service, ok := parseEndpoint(bytes.TrimSpace(t[first+1 : end-1]))
	if !ok {
		return endpoint{}, false
	}
	if before := bytes.LastIndexByte(t[max(0, first-64):first], ','); before >= 0 {
		local, ok := parseEndpoint(bytes.TrimSpace(t[max(0, first-64)+before+1 : first]))
		if ok && local.port >= 1024 {
			return service, true
		}
	}
	if next := bytes.IndexByte(t[end:min(len(t), end+64)], ','); next > 0 {
		remote, ok := parseEndpoint(bytes.TrimSpace(t[end : end+next]))
		if ok && remote.port >= 1024 {
			remote.client = true
			return remote, true
		}
	}
	return endpoint{}, false
}

// isExchangeOnlineServer reports whether a name is a server of Exchange Online itself.
func isExchangeOnlineServer(host string) bool {
	return under(host, "outlook.com", "office365.us", "outlook.cn", "exchangelabs.com")
}

// isEOPDoor reports whether a name is a published mail entrance of Exchange Online: the MX target
// of a hosted domain.
func isEOPDoor(host string) bool {
	return under(host, "mail.protection.outlook.com", "mx.microsoft", "mail.protection.office365.us",
		"mail.protection.partner.outlook.cn", "mail.eo.outlook.com", "olc.protection.outlook.com")
}

// isSubmissionDoor reports whether a name is the SMTP client submission endpoint.
func isSubmissionDoor(host string) bool {
	return under(host, "smtp.office365.com", "smtp-legacy.office365.com", "smtp.outlook.com", "smtp-mail.outlook.com",
		"smtp.office365.us", "smtp.partner.outlook.cn")
}

func under(host string, domains ...string) bool {
	for _, d := range domains {
		if host == d || strings.HasSuffix(host, "."+d) {
			return true
		}
	}
	return false
}

// internalPorts are the ports Exchange services use among themselves: 475 Mailbox Transport
// Delivery, 717 Front End outbound proxy, 2525 Transport beside Front End. No public SMTP uses them.
var internalPorts = map[int]bool{475: true, 717: true, 2525: true}

// isPrivate reports whether an address can't be reached from Exchange Online.
func isPrivate(a netip.Addr) bool {
	return a.IsValid() && (a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast())
}
