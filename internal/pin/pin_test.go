package pin

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
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
	large   = list("2026060100", "40.88.0.0/13", "2a01:111:f400::/48")
	huge    = list("2026060100", "40.64.0.0/11", "2a01:111:f400::/48")
	strange = list("2026020100", "40.92.0.0/16", "62.10.144.0/20", "2a01:111:f400::/48")
	private = list("2026060100", "10.0.0.0/16", "2a01:111:f400::/48")
	aOther  = list("2026010100", "40.92.0.0/16", "40.93.0.0/16", "2a01:111:f400::/48")
	other   = &List{endpoints.China, a.Version, a.Prefixes}
)

// inArchive are lists as a reviewed archive, beside one that is older than all of them.
func inArchive(t *testing.T, lists ...*List) Pin {
	t.Helper()
	byInstance := map[endpoints.Instance][]*endpoints.List{}
	for _, l := range append(lists, list("2025010100", "40.92.0.0/16", "2a01:111:f400::/48")) {
		byInstance[l.Instance] = append(byInstance[l.Instance], &endpoints.List{
			Instance: l.Instance, Version: l.Version,
			Sets: []endpoints.Set{{
				ID: 10, ServiceArea: endpoints.Exchange, TCPPorts: endpoints.Ports{{From: 25, To: 25}}, Prefixes: l.Prefixes,
			}},
		})
	}
	files := fstest.MapFS{}
	for instance, of := range byInstance {
		files[archive.FileName(instance)] = &fstest.MapFile{Data: archive.Encode(of)}
	}
	opened, err := archive.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	return Pin{Archive: opened, Guard: endpoints.DefaultGuard()}
}

// retaining is a list held with a prefix kept of an earlier one.
func retaining(l *List, prefix string, of *List) *Accepted {
	return &Accepted{List: *l, Retained: map[netip.Prefix]Retained{
		netip.MustParsePrefix(prefix): {LastIn: of.Version, RemovedBy: l.Version},
	}}
}

func digest(l *List) string { return allowlist.SHA256(l.Prefixes) }

func TestApproval(t *testing.T) {
	for name, tc := range map[string]struct {
		held      *Accepted
		candidate *List
		approved  *List
		sha       string
		archived  []*List
		want      *List
		waits     bool
		refused   Subject
	}{
		"create, candidate approved":       {nil, a, a, "", []*List{a}, a, false, 0},
		"create, from the archive":         {nil, b, a, "", []*List{a}, a, true, 0},
		"create, same space in archive":    {nil, aAgain, a, "", []*List{a}, a, false, 0},
		"create, not at hand":              {nil, b, a, "", nil, nil, false, Approved},
		"held, nothing new":                {held(a), a, a, "", nil, a, false, 0},
		"held, another number, same space": {held(a), aAgain, a, "", nil, a, false, 0},
		"held, another space waits":        {held(a), b, a, "", nil, a, true, 0},
		"held, an older one waits too":     {held(b), a, b, "", nil, b, true, 0},
		"approved at last":                 {held(a), b, b, "", nil, b, false, 0},
		"rollback to the candidate":        {held(b), a, a, "", nil, a, false, 0},
		"rollback from the archive":        {held(b), c, a, "", []*List{a}, a, true, 0},
		"approved, not at hand":            {held(a), b, c, "", nil, nil, false, Approved},
		"digest fits":                      {held(a), b, b, digest(b), nil, b, false, 0},
		"digest fits, in capitals":         {held(a), b, b, strings.ToUpper(digest(b)), nil, b, false, 0},
		"digest of another list":           {held(a), b, b, digest(a), nil, nil, false, Digest},
		"digest of another list, held":     {held(a), b, a, digest(b), nil, nil, false, Digest},
		"no step limit asks":               {held(a), large, large, "", nil, large, false, 0},
		"unfamiliar space":                 {held(a), strange, strange, "", nil, strange, false, 0},
		"special-purpose space":            {held(a), private, private, "", nil, nil, false, Candidate},
		"too wide":                         {held(a), huge, huge, "", nil, nil, false, Candidate},
		"of another cloud":                 {held(a), other, a, "", nil, nil, false, Candidate},
		"the number means another list":    {held(a), aOther, a, "", nil, a, true, 0},
		"the digest tells which":           {held(a), aOther, a, digest(aOther), nil, aOther, false, 0},
		"the archive contradicts":          {held(b), aOther, a, "", []*List{a}, nil, false, Candidate},
		"the archive contradicts the held": {held(aOther), b, b, "", []*List{a}, nil, false, Held},
		"special space is retained":        {retaining(b, "10.0.0.0/16", a), b, b, "", nil, nil, false, Held},
		"half the internet is retained":    {retaining(b, "128.0.0.0/1", a), b, b, "", nil, nil, false, Held},
		"retained, and never published":    {retaining(b, "41.0.0.0/16", a), b, b, "", []*List{a}, nil, false, Held},
		"the held list is special":         {held(private), b, b, "", nil, nil, false, Held},
	} {
		t.Run(name, func(t *testing.T) {
			policy := Policy{Approved: tc.approved.Version, ApprovedSHA256: tc.sha}
			d, err := inArchive(t, tc.archived...).Decide(tc.held, tc.candidate, policy)
			check(t, d, err, tc.want, tc.waits, tc.refused)
		})
	}
}

