package pin

import (
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

func list(version string, cidrs ...string) *List {
	prefixes, err := cidr.ParseAll(cidrs)
	if err != nil {
		panic(err)
	}
	return &List{endpoints.Worldwide, endpoints.MustParseVersion(version), cidr.Outermost(prefixes)}
}

func held(l *List) *Accepted { return &Accepted{List: *l} }

var (
	a       = list("2026010100", "40.92.0.0/16", "2a01:111:f400::/48")
	aAgain  = list("2026020100", "40.92.0.0/17", "40.92.128.0/17", "2a01:111:f400::/48")
	b       = list("2026030100", "40.92.0.0/16", "40.107.0.0/16", "2a01:111:f400::/48")
	c       = list("2026040100", "40.92.0.0/16", "2a01:111:f400::/48", "2a01:111:f403::/48")
	shrunk  = list("2026050100", "40.92.0.0/18", "2a01:111:f400::/48")
	huge    = list("2026060100", "40.64.0.0/11", "2a01:111:f400::/48")
	ipv6Big = list("2026070100", "40.92.0.0/16", "2a01:111::/32")
	other   = &List{endpoints.China, a.Version, a.Prefixes}
)

func inArchive(lists ...*List) Archive {
	return func(i endpoints.Instance, v endpoints.Version) (*List, bool) {
		for _, l := range lists {
			if l.Instance == i && l.Version == v {
				return l, true
			}
		}
		return nil, false
	}
}

func digest(l *List) string { return allowlist.SHA256(l.Prefixes) }

func TestApproval(t *testing.T) {
	for name, tc := range map[string]struct {
		held      *Accepted
		candidate *List
		approved  *List
		sha       string
		archive   Archive
		want      *List
		waits     bool
		errOn     string
	}{
		"create, candidate approved":       {nil, a, a, "", inArchive(), a, false, ""},
		"create, from the archive":         {nil, b, a, "", inArchive(a), a, true, ""},
		"create, same space in archive":    {nil, aAgain, a, "", inArchive(a), a, false, ""},
		"create, not at hand":              {nil, b, a, "", inArchive(), nil, false, "approved_version"},
		"held, nothing new":                {held(a), a, a, "", inArchive(), a, false, ""},
		"held, another number, same space": {held(a), aAgain, a, "", inArchive(), a, false, ""},
		"held, another space waits":        {held(a), b, a, "", inArchive(), a, true, ""},
		"held, an older one waits too":     {held(b), a, b, "", inArchive(), b, true, ""},
		"approved at last":                 {held(a), b, b, "", inArchive(), b, false, ""},
		"rollback to the candidate":        {held(b), a, a, "", inArchive(), a, false, ""},
		"rollback from the archive":        {held(b), c, a, "", inArchive(a), a, true, ""},
		"approved, not at hand":            {held(a), b, c, "", inArchive(), nil, false, "approved_version"},
		"digest fits":                      {held(a), b, b, digest(b), inArchive(), b, false, ""},
		"digest fits, in capitals":         {held(a), b, b, strings.ToUpper(digest(b)), inArchive(), b, false, ""},
		"digest of another list":           {held(a), b, b, digest(a), inArchive(), nil, false, "approved_sha256"},
		"digest of another list, held":     {held(a), b, a, digest(b), inArchive(), nil, false, "approved_sha256"},
		"no limit asks":                    {held(a), huge, huge, "", inArchive(), huge, false, ""},
		"of another cloud":                 {held(a), other, a, "", inArchive(), nil, false, "candidate"},
	} {
		d, err := Decide(tc.held, tc.candidate, Policy{Approved: tc.approved.Version, ApprovedSHA256: tc.sha}, tc.archive)
		check(t, name, d, err, tc.want, tc.waits, tc.errOn)
	}
}

func TestLimits(t *testing.T) {
	for name, tc := range map[string]struct {
		held           *Accepted
		candidate      *List
		removed, added float64
		want           *List
		errOn          string
	}{
		"create":                            {nil, a, 50, 1600, a, ""},
		"create, however large":             {nil, huge, 0, 0, huge, ""},
		"the same list":                     {held(a), a, 50, 1600, a, ""},
		"another number, same space":        {held(a), aAgain, 50, 1600, a, ""},
		"something added":                   {held(a), b, 50, 1600, b, ""},
		"IPv6 added":                        {held(a), c, 50, 0, c, ""},
		"IPv6 by thousands":                 {held(a), ipv6Big, 50, 0, ipv6Big, ""},
		"an older one":                      {held(b), a, 50, 1600, b, ""},
		"three quarters gone":               {held(a), shrunk, 50, 1600, nil, "max_removed_percent"},
		"three quarters gone, allowed":      {held(a), shrunk, 75, 1600, shrunk, ""},
		"times thirty-two":                  {held(a), huge, 50, 1600, nil, "max_added_percent"},
		"times thirty-two, allowed":         {held(a), huge, 50, 3200, huge, ""},
		"a hundred percent added, bounded":  {held(a), b, 50, 99, nil, "max_added_percent"},
		"the same number, other addresses":  {held(a), list("2026010100", "40.93.0.0/16", "2a01:111:f400::/48"), 100, 1600, nil, "candidate"},
		"the same number, written in parts": {held(a), list("2026010100", "40.92.0.0/17", "40.92.128.0/17", "2a01:111:f400::/48"), 50, 1600, a, ""},
		"of another cloud":                  {held(a), other, 50, 1600, nil, "candidate"},
	} {
		d, err := Decide(tc.held, tc.candidate, Policy{MaxRemovedPercent: tc.removed, MaxAddedPercent: tc.added}, inArchive())
		check(t, name, d, err, tc.want, false, tc.errOn)
	}
}

func check(t *testing.T, name string, d Decision, err error, want *List, waits bool, errOn string) {
	t.Helper()
	var refused *Error
	switch {
	case errOn != "":
		if !errors.As(err, &refused) || refused.Attribute != errOn || strings.HasSuffix(refused.Text, ".") {
			t.Errorf("%s: %v, want an error on %s", name, err, errOn)
		}
	case err != nil:
		t.Errorf("%s: %v", name, err)
	case d.Accepted.Version != want.Version || !slices.Equal(d.Accepted.Effective(), want.Prefixes):
		t.Errorf("%s: %v %v, want %v", name, d.Accepted.Version, d.Accepted.Effective(), want)
	case (d.Waiting != nil) != waits:
		t.Errorf("%s: waiting %v", name, d.Waiting)
	}
}

// Removed prefixes stay until a list published the days later, also when that
// list is otherwise the same, and go at once when a list has them again.
func TestRetention(t *testing.T) {
	policy := Policy{MaxRemovedPercent: 100, MaxAddedPercent: 1e9, RetainDays: 60}
	both := list("2026010100", "40.92.0.0/16", "40.107.0.0/16", "2a01:111:f400::/48")
	one := list("2026020100", "40.92.0.0/16", "2a01:111:f400::/48")
	later := list("2026030100", "40.92.0.0/16", "2a01:111:f400::/48")
	latest := list("2026040200", "40.92.0.0/16", "2a01:111:f400::/48") // 60 days after 2026-02-01
	halfBack := list("2026030100", "40.92.0.0/16", "40.107.0.0/17", "2a01:111:f400::/48")

	next := func(from *Accepted, l *List) *Accepted {
		d, err := Decide(from, l, policy, inArchive())
		if err != nil {
			t.Fatal(err)
		}
		return d.Accepted
	}
	want := func(what string, got *Accepted, version string, retained ...string) {
		t.Helper()
		var names []string
		for p := range got.Retained {
			names = append(names, p.String())
		}
		slices.Sort(names)
		if got.Version.String() != version || !slices.Equal(names, retained) {
			t.Errorf("%s: version %s, retained %v; want %s, %v", what, got.Version, names, version, retained)
		}
	}
	removed := next(held(both), one)
	want("removed", removed, "2026020100", "40.107.0.0/16")
	r := removed.Retained[netip.MustParsePrefix("40.107.0.0/16")]
	if r.LastIn != both.Version || r.RemovedBy != one.Version {
		t.Errorf("retained %+v", r)
	}
	if !slices.Equal(removed.Effective(), both.Prefixes) {
		t.Errorf("effective %v", removed.Effective())
	}
	want("a month later", next(removed, later), "2026020100", "40.107.0.0/16")
	want("two months later", next(removed, latest), "2026040200")
	want("half of it back", next(removed, halfBack), "2026030100", "40.107.128.0/17")
	want("back", next(removed, list("2026030100", both.Prefixes[0].String(), both.Prefixes[1].String(), both.Prefixes[2].String())), "2026030100")
	policy.RetainDays = 0
	want("not kept", next(held(both), one), "2026020100")

	// Fewer days, and none, take effect at once.
	policy.RetainDays = 60
	for days, stays := range map[int]bool{60: true, 0: false} {
		p := policy
		p.RetainDays = days
		d, err := Decide(removed, one, p, inArchive())
		if err != nil || (len(d.Accepted.Retained) > 0) != stays {
			t.Errorf("%d days on the list held: retained %v, %v", days, d.Accepted.Retained, err)
		}
	}
	// A rollback keeps nothing of the list that was taken back.
	wide := list("2026020100", "40.92.0.0/16", "40.107.0.0/16", "41.0.0.0/16", "2a01:111:f400::/48")
	back, err := Decide(held(wide), both, Policy{Approved: both.Version, RetainDays: 60}, inArchive())
	if err != nil || len(back.Accepted.Retained) != 0 || !slices.Equal(back.Accepted.Effective(), both.Prefixes) {
		t.Errorf("rollback: %v, %v", back.Accepted, err)
	}
	back, err = Decide(removed, both, Policy{Approved: both.Version, RetainDays: 60}, inArchive())
	if err != nil || len(back.Accepted.Retained) != 0 {
		t.Errorf("rollback to what was retained: %v, %v", back.Accepted, err)
	}

	// Under approval the same rule: the approved list counts, and what it has again is not retained.
	policy = Policy{Approved: halfBack.Version, RetainDays: 60}
	d, err := Decide(removed, halfBack, policy, inArchive())
	if err != nil {
		t.Fatal(err)
	}
	want("approved, half of it back", d.Accepted, "2026030100", "40.107.128.0/17")
	if got := slices.Collect(maps.Values(d.Accepted.Retained)); got[0].LastIn != both.Version || got[0].RemovedBy != one.Version {
		t.Errorf("the rest keeps its dates: %+v", got)
	}
}
