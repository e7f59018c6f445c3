package provider_test

import (
	"path/filepath"
	"strings"
	"testing"
)

const refusedInFile = "Detail : 550 5.1.1 User unknown\r\n\r\nDetail : Reason: [{LED=450 4.4.316 Connection refused " +
	"[Message=Socket error code 10061] [LastAttemptedIP=203.0.113.44:25]}]\r\n"

// file() refuses what PowerShell writes; the data source does not.
func TestSMTPFailuresFileInEveryEncoding(t *testing.T) {
	s := unconfigured(t)
	for name, encode := range encodings {
		t.Run(name, func(t *testing.T) {
			data, err := encode(refusedInFile)
			if err != nil {
				t.Fatal(err)
			}
			state, diags := s.Read(t, "eop_smtp_failures", object{"text_file": saved(t, data)})
			if diags.Errors() != "" {
				t.Fatal(diags.Errors())
			}
			if n := len(state["failures"].([]any)); n != 2 {
				t.Errorf("%d failures", n)
			}
			worst := state["most_suspicious"].(object)
			if worst["class"] != "firewall_refused" {
				t.Errorf("class %v", worst["class"])
			}
			if worst["failures_found"] != 2.0 {
				t.Errorf("found %v", worst["failures_found"])
			}
		})
	}
}

func TestSMTPFailuresFileErrors(t *testing.T) {
	s := unconfigured(t)
	missing := filepath.Join(t.TempDir(), "missing.txt")
	for name, c := range map[string]struct{ file, want string }{
		"missing":  {missing, "no such file"},
		"folder":   {t.TempDir(), "not a regular file"},
		"empty":    {saved(t, []byte(" \r\n")), "the text is empty"},
		"large":    {sparse(t, 32<<20+1), "larger than 32 mib; keep the hours in which mail failed"},
		"a binary": {saved(t, []byte("PK\x03\x04\x00\x01")), "text"},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := s.Read(t, "eop_smtp_failures", object{"text_file": c.file})
			if !strings.Contains(strings.ToLower(diags.Errors()), c.want) {
				t.Errorf("%q lacks %q", diags.Errors(), c.want)
			}
		})
	}
}
