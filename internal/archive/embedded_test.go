package archive_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// The tests of this file are the only ones that look at the embedded archive. They
// hold for whatever lists it has.

func embedded(t testing.TB) *archive.Archive {
	t.Helper()
	a, err := archive.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestEmbeddedFilesAreWrittenByTheGenerator(t *testing.T) {
	for _, instance := range endpoints.Instances() {
		t.Run(string(instance), func(t *testing.T) {
			file, err := os.ReadFile(filepath.Join("lists", archive.FileName(instance)))
			if err != nil {
				t.Fatal(err)
			}
			lists, err := archive.Decode(instance, string(file))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(archive.Encode(lists), file) {
				t.Error("writing the lists again gives other bytes")
			}
			if got, want := len(embedded(t).Entries(instance)), len(lists); got != want {
				t.Errorf("%d entries for %d lists", got, want)
			}
		})
	}
}

func TestEmbeddedServedInstancesHaveANewestList(t *testing.T) {
	for _, instance := range endpoints.ServedInstances() {
		t.Run(string(instance), func(t *testing.T) {
			newest, ok := embedded(t).Newest(instance)
			if !ok {
				t.Fatal("no newest list")
			}
			l, err := embedded(t).List(instance, newest)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := l.SMTP(); !ok {
				t.Error("the newest list has no SMTP set")
			}
		})
	}
}

// Every list decodes by itself, and survives the service's JSON.
func TestEmbeddedListsOneByOne(t *testing.T) {
	a := embedded(t)
	for _, instance := range endpoints.Instances() {
		for _, e := range a.Entries(instance) {
			t.Run(string(instance)+"/"+e.Version.String(), func(t *testing.T) {
				l, err := a.List(instance, e.Version)
				if err != nil {
					t.Fatal(err)
				}
				if len(l.Sets) == 0 {
					t.Fatal("no endpoint sets")
				}
				if e.Version.Kind() == endpoints.SMTPOnly {
					return // no ids: not an answer the service could have given
				}
				body, err := endpoints.EncodeSets(l.Sets)
				if err != nil {
					t.Fatal(err)
				}
				sets, err := endpoints.DecodeSets(body)
				if err != nil {
					t.Fatalf("the list does not survive the service's JSON: %v", err)
				}
				again := &endpoints.List{Instance: instance, Version: e.Version, URLsIncomplete: e.URLsIncomplete, Sets: sets}
				if !bytes.Equal(archive.Encode([]*endpoints.List{again}), archive.Encode([]*endpoints.List{l})) {
					t.Error("the list comes back from the service's JSON as another")
				}
				if err := a.Contradiction(again); err != nil {
					t.Errorf("a copy contradicts the archive: %v", err)
				}
			})
		}
	}
}

// The selections that versions share in the history are those of each list.
func TestEmbeddedSMTPHistoryAgreesWithTheLists(t *testing.T) {
	a := embedded(t)
	for _, instance := range endpoints.Instances() {
		t.Run(string(instance), func(t *testing.T) {
			history, err := a.SMTPHistory(instance)
			if err != nil {
				t.Fatal(err)
			}
			var before endpoints.SMTP
			for _, e := range history {
				l, err := a.List(instance, e.Version)
				if err != nil {
					t.Fatal(err)
				}
				smtp, ok := l.SMTP()
				if ok != e.Has {
					t.Errorf("%s: Has is %v", e.Version, e.Has)
				}
				if !slices.Equal(smtp.Prefixes, e.SMTP.Prefixes) {
					t.Errorf("%s: the history has %v, the list %v", e.Version, e.SMTP.Prefixes, smtp.Prefixes)
				}
				if diff := cmp.Diff(smtp.SetIDs, e.SMTP.SetIDs); diff != "" {
					t.Errorf("%s: set ids (-list +history):\n%s", e.Version, diff)
				}
				if diff := cmp.Diff(smtp.Hostnames, e.SMTP.Hostnames); diff != "" {
					t.Errorf("%s: names (-list +history):\n%s", e.Version, diff)
				}
				if want := !cidr.SameSpace(before.Prefixes, smtp.Prefixes); e.Changed != want {
					t.Errorf("%s: Changed is %v, want %v", e.Version, e.Changed, want)
				}
				before = smtp
			}
		})
	}
}

// The default guard takes every step of a served instance since October 2018.
func TestEmbeddedStepsPassTheGuard(t *testing.T) {
	since := endpoints.MustParseVersion("2018100100")
	a := embedded(t)
	for _, instance := range endpoints.ServedInstances() {
		t.Run(string(instance), func(t *testing.T) {
			var before *endpoints.List
			for _, e := range a.Entries(instance) {
				if e.Version.Kind() == endpoints.SMTPOnly {
					continue
				}
				l, err := a.List(instance, e.Version)
				if err != nil {
					t.Fatal(err)
				}
				if err := endpoints.DefaultGuard().Check(l, before); err != nil && e.Version.Compare(since) >= 0 {
					t.Errorf("%s after %s: %v", l.Version, before.Version, err)
				}
				before = l
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if _, err := archive.Embedded(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewestList(b *testing.B) {
	newest, _ := embedded(b).Newest(endpoints.Worldwide)
	for b.Loop() {
		b.StopTimer()
		a := embedded(b)
		b.StartTimer()
		if _, err := a.List(endpoints.Worldwide, newest); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSMTPHistory(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		a := embedded(b)
		b.StartTimer()
		if _, err := a.SMTPHistory(endpoints.Worldwide); err != nil {
			b.Fatal(err)
		}
	}
}
