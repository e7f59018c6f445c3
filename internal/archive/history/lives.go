package main

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// span is a time in which prefixes were on the list. The last one has no end.
type span struct {
	from, to endpoints.Version // to: the first version without them; zero: still there
}

// life is a group of prefixes that came and went together.
type life struct {
	prefixes []netip.Prefix // of one family, in numeric order
	spans    []span
}

// history is what one cloud allowed.
type history struct {
	instance endpoints.Instance
	lives    []life
	changes  []endpoints.Version // those that changed the address space, oldest first
	newest   endpoints.Version
}

// read follows every SMTP prefix of an instance through the archive.
func read(a *archive.Archive, instance endpoints.Instance) (history, error) {
	h := history{instance: instance}
	entries, err := a.SMTPHistory(instance)
	if err != nil {
		return h, err
	}
	spans := map[netip.Prefix][]span{}
	for _, e := range entries {
		h.newest = e.Version
		if !e.Changed {
			continue
		}
		h.changes = append(h.changes, e.Version)
		for p, s := range spans {
			if last := &s[len(s)-1]; last.to.IsZero() && !slices.Contains(e.SMTP.Prefixes, p) {
				last.to = e.Version
			}
		}
		for _, p := range e.SMTP.Prefixes {
			if s := spans[p]; len(s) == 0 || !s[len(s)-1].to.IsZero() {
				spans[p] = append(s, span{from: e.Version})
			}
		}
	}
	h.lives = group(spans)
	return h, nil
}

// group puts prefixes of one family with the same life together, the oldest first.
func group(spans map[netip.Prefix][]span) []life {
	prefixes := make([]netip.Prefix, 0, len(spans))
	for p := range spans {
		prefixes = append(prefixes, p)
	}
	slices.SortFunc(prefixes, cidr.Compare)
	var out []life
	for _, p := range prefixes {
		i := slices.IndexFunc(out, func(l life) bool {
			return l.prefixes[0].Addr().Is4() == p.Addr().Is4() && slices.Equal(l.spans, spans[p])
		})
		if i < 0 {
			out = append(out, life{[]netip.Prefix{p}, spans[p]})
			continue
		}
		out[i].prefixes = append(out[i].prefixes, p)
	}
	slices.SortStableFunc(out, func(a, b life) int {
		return cmp.Or(a.spans[0].from.Compare(b.spans[0].from), compareEnds(a, b), cidr.Compare(a.prefixes[0], b.prefixes[0]))
	})
	return out
}

// compareEnds orders what ended first before what ended later, and that before what lasts.
func compareEnds(a, b life) int {
	end := func(l life) time.Time {
		if to := l.spans[len(l.spans)-1].to; !to.IsZero() {
			return to.Day()
		}
		return time.Unix(1<<40, 0)
	}
	return end(a).Compare(end(b))
}