func TestLimits(t *testing.T) {
	standard := Policy{Auto: true, Limits: endpoints.DefaultStepLimits()}
	with := func(change func(*Policy)) Policy {
		p := standard
		change(&p)
		return p
	}
	approving := func(l *List) Policy { return with(func(p *Policy) { p.Approved = l.Version }) }
	for name, tc := range map[string]struct {
		held      *Accepted
		candidate *List
		policy    Policy
		want      *List
		waits     string // in the reason
		refused   Subject
	}{
		"create":                           {nil, a, standard, a, "", 0},
		"create, beyond the reviewed list": {nil, large, standard, nil, "", Candidate},
		"create, beyond it, approved":      {nil, large, approving(large), large, "", 0},
		"the same list":                    {held(a), a, standard, a, "", 0},
		"another number, same space":       {held(a), aAgain, standard, a, "", 0},
		"something added":                  {held(a), b, standard, b, "", 0},
		"IPv6 added":                       {held(a), c, standard, c, "", 0},
		"an older one":                     {held(b), a, standard, b, "it is older than the list held", 0},
		"three quarters gone":              {held(a), shrunk, standard, a, "keep only 25.0 % of the IPv4 space", 0},
		"eight times IPv4":                 {held(a), large, standard, a, "grow to 8.0 times the IPv4 space", 0},
		"eight times IPv4, approved":       {held(a), large, approving(large), large, "", 0},
		"twice, bounded": {
			held(a), b, with(func(p *Policy) { p.Limits.MaxGrowthFactor = 1.5 }), a, "grow to 2.0 times", 0,
		},
		"unfamiliar space":                 {held(a), strange, standard, a, "62.10.144.0/20", 0},
		"unfamiliar space, approved":       {held(a), strange, approving(strange), strange, "", 0},
		"after an approved one":            {held(strange), c, approving(strange), c, "", 0},
		"special-purpose space":            {held(a), private, approving(private), nil, "", Candidate},
		"approved, not at hand":            {held(a), b, approving(large), b, "", 0},
		"the same number, other addresses": {held(a), aOther, standard, aOther, "", 0},
		"the same number, written in parts": {
			held(a), list("2026010100", "40.92.0.0/17", "40.92.128.0/17", "2a01:111:f400::/48"), standard, a, "", 0,
		},
		"of another cloud":        {held(a), other, standard, nil, "", Candidate},
		"a witness that confirms": {held(a), b, with(func(p *Policy) { p.Witness = b.Prefixes }), b, "", 0},
		"a witness that confirms half": {
			held(a), b, with(func(p *Policy) { p.Witness = list("2026010100", "40.107.0.0/17").Prefixes }), b, "", 0,
		},
		"a witness that confirms less": {
			held(a), b, with(func(p *Policy) { p.Witness = list("2026010100", "40.107.0.0/18").Prefixes }), a,
			"it adds 40.107.0.0/16, of which the witness confirms 25.0 %", 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := inArchive(t).Decide(tc.held, tc.candidate, tc.policy)
			check(t, d, err, tc.want, tc.waits != "", tc.refused)
			if !strings.Contains(d.Reason, tc.waits) || (d.Reason == "") != (tc.waits == "") {
				t.Errorf("reason %q, want %q", d.Reason, tc.waits)
			}
		})
	}
}

