package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// The format is a text file for each instance, oldest version first. A version
// holds what changed since the one before it, one fact per line:
//
//	sha256 0d5c...
//	version 2019012800 4f1d0c37a9b2e856 [urls-incomplete]
//	set 10 Exchange Allow required expressroute tcp=25
//	+40.92.0.0/15
//	-40.92.0.0/14
//	+*.mail.protection.outlook.com
//	drop 12
//
// "set" opens an endpoint set, new or changed, and states its attributes anew;
// the signed lines below it are members that came and went: prefixes in numeric
// order, then names in byte order, removals first. "drop" ends a set. The first
// line is the SHA-256 of the rest of the file, so that damage shows when the file
// is opened. The sixteen hex digits of a version are the start of the SHA-256 of
// its whole list, written as if it had no predecessor.
const (
	digestLen      = 16
	incompleteMark = "urls-incomplete"
	sumMark        = "sha256 "
)

// setText is a set as the format writes it, members in their order in the file.
type setText struct {
	attributes string
	members    []string
}

// listText is a list as the format writes it, by set id.
type listText map[int]setText

func attributesOf(s *endpoints.Set) string {
	fields := []string{s.ServiceArea, orDash(s.Category)}
	if s.Required {
		fields = append(fields, "required")
	}
	if s.ExpressRoute {
		fields = append(fields, "expressroute")
	}
	if len(s.TCPPorts) > 0 {
		fields = append(fields, "tcp="+s.TCPPorts.String())
	}
	if len(s.UDPPorts) > 0 {
		fields = append(fields, "udp="+s.UDPPorts.String())
	}
	return strings.Join(fields, " ")
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func textOf(l *endpoints.List) listText {
	text := make(listText, len(l.Sets))
	for i := range l.Sets {
		s := &l.Sets[i]
		text[s.ID] = setText{attributesOf(s), slices.Concat(cidr.Strings(s.Prefixes), s.URLs)}
	}
	return text
}

// write adds what leads from the list before to this one.
func (t listText) write(b *bytes.Buffer, before listText) {
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if _, ok := t[id]; !ok {
			fmt.Fprintf(b, "drop %d\n", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(t)) {
		now, then := t[id], before[id]
		gone, come := without(then.members, now.members), without(now.members, then.members)
		if now.attributes == then.attributes && len(gone) == 0 && len(come) == 0 {
			continue
		}
		fmt.Fprintf(b, "set %d %s\n", id, now.attributes)
		for _, m := range gone {
			b.WriteString("-" + m + "\n")
		}
		for _, m := range come {
			b.WriteString("+" + m + "\n")
		}
	}
}

// without keeps the order of a.
func without(a, b []string) []string {
	if len(a) == 0 || len(b) == 0 {
		return a
	}
	drop := make(map[string]bool, len(b))
	for _, m := range b {
		drop[m] = true
	}
	var out []string
	for _, m := range a {
		if !drop[m] {
			out = append(out, m)
		}
	}
	return out
}

func (t listText) digest() string {
	var b bytes.Buffer
	t.write(&b, nil)
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:])[:digestLen]
}

func withSum(text string) string { return sumMark + sumOf(text) + "\n" + text }

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Encode writes the file of one instance: its lists in the order of their versions.
func Encode(lists []*endpoints.List) []byte {
	lists = slices.Clone(lists)
	slices.SortFunc(lists, func(a, b *endpoints.List) int { return a.Version.Compare(b.Version) })
	var b bytes.Buffer
	var before listText
	for _, l := range lists {
		now := textOf(l)
		fmt.Fprintf(&b, "version %s %s", l.Version, now.digest())
		if l.URLsIncomplete {
			b.WriteString(" " + incompleteMark)
		}
		b.WriteString("\n")
		now.write(&b, before)
		before = now
	}
	return []byte(withSum(b.String()))
}
