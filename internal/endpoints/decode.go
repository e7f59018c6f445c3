package endpoints

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// wireSet is an endpoint set as the service writes it. Empty fields are left
// out of its answers; those it always gives are pointers, so that an answer of
// another shape is noticed.
type wireSet struct {
	ID           *int     `json:"id"`
	ServiceArea  *string  `json:"serviceArea"`
	URLs         []string `json:"urls,omitempty"`
	IPs          []string `json:"ips,omitempty"`
	TCPPorts     string   `json:"tcpPorts,omitempty"`
	UDPPorts     string   `json:"udpPorts,omitempty"`
	ExpressRoute *bool    `json:"expressRoute"`
	Category     *string  `json:"category"`
	Required     *bool    `json:"required"`
}

// DecodeSets reads the answer of the service's endpoints method, or a file of
// that shape: a JSON array of endpoint sets. A byte order mark and unknown
// fields are accepted; a missing field that the service always gives, an
// address that is not a canonical block, an id seen twice or an empty array is
// an error that names the set.
func DecodeSets(data []byte) ([]Set, error) {
	var wire []wireSet
	if err := DecodeJSON(data, &wire); err != nil {
		return nil, err
	}
	if err := checkSize(wire); err != nil {
		return nil, err
	}
	sets := make([]Set, len(wire))
	seen := make(map[int]int, len(wire))
	for i, w := range wire {
		s, err := w.set()
		if err != nil {
			return nil, fmt.Errorf("endpoint set %s(element %d): %w", w.label(), i, err)
		}
		if first, ok := seen[s.ID]; ok {
			return nil, fmt.Errorf("elements %d and %d both have the id %d", first, i, s.ID)
		}
		seen[s.ID] = i
		sets[i] = s
	}
	slices.SortFunc(sets, func(a, b Set) int { return a.ID - b.ID })
	return sets, nil
}

func checkSize(wire []wireSet) error {
	prefixes, names := 0, 0
	for _, w := range wire {
		prefixes += len(w.IPs)
		names += len(w.URLs)
	}
	switch {
	case len(wire) == 0:
		return errors.New("the list has no endpoint sets")
	case len(wire) > maxSets:
		return fmt.Errorf("the list has %d endpoint sets, more than %d", len(wire), maxSets)
	case prefixes > maxPrefixes:
		return fmt.Errorf("the list has %d prefixes, more than %d", prefixes, maxPrefixes)
	case names > maxNames:
		return fmt.Errorf("the list has %d host names, more than %d", names, maxNames)
	}
	return nil
}

func (w wireSet) label() string {
	if w.ID == nil {
		return ""
	}
	return fmt.Sprintf("%d ", *w.ID)
}

// serviceAreas are the documented ones, as the service spells them; others are kept as they come.
var serviceAreas = []string{Exchange, "SharePoint", "Skype", Common}

func (w wireSet) set() (Set, error) {
	for _, f := range []struct {
		name    string
		missing bool
	}{
		{"id", w.ID == nil || *w.ID < 1},
		{"serviceArea", w.ServiceArea == nil || *w.ServiceArea == ""},
		{"category", w.Category == nil || *w.Category == ""},
		{"required", w.Required == nil},
		{"expressRoute", w.ExpressRoute == nil},
	} {
		if f.missing {
			return Set{}, fmt.Errorf("the field %q, which every set has, is missing or empty", f.name)
		}
	}
	s := Set{
		ID: *w.ID, ServiceArea: *w.ServiceArea, Category: *w.Category,
		Required: *w.Required, ExpressRoute: *w.ExpressRoute, URLs: slices.Clone(w.URLs),
	}
	for _, area := range serviceAreas {
		if s.ServiceArea != area && strings.EqualFold(s.ServiceArea, area) {
			return Set{}, fmt.Errorf("the service area %q is not spelled %q; programs differ in whether they take it",
				s.ServiceArea, area)
		}
	}
	var err error
	if s.TCPPorts, err = ParsePorts(w.TCPPorts); err != nil {
		return Set{}, fmt.Errorf("tcpPorts: %w", err)
	}
	if s.UDPPorts, err = ParsePorts(w.UDPPorts); err != nil {
		return Set{}, fmt.Errorf("udpPorts: %w", err)
	}
	for i, ip := range w.IPs {
		p, err := cidr.ParsePrefix(ip)
		if err != nil {
			return Set{}, fmt.Errorf("ips[%d]: %w", i, err)
		}
		s.Prefixes = append(s.Prefixes, p)
	}
	for i, u := range w.URLs {
		if !isHostPattern(u) {
			return Set{}, fmt.Errorf("urls[%d]: %q is not a host name", i, u)
		}
	}
	s.normalize()
	return s, nil
}

// isHostPattern accepts a host name of two labels or more, in which wildcards stand
// before at least two labels without one: true of every list since 2018, and what
// keeps "*" and "*.com" out of a proxy's configuration.
func isHostPattern(u string) bool {
	labels := strings.Split(u, ".")
	if len(u) > 253 || len(labels) < 2 {
		return false
	}
	after := 0 // labels to the right of this one
	for _, label := range slices.Backward(labels) {
		if !isLabelPattern(label) {
			return false
		}
		if strings.Contains(label, "*") && after < 2 {
			return false
		}
		after++
	}
	return true
}

func isLabelPattern(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, r := range label {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '*', r == '_':
		default:
			return false
		}
	}
	return true
}

// EncodeSets writes sets as the service does: a JSON array that [DecodeSets]
// reads back to the same sets.
func EncodeSets(sets []Set) ([]byte, error) {
	wire := make([]wireSet, len(sets))
	for i := range sets {
		s := &sets[i]
		wire[i] = wireSet{
			ID: &s.ID, ServiceArea: &s.ServiceArea, Category: &s.Category, Required: &s.Required, ExpressRoute: &s.ExpressRoute,
			URLs: s.URLs, IPs: cidr.Strings(s.Prefixes), TCPPorts: s.TCPPorts.String(), UDPPorts: s.UDPPorts.String(),
		}
	}
	return json.MarshalIndent(wire, "", " ")
}
