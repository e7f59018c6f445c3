package provider_test

import (
	"maps"
	"strings"
	"testing"

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
		if len(d.Summary) > 60 || !strings.HasSuffix(d.Detail, ".") {
			t.Errorf("%s: summary of more than 60 characters, or detail without a period: %q: %q", name, d.Summary, d.Detail)
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
