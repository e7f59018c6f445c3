package provider_test

import (
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/provider"
)

const outlookName = "eop_outlook_clients"

// rcaLog is a small log of RPC Client Access; each line is "clock user version".
func rcaLog(lines ...string) string {
	var b strings.Builder
	b.WriteString("#Software: Microsoft Exchange\r\n#Log-type: RCA Protocol Logs\r\n" +
		"#Fields: date-time,client-name,client-software,client-software-version,client-mode,operation,rpc-status," +
		"user-email\r\n")
	for _, line := range lines {
		f := strings.Fields(line)
		fmt.Fprintf(&b, "2026-11-02T%sZ,/o=F/cn=%s,OUTLOOK.EXE,%s,Cached,Connect,0,%s@fabrikam.example\r\n", f[0], f[1],
			f[2], f[1])
	}
	return b.String()
}

func writeLog(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeZippedLog(t *testing.T, name, text string) {
	t.Helper()
	var b strings.Builder
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	writeLog(t, name, b.String())
}

func TestOutlookClients(t *testing.T) {
	dir := t.TempDir()
	writeLog(t, dir+"/RCA_1.LOG", rcaLog("08:00:00 ann 16.0.17932.20742", "09:00:00 bob 14.0.7172.5000",
		"10:00:00 ann 14.0.7172.5000"))
	writeLog(t, dir+"/notes.txt", "not a log\n")
	got, diags := unconfigured(t).Read(t, outlookName, object{"log_paths": []string{dir}})
	if len(diags) != 0 {
		t.Fatalf("%s%s", diags.Errors(), diags.Warnings())
	}
	wantAttributes(t, object{
		"by_user": nil, "update_required": true, "blocked_client_versions": "14.4536.0-14.32767.65535", "skipped": []any{},
		"as_of": nil, "since": nil, "until": nil, "include_users": nil,
		"unreadable": []any{object{
			"file": dir + "/notes.txt", "line": 1.0, "lines": 1.0, "why": "No #Fields line before it names the columns.",
		}},
		"summary": object{
			"as_of": "2026-11-24", "files": 2.0, "bytes": 486.0, "lines": 7.0, "counted_lines": 3.0, "skipped_lines": 0.0,
			"unreadable_lines": 1.0, "distinct_users": 2.0, "users_are_minimum": false, "users_cannot_connect": 2.0,
			"users_not_supported": 2.0, "users_not_ews_free": 2.0, "update_percent": 100.0,
			"first_seen": "2026-11-02T08:00:00Z", "last_seen": "2026-11-02T10:00:00Z",
		},
	}, got)
	clients := got["clients"].([]any)
	if len(clients) != 2 {
		t.Fatalf("%d clients", len(clients))
	}
	want := object{
		"version": "16.0.17932.20742", "known": true, "product": []any{"Office LTSC 2024"}, "release": "Version 2408",
		"channel": []any{"volume"}, "published": "2026-04-14", "nearest": nil, "can_connect": true, "supported": true,
		"ews_free":           false,
		"can_connect_reason": "The build is not below 16.0.8229, the minimum of Exchange Online since 2021-11-01.",
		"supported_reason":   "Connecting with Office LTSC 2024 is supported until 2029-10-09 (as of 2026-11-24).",
		"ews_free_reason": "Microsoft advises 16.0.20430.20092 or later where EWS is off. Older builds connect, but " +
			"parts that use EWS, such as Room Finder, can fail.",
		"mode": []any{"cached"}, "sessions": 1.0, "requests": 1.0, "refused": 0.0, "distinct_users": 1.0,
		"first_seen": "2026-11-02T08:00:00Z", "last_seen": "2026-11-02T08:00:00Z",
	}
	if diff := cmp.Diff(any(want), clients[0]); diff != "" {
		t.Error(diff)
	}
}

func TestOutlookClientsByUser(t *testing.T) {
	dir := t.TempDir()
	writeLog(t, dir+"/RCA_1.LOG", rcaLog("08:00:00 ann 16.0.17932.20742", "10:00:00 ann 14.0.7172.5000"))
	got, diags := unconfigured(t).Read(t, outlookName, object{"log_paths": []string{dir}, "include_users": true})
	if len(diags) != 0 {
		t.Fatalf("%s%s", diags.Errors(), diags.Warnings())
	}
	want := []any{object{"user": "ann@fabrikam.example", "cannot_connect": true, "versions": []any{
		object{
			"version": "14.0.7172.5000", "product": []any{"Outlook 2010"}, "release": "Outlook 2010 SP2", "can_connect": false,
			"supported": false, "ews_free": false, "requests": 1.0,
			"first_seen": "2026-11-02T10:00:00Z", "last_seen": "2026-11-02T10:00:00Z",
		},
		object{
			"version": "16.0.17932.20742", "product": []any{"Office LTSC 2024"}, "release": "Version 2408", "can_connect": true,
			"supported": true, "ews_free": false, "requests": 1.0,
			"first_seen": "2026-11-02T08:00:00Z", "last_seen": "2026-11-02T08:00:00Z",
		},
	}}}
	if diff := cmp.Diff(any(want), got["by_user"]); diff != "" {
		t.Error(diff)
	}
}

// No name of a user is in the state or a message unless it is asked for.
func TestOutlookClientsKeepsUsersOut(t *testing.T) {
	const secret = "sesame"
	dir := t.TempDir()
	writeLog(t, dir+"/RCA_1.LOG", rcaLog("08:00:00 "+secret+" 16.0.17932.20742", "xx "+secret+" 14.0.7172.5000",
		"08:00:00 "+secret+" ?"))
	s := unconfigured(t)
	_, raw := s.ReadRaw(t, outlookName, object{"log_paths": []string{dir}})
	if strings.Contains(string(raw), secret) {
		t.Errorf("the state has the user: %q", raw)
	}
	_, raw = s.ReadRaw(t, outlookName, object{"log_paths": []string{dir}, "include_users": true})
	if !strings.Contains(string(raw), secret) {
		t.Error("include_users does not put the user into the state")
	}
}

func TestOutlookClientsFindsLogs(t *testing.T) {
	dir := t.TempDir()
	line := "08:00:00 ann 16.0.17932.20742"
	writeLog(t, dir+"/a/RCA_1.LOG", rcaLog(line))
	writeLog(t, dir+"/a/deep/RCA_2.LOG", rcaLog(line))
	writeZippedLog(t, dir+"/b/RCA_3.LOG.gz", rcaLog(line))
	writeLog(t, dir+"/[x]/RCA_4.LOG", rcaLog(line))
	if err := os.Symlink(dir+"/a", dir+"/link"); err != nil {
		t.Fatal(err)
	}
	s := unconfigured(t)
	for _, row := range []struct {
		name  string
		paths []string
		files float64
	}{
		{"file", []string{dir + "/a/RCA_1.LOG"}, 1},
		{"folder with what is below", []string{dir + "/a"}, 2},
		{"link to a folder", []string{dir + "/link"}, 2},
		{"gzip", []string{dir + "/b/RCA_3.LOG.gz"}, 1},
		{"pattern of files", []string{dir + "/?/RCA_*"}, 2},
		{"pattern of folders", []string{dir + "/[ab]"}, 3},
		{"brackets in a name", []string{dir + "/[x]/RCA_4.LOG"}, 1},
		{"a file named twice", []string{dir + "/a", dir + "/a/../a/RCA_1.LOG"}, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, diags := s.Read(t, outlookName, object{"log_paths": row.paths})
			if len(diags) != 0 {
				t.Fatalf("%s%s", diags.Errors(), diags.Warnings())
			}
			summary := got["summary"].(object)
			if diff := cmp.Diff(row.files, summary["files"]); diff != "" {
				t.Errorf("files: %s", diff)
			}
			if diff := cmp.Diff(row.files, summary["counted_lines"]); diff != "" {
				t.Errorf("lines: %s", diff)
			}
		})
	}
}