func check(t *testing.T, d Decision, err error, want *List, waits bool, subject Subject) {
	t.Helper()
	if want == nil {
		var refused *Error
		if !errors.As(err, &refused) {
			t.Fatalf("got %v, want a refusal", err)
		}
		if refused.Subject != subject {
			t.Errorf("subject %d, want %d: %v", refused.Subject, subject, err)
		}
		if strings.HasSuffix(refused.Text, ".") {
			t.Errorf("the text ends with a period: %s", refused.Text)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if d.Accepted.Version != want.Version {
		t.Errorf("version %s, want %s", d.Accepted.Version, want.Version)
	}
	if diff := cmp.Diff(cidr.Strings(want.Prefixes), cidr.Strings(d.Accepted.Effective())); diff != "" {
		t.Errorf("prefixes (-want +got):\n%s", diff)
	}
	if (d.Waiting != nil) != waits {
		t.Errorf("waiting: %v", d.Waiting)
	}
}

// A version that is archived without SMTP addresses, and one that nothing is archived
// before, are no way around the checks.
func TestOldNumbers(t *testing.T) {
	foreign := []string{"20.0.0.0/12", "8.0.0.0/12", "2001:4860::/32"}
	empty := &endpoints.List{
		Instance: endpoints.Worldwide, Version: endpoints.MustParseVersion("2018063000"),
		Sets: []endpoints.Set{{ID: 1, ServiceArea: endpoints.Common, Category: "Allow"}},
	}
	newest := &endpoints.List{
		Instance: endpoints.Worldwide, Version: endpoints.MustParseVersion("2025010100"),
		Sets: []endpoints.Set{{
			ID: 10, ServiceArea: endpoints.Exchange, TCPPorts: endpoints.Ports{{From: 25, To: 25}}, Prefixes: a.Prefixes,
		}},
	}
	opened, err := archive.Open(fstest.MapFS{"worldwide.txt": {Data: archive.Encode([]*endpoints.List{empty, newest})}})
	if err != nil {
		t.Fatal(err)
	}
	p := Pin{Archive: opened, Guard: endpoints.DefaultGuard()}
	for _, version := range []string{"2018063000", "2018070100", "2017010100", "2015-01-01"} {
		t.Run(version, func(t *testing.T) {
			_, err := p.Decide(nil, list(version, foreign...), Policy{Auto: true, Limits: endpoints.DefaultStepLimits()})
			var refused *Error
			if !errors.As(err, &refused) || refused.Subject != Candidate {
				t.Errorf("got %v", err)
			}
		})
	}
}

// What a step did stays until the next one.
func TestChange(t *testing.T) {
	p := inArchive(t)
	policy := Policy{Auto: true, Limits: endpoints.DefaultStepLimits()}
	next := func(from *Accepted, l *List) *Accepted {
		t.Helper()
		d, err := p.Decide(from, l, policy)
		if err != nil {
			t.Fatal(err)
		}
		return d.Accepted
	}
	text := func(a *Accepted) string {
		if a.Change == nil {
			return ""
		}
		return a.Change.Text
	}
	created := next(nil, a)
	taken := next(created, b)
	for _, tc := range []struct {
		name, want string
		got        *Accepted
	}{
		{"on create", "", created},
		{"the same again", "", next(created, a)},
		{"a step", "2026010100 -> 2026030100: added 40.107.0.0/16; removed nothing", taken},
		{"the step stays", "2026010100 -> 2026030100: added 40.107.0.0/16; removed nothing", next(taken, b)},
		{"the next step", "2026030100 -> 2026040100: added 2a01:111:f403::/48; removed 40.107.0.0/16", next(taken, c)},
		{"under its number", "2026010100 now means another list: added 40.93.0.0/16; removed nothing", next(held(a), aOther)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := text(tc.got); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	t.Run("retained prefixes are not removed", func(t *testing.T) {
		policy.RetainDays = 60
		if got, want := text(next(taken, c)), "2026030100 -> 2026040100: added 2a01:111:f403::/48; "+
			"removed nothing"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("a retention that ends is not another list", func(t *testing.T) {
		policy.RetainDays = 60
		kept := next(taken, c)
		policy.RetainDays = 0
		if got, want := text(next(kept, c)), "2026040100: added nothing; removed 40.107.0.0/16"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("what waits is told with what would be retained", func(t *testing.T) {
		d, err := p.Decide(taken, c, Policy{Approved: b.Version, RetainDays: 60})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := d.WaitingChange().Text, "2026030100 -> 2026040100: added 2a01:111:f403::/48; removed nothing"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("many are counted", func(t *testing.T) {
		var cidrs []string
		for i := range 25 {
			cidrs = append(cidrs, fmt.Sprintf("40.107.%d.0/24", 2*i))
		}
		d, err := p.Decide(held(a), list("2026030100", append(cidrs, "40.92.0.0/16", "2a01:111:f400::/48")...), policy)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(d.Accepted); !strings.Contains(got, "40.107.38.0/24 and 5 more; removed nothing") {
			t.Errorf("got %q", got)
		}
	})
}

// Removed prefixes stay until a list published the days later, also when that
// list is otherwise the same, and go at once when a list has them again.
func TestRetention(t *testing.T) {
	policy := Policy{Auto: true, Limits: endpoints.StepLimits{MaxGrowthFactor: 1e9}, RetainDays: 60}
	pin := inArchive(t)
	both := list("2026010100", "40.92.0.0/16", "40.107.0.0/16", "2a01:111:f400::/48")
	one := list("2026020100", "40.92.0.0/16", "2a01:111:f400::/48")
	later := list("2026030100", "40.92.0.0/16", "2a01:111:f400::/48")
	latest := list("2026040200", "40.92.0.0/16", "2a01:111:f400::/48") // 60 days after 2026-02-01
	halfBack := list("2026030100", "40.92.0.0/16", "40.107.0.0/17", "2a01:111:f400::/48")

	next := func(from *Accepted, l *List) *Accepted {
		d, err := pin.Decide(from, l, policy)
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
	want(
		"back",
		next(removed, list("2026030100", both.Prefixes[0].String(), both.Prefixes[1].String(), both.Prefixes[2].String())),
		"2026030100",
	)
	policy.RetainDays = 0
	want("not kept", next(held(both), one), "2026020100")

	// Fewer days, and none, take effect at once.
	policy.RetainDays = 60
	for days, stays := range map[int]bool{60: true, 0: false} {
		p := policy
		p.RetainDays = days
		d, err := pin.Decide(removed, one, p)
		if err != nil || (len(d.Accepted.Retained) > 0) != stays {
			t.Errorf("%d days on the list held: retained %v, %v", days, d.Accepted.Retained, err)
		}
	}
	// A rollback keeps nothing of the list that was taken back.
	wide := list("2026020100", "40.92.0.0/16", "40.107.0.0/16", "41.0.0.0/16", "2a01:111:f400::/48")
	back, err := pin.Decide(held(wide), both, Policy{Approved: both.Version, RetainDays: 60})
	if err != nil || len(back.Accepted.Retained) != 0 || !slices.Equal(back.Accepted.Effective(), both.Prefixes) {
		t.Errorf("rollback: %v, %v", back.Accepted, err)
	}
	back, err = pin.Decide(removed, both, Policy{Approved: both.Version, RetainDays: 60})
	if err != nil || len(back.Accepted.Retained) != 0 {
		t.Errorf("rollback to what was retained: %v, %v", back.Accepted, err)
	}

	// Under approval the same rule: the approved list counts, and what it has again is not retained.
	policy = Policy{Approved: halfBack.Version, RetainDays: 60}
	d, err := pin.Decide(removed, halfBack, policy)
	if err != nil {
		t.Fatal(err)
	}
	want("approved, half of it back", d.Accepted, "2026030100", "40.107.128.0/17")
	if got := slices.Collect(maps.Values(d.Accepted.Retained)); got[0].LastIn != both.Version ||
		got[0].RemovedBy != one.Version {
		t.Errorf("the rest keeps its dates: %+v", got)
	}
}
