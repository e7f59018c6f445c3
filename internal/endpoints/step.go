package endpoints

import (
	"cmp"
	"fmt"
	"math/big"
	"net/netip"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// StepLimits bound one step from a known list to another. Each address family is judged
// separately: in a sum, the size of IPv6 would hide the loss of all IPv4.
type StepLimits struct {
	MinOverlapPercent float64 // how much of the known addresses must still be there
	MaxGrowthFactor   float64 // by which factor the number of addresses may grow
	// IPv6Slack multiplies MaxGrowthFactor for IPv6; zero means 1.
	IPv6Slack float64
}

// DefaultStepLimits allow every real step since October 2018: half of a list may be
// removed, and it may grow to six times its size.
func DefaultStepLimits() StepLimits { return StepLimits{MinOverlapPercent: 50, MaxGrowthFactor: 6} }

// smallIPv6 is an IPv6 total that no growth limit refuses: a /48. US government lists
// began with a few /64, and a /48 is what one site gets.
var smallIPv6 = new(big.Int).Lsh(big.NewInt(1), 128-48)

// StepError says which limit a step breaks. Its text goes on from "the addresses".
type StepError struct {
	Limit  Limit // NoLimit: a whole family is gone
	Family string
	Value  float64 // percent kept, or factor of growth
	Bound  float64
}

func (e *StepError) Error() string {
	switch e.Limit {
	case Overlap:
		return fmt.Sprintf("keep only %.1f %% of the %s space, less than %g %%", e.Value, e.Family, e.Bound)
	case Growth:
		return fmt.Sprintf("grow to %.1f times the %s space, more than %g times", e.Value, e.Family, e.Bound)
	default:
		return fmt.Sprintf("have no %s prefix left", e.Family)
	}
}

// Check compares the address space of two lists, family by family; nil where the step
// lies within the limits. A family that was not there before may appear.
func (l StepLimits) Check(was, is []netip.Prefix) *StepError {
	now, then, kept := cidr.CountOf(is), cidr.CountOf(was), cidr.CountOf(cidr.Intersect(is, was))
	for _, f := range []struct {
		name            string
		now, then, kept *big.Int
		small           *big.Int // a size that is never too much
		slack           float64
	}{
		{"IPv4", now.IPv4, then.IPv4, kept.IPv4, new(big.Int), 1},
		{"IPv6", now.IPv6, then.IPv6, kept.IPv6, smallIPv6, cmp.Or(l.IPv6Slack, 1)},
	} {
		if f.then.Sign() == 0 {
			continue
		}
		if f.now.Sign() == 0 {
			return &StepError{Family: f.name}
		}
		if percent := cidr.Percent(f.kept, f.then); percent < l.MinOverlapPercent {
			return &StepError{Overlap, f.name, percent, l.MinOverlapPercent}
		}
		bound := l.MaxGrowthFactor * f.slack
		if factor := cidr.Percent(f.now, f.then) / 100; factor > bound && f.now.Cmp(f.small) > 0 {
			return &StepError{Growth, f.name, factor, bound}
		}
	}
	return nil
}
