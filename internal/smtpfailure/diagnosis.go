package smtpfailure

import (
	"errors"
	"net/netip"
	"strings"
)

// Class names what a failure points at.
type Class string

// The classes, from the network outwards. The values are part of the provider's interface.
const (
	FirewallRefused    Class = "firewall_refused"    // TCP connection refused: 10061, 4.4.316
	FirewallTimeout    Class = "firewall_timeout"    // TCP connection not answered: 10060, 995, 4.4.315, 421 4.4.1
	NetworkUnreachable Class = "network_unreachable" // no route: 10050, 10051, 10065
	ConnectionFailed   Class = "connection_failed"   // connection failed, the text gives no reason
	ConnectionReset    Class = "connection_reset"    // session established, then cut: 10053, 10054, 4.4.318, 421 4.4.2
	SMTPInspection     Class = "smtp_inspection"     // a device rewrites the SMTP dialogue
	TLS                Class = "tls"                 // STARTTLS missing or the handshake failed
	Certificate        Class = "certificate"         // expired, mismatched, untrusted, missing or unusable certificate
	DANEMTASTS         Class = "dane_mtasts"         // DANE or MTA-STS policy of another domain
	DNS                Class = "dns"                 // name not found or query failed
	Attribution        Class = "attribution"         // tenant or connector not recognized, relay denied, wrong region
	Throttling         Class = "throttling"          // rate or quota of the service or the recipient
	Reputation         Class = "reputation"          // sender, address or tenant is banned
	Policy             Class = "policy"              // refused by a rule: authentication of the sender, size, restriction
	VersionEnforcement Class = "version_enforcement" // Exchange Online throttles or blocks an outdated Exchange server
	Service            Class = "service"             // the other server is temporarily unable
	ClientAuth         Class = "client_auth"         // SMTP client submission without valid authentication
	Recipient          Class = "recipient"           // recipient unknown, full or disabled
	RoutingLoop        Class = "routing_loop"        // hop count exceeded
	Internal           Class = "internal"            // hop between Exchange servers inside the organization
	Expired            Class = "expired"             // only the end of the retries: look at the earlier event
	ConnectorConfig    Class = "connector_config"    // connector validation failed on configuration
	Unknown            Class = "unknown"             // nothing recognized
)

// Classes returns every class a diagnosis can have, Unknown last.
func Classes() []Class {
	return []Class{
		FirewallRefused, FirewallTimeout, NetworkUnreachable, ConnectionFailed, ConnectionReset,
		SMTPInspection, TLS, Certificate, DANEMTASTS, DNS, Attribution, Throttling, Reputation, Policy,
		VersionEnforcement, Service, ClientAuth, Recipient, RoutingLoop, Internal, Expired,
		ConnectorConfig, Unknown,
	}
}

// Suspicion says whether an outdated firewall allowlist can be the cause.
type Suspicion string

// Maybe: the text does not tell the direction or the cause.
const (
	SuspectYes   Suspicion = "yes"
	SuspectNo    Suspicion = "no"
	SuspectMaybe Suspicion = "maybe"
)

// Direction says which side opened the failed connection, and towards whom.
type Direction string

// The directions. The values are part of the provider's interface.
const (
	EOPToOnPrem      Direction = "eop_to_onprem"   // Exchange Online to the reader's own host: the allowlist's direction
	OnPremToEOP      Direction = "onprem_to_eop"   // the reader's server to Exchange Online
	OnPremOutbound   Direction = "onprem_outbound" // the reader's server to a third party
	EOPOutbound      Direction = "eop_outbound"    // Exchange Online to a third party
	WithinOrg        Direction = "internal"        // between servers of one organization
	ClientSubmission Direction = "submission"      // a client or device to the submission endpoint
	DirectionUnknown Direction = "unknown"
)

// Directions returns every direction a diagnosis can have, DirectionUnknown last.
func Directions() []Direction {
	return []Direction{
		EOPToOnPrem, OnPremToEOP, OnPremOutbound, EOPOutbound, WithinOrg, ClientSubmission, DirectionUnknown,
	}
}

// Codes are the machine-readable parts of a text, each list distinct and in order of appearance,
// and at most 64 long.
type Codes struct {
	Basic    []string // SMTP reply codes, "450"
	Enhanced []string // enhanced status codes (RFC 3463) of class 4 and 5, "4.4.316"
	Winsock  []string // Windows socket error codes, "10061"
	Inner    []string // what a wrapper carries: "Socket error code 10061", "QUEUE.Expired", "ATTR36", "PRX5"
}

// Target is the host the failed connection went to, as far as the text tells.
// For EOPToOnPrem it is the reader's own host, to be compared with their public address,
// because the EOP list holds sources, not targets.
type Target struct {
	Address netip.Addr // invalid when the text has none, or a masked one
	Port    int        // 0 when the text has none
	Host    string     // empty when the text has none
}

// IsZero reports whether the text named no target at all.
func (t Target) IsZero() bool { return t == Target{} }

// Diagnosis is what a text points at.
type Diagnosis struct {
	Class            Class
	AllowlistSuspect Suspicion
	Direction        Direction
	Codes            Codes
	Target           Target
	Explanation      string   // a few sentences
	Remediation      []string // steps in the order to try them
	Evidence         []string // the parts of the text that decided, blanks folded, at most 8
	Reference        string   // the Microsoft or RFC document behind the judgement
	Rule             string   // id of the deciding row of the rule table
}

// ErrNoText is returned for a text without a single visible character.
var ErrNoText = errors.New("the text is empty: pass the error as the queue, message trace, bounce or log shows it")

// ErrUTF16 is returned for a text with NUL bytes, which is UTF-16 taken for UTF-8.
var ErrUTF16 = errors.New("the text has NUL bytes, as UTF-16 does when it is read as UTF-8: " +
	"save it as UTF-8 and pass it again")

// Diagnose says what text points at. It is pure: the same arguments give the same diagnosis.
//
// inList reports whether an address is in the current EOP address list. It is asked about addresses
// in text only and must be pure, too. With a nil inList a public target is neither inside nor
// outside the list, and the direction is unknown where it depends on that.
//
// The error is ErrNoText or ErrUTF16.
func Diagnose(text string, inList func(netip.Addr) bool) (Diagnosis, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return Diagnosis{}, ErrUTF16
	}
	folded := fold(text)
	if len(folded) == 0 {
		return Diagnosis{}, ErrNoText
	}
	f := read(folded, inList)
	r, matched := decide(f)
	f.focus(matched)

	direction := f.direction(r)
	words := adviceFor(r.advice, direction)
	return Diagnosis{
		Class:            r.class,
		AllowlistSuspect: suspicion(r.class, direction),
		Direction:        direction,
		Codes:            f.codes(),
		Target:           f.target,
		Explanation:      words.explanation + targetNote(r.class, direction, f.target),
		Remediation:      append([]string(nil), words.steps...),
		Evidence:         f.evidence(matched),
		Reference:        string(r.source),
		Rule:             r.id,
	}, nil
}

// suspicion follows from class and direction alone: the EOP list holds the sources of connections
// that Exchange Online opens, so it can only matter where Exchange Online is the client.
func suspicion(c Class, d Direction) Suspicion {
	switch c {
	case FirewallRefused, FirewallTimeout:
		switch d {
		case EOPToOnPrem:
			return SuspectYes
		case DirectionUnknown:
			return SuspectMaybe
		}
	case ConnectionFailed, ConnectionReset, Expired, Unknown:
		if d == EOPToOnPrem || d == DirectionUnknown {
			return SuspectMaybe
		}
	}
	return SuspectNo
}
