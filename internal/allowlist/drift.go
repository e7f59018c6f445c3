package allowlist

import (
	"net/netip"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// Drift is how a rule that is deployed differs from the list it should have, by
// address space: two /25 are their /24.
type Drift struct {
	cidr.Difference // Missing: mail from there is refused; Excess: a hole
	// Unresolved are tokens that stand for addresses only their cloud knows:
	// service tags, prefix lists, security groups.
	Unresolved []string
	Deployed   []netip.Prefix // what could be resolved
}

// InSync reports whether the rule is the list, and nothing in it is unresolved.
func (d Drift) InSync() bool { return d.Empty() && len(d.Unresolved) == 0 }

// Everything is what a rule without a source restriction lets in.
var everything = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

// DriftOf compares the tokens of a deployed rule with the list expected. Tokens
// are prefixes, bare addresses and the words for everything; empty ones are
// skipped, and the rest comes back unresolved, in order.
func DriftOf(deployed []string, expected []netip.Prefix) Drift {
	var d Drift
	for _, token := range deployed {
		token = strings.TrimSpace(token)
		switch strings.ToLower(token) {
		case "":
			continue
		case "*", "any", "internet":
			d.Deployed = append(d.Deployed, everything...)
			continue
		}
		p, err := cidr.Parse(token)
		if err != nil {
			d.Unresolved = append(d.Unresolved, token)
			continue
		}
		d.Deployed = append(d.Deployed, p)
	}
	d.Difference = cidr.Diff(d.Deployed, expected)
	return d
}
