package smtpfailure

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// rule is a row of the rule table: a statement that it holds for is of its class.
type rule struct {
	id     string
	class  Class
	advice string // heading in advice.md

	codes   string // patterns, separated by blanks
	says    string // phrases, separated by bars
	needs   string // one of these phrases must be there, too
	unless  string // none of these phrases may be there
	marks   string // "attr" for ATTR36
	sockets []int

	late      bool // the codes are a wrapper or a family: words decide before them
	socket    bool // its words tell what a socket did: not when a server says them
	spoken    bool // its words are a server's: not when a socket or a wrapper says them
	byAddress bool // a server refused the client for its address: one more place where a list can be outdated
}

// pattern is a set of codes: "x.4.316", "5.7.500-699", "5.7.*", "530+5.7.1" with its reply code.
type pattern struct{ basic, class, subject, from, to int }

func (p pattern) covers(basic int, s status) bool {
	return (p.basic == 0 || p.basic == basic) && (p.class == 0 || p.class == s.class) && s.class != 0 &&
		p.subject == s.subject && p.from <= s.detail && s.detail <= p.to
}

var patternSyntax = pastedtext.NewPattern(`^(?:(\d{3})\+)?([45x])\.(\d)\.(?:\*|(\d+)(?:-(\d+))?)$`)

// codes reads patterns, separated by blanks.
func codes(list string) []pattern {
	var out []pattern
	for text := range strings.FieldsSeq(list) {
		m := patternSyntax().FindStringSubmatch(text)
		if m == nil {
			panic(fmt.Sprintf("smtpfailure: %q in a table of codes is none", text))
		}
		var n [6]int
		for i := 1; i < len(n); i++ {
			n[i], _ = strconv.Atoi(m[i]) // 0 for what is left out
		}
		p := pattern{basic: n[1], class: n[2], subject: n[3], from: n[4], to: max(n[4], n[5])}
		if m[4] == "" {
			p.to = 999
		}
		out = append(out, p)
	}
	return out
}

