package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
)

const next = "2026112700"

// checkout is an archive and a changelog to update.
type checkout struct {
	t *testing.T
	*updater
	out bytes.Buffer
}

func newCheckout(t *testing.T) *checkout {
	t.Helper()
	c := &checkout{t: t}
	dir := t.TempDir()
	c.updater = &updater{
		into: filepath.Join(dir, "lists"), changelog: filepath.Join(dir, "CHANGELOG.md"), out: &c.out,
		now:    func() time.Time { return endpoints.MustParseVersion(next).Day().Add(settled) },
		accept: map[string]bool{}, replace: map[string]bool{}, incomplete: map[string]bool{},
	}
	c.write(c.changelog, "# Changelog\n\n## Unreleased\n\n### Added\n\n- Something.\n\n## 0.1.0\n\n### Lists\n\n- old\n")
	for _, instance := range endpoints.Instances() {
		var lists []*endpoints.List
		for _, v := range eoptest.Archive(t).Versions(instance) {
			lists = append(lists, eoptest.List(t, instance, v.String()))
		}
		c.write(filepath.Join(c.into, archive.FileName(instance)), string(archive.Encode(lists)))
	}
	return c
}

func (c *checkout) write(path, text string) {
	c.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// files are the contents of the archive and the changelog.
func (c *checkout) files() map[string]string {
	c.t.Helper()
	out := map[string]string{}
	paths, err := filepath.Glob(filepath.Join(c.into, "*.txt"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, path := range append(paths, c.changelog) {
		data, err := os.ReadFile(path)
		if err != nil {
			c.t.Fatal(err)
		}
		out[filepath.Base(path)] = string(data)
	}
	return out
}

// archived is a list of the updated archive.
func (c *checkout) archived(instance endpoints.Instance, version string) *endpoints.List {
	c.t.Helper()
	a, err := archive.Open(os.DirFS(c.into))
	if err != nil {
		c.t.Fatal(err)
	}
	l, err := a.List(instance, endpoints.MustParseVersion(version))
	if err != nil {
		c.t.Fatalf("%s %s: %v", instance, version, err)
	}
	return l
}

// body is the newest list of an instance as the service answers, with texts replaced.
func body(t *testing.T, instance endpoints.Instance, replace ...string) string {
	t.Helper()
	data, err := endpoints.EncodeSets(eoptest.Newest(t, instance).Sets)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(replace...).Replace(string(data))
}

var (
	grown  = []string{`"104.47.0.0/17"`, `"104.47.0.0/17","104.48.0.0/20"`}
	halved = []string{`"40.92.0.0/15",`, "", `"52.100.0.0/14",`, ""}
)

func wantText(t *testing.T, what, got string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(got, text) {
			t.Errorf("%s lacks %q:\n%s", what, text, got)
		}
	}
}

func TestFromAFolder(t *testing.T) {
	c := newCheckout(t)
	from := t.TempDir()
	c.write(filepath.Join(from, "worldwide", next+".json"), body(t, endpoints.Worldwide, grown...))
	c.write(
		filepath.Join(from, "china", "2026112800.json"),
		body(t, endpoints.China, "*.protection.partner.outlook.cn", "*.other.outlook.cn"),
	)
	if err := c.run(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	c.archived(endpoints.Worldwide, next)
	c.archived(endpoints.China, "2026112800")
	wantText(t, "the report", c.out.String(), "## worldwide 2026112700 added", "**SMTP addresses** added: 104.48.0.0/20",
		"**SMTP addresses** removed: nothing", "## china 2026112800 added", "usgovdod: nothing new")
	wantText(t, "the changelog", c.files()["CHANGELOG.md"],
		"## Unreleased\n\n### Lists\n\n- worldwide 2026112700: SMTP addresses added 104.48.0.0/20; removed nothing\n"+
			"- china 2026112800: SMTP addresses unchanged\n\n### Added")

	// A second run changes nothing.
	before := c.files()
	if err := c.run(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, c.files()); diff != "" {
		t.Errorf("a second run changes (-before +after):\n%s", diff)
	}

	// A third list goes below the same heading.
	c.write(filepath.Join(from, "worldwide", "2026112900.json"), body(t, endpoints.Worldwide, grown...))
	if err := c.run(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	wantText(t, "the changelog", c.files()["CHANGELOG.md"],
		"### Lists\n\n- worldwide 2026112900: SMTP addresses unchanged\n- worldwide 2026112700")
}

func TestFromTheService(t *testing.T) {
	s := eoptest.New(t)
	for _, instance := range endpoints.ServedInstances() {
		s.Publish(t, eoptest.Newest(t, instance))
	}
	c := newCheckout(t)
	before := c.files()
	if err := c.run(t.Context(), s.URL); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, c.files()); diff != "" {
		t.Errorf("with nothing new it changes (-before +after):\n%s", diff)
	}
	s.PublishBody(endpoints.Worldwide, next, []byte(body(t, endpoints.Worldwide, grown...)))
	if err := c.run(t.Context(), s.URL); err != nil {
		t.Fatal(err)
	}
	c.archived(endpoints.Worldwide, next)
}

func TestAYoungVersionWaits(t *testing.T) {
	c := newCheckout(t)
	c.now = func() time.Time { return endpoints.MustParseVersion(next).Day().Add(settled - time.Minute) }
	s := eoptest.New(t)
	for _, instance := range endpoints.ServedInstances() {
		s.PublishBody(instance, next, []byte(body(t, instance)))
	}
	before := c.files()
	if err := c.run(t.Context(), s.URL); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, c.files()); diff != "" {
		t.Errorf("it changes (-before +after):\n%s", diff)
	}
	wantText(t, "the report", c.out.String(), "worldwide: version 2026112700 is younger than 48 hours")
}

// A cloud that fails adds nothing, and does not hold up the others.
func TestFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		fault eoptest.Fault
		want  string
	}{
		"a half answer": {only("/endpoints/worldwide", eoptest.Cut(`[{"id": 10`)), "broke off"},
		"an error":      {only("/endpoints/worldwide", eoptest.Status(500, "")), "500"},
		"another second one": {
			another("/endpoints/worldwide", body(t, endpoints.Worldwide, grown...)), "two readings of version 2026112700 differ",
		},
		"a foreign list": {
			only("/endpoints/worldwide", eoptest.Body("application/json", body(t, endpoints.China))), "was refused",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCheckout(t)
			s := eoptest.New(t)
			for _, instance := range endpoints.ServedInstances() {
				s.PublishBody(instance, next, []byte(body(t, instance)))
			}
			s.Break(tc.fault)
			before := c.files()["worldwide.txt"]
			err := c.run(t.Context(), s.URL)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error with %q", err, tc.want)
			}
			if c.files()["worldwide.txt"] != before {
				t.Error("the archive of worldwide changed")
			}
			c.archived(endpoints.China, next)
			wantText(t, "the report", c.out.String(), "worldwide: failed: ", "## china 2026112700 added")
		})
	}
}

