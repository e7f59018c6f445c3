package endpoints

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

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
	if len(wire) == 0 {
		return nil, errors.New("the list has no endpoint sets")
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

func (w wireSet) label() string {
	if w.ID == nil {
		return ""
	}
	return fmt.Sprintf("%d ", *w.ID)
}

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

// isHostPattern accepts what host names and the service's wildcards are made
// of: a list is shown to people and written into files line by line.
func isHostPattern(u string) bool {
	if u == "" || len(u) > 253 {
		return false
	}
	for _, r := range u {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '-', r == '*', r == '_':
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

var byteOrderMark = []byte("\xef\xbb\xbf")

// DecodeJSON reads one JSON value and nothing after it. An HTML page, the usual
// stand-in of a captive portal or proxy, is named as such.
func DecodeJSON(data []byte, into any) error {
	body := bytes.TrimSpace(bytes.TrimPrefix(data, byteOrderMark))
	switch {
	case len(body) == 0:
		return errors.New("the body is empty")
	case body[0] == '<':
		return fmt.Errorf("the body is a web page, not JSON (%s); a proxy or captive portal answers like this", excerpt(body))
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("the body is not the expected JSON: %w (it begins %s)", err, excerpt(body))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the body has something after its JSON value")
	}
	return nil
}

// excerpt quotes the start of a body for an error text.
func excerpt(body []byte) string {
	const most = 60
	if len(body) > most {
		body = body[:most]
	}
	return fmt.Sprintf("%q", bytes.ToValidUTF8(body, nil))
}