// rules is the table. In a statement the codes of all rows go first, in order, then the words, sockets and late codes
// of all rows, in order: what a server said in words comes before the socket, the socket before the wrapper, the
// wrapper before the mere end of the retries, and that before what only the family of a code suggests.
var rules = []rule{
	// A refusal that names a list, which is never the firewall's.
	{id: "customer-allow-list", class: Policy, advice: "customer list", says: "blocked by customer allow list"},
	{
		id: "customer-block-list", class: Policy, advice: "customer list", codes: "5.7.513 5.7.703",
		says: "customer block list|tenant allow block list|tenant allow/block list",
	},
	{
		id: "outdated-server", class: VersionEnforcement, advice: "version", codes: "x.7.230",
		says: "exchange server version is out-of-date|exchange server version is out of date",
	},

	// A device between the servers changes the dialogue.
	{
		id: "inspection", class: SMTPInspection, advice: "inspection", codes: "554+5.6.1 5.3.3",
		says: `220 ***|220-***|220 **2|250-xxxx|command xxxx|xxxxxxxa|body type not supported by remote host|
			cannot achieve exchange server authentication|response was not rfc|not rfc compliant response|
			invalid smtp response|unexpected smtp response`,
	},

	// Client submission.
	{
		id: "submission-auth", class: ClientAuth, advice: "client auth", byAddress: true,
		codes: "x.7.57 5.7.60 x.7.139 5.7.30 5.7.8 5.2.252 535+5.7.3 530+5.7.1 530+5.7.0", unless: "starttls",
		says: `client was not authenticated|client not authenticated|authentication unsuccessful|
			SmtpClientAuthentication is disabled|535 authentication failed|send as this sender|SendAsDenied`,
	},
	{
		id: "exchange-kerberos", class: Internal, advice: "internal authentication",
		says: "temporary authentication failure",
	},

	// Quotas and bans.
	{id: "throttled-ipv6", class: Throttling, advice: "ipv6", codes: "5.7.508"},
	{
		id: "banned-code", class: Reputation, advice: "reputation",
		codes: "5.7.606-649 5.7.501-503 5.7.511 5.7.700-702 5.7.704-749 5.7.750 5.7.800",
	},
	{
		id: "bad-outbound-sender", class: Reputation, advice: "reputation", codes: "5.1.8",
		unless: "sender address rejected",
	},

	// The recipient.
	{
		id: "recipient-code", class: Recipient, advice: "recipient", unless: "greylist|graylist",
		codes: "x.1.1 5.1.3 5.1.6 x.1.10 5.1.350-351 5.2.1 x.2.2 5.2.14 5.7.504-505",
	},
	{
		id: "edge-blocking", class: Recipient, advice: "recipient", codes: "5.4.1",
		needs: "access denied|recipient address rejected|as(",
	},

	// Loops are checked before attribution: 5.4.14 carries ATTR34.
	{
		id: "hop-count", class: RoutingLoop, advice: "loop", codes: "x.4.6 x.4.14 5.4.11 5.4.12 5.4.20",
		says: "hop count exceeded|too many hops|mail loop|routing loop|loop detected|loops back to myself",
	},

	// The words of quotas and bans. "Senderscore" is someone else's judgement of an address; a block list that one's own
	// server asks can be told to spare Exchange Online.
	{
		id: "scored-words", class: Reputation, advice: "reputation",
		says:   "senderscore|poor reputation|ip reputation|reputation score|low reputation|bad reputation",
		unless: "rate limited",
	},
	{
		id: "greylisted", class: Throttling, advice: "throttling", byAddress: true,
		says: "greylist|graylist|grey-list|gray-list|try again in|please retry in|postgrey",
	},
	{
		id: "throttled", class: Throttling, advice: "throttling",
		codes: "4.7.500-699 4.7.850-899 x.2.121-122 5.2.251 5.1.90 5.7.232-233 4.5.127",
		says: `server busy|too busy|rate limit|rate-limit|throttled|throttling|too many connections|
			too many concurrent|concurrent connections|submission rate|excessive message rate|thread limit exceeded|
			receive limit|submission quota|daily limit for|exceeded permitted limits|too many messages|too fast`,
	},
	{
		id: "banned-words", class: Reputation, advice: "reputation", byAddress: true, marks: "s3",
		says: `banned sending ip|banned sender|spam abuse detected|bad outbound sender|block list|blacklist|denylist|
			blocked using|blocked by rbl|listed by|listed in|listed at|listed on|dnsbl|spamhaus|spamcop|
			barracudacentral|traffic not accepted from this ip`,
	},
	{
		id: "recipient-words", class: Recipient, advice: "recipient",
		says: `recipient address rejected: user|user unknown|unknown user|RESOLVER.ADR.|mailbox full|mailbox is full|
			mailbox unavailable|recipient not found|no such user|mailbox not found|unknown recipient|
			recipient unknown|no such recipient|mailbox disabled|banned recipient|user not found|invalid recipient|
			over quota|quota exceeded|does not exist|no mailbox here|address unknown|user doesn't exist|
			account disabled|mailbox inactive`,
		unless: "domain does not exist|relay",
	},

	// The sender. Before names: the response may add that the sender's domain was not found.
	{id: "sender-rejected", class: Policy, advice: "policy", says: "sender address rejected"},

	// The state of the other server. Before attribution: "Temporary server error" carries ATTR markers.
	{
		id: "server-error", class: Service, advice: "service", codes: "4.7.700-749", marks: "prx",
		says: `temporary server error|service not active|service not available|service unavailable, closing|
			insufficient system|insufficient disk|remote server temporarily rejected|temporarily unavailable|
			agent busy|temporary local problem|back pressure|local error in processing|system not accepting|
			queue file write error|shutting down`,
	},

	// Tenant attribution.
	{id: "direct-send", class: Attribution, advice: "direct send", codes: "x.7.68"},
	{id: "wrong-region-code", class: Attribution, advice: "region", codes: "x.4.4", needs: "attr"},
	{
		id: "wrong-region", class: Attribution, advice: "region", codes: "x.4.62",
		says: "wrong office 365 region|wrong microsoft 365 region|no mail-enabled subscriptions",
	},
	{
		id: "attribution", class: Attribution, advice: "attribution", marks: "attr",
		codes: "x.7.64 x.7.51", says: "TenantAttribution|TenantInboundAttribution",
	},
	{
		id: "relay-denied", class: Attribution, advice: "attribution", byAddress: true, codes: "x.7.54 x.7.367-368",
		says: `unable to relay|relay access denied|relaying denied|relay denied|relay not permitted|
			not permitted to relay|relaying not allowed|relaying disallowed|relay not allowed|
			relaying is not permitted|authentication required to relay|we do not relay|not a relay|relay prohibited`,
	},

	// Another domain's TLS policy. Before certificates: the words are the same, the owner is not.
	{id: "dane-code", class: DANEMTASTS, advice: "dane", codes: "x.7.321-325"},
	{
		id: "tls-report", class: DANEMTASTS, advice: "dane",
		says: `starttls-not-supported|certificate-expired|certificate-host-mismatch|certificate-not-trusted|
			tlsa-invalid|dnssec-invalid|dane-required|dane validation|tlsa record|sts-policy-|sts-webpki-invalid`,
	},
	{id: "mta-sts", class: DANEMTASTS, advice: "dane", codes: "x.4.8 5.7.5", says: "mta-sts"},

	// Certificates.
	{
		id: "no-credentials", class: Certificate, advice: "credentials",
		says: `NoCredentials|UnknownCredentials|SEC_E_NO_CREDENTIALS|0x8009030E|
			certificate specified in the tlscertificatename|tlscertificatename of the send connector|
			certificate could not be found|no certificate was found`,
	},
	{
		id: "certificate-code", class: Certificate, advice: "certificate", codes: "x.7.320 4.7.5",
		unless: "tlscertificatename",
	},
	{
		id: "certificate-words", class: Certificate, advice: "certificate",
		says: `UntrustedRoot|SubjectMismatch|subject name mismatch|CertificateExpired|CertExpired|
			certificate has expired|certificate validation|certificate verify failed|CertificateUnknown|
			certificate is invalid|certificate is not trusted|certificate not trusted|certificate revoked|revocation|
			self-signed certificate|self signed certificate|not issued by a trusted|CERT_TRUST_|SEC_E_UNTRUSTED_ROOT|
			SEC_E_CERT_EXPIRED|SEC_E_WRONG_PRINCIPAL|0x80090325|0x80090328|0x80090322|0x800B0109|0x800B0101|
			chain validation|unable to get local issuer|certificate does not match|certificate name mismatch`,
	},

	// TLS. Before the socket: a handshake that fails with a socket error reached the server.
	{
		id: "handshake", class: TLS, advice: "tls",
		says: `TLS negotiation|security status|TLS handshake|SSL handshake|algorithm mismatch|
			SEC_E_ALGORITHM_MISMATCH|0x80090331|0x80090326|no common algorithm|unsupported protocol|
			wrong version number|no shared cipher|TLS alert|tlsv1 alert|handshake failure|handshake failed|
			secure channel|cannot start tls|STARTTLS failed|ssl_accept|ssl_connect`,
	},
	{
		id: "starttls-required", class: TLS, advice: "tls", codes: "x.7.10",
		says: `must issue a STARTTLS|STARTTLS command first|does not support TLS|doesn't support TLS|
			does not support STARTTLS|doesn't support STARTTLS|STARTTLS not supported|STARTTLS not offered|
			not offer STARTTLS|not advertise STARTTLS|STARTTLS was not offered|TLS not available|TLS is required|
			TLS required|encryption required|encryption needed`,
	},

	// Sockets: why the connection failed.
	{
		id: "no-route", class: NetworkUnreachable, advice: "route", socket: true, sockets: []int{10050, 10051, 10065},
		says: `network is unreachable|network unreachable|no route to host|host is unreachable|unreachable network|
			unreachable host|HostUnreachable`,
	},
	{
		id: "refused", class: FirewallRefused, advice: "refused", socket: true, codes: "x.4.316",
		sockets: []int{10061},
		says:    "connection refused|actively refused|econnrefused|x0000274d|x8007274d|refused connection",
	},
	// Names. After a refusal, which can only follow a name that resolved.
	{
		id: "dns-query", class: DNS, advice: "dns", codes: "x.4.310-312", sockets: []int{11001, 11002, 11003, 11004},
		says: `SMTPSEND.DNS.|DNS query failed|InfoNoRecords|InfoDomainNonexistent|NonExistentDomain|
			no such host is known|host not found|host unknown|domain not found|domain does not exist|
			resolve task failed|name resolution failed|getaddrinfo|name service error|could not be resolved|
			unrouteable|nxdomain|Name or service not known`,
	},
	{
		id: "unanswered", class: FirewallTimeout, advice: "timeout", socket: true, codes: "x.4.315",
		sockets: []int{10060, 995},
		says: `TimedOut:|SocketError: TimedOut|connect timed out|did not properly respond after|etimedout|
			timed out while connecting|SocketTimedout|x0000274c|x8007274c`,
	},
	{
		id: "timed-out", class: FirewallTimeout, advice: "timeout", socket: true,
		says:   "connection timeout|timed out",
		unless: "4.4.2|conversation with|while receiving|while sending|dropped due to|lost connection",
	},
	{id: "aborted-connect", class: FirewallTimeout, advice: "timeout", codes: "x.4.2", needs: "unable to connect"},
	{
		id: "cut-off", class: ConnectionReset, advice: "reset", socket: true, late: true,
		codes: "x.4.318 x.4.2", sockets: []int{10052, 10053, 10054},
		says: `connection dropped|SuspiciousRemoteServerError|disconnected abruptly|closed abruptly|connection reset|
			connection aborted|forcibly closed|econnreset|lost connection|broken pipe|connection was closed|
			closed the connection|closed connection unexpectedly|conversation with|timed out while receiving|
			timed out while sending|connection unexpectedly closed`,
	},
	{
		id: "no-answer", class: FirewallTimeout, advice: "timeout", late: true, socket: true,
		codes: "4.4.1", unless: "441 4.4.1|lost connection",
	},

	// What the validation of a connector says beside the connection.
	{
		id: "connector-off", class: ConnectorConfig, advice: "connector off",
		says: "not configured as part of connector|not configured as part of the connector",
	},
	{id: "connector-ehlo", class: ConnectorConfig, advice: "connector", says: "EHLO task failed"},
	{
		id: "not-connected", class: ConnectionFailed, advice: "failed", late: true, socket: true,
		codes:   "x.4.317 x.4.397-400 x.4.101 441+4.4.1",
		sockets: []int{10013, 10048, 10049, 10055, 10057, 10058, 10064},
		says: `unable to connect|failed to connect|could not connect|cannot connect to remote server|
			cannot establish session with remote server|error communicating with target host|couldn't connect|
			error communicating with frontend host|proxy session setup failed|connection task failed|
			error encountered while communicating with primary target`,
	},

	// Refused by rule. After everything that has a name of its own.
	{
		id: "sender-ipv6", class: Policy, advice: "ipv6", codes: "4.7.26 5.7.510",
		says: "does not accept email over IPv6|sent over IPv6",
	},
	{
		id: "sender-policy", class: Policy, advice: "policy",
		codes: "x.7.25 x.7.23 5.7.26 5.7.27 5.7.506-507 5.7.509 5.7.512 5.7.515 x.7.363-364",
		says: `DMARC|sender policy framework|SPF record|SPF policy|SPF fail|SPF check|spf validation|dkim|reverse dns|
			ptr record|reverse lookup|required authentication level|sender verify`,
	},
	{
		id: "content", class: Policy, advice: "content", spoken: true, codes: "5.2.3 x.3.4 5.3.190 x.7.350",
		says: `bare line feed|bare lf|too large|size limit|message size|exceeds fixed maximum|probability of spam|
			as spam|is spam|likely spam|spam message|considered spam|looks like spam|virus|malware|attachment|
			content rejected|message content|spam score`,
	},
	{
		id: "restriction", class: Policy, advice: "restriction", spoken: true,
		codes: "x.7.12 5.7.13 5.7.124 5.7.133-136 5.7.193 5.6.11 5.1.20",
		says: `RESOLVER.RST.|delivery not authorized|sender denied|rejected by recipient|too many recipients|
			not authorized to send`,
	},
	{
		id: "client-refused", class: Policy, advice: "restriction", byAddress: true, spoken: true,
		says: `client host|your ip|ip address|this ip|not allowed|not authorized|not permitted|access denied|
			connection refused|connection rejected|host rejected|unauthorized|not whitelisted|not accepted from|
			refused to talk|do not accept mail from|not listed|not on our|not in our|rejected by policy|transaction failed|
			go away|blocked|banned|policy violation|rejected for policy|not in allow|no permission`,
	},
	{
		id: "connector-validation", class: ConnectorConfig, advice: "connector",
		says: `IsTaskSuccessful : False|IsTaskSuccessful=False|validation failed|failed validation|
			couldn't be validated|could not be validated|cannot be validated`,
		needs: "connector|istasksuccessful",
	},
	{id: "store-driver", class: Internal, advice: "internal", says: "STOREDRV."},
	{id: "family-content", class: Policy, advice: "content", late: true, codes: "x.6.*"},
	{id: "family-recipients", class: Policy, advice: "restriction", late: true, codes: "x.5.3"},
	// What only the family of a status code tells (RFC 3463): other than the end of the retries.
	{id: "family-routing", class: DNS, advice: "dns", late: true, codes: "x.4.4 x.4.3 x.1.2"},
	{
		id: "family-refused-remotely", class: Policy, advice: "restriction", late: true,
		byAddress: true, codes: "x.7.351-369 5.7.514 5.0.350",
	},
	{id: "family-address", class: Recipient, advice: "recipient", late: true, codes: "x.1.* x.2.* 5.5.0 5.4.1"},
	{id: "family-system", class: Service, advice: "service", late: true, codes: "x.3.*"},
	{
		id: "family-retry-later", class: Throttling, advice: "throttling", late: true,
		codes: "4.7.*", needs: "try again|try later|retry|deferred",
	},
	{
		id: "family-service", class: Service, advice: "service", spoken: true,
		says: `421 service|421-service|closing transmission|come back later|try again later|try later|
			please try again`,
	},
	{id: "family-security", class: Policy, advice: "restriction", late: true, codes: "x.7.*"},
	{
		id: "expired", class: Expired, advice: "expired", late: true, codes: "x.4.7 x.4.300",
		says: "QUEUE.Expired|message expired|message delayed|retry timeout exceeded|message too old",
	},
}

