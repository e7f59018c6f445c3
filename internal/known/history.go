package known

import (
	"net/netip"
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// Version is a version of an instance and what is known of it.
type Version struct {
	Version endpoints.Version
	Source  Source
	// SMTPChanged says whether the SMTP address space differs from the version
	// before it whose list is known; nil where this one's list is not.
	SMTPChanged *bool
	SMTP        []netip.Prefix // nil where the list is not known or has none
}

// History is the versions of an instance, oldest first.
type History []Version

// History has every version of the index. A vendored list that cannot be used is known by
// name alone, and its error is in unusable; a cached one is left out.
func (k *Lists) History(instance endpoints.Instance) (h History, unusable []error, err error) {
	x, err := k.Index(instance)
	if err != nil {
		return nil, nil, err
	}
	archived, err := k.options.Archive.SMTPHistory(instance)
	if err != nil {
		return nil, nil, err
	}
	smtp := map[endpoints.Version][]netip.Prefix{}
	for _, e := range archived {
		smtp[e.Version] = e.SMTP.Prefixes
	}
	for _, e := range x.entries {
		v := Version{Version: e.Version, Source: e.Source}
		if e.Source == Embedded {
			v.SMTP, v.SMTPChanged = smtp[e.Version], new(bool)
		} else if l, err := e.Load(); err == nil {
			selected, _ := l.SMTP()
			v.SMTP, v.SMTPChanged = selected.Prefixes, new(bool)
		} else if e.Source == Vendored {
			unusable = append(unusable, err)
		} else {
			continue
		}
		h = append(h, v)
	}
	h.mark()
	return h, unusable, nil
}

// WithName has a version more, known by name alone, unless it is there.
func (h History) WithName(v endpoints.Version) History {
	i, ok := h.search(v)
	if ok {
		return h
	}
	return slices.Insert(h, i, Version{Version: v, Source: Service})
}

// UpTo ends with a version that has these SMTP prefixes. It changes h.
func (h History) UpTo(v endpoints.Version, smtp []netip.Prefix) History {
	i, _ := h.search(v)
	h = append(h[:i], Version{Version: v, SMTP: smtp, SMTPChanged: new(bool)})
	h.mark()
	return h
}

func (h History) search(v endpoints.Version) (int, bool) {
	return slices.BinarySearchFunc(h, v, func(k Version, v endpoints.Version) int { return k.Version.Compare(v) })
}

// mark compares each list with the last known before it; versions known by name alone
// stay undecided.
func (h History) mark() {
	var last []netip.Prefix
	for _, v := range h {
		if v.SMTPChanged != nil {
			*v.SMTPChanged = !cidr.SameSpace(last, v.SMTP)
			last = v.SMTP
		}
	}
}