func TestOutlookClientsArguments(t *testing.T) {
	dir := t.TempDir()
	writeLog(t, dir+"/RCA_1.LOG", rcaLog("08:00:00 ann 16.0.14332.20685", "20:00:00 bob 16.0.14332.20685"))
	s := unconfigured(t)
	for _, row := range []struct {
		name      string
		arguments object
		users     float64
		supported bool
	}{
		{"none", object{}, 2, false},
		{"since a day", object{"since": "2026-11-02"}, 2, false},
		{"since a time", object{"since": "2026-11-02T12:00:00Z"}, 1, false},
		{"until a day, to its end", object{"until": "2026-11-02"}, 2, false},
		{"until a time", object{"until": "2026-11-02T12:00:00+01:00"}, 1, false},
		{"an earlier day for support", object{"as_of": "2026-10-13"}, 2, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.arguments["log_paths"] = []string{dir}
			got, diags := s.Read(t, outlookName, row.arguments)
			if len(diags) != 0 {
				t.Fatalf("%s%s", diags.Errors(), diags.Warnings())
			}
			client := got["clients"].([]any)[0].(object)
			wantAttributes(t, object{"distinct_users": row.users, "supported": row.supported}, client)
			for name, value := range row.arguments {
				if _, isText := value.(string); isText && got[name] != value {
					t.Errorf("%s is kept as %v", name, got[name])
				}
			}
		})
	}
}

