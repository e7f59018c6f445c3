package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

const answer = `[{"id":10,"serviceArea":"Exchange","urls":["*.mail.example"],"ips":["40.92.0.0/15","2a01:111:f400::/48"],"tcpPorts":"25","expressRoute":true,"category":"Allow","required":true}]`

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// read decodes what was written for an instance.
func read(t *testing.T, dir string, instance endpoints.Instance) []*endpoints.List {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, string(instance)+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	lists, err := archive.Decode(instance, string(text))
	if err != nil {
		t.Fatal(err)
	}
	return lists
}

func TestGenerate(t *testing.T) {
	from, into := t.TempDir(), t.TempDir()
	put(t, from, "worldwide/2026010100.json", answer)
	put(t, from, "worldwide/2014-05-20.json", strings.ReplaceAll(answer, `"urls":["*.mail.example"],`, ""))
	if err := run(from, into, []string{"worldwide/2026010100"}); err != nil {
		t.Fatal(err)
	}
	lists := read(t, into, endpoints.Worldwide)
	if len(lists) != 2 || lists[0].Version.String() != "2014-05-20" || lists[0].Sets[0].ID != 0 || lists[0].Sets[0].Category != "" || !lists[1].URLsIncomplete {
		t.Fatalf("lists %+v", lists)
	}
	// A later run adds, in the order of the dates, and what was there stays.
	more := t.TempDir()
	put(t, more, "worldwide/2025-05-05.json", strings.ReplaceAll(answer, "40.92.0.0/15", "40.92.0.0/16"))
	put(t, more, "worldwide/2026010100.json", answer)
	if err := run(more, into, []string{"worldwide/2026010100"}); err != nil {
		t.Fatal(err)
	}
	if lists = read(t, into, endpoints.Worldwide); len(lists) != 3 || lists[1].Version.String() != "2025-05-05" {
		t.Errorf("after a second run: %d lists", len(lists))
	}
	before, _ := os.ReadFile(filepath.Join(into, "worldwide.txt"))
	if err := run("", into, nil); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(filepath.Join(into, "worldwide.txt")); string(after) != string(before) {
		t.Error("a run without answers changes the text")
	}
}

func TestGenerateRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ file, text, want string }{
		"a published list that changed": {"worldwide/2026010100.json", strings.ReplaceAll(answer, "40.92.0.0/15", "40.92.0.0/16"), "a published list does not change"},
		"a name that is no version":     {"worldwide/newest.json", answer, "not a list version"},
		"an answer that is none":        {"china/2026010100.json", "<html>", "web page"},
		"two sets before the service":   {"worldwide/2014-05-20.json", "[" + answer[1:len(answer)-1] + "," + strings.ReplaceAll(answer[1:], `"id":10`, `"id":11`), "is one"},
	} {
		from, into := t.TempDir(), t.TempDir()
		put(t, from, "worldwide/2026010100.json", answer)
		if err := run(from, into, nil); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(filepath.Join(into, "worldwide.txt"))
		bad := t.TempDir()
		put(t, bad, tc.file, tc.text)
		if err := run(bad, into, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
		if after, _ := os.ReadFile(filepath.Join(into, "worldwide.txt")); string(after) != string(before) {
			t.Errorf("%s: the archive changed", name)
		}
	}
}
