package provider_test

import (
	"maps"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/provider"
	"github.com/eop-firewall/terraform-provider-eop/internal/providertest"
)

type object = providertest.Object

var unknown = providertest.Unknown

func unconfigured(t testing.TB) *providertest.Server {
	t.Helper()
	return providertest.New(
		t,
		providerserver.NewProtocol6(
			provider.New(provider.Options{Version: "test", Lists: eoptest.OpenArchive, Now: eoptest.Clock})(),
		)(),
	)
}

// configured starts a provider with the configuration and requires that it takes
// it. Without a list_source it works from the embedded archive.
func configured(t testing.TB, config object) *providertest.Server {
	t.Helper()
	config = maps.Clone(config)
	if config == nil {
		config = object{}
	}
	if config["list_source"] == nil {
		config["list_source"] = "embedded"
	}
	s := unconfigured(t)
	if diags := s.Configure(t, config); len(diags) != 0 {
		t.Fatalf("configure: %s%s", diags.Errors(), diags.Warnings())
	}
	return s
}

// wantError requires errors that have all of the texts, and nothing that reads
// like a panic or an unfinished sentence.
func wantError(t testing.TB, name string, diags providertest.Diagnostics, texts ...string) {
	t.Helper()
	got := diags.Errors()
	if got == "" {
		t.Errorf("%s: no error, want %q", name, texts)
		return
	}
	for _, text := range texts {
		if !strings.Contains(got, text) {
			t.Errorf("%s: the error lacks %q:\n%s", name, text, got)
		}
	}
	for _, d := range diags {
		if len(d.Summary) > 60 {
			t.Errorf("%s: a summary of more than 60 characters: %q", name, d.Summary)
		}
		if !strings.HasSuffix(d.Detail, ".") {
			t.Errorf("%s: a detail without a period: %q", name, d.Detail)
		}
	}
}

// beyondNews are the warnings, less the one that a list newer than the archive's has other
// addresses: the lists that tests publish do.
func beyondNews(diags providertest.Diagnostics) string {
	var out []string
	for line := range strings.Lines(diags.Warnings()) {
		if !strings.Contains(line, "New SMTP addresses") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// unexpected are errors, and warnings beyond the news.
func unexpected(diags providertest.Diagnostics) string { return diags.Errors() + beyondNews(diags) }

// expected reads a data source that answers without errors, and warnings beyond the news.
func expected(t testing.TB, s *providertest.Server, name string, config object) object {
	t.Helper()
	state, diags := s.Read(t, name, config)
	if got := unexpected(diags); got != "" {
		t.Fatalf("%s: %s", name, got)
	}
	return state
}

// difference compares values as the protocol's client returns them.
func difference(want, got any) string {
	return cmp.Diff(want, got, cmpopts.EquateComparable(unknown), cmp.Comparer(func(a, b *big.Int) bool {
		return a.Cmp(b) == 0
	}))
}

// wantAttributes compares the attributes that are named, and no others.
func wantAttributes(t testing.TB, want, state object) {
	t.Helper()
	got := object{}
	for name := range want {
		got[name] = state[name]
	}
	if diff := difference(want, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}