func TestOutlookClientsErrors(t *testing.T) {
	dir := t.TempDir()
	writeLog(t, dir+"/RCA_1.LOG", rcaLog("08:00:00 ann 16.0.14332.20685"))
	if err := os.Mkdir(dir+"/empty", 0o700); err != nil {
		t.Fatal(err)
	}
	s := unconfigured(t)
	for _, row := range []struct {
		name   string
		config object
		want   []string
	}{
		{"no path", object{"log_paths": []string{}}, []string{"log_paths", "is empty"}},
		{"null path", object{"log_paths": []any{nil}}, []string{"log_paths"}},
		{"missing file", object{"log_paths": []string{dir + "/RCA_1.LOG", dir + "/missing"}}, []string{
			"ElementKeyInt(1)",
			"missing", "no such file",
		}},
		{"pattern without a match", object{"log_paths": []string{dir + "/*.gz"}}, []string{
			"ElementKeyInt(0)",
			"matches no file",
		}},
		{"malformed pattern", object{"log_paths": []string{dir + "/[a"}}, []string{"ElementKeyInt(0)", "not a pattern"}},
		{"empty folder", object{"log_paths": []string{dir + "/empty"}}, []string{"ElementKeyInt(0)", "matches no file"}},
		{"device", object{"log_paths": []string{"/dev/null"}}, []string{"log_paths", "not a regular file"}},
		{"since", object{"log_paths": []string{dir}, "since": "yesterday"}, []string{
			"since",
			`"yesterday" is neither a day`,
		}},
		{"until", object{"log_paths": []string{dir}, "until": "2026-13-01"}, []string{"until", "neither a day"}},
		{"as_of", object{"log_paths": []string{dir}, "as_of": "2026-11-24T00:00:00Z"}, []string{"as_of", "not a day"}},
		{"empty span", object{"log_paths": []string{dir}, "since": "2026-11-02", "until": "2026-11-01"}, []string{
			"until",
			"not after since",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, diags := s.Read(t, outlookName, row.config)
			wantError(t, row.name, diags, row.want...)
		})
	}
}

func TestOutlookClientsWarnsOfNothingFound(t *testing.T) {
	dir := t.TempDir()
	writeLog(t, dir+"/notes.txt", "not a log\n")
	got, diags := unconfigured(t).Read(t, outlookName, object{"log_paths": []string{dir}})
	if diags.Errors() != "" {
		t.Fatal(diags.Errors())
	}
	if !strings.Contains(diags.Warnings(), "1 files with 1 lines were read") {
		t.Errorf("warnings: %s", diags.Warnings())
	}
	if got["update_required"] != nil {
		t.Errorf("update_required is %v", got["update_required"])
	}
}

// A file that cannot be opened is noted, and the others are read.
func TestOutlookClientsReadsOnWithoutAFile(t *testing.T) {
	dir := t.TempDir()
	writeLog(t, dir+"/RCA_2.LOG", rcaLog("08:00:00 ann 16.0.14332.20685"))
	if err := os.Symlink(dir+"/gone", dir+"/RCA_1.LOG"); err != nil {
		t.Fatal(err)
	}
	got, diags := unconfigured(t).Read(t, outlookName, object{"log_paths": []string{dir}})
	if len(diags) != 0 {
		t.Fatalf("%s%s", diags.Errors(), diags.Warnings())
	}
	want := []any{object{
		"file": dir + "/RCA_1.LOG", "line": 0.0, "lines": 1.0, "why": "The file cannot be opened: No such file or directory.",
	}}
	if diff := cmp.Diff(any(want), got["unreadable"]); diff != "" {
		t.Error(diff)
	}
	if n := len(got["clients"].([]any)); n != 1 {
		t.Errorf("%d clients", n)
	}
}

// Whether by_user is sensitive cannot depend on include_users, so that it always is.
func TestOutlookClientsByUserIsSensitive(t *testing.T) {
	resp, err := providerserver.NewProtocol6(provider.New(provider.Options{Lists: eoptest.OpenArchive})())().
		GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, a := range resp.DataSourceSchemas[outlookName].Block.Attributes {
		if a.Sensitive {
			got[a.Name] = true
		}
	}
	if diff := cmp.Diff(map[string]bool{"by_user": true}, got); diff != "" {
		t.Error(diff)
	}
}
