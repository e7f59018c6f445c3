package pin

import (
	"errors"
	"fmt"
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
			if !strings.Contains(d.Reason, tc.waits) {
				t.Errorf("reason %q, want %q", d.Reason, tc.waits)
			}
			if tc.waits == "" && d.Reason != "" {
				t.Errorf("reason %q, want none", d.Reason)
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
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want a refusal", err)
			}
			if refused.Subject != Candidate {
				t.Errorf("subject %d, want %d: %v", refused.Subject, Candidate, err)
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
	const retainingStep = "2026030100 -> 2026040100: added 2a01:111:f403::/48; removed nothing"
	t.Run("retained prefixes are not removed", func(t *testing.T) {
		policy.RetainDays = 60
		if got := text(next(taken, c)); got != retainingStep {
			t.Errorf("got %q, want %q", got, retainingStep)
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
		if got := d.WaitingChange().Text; got != retainingStep {
			t.Errorf("got %q, want %q", got, retainingStep)
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
	keeping := func(days int) Policy {
		return Policy{Auto: true, Limits: endpoints.StepLimits{MaxGrowthFactor: 1e9}, RetainDays: days}
	}
	approving := func(l *List) Policy { return Policy{Approved: l.Version, RetainDays: 60} }
	both := list("2026010100", "40.92.0.0/16", "40.107.0.0/16", "2a01:111:f400::/48")
	one := list("2026020100", "40.92.0.0/16", "2a01:111:f400::/48")
	later := list("2026030100", "40.92.0.0/16", "2a01:111:f400::/48")
	latest := list("2026040200", "40.92.0.0/16", "2a01:111:f400::/48") // 60 days after 2026-02-01
	halfBack := list("2026030100", "40.92.0.0/16", "40.107.0.0/17", "2a01:111:f400::/48")
	back := list("2026030100", "40.92.0.0/16", "40.107.0.0/16", "2a01:111:f400::/48")
	wide := list("2026020100", "40.92.0.0/16", "40.107.0.0/16", "41.0.0.0/16", "2a01:111:f400::/48")

	pin := inArchive(t)
	next := func(from *Accepted, l *List, policy Policy) *Accepted {
		t.Helper()
		d, err := pin.Decide(from, l, policy)
		if err != nil {
			t.Fatal(err)
		}
		return d.Accepted
	}
	removed := next(held(both), one, keeping(60))
	rolledBack := next(held(wide), both, approving(both))
	const whole, half = "40.107.0.0/16 of 2026010100 to 2026020100", "40.107.128.0/17 of 2026010100 to 2026020100"
	for name, tc := range map[string]struct {
		got      *Accepted
		version  string
		retained []string // with the last version that had it, and the one that removed it
	}{
		"removed":                        {removed, "2026020100", []string{whole}},
		"a month later":                  {next(removed, later, keeping(60)), "2026020100", []string{whole}},
		"two months later":               {next(removed, latest, keeping(60)), "2026040200", nil},
		"half of it back":                {next(removed, halfBack, keeping(60)), "2026030100", []string{half}},
		"back":                           {next(removed, back, keeping(60)), "2026030100", nil},
		"not kept":                       {next(held(both), one, keeping(0)), "2026020100", nil},
		"the same days again":            {next(removed, one, keeping(60)), "2026020100", []string{whole}},
		"no days take effect at once":    {next(removed, one, keeping(0)), "2026020100", nil},
		"a rollback":                     {rolledBack, "2026010100", nil},
		"a rollback to what is retained": {next(removed, both, approving(both)), "2026010100", nil},
		"approved, half of it back":      {next(removed, halfBack, approving(halfBack)), "2026030100", []string{half}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.got.Version.String(); got != tc.version {
				t.Errorf("version %s, want %s", got, tc.version)
			}
			var got []string
			for p, r := range tc.got.Retained {
				got = append(got, fmt.Sprintf("%s of %s to %s", p, r.LastIn, r.RemovedBy))
			}
			slices.Sort(got)
			if diff := cmp.Diff(tc.retained, got); diff != "" {
				t.Errorf("retained (-want +got):\n%s", diff)
			}
		})
	}
	for name, got := range map[string]*Accepted{"removed": removed, "a rollback": rolledBack} {
		t.Run(name+", in effect", func(t *testing.T) {
			if diff := cmp.Diff(cidr.Strings(both.Prefixes), cidr.Strings(got.Effective())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
