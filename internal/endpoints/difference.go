package endpoints

import (
	"fmt"
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// FirstDifference names the first endpoint set in which two lists of one version
// differ in addresses or ports, and how; empty where they do not. Where one of the
// lists is [SMTPOnly], the SMTP parts are compared.
func FirstDifference(known, other *List) string {
	if known.Version.Kind() == SMTPOnly {
		was, _ := known.SMTP()
		is, _ := other.SMTP()
		return spaceDifference("the SMTP sets", Set{Prefixes: was.Prefixes}, Set{Prefixes: is.Prefixes})
	}
	sets := map[int][2]*Set{}
	for i := range known.Sets {
		sets[known.Sets[i].ID] = [2]*Set{&known.Sets[i], nil}
	}
	for i := range other.Sets {
		pair := sets[other.Sets[i].ID]
		pair[1] = &other.Sets[i]
		sets[other.Sets[i].ID] = pair
	}
	ids := make([]int, 0, len(sets))
	for id := range sets {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		name := fmt.Sprintf("endpoint set %d", id)
		switch pair := sets[id]; {
		case pair[1] == nil:
			return name + " is missing"
		case pair[0] == nil:
			return name + " is not in the known list"
		default:
			if d := setDifference(name, pair[0], pair[1]); d != "" {
				return d
			}
		}
	}
	return ""
}

func setDifference(name string, known, other *Set) string {
	if known.ServiceArea != other.ServiceArea {
		return fmt.Sprintf("%s belongs to %s, and to %s in the known list", name, other.ServiceArea, known.ServiceArea)
	}
	if !slices.Equal(known.TCPPorts, other.TCPPorts) {
		return fmt.Sprintf("%s has the TCP ports %q, and %q in the known list", name, other.TCPPorts, known.TCPPorts)
	}
	if !slices.Equal(known.UDPPorts, other.UDPPorts) {
		return fmt.Sprintf("%s has the UDP ports %q, and %q in the known list", name, other.UDPPorts, known.UDPPorts)
	}
	return spaceDifference(name, *known, *other)
}

func spaceDifference(name string, known, other Set) string {
	if slices.Equal(known.Prefixes, other.Prefixes) {
		return ""
	}
	diff := cidr.Diff(known.Prefixes, other.Prefixes)
	switch {
	case len(diff.Missing) > 0:
		return fmt.Sprintf("%s has %s, which the known list lacks", name, diff.Missing[0])
	case len(diff.Excess) > 0:
		return fmt.Sprintf("%s lacks %s, which the known list has", name, diff.Excess[0])
	}
	return ""
}
