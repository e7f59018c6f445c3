package smtpfailure

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
)

// Class names what a failure points at.
type Class string

// The classes, from the network outwards. The values are part of the provider's interface.
const (
	FirewallLog        Class = "firewall_log"        // a firewall's own log line
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
	Policy             Class = "policy"              // refused by a rule: sender authentication, content, restriction
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
		FirewallLog, FirewallRefused, FirewallTimeout, NetworkUnreachable, ConnectionFailed, ConnectionReset,
		SMTPInspection, TLS, Certificate, DANEMTASTS, DNS, Attribution, Throttling, Reputation, Policy,
		VersionEnforcement, Service, ClientAuth, Recipient, RoutingLoop, Internal, Expired, ConnectorConfig, Unknown,
	}
}

// Suspicion says whether an outdated allowlist can be the cause.
type Suspicion string

// Maybe: the text does not tell the direction or the cause, or the outdated list is not the firewall's.
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

// Directory knows the published EOP lists. Its answers must not change while a text is read.
type Directory interface {
	// Lists reports whether the newest list of any cloud holds the address.
	Lists(netip.Addr) bool
	// History says which clouds' lists hold the address or have held it.
	History(netip.Addr) []Listing
}

// Listing is a time during which the lists of a cloud held an address.
type Listing struct {
	Cloud string // "worldwide"
	Since string // first version with it
	Until string // first version without it; empty while it is listed
}

// relayPool is where Exchange Online sends forwarded mail from that it does not vouch for. Microsoft names the range
// in its article on outbound delivery pools and publishes it in no list.
var relayPool = netip.MustParsePrefix("40.95.0.0/16")

// Codes are the machine-readable parts of a failure, each list distinct and in order of appearance.
type Codes struct {
	Basic    []string // SMTP reply codes, "450"
	Enhanced []string // enhanced status codes (RFC 3463) of class 4 and 5, "4.4.316"
	Winsock  []string // Windows socket error codes, "10061"
	Inner    []string // names that Exchange puts inside: "QUEUE.Expired", "ATTR36", "PRX5"
}

// Target is the host the failed connection went to, as far as the text tells. For EOPToOnPrem it is the reader's own
// host, to be compared with their public address, because the EOP list holds sources, not targets.
type Target struct {
	Address netip.Addr // invalid when the text has none, or a masked one
	Port    int        // 0 when the text has none
	Host    string     // empty when the text has none
}

// IsZero reports whether the text named no target at all.
func (t Target) IsZero() bool { return t == Target{} }

// Source is the client in a firewall's log line, or the client that a server refused by its address.
type Source struct {
	Address   netip.Addr
	Listings  []Listing // empty for an address that no list has ever held
	RelayPool bool
}

// Diagnosis is what a failure points at.
type Diagnosis struct {
	Class            Class
	AllowlistSuspect Suspicion
	Direction        Direction
	Codes            Codes
	Target           Target
	Source           Source   // zero where the text names no client
	Explanation      string   // a few sentences
	Remediation      []string // steps in the order to try them
	Evidence         []string // the parts of the text that decided, blanks folded, at most 8
	Reference        string   // URL of the document behind the judgement
	Rule             string   // id of the deciding rule
	FailuresFound    int      // of the most suspicious one: how many failures the text has; 0 where it has none
}

// ErrNoText is returned for a text without a single visible character.
var ErrNoText = errors.New("the text is empty: pass the error as the queue, message trace, bounce or log shows it")

// ErrUTF16 is returned for a text with NUL bytes, which is UTF-16 taken for UTF-8.
var ErrUTF16 = errors.New("the text has NUL bytes, as UTF-16 does when it is read as UTF-8: " +
	"save it as UTF-8 and pass it again")

// Failures are what went wrong in a text, at least one: of class Unknown where nothing is recognized.
type Failures struct{ all []*failure }

// Diagnose says what the most suspicious failure in text points at, and how many failures there are. A nil directory
// knows no address. The error is ErrNoText or ErrUTF16.
func Diagnose(text string, known Directory) (Diagnosis, error) {
	f, err := Read(text, known)
	if err != nil {
		return Diagnosis{}, err
	}
	return f.MostSuspicious(), nil
}

// MostSuspicious says what the most suspicious failure points at, and how many failures there are.
func (f Failures) MostSuspicious() Diagnosis {
	worst := f.all[0]
	for _, other := range f.all[1:] {
		if other.worseThan(worst) {
			worst = other
		}
	}
	d := worst.diagnosis()
	if d.Class != Unknown || len(f.all) > 1 {
		d.FailuresFound = len(f.all)
	}
	return d
}

// All says what every failure points at, in the order of the text.
func (f Failures) All() []Diagnosis {
	out := make([]Diagnosis, len(f.all))
	for i, one := range f.all {
		out[i] = one.diagnosis()
	}
	return out
}

// Read finds the failures in text. A nil directory knows no address. The error is ErrNoText or ErrUTF16.
func Read(text string, known Directory) (Failures, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return Failures{}, ErrUTF16
	}
	r := &reader{Directory: known}
	if known == nil {
		r.Directory = nothing{}
	}
	all := units(text)
	if len(all) == 0 {
		return Failures{}, ErrNoText
	}
	var out []*failure
	from := 0 // first failure of the delivery
	for i, u := range all {
		if i > 0 && u.delivery != all[i-1].delivery {
			from = len(out)
		}
		for _, f := range u.failures(r) {
			if !f.joins(out[from:]) {
				out = append(out, f)
			}
		}
	}
	// What says nothing counts only where nothing else says anything, and so do words beside codes.
	sure := slices.ContainsFunc(out, func(f *failure) bool { return (f.sure || f.firewall != nil) && f.class != Unknown })
	kept := slices.DeleteFunc(slices.Clone(out), func(f *failure) bool {
		bare := !f.sure && f.firewall == nil && !f.unit.logged && (f.said == nil || f.said.bare)
		return f.class == Unknown || sure && bare
	})
	if len(kept) == 0 {
		kept = out[:1]
	}
	out = kept
	for _, f := range out {
		f.judge()
	}
	return Failures{out}, nil
}

// reader is what reading one text needs.
type reader struct {
	Directory
}

type nothing struct{}

func (nothing) Lists(netip.Addr) bool        { return false }
func (nothing) History(netip.Addr) []Listing { return nil }
