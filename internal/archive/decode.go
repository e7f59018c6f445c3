package archive

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// header is a version line.
type header struct {
	version        endpoints.Version
	digest         string
	urlsIncomplete bool
}

func parseHeader(line string) (header, error) {
	fields := strings.Fields(line)
	if len(fields) < 3 || len(fields) > 4 || fields[0] != "version" || len(fields[2]) != digestLen ||
		len(fields) == 4 && fields[3] != incompleteMark {
		return header{}, fmt.Errorf("%q is not a version line", line)
	}
	v, err := endpoints.ParseVersion(fields[1])
	return header{v, fields[2], len(fields) == 4}, err
}

// checkSum splits a file into its first line and the rest, which it describes.
func checkSum(file string) (text string, err error) {
	first, text, _ := strings.Cut(file, "\n")
	want, ok := strings.CutPrefix(first, sumMark)
	if !ok {
		return "", fmt.Errorf("the first line is not %q and a digest", strings.TrimSpace(sumMark))
	}
	if got := sumOf(text); got != want {
		return "", fmt.Errorf("the text has the SHA-256 digest %s, not %s as its first line says", got, want)
	}
	return text, nil
}

// headers reads the version lines, and checks their order.
func headers(data string) ([]header, error) {
	var out []header
	for line := range strings.Lines(data) {
		if !strings.HasPrefix(line, "version ") {
			continue
		}
		h, err := parseHeader(line)
		if err != nil {
			return nil, err
		}
		if n := len(out); n > 0 && out[n-1].version.Compare(h.version) >= 0 {
			return nil, fmt.Errorf("version %s does not come after %s", h.version, out[n-1].version)
		}
		out = append(out, h)
	}
	if len(out) == 0 {
		return nil, errors.New("it holds no version")
	}
	return out, nil
}

// setState is a set while the versions are replayed.
type setState struct {
	attributes string
	members    map[string]bool
}

// snapshot is a version while the file is replayed: all its sets, and whether
// this version touched one of service area Exchange.
type snapshot struct {
	header
	sets            map[int]*setState
	exchangeChanged bool
}

// replay reads the file version by version, checking their order. A snapshot is
// good until the next is asked for; an error ends the sequence.
func replay(data string) iter.Seq2[*snapshot, error] {
	return func(yield func(*snapshot, error) bool) {
		now := &snapshot{sets: map[int]*setState{}}
		var open *setState // the set that signed lines belong to
		number := 0
		for line := range strings.Lines(data) {
			number++
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "version ") {
				if number > 1 && !yield(now, nil) {
					return
				}
				h, err := parseHeader(line)
				if err == nil && !now.version.IsZero() && now.version.Compare(h.version) >= 0 {
					err = fmt.Errorf("version %s does not come after %s", h.version, now.version)
				}
				if err != nil {
					yield(nil, fmt.Errorf("line %d: %w", number, err))
					return
				}
				now.header, now.exchangeChanged, open = h, false, nil
				continue
			}
			var err error
			if open, err = now.apply(line, open); err != nil {
				yield(nil, fmt.Errorf("line %d: %w", number, err))
				return
			}
		}
		if number > 0 {
			yield(now, nil)
		}
	}
}

// apply changes the snapshot by one line below a version line and returns the
// set that is open after it.
func (now *snapshot) apply(line string, open *setState) (*setState, error) {
	kind, rest, _ := strings.Cut(line, " ")
	switch {
	case now.version.IsZero():
		return nil, errors.New("comes before the first version")
	case kind == "set", kind == "drop":
		idText, attributes, _ := strings.Cut(rest, " ")
		id, err := strconv.Atoi(idText)
		if err != nil {
			return nil, fmt.Errorf("%q has no set id", line)
		}
		s, known := now.sets[id]
		if !known {
			s = &setState{members: map[string]bool{}}
			now.sets[id] = s
		}
		now.exchangeChanged = now.exchangeChanged || isExchange(s.attributes) || isExchange(attributes)
		s.attributes = attributes
		if kind == "set" {
			return s, nil
		}
		delete(now.sets, id)
		if !known {
			return nil, fmt.Errorf("drops the set %d, which is not there", id)
		}
		return nil, nil
	case open == nil || len(line) < 2:
		return nil, fmt.Errorf("%q is not a line of the format", line)
	case line[0] == '+' && !open.members[line[1:]]:
		open.members[line[1:]] = true
	case line[0] == '-' && open.members[line[1:]]:
		delete(open.members, line[1:])
	default:
		return nil, fmt.Errorf("%q adds what the list has, removes what it lacks, or is not a line of the format", line)
	}
	return open, nil
}

func isExchange(attributes string) bool { return strings.HasPrefix(attributes, endpoints.Exchange+" ") }

// list builds the typed list, and checks its digest.
func (now *snapshot) list(instance endpoints.Instance) (*endpoints.List, error) {
	sets, err := now.typedSets(func(*setState) bool { return true })
	if err != nil {
		return nil, err
	}
	l := &endpoints.List{Instance: instance, Version: now.version, URLsIncomplete: now.urlsIncomplete, Sets: sets}
	if got := textOf(l).digest(); got != now.digest {
		return nil, fmt.Errorf("version %s has the digest %s, not %s as written", now.version, got, now.digest)
	}
	return l, nil
}

func (now *snapshot) typedSets(want func(*setState) bool) ([]endpoints.Set, error) {
	var out []endpoints.Set
	for _, id := range slices.Sorted(maps.Keys(now.sets)) {
		if !want(now.sets[id]) {
			continue
		}
		s, err := now.sets[id].typed(id)
		if err != nil {
			return nil, fmt.Errorf("version %s, set %d: %w", now.version, id, err)
		}
		out = append(out, s)
	}
	return out, nil
}

func (t *setState) typed(id int) (endpoints.Set, error) {
	fields := strings.Fields(t.attributes)
	if len(fields) < 2 {
		return endpoints.Set{}, fmt.Errorf("%q lacks attributes", t.attributes)
	}
	s := endpoints.Set{ID: id, ServiceArea: fields[0], Category: strings.TrimPrefix(fields[1], "-")}
	for _, f := range fields[2:] {
		var err error
		switch name, value, _ := strings.Cut(f, "="); name {
		case "required":
			s.Required = true
		case "expressroute":
			s.ExpressRoute = true
		case "tcp":
			s.TCPPorts, err = endpoints.ParsePorts(value)
		case "udp":
			s.UDPPorts, err = endpoints.ParsePorts(value)
		default:
			err = fmt.Errorf("%q is not an attribute", f)
		}
		if err != nil {
			return endpoints.Set{}, err
		}
	}
	for m := range t.members {
		if !strings.Contains(m, "/") {
			s.URLs = append(s.URLs, m)
			continue
		}
		p, err := netip.ParsePrefix(m)
		if err != nil {
			return endpoints.Set{}, err
		}
		s.Prefixes = append(s.Prefixes, p)
	}
	slices.SortFunc(s.Prefixes, cidr.Compare)
	slices.Sort(s.URLs)
	return s, nil
}

// Decode reads every list of a file that [Encode] wrote, oldest first, and checks
// the digest of the file and of each list.
func Decode(instance endpoints.Instance, file string) ([]*endpoints.List, error) {
	text, err := checkSum(file)
	if err != nil {
		return nil, err
	}
	var out []*endpoints.List
	for now, err := range replay(text) {
		if err != nil {
			return nil, err
		}
		l, err := now.list(instance)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}