// nothingHeld is the row of a text that no other row knows.
var nothingHeld = &rule{id: "unknown", class: Unknown, advice: "unknown"}

// What a phrase does in a rule; the lexicon has a group for each rule and role.
const (
	decides = iota
	needed
	forbidden
	roles
)

// compiled is the table as decide needs it.
type compiled struct {
	patterns [][]pattern // by rule
	phrases  *lexicon
}

var ruleTable = sync.OnceValue(func() compiled {
	var t compiled
	var groups []string
	for _, r := range rules {
		t.patterns = append(t.patterns, codes(r.codes))
		groups = append(groups, squeeze(lower(r.says)), squeeze(lower(r.needs)), squeeze(lower(r.unless)))
	}
	t.phrases = newLexicon(groups...)
	return t
})

// decide returns the row that decides a statement.
func decide(s *statement) *rule {
	t := ruleTable()
	heard := t.phrases.groupsIn(s.words, roles*len(rules))
	fits := func(i int) bool {
		return (rules[i].needs == "" || heard[roles*i+needed]) && !heard[roles*i+forbidden]
	}
	covers := func(i int) bool {
		return slices.ContainsFunc(t.patterns[i], func(p pattern) bool { return p.covers(s.basic, s.code) })
	}
	for i := range rules {
		if !rules[i].late && !s.field && covers(i) && fits(i) {
			return &rules[i]
		}
	}
	spoken := s.spoken()
	for i := range rules {
		r := &rules[i]
		// A socket's words in a server's mouth mean something else, and a server's words in a wrapper nothing.
		foreign := r.socket && spoken || r.spoken && (s.bare || !spoken && s.code.subject == 4)
		if (!foreign && heard[roles*i+decides] || r.hasSocket(s) || r.marks != "" && hasMark(s.text, r.marks) ||
			r.late && !s.field && covers(i)) && fits(i) {
			return r
		}
	}
	for i := range rules { // The status field of a log or report only sums up what the words beside it say.
		if s.field && covers(i) && fits(i) {
			return &rules[i]
		}
	}
	return nothingHeld
}

func (r *rule) hasSocket(s *statement) bool {
	return slices.ContainsFunc(s.sockets, func(code int) bool { return slices.Contains(r.sockets, code) })
}

// hasMark reports whether a text has a marker such as ATTR36 or S3140: the mark and at most three digits.
func hasMark(text, mark string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], mark)
		if at < 0 {
			return false
		}
		at, from = from+at, from+at+len(mark)
		digits := len(text[from:]) - len(strings.TrimLeft(text[from:], "0123456789"))
		if (at == 0 || !isAlnum(text[at-1])) && 0 < digits && digits < 4 {
			return true
		}
	}
}
