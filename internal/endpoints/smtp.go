package endpoints

import (
	"net/netip"
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// SMTPPort is where EOP delivers mail.
const SMTPPort = 25

// SMTP is the part of a list that mail flows through.
type SMTP struct {
	Prefixes  []netip.Prefix // distinct, in numeric order, none inside another, neighbours not merged
	SetIDs    []int          // the endpoint sets they come from; empty before the service
	Hostnames []string       // names of those sets, for documentation: no rule can use them
}

// IsSMTP reports whether EOP sends and receives mail with the set: service area
// Exchange, TCP port 25, addresses present. Ids and port strings differ by
// instance and over time, and rows with port 25 but no addresses (client
// submission) exist, so neither decides.
func (s Set) IsSMTP() bool {
	return s.ServiceArea == Exchange && s.TCPPorts.Contain(SMTPPort) && len(s.Prefixes) > 0
}

// SMTP selects the sets that mail flows through, by [Set.IsSMTP]. ok is false where
// there is none.
func (l *List) SMTP() (smtp SMTP, ok bool) {
	for _, s := range l.Sets {
		if !s.IsSMTP() {
			continue
		}
		ok = true
		smtp.Prefixes = append(smtp.Prefixes, s.Prefixes...)
		smtp.Hostnames = append(smtp.Hostnames, s.URLs...)
		if s.ID != 0 {
			smtp.SetIDs = append(smtp.SetIDs, s.ID)
		}
	}
	smtp.Prefixes = cidr.Outermost(smtp.Prefixes)
	slices.Sort(smtp.Hostnames)
	smtp.Hostnames = slices.Compact(smtp.Hostnames)
	return smtp, ok
}