func only(path string, f eoptest.Fault) eoptest.Fault { return eoptest.On(path, f) }

// another answers the second request for a path with another body.
func another(path, second string) eoptest.Fault {
	return eoptest.On(path, eoptest.From(2, eoptest.Body("application/json", second)))
}

func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		version string
		replace []string
		accept  string
		swap    string
		want    string // in the error; empty: taken
	}{
		"a list that halves":           {version: next, replace: halved, want: "ACCEPT=worldwide/2026112700"},
		"a list that halves, accepted": {version: next, replace: halved, accept: "worldwide/" + next},
		"history":                      {version: "2026081300", want: "older than the newest archived list"},
		"history, accepted":            {version: "2026081300", accept: "worldwide/2026081300"},
		"an archived list that changed": {
			version: eoptest.NewestWorldwide, replace: grown, want: "REPLACE=worldwide/2026081400",
		},
		"an archived list, corrected": {version: eoptest.NewestWorldwide, replace: grown, swap: "worldwide/2026081400"},
		"special-purpose space": {
			version: next, replace: []string{"104.47.0.0/17", "10.0.0.0/17"}, want: "private use",
		},
		"a file name that is not a version": {version: "newest", want: "not a list version"},
		"a body that is not a list":         {version: next, replace: []string{"[", "<"}, want: "web page"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCheckout(t)
			c.accept, c.replace = names(tc.accept), names(tc.swap)
			from := t.TempDir()
			c.write(filepath.Join(from, "worldwide", tc.version+".json"), body(t, endpoints.Worldwide, tc.replace...))
			before := c.files()
			err := c.run(t.Context(), from)
			if tc.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				c.archived(endpoints.Worldwide, tc.version)
				if tc.accept != "" && !strings.HasPrefix(tc.version, "20260813") {
					wantText(t, "the report", c.out.String(), "Accepted beyond the guard")
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want an error with %q", err, tc.want)
			}
			if diff := cmp.Diff(before, c.files()); diff != "" {
				t.Errorf("it changes (-before +after):\n%s", diff)
			}
		})
	}
	t.Run("no such folder", func(t *testing.T) {
		c := newCheckout(t)
		if err := c.run(t.Context(), filepath.Join(t.TempDir(), "nowhere")); err == nil {
			t.Error("no error")
		}
	})
}

// A list from before the service has its SMTP addresses and nothing else.
func TestBeforeTheService(t *testing.T) {
	c := newCheckout(t)
	c.accept = names("worldwide/2015-05-05")
	from := t.TempDir()
	const one = `[{"id":1,"serviceArea":"Exchange","ips":["65.55.88.0/24"],"tcpPorts":"25",
		"expressRoute":false,"category":"Allow","required":true}]`
	c.write(filepath.Join(from, "worldwide", "2015-05-05.json"), one)
	if err := c.run(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	s := c.archived(endpoints.Worldwide, "2015-05-05").Sets[0]
	if s.ID != 0 {
		t.Errorf("the set has the id %d", s.ID)
	}
	if s.Category != "" {
		t.Errorf("the set has the category %q", s.Category)
	}
}
