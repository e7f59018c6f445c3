package outlookclient

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
)

// digest is a report in short lines.
func digest(r Report) []string {
	var out []string
	for _, c := range r.Clients {
		sessions := "-"
		if c.Sessions != nil {
			sessions = fmt.Sprint(*c.Sessions)
		}
		version := c.Version
		if version == "" {
			version = c.Name
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s sessions %s requests %d refused %d users %d %s",
			version, sessions, c.Requests, c.Refused, c.DistinctUsers, strings.Join(c.Modes, "+"))))
	}
	for _, s := range r.Skipped {
		out = append(out, fmt.Sprintf("skipped %s %d", s.Reason, s.Lines))
	}
	for _, u := range r.Unreadable {
		out = append(out, fmt.Sprintf("unreadable %s:%d %d: %s", u.File, u.Line, u.Lines, u.Why))
	}
	return out
}

// read reads logs with the names a, b, c ...
func read(t *testing.T, o Options, logs ...string) Report {
	t.Helper()
	c := NewCollector(o)
	for i, log := range logs {
		if err := c.Read(t.Context(), string(rune('a'+i)), strings.NewReader(log)); err != nil {
			t.Fatal(err)
		}
	}
	return c.Report()
}

func TestRead(t *testing.T) {
	rcaHead := head("RCA Protocol Logs", rca2013)
	proxyHead := head("HttpProxy Logs", httpProxy)
	iisHead := "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: " + day +
		" 00:00:00\r\n#Fields: " + iis + "\r\n"
	reordered := "client-software-version,user-email,client-software,rpc-status,operation,client-name,date-time"
	for _, row := range []struct {
		name string
		logs []string
		want []string
	}{
		{"nothing", []string{""}, nil},
		{"header only", []string{rcaHead}, nil},
		{"RCA of 2010, 17 columns", []string{head("RCA Protocol Logs", rca2010) + entry(rca2010,
			"date-time="+day+"T08:00:00.000Z", "client-name=/o=F/cn=ann", "client-software=OUTLOOK.EXE",
			"client-software-version=14.0.7172.5000", "client-mode=Classic", "operation=Connect", "rpc-status=0",
			"operation-specific=Logon: Owner, a, b")}, []string{
			"14.0.7172.5000 sessions 1 requests 1 refused 0 users 1 online",
		}},
		{"RCA of 2013, 23 columns", []string{rcaHead + rca("08:00:00", "ann", "16.0.17932.20742") +
			rca("08:00:01", "ann", "16.0.17932.20742", "operation=OwnerLogon", "seq-number=1") +
			rca("08:00:02", "bob", "16.0.17932.20742", "client-mode=Classic")}, []string{
			"16.0.17932.20742 sessions 2 requests 3 refused 0 users 2 cached+online",
		}},
		{"one user with two versions", []string{rcaHead + rca("08:00:00", "ann", "16.0.17932.20742") +
			rca("08:00:01", "ANN", "14.0.7172.5000")}, []string{
			"16.0.17932.20742 sessions 1 requests 1 refused 0 users 1 cached",
			"14.0.7172.5000 sessions 1 requests 1 refused 0 users 1 cached",
		}},
		{"order by number", []string{rcaHead + rca("08:00:00", "a", "16.0.9126.2152") +
			rca("08:00:00", "a", "16.0.11001.20108") + rca("08:00:00", "a", "16.0.10228.20134")}, []string{
			"16.0.11001.20108 sessions 1 requests 1 refused 0 users 1 cached",
			"16.0.10228.20134 sessions 1 requests 1 refused 0 users 1 cached",
			"16.0.9126.2152 sessions 1 requests 1 refused 0 users 1 cached",
		}},
		{"refused connection", []string{rcaHead + rca("08:00:00", "ann", "14.0.7172.5000",
			"rpc-status=1010 (rpc::LoginPerm)", `failures=RpcDispatch: [LoginPermException] 'a, b' said "no"`)}, []string{
			"14.0.7172.5000 sessions 0 requests 1 refused 1 users 1 cached",
		}},
		{"no user", []string{rcaHead + rca("08:00:00", "", "14.0.7172.5000")}, []string{
			"14.0.7172.5000 sessions 1 requests 1 refused 0 users 0 cached",
		}},
		{"user by mail address only", []string{rcaHead + rca("08:00:00", "", "14.0.7172.5000",
			"user-email=ann@fabrikam.example")}, []string{
			"14.0.7172.5000 sessions 1 requests 1 refused 0 users 1 cached",
		}},
		{"other programs, probes and health mailboxes", []string{rcaHead +
			rca("08:00:00", "ann", "15.0.847.30", "client-software=MSExchangeMailboxAssistants") +
			rca("08:00:00", "ann", "16.0.5254.1000", "client-software=SearchProtocolHost.exe") +
			rca("08:00:00", "ann", "15.0.847.30", "client-software=MapiHttpClient") +
			rca("08:00:00", "HealthMailbox0659e3", "15.0.847.30") +
			rca("08:00:00", "x", "15.0.847.30", "user-email=healthmailbox0659e3@fabrikam.example") +
			rca("08:00:00", "ann", "", "client-software=")}, []string{
			"skipped health_mailbox 2", "skipped probe 1", "skipped other_client 2", "skipped no_client 1",
		}},
		{
			"version missing or odd",
			[]string{rcaHead + rca("08:00:00", "ann", "") + rca("08:00:00", "ann", "16.0.x")},
			[]string{
				"skipped no_version 1", "unreadable a:7 1: " + badVersion,
			},
		},
		{"columns in another order", []string{"#Fields: " + reordered + "\r\n" + entry(reordered,
			"date-time="+day+"T08:00:00Z", "client-name=ann", "client-software=outlook.exe",
			"client-software-version=16.0.5254.1000", "operation=Connect", "rpc-status=0")}, []string{
			"16.0.5254.1000 sessions 1 requests 1 refused 0 users 1",
		}},
		{"header that changes in mid-file", []string{rcaHead + rca("08:00:00", "ann", "16.0.5254.1000") +
			"#Fields: " + reordered + "\r\n" + entry(reordered, "date-time="+day+"T08:00:00Z", "client-name=bob",
			"client-software=OUTLOOK.EXE", "client-software-version=16.0.5254.1000", "rpc-status=0") +
			"#Fields: date-time,event-id,source\r\n" + day + "T08:00:00Z,RECEIVE,SMTP\r\n" +
			"#Fields: " + rca2013 + "\r\n" + rca("09:00:00", "cat", "16.0.5254.1000")}, []string{
			"16.0.5254.1000 sessions 2 requests 3 refused 0 users 3 cached",
			"unreadable a:10 1: " + wrongFormat,
		}},
		{"another kind of log in the folder", []string{
			head("Message Tracking Log", "date-time,client-ip,event-id") + day + "T08:00:00Z,,SEND\r\n" + day +
				"T08:00:01Z,,SEND\r\n",
			"PK\x03\x04 something else\nand more\n",
		}, []string{"unreadable a:6 2: " + wrongFormat, "unreadable b:1 2: " + noHeader}},
		{"no header", []string{rca("08:00:00", "ann", "16.0.5254.1000")}, []string{"unreadable a:1 1: " + noHeader}},
		{
			"IIS without a user agent",
			[]string{"#Fields: date time cs-username sc-status\n" + day + " 08:00:00 x 200\n"},
			[]string{
				"unreadable a:2 1: " + wrongFormat,
			},
		},
		{"bare names of the columns before the # lines", []string{httpProxy + "\r\n" + proxyHead + proxy("08:00:00",
			`F\ann`, office2016, "200")}, []string{
			"16.0.5254 sessions - requests 1 refused 0 users 1",
		}},
		{"MAPI over HTTP, 46 columns", []string{head("MAPI Http Logs", mapiHTTP) + entry(mapiHTTP,
			"DateTime="+day+"T08:00:00.000Z", "RequestType=Connect", "HttpStatusCode=200", "StatusCode=0",
			`AuthenticatedUserEmail=F\ann`, "ActAsUserEmail=ann@fabrikam.example", "ClientSoftware=OUTLOOK.EXE",
			"ClientSoftwareVersion=14.0.7187.5000", "ClientMode=1", "AuthenticatedUser=Anonymous") + entry(mapiHTTP,
			"DateTime="+day+"T08:00:01.000Z", "RequestType=Execute", "StatusCode=0", `AuthenticatedUserEmail=F\ann`,
			"ClientSoftware=OUTLOOK.EXE", "ClientSoftwareVersion=14.0.7187.5000", "ClientMode=2") + entry(mapiHTTP,
			"DateTime="+day+"T08:00:02.000Z", "RequestType=Connect", "UPN=<null>", "ClientSoftware=MapiHttpClient",
			"ClientSoftwareVersion=15.1.2507.0", "ClientMode=0")}, []string{
			"14.0.7187.5000 sessions 1 requests 2 refused 0 users 1 cached+online", "skipped probe 1",
		}},
		{"HttpProxy, 74 columns", []string{proxyHead +
			proxy("08:00:00", "", office2016, "401") + proxy("08:00:00", `F\ann`, office2016, "200") +
			proxy("08:00:00", `F\ann`,
				"Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Microsoft Outlook 14.0.7155; ms-office; MSOffice 14)", "500") +
			proxy("08:00:00", `F\ann`, "MSRPC", "200") +
			proxy("08:00:00", `F\bob`, "MacOutlook/16.53.21091200 (Intelx64 Mac OS X Version 11.6 (Build 20G165))", "200") +
			proxy("08:00:00", `F\eve`, "Outlook-iOS-Android/1.0", "200") +
			proxy("08:00:00", `F\HealthMailboxab12`, "AMProbe/Local/ClientAccess", "200") +
			proxy("08:00:00", "", "AMProbe/Local/ClientAccess", "200") +
			proxy("08:00:00", `F\sys`, "Ews_AM_Probe/15.1", "200") +
			proxy("08:00:00", `F\adm`, "Microsoft WinRM Client", "200") +
			proxy("08:00:00", `F\mac`, "AppleExchangeWebServices/818.120.2 accountsd/113, extra", "200") +
			proxy("08:00:00", `F\sky`, "OC/16.0.5254 (Skype for Business)", "200") +
			proxy("08:00:00", "", "", "200")}, []string{
			"16.0.5254 sessions - requests 1 refused 0 users 1",
			"14.0.7155 sessions - requests 1 refused 1 users 1",
			"16.53.21091200 sessions - requests 1 refused 0 users 1",
			"Outlook for iOS and Android sessions - requests 1 refused 0 users 1",
			"skipped health_mailbox 1", "skipped probe 2", "skipped winrm 1", "skipped first_leg 1",
			"skipped other_client 2", "skipped no_version 1", "skipped no_client 1",
		}},
		{"EWS", []string{head("EWS Logs", ews) + entry(ews, "DateTime="+day+"T08:00:00.000Z", `AuthenticatedUser=F\ann`,
			"UserAgent=Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)", "HttpStatus=200",
			`GenericErrors=a "quoted", text`)}, []string{
			"16.0.17928 sessions - requests 1 refused 0 users 1",
		}},
		{"IIS", []string{iisHead + web("08:00:00", "-", office2016, "401") + web("08:00:00", `F\ann`, office2016, "200") +
			"\r\n" + web("08:00:01", `F\bob`, office2016, "404") + web("08:00:01", `F\bob`, "-", "200") +
			web("08:00:01", `F\bob`, "Mozilla/5.0 (Windows NT 10.0)", "200")}, []string{
			"16.0.5254 sessions - requests 2 refused 1 users 2",
			"skipped first_leg 1", "skipped other_client 1", "skipped no_client 1",
		}},
		{"IIS of Exchange Online dedicated", []string{iisHead + "SERVER01,308237415," + web("08:00:00",
			"ann@fabrikam.example", office2016, "200")}, []string{
			"16.0.5254 sessions - requests 1 refused 0 users 1",
		}},
		{"several logs", []string{
			rcaHead + rca("08:00:00", "ann", "16.0.5254.1000"), iisHead + web("08:00:00", `F\ann`, office2016, "200"),
		}, []string{
			"16.0.5254.1000 sessions 1 requests 1 refused 0 users 1 cached",
			"16.0.5254 sessions - requests 1 refused 0 users 1",
		}},
		{"names of one mail address", []string{
			rcaHead + rca("08:00:00", "ann", "16.0.5254.1000") + rca("08:00:00", "ann", "16.0.5254.1000",
				"user-email=ann@fabrikam.example"),
			head("MAPI Http Logs", mapiHTTP) + entry(mapiHTTP, "DateTime="+day+"T08:00:00.000Z", `AuthenticatedUserEmail=F\ann`,
				"ActAsUserEmail=Ann@fabrikam.example", "ClientSoftware=OUTLOOK.EXE", "ClientSoftwareVersion=16.0.5254.1000"),
		}, []string{"16.0.5254.1000 sessions 2 requests 3 refused 0 users 1 cached"}},
		{"a header holds for its file only", []string{rcaHead, rca("08:00:00", "ann", "16.0.5254.1000")}, []string{
			"unreadable b:1 1: " + noHeader,
		}},
		{
			"line ends of Unix",
			[]string{strings.ReplaceAll(rcaHead+rca("08:00:00", "ann", "16.0.5254.1000"), "\r\n", "\n")},
			[]string{
				"16.0.5254.1000 sessions 1 requests 1 refused 0 users 1 cached",
			},
		},
		{"no line end after the last line", []string{rcaHead + strings.TrimSpace(rca("08:00:00", "ann", "16.0.5254.1000",
			"user-email=ann@f.example"))}, []string{
			"16.0.5254.1000 sessions 1 requests 1 refused 0 users 1 cached",
		}},
		{"half a line at the end", []string{rcaHead + rca("08:00:00", "ann", "16.0.5254.1000") + rca("08:00:00", "bob",
			"16.0.5254.1000")[:140]}, []string{
			"16.0.5254.1000 sessions 1 requests 1 refused 0 users 1 cached", "skipped unfinished 1",
		}},
		{"half a line that has what is needed", []string{rcaHead + strings.TrimSuffix(rca("08:00:00", "ann",
			"16.0.5254.1000"), ",,,\r\n")}, []string{
			"16.0.5254.1000 sessions 1 requests 1 refused 0 users 1 cached",
		}},
		{"a needed column at the end of the log", []string{"#Fields: " + reordered + ",client-mode\r\n" +
			entry(reordered+",client-mode",
				"date-time="+day+"T08:00:00Z", "client-name=ann", "client-software=OUTLOOK.EXE", "rpc-status=0",
				"client-software-version=16.0.5254.1000", "client-mode=Cached")[:58]}, []string{"skipped unfinished 1"}},
		{
			"half a header at the end",
			[]string{rcaHead + rca("08:00:00", "ann", "16.0.5254.1000") + "#Fields: date-t"},
			[]string{
				"16.0.5254.1000 sessions 1 requests 1 refused 0 users 1 cached",
			},
		},
		{"half a line in the middle", []string{rcaHead + rca("08:00:00", "bob", "16.0.5254.1000")[:140] + "\r\n" +
			rca("08:00:00", "ann", "16.0.5254.1000")}, []string{
			"16.0.5254.1000 sessions 1 requests 1 refused 0 users 1 cached", "unreadable a:6 1: " + tooFew,
		}},
		{"a comma that is not quoted", []string{proxyHead + strings.ReplaceAll(
			proxy("08:00:00", `F\ann`, office2016, "200"), "(Windows", ",(Windows")}, []string{"unreadable a:6 1: " + tooMany}},
		{"line end in a quoted field", []string{rcaHead + rca("08:00:00", "ann", "16.0.5254.1000",
			"failures=one,\r\ntwo \"three\"\r\nfour") +
			rca("08:00:01", "bob", "16.0.5254.1000")}, []string{
			"16.0.5254.1000 sessions 2 requests 2 refused 0 users 2 cached",
		}},
		{"quote that is never closed", []string{rcaHead + rca("08:00:00", "ann", "16.0.5254.1000", "failures=QUOTE") +
			rca("08:00:01", "bob", "16.0.5254.1000")}, []string{
			"16.0.5254.1000 sessions 2 requests 2 refused 0 users 2 cached",
		}},
		{"NULs of a power cut", []string{rcaHead + rca("08:00:00", "ann", "16.0.5254.1000") + strings.Repeat("\x00", 3000) +
			"\r\n" +
			strings.Repeat("\x00", 700) + rca("08:00:00", "bob", "16.0.5254.1000")}, []string{
			"16.0.5254.1000 sessions 2 requests 2 refused 0 users 2 cached",
		}},
		{"times that are none", []string{rcaHead + strings.ReplaceAll(rca("08:00:00", "ann", "16.0.5254.1000"), day,
			"2026-02-30") +
			strings.ReplaceAll(rca("08:00:00", "ann", "16.0.5254.1000"), day, "02/11/2026")}, []string{
			"unreadable a:6 2: " + badTime,
		}},
		{"line of 2 MiB", []string{rcaHead + rca("08:00:00", "ann", "16.0.5254.1000", "failures="+strings.Repeat("x",
			2<<20)) +
			rca("08:00:01", "bob", "16.0.5254.1000")}, []string{
			"16.0.5254.1000 sessions 1 requests 1 refused 0 users 1 cached", "unreadable a:6 1: " + lineTooLong,
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			for i := range row.logs {
				row.logs[i] = strings.ReplaceAll(row.logs[i], "QUOTE", `"open`)
			}
			if diff := cmp.Diff(row.want, digest(read(t, Options{}, row.logs...))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func zip(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func encode(t *testing.T, order unicode.Endianness, mark unicode.BOMPolicy, text string) string {
	t.Helper()
	out, err := unicode.UTF16(order, mark).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReadEncodings(t *testing.T) {
	log := head("RCA Protocol Logs", rca2013) + rca("08:00:00", "ann", "16.0.5254.1000")
	want := []string{"16.0.5254.1000 sessions 1 requests 1 refused 0 users 1 cached"}
	for _, row := range []struct{ name, text string }{
		{"UTF-8", log},
		{"UTF-8 with a mark", "\uFEFF" + log},
		{"UTF-16, little end first", encode(t, unicode.LittleEndian, unicode.UseBOM, log)},
		{"UTF-16, big end first", encode(t, unicode.BigEndian, unicode.UseBOM, log)},
		{"UTF-16 without a mark", encode(t, unicode.LittleEndian, unicode.IgnoreBOM, log)},
		{"UTF-16 without a mark, big end first", encode(t, unicode.BigEndian, unicode.IgnoreBOM, log)},
		{"gzip", zip(t, log)},
		{"gzip of UTF-16", zip(t, encode(t, unicode.LittleEndian, unicode.UseBOM, log))},
		{"two gzip streams", zip(t, log[:200]) + zip(t, log[200:])},
	} {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(want, digest(read(t, Options{}, row.text))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadBrokenFiles(t *testing.T) {
	log := head("RCA Protocol Logs", rca2013) + rca("08:00:00", "ann", "16.0.5254.1000")
	for _, row := range []struct {
		name string
		in   io.Reader
		want []string
	}{
		{"gzip that ends too early", strings.NewReader(zip(t, log)[:60]), []string{
			"unreadable a:1 1: The compressed file ends too early.",
		}},
		{"gzip with a broken body", strings.NewReader(zip(t, log)[:10] + strings.Repeat("\xff", 50)), []string{
			"unreadable a:1 1: The compressed file is damaged.",
		}},
		{"gzip with a broken header", strings.NewReader("\x1f\x8bxxxxxxxxxxxxxxxx"), []string{
			"unreadable a:1 1: The compressed file is damaged.",
		}},
		{"error after the lines", io.MultiReader(strings.NewReader(log), iotest.ErrReader(errors.New("gone"))), []string{
			"16.0.5254.1000 sessions 1 requests 1 refused 0 users 1 cached",
			"unreadable a:7 1: The file could not be read to its end: gone.",
		}},
		{"one byte at a time", iotest.OneByteReader(strings.NewReader(log)), []string{
			"16.0.5254.1000 sessions 1 requests 1 refused 0 users 1 cached",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := NewCollector(Options{})
			if err := c.Read(t.Context(), "a", row.in); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, digest(c.Report())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWindow(t *testing.T) {
	at := func(clock string) time.Time {
		out, err := time.Parse(time.RFC3339, day+"T"+clock+"Z")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	log := head("RCA Protocol Logs", rca2013)
	for _, clock := range []string{"08:00:00", "09:00:00", "10:00:00"} {
		log += rca(clock, "ann", "16.0.5254.1000")
	}
	for _, row := range []struct {
		name         string
		since, until time.Time
		want         int64
	}{
		{"no bounds", time.Time{}, time.Time{}, 3},
		{"since", at("08:30:00"), time.Time{}, 2},
		{"until", time.Time{}, at("09:30:00"), 2},
		{"both", at("08:30:00"), at("09:30:00"), 1},
		{"nothing in it", at("11:00:00"), time.Time{}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := read(t, Options{Since: row.since, Until: row.until}, log)
			if got.Summary.Counted != row.want {
				t.Errorf("counted %d, want %d", got.Summary.Counted, row.want)
			}
			if sum := got.Summary.Counted + got.Summary.Skipped; sum != 3 {
				t.Errorf("counted and skipped are %d lines", sum)
			}
		})
	}
}

func TestSummary(t *testing.T) {
	log := head("RCA Protocol Logs", rca2013) + rca("08:00:00", "ann", "14.0.7172.5000") +
		rca("08:10:00", "ann", "16.0.17932.20742") + rca("08:20:00", "bob", "16.0.14332.20685") +
		rca("08:30:00", "cat", "16.0.20430.20092") + rca("08:40:00", "HealthMailbox1", "15.0.1.1") + "rubbish\r\n"
	got := read(t, Options{}, log).Summary
	percent := int64(34)
	want := Summary{
		Files: 1, Lines: 11, Bytes: int64(len(log)), Counted: 4, Skipped: 1, Unreadable: 1,
		DistinctUsers: 3, UsersCannotConnect: 1, UsersUnsupported: 2, UsersNotEWSFree: 2, UpdatePercent: &percent,
		FirstSeen: time.Date(2026, 11, 2, 8, 0, 0, 125e6, time.UTC), LastSeen: time.Date(2026, 11, 2, 8, 30, 0, 125e6,
			time.UTC),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUpdateRequired(t *testing.T) {
	proxyHead := head("HttpProxy Logs", httpProxy)
	agent := func(version string) string {
		return proxy("08:00:00", `F\ann`, "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook "+version+"; Pro)",
			"200")
	}
	mac := proxy("08:00:00", `F\ann`, "MacOutlook/16.53.21091200", "200")
	for _, row := range []struct{ name, log, want string }{
		{"nothing seen", "", "open"},
		{"all can connect", agent("16.0.17932"), "no"},
		{"one cannot", agent("16.0.17932") + agent("14.0.7155"), "yes"},
		{"one is not known", agent("16.0.17932") + agent("17.0.1"), "open"},
		{"one is not known and one cannot", agent("17.0.1") + agent("14.0.7155"), "yes"},
		{"a Mac besides", agent("16.0.17932") + mac, "no"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := read(t, Options{}, proxyHead+row.log).UpdateRequired
			if say(Judgement{Holds: got}) != row.want {
				t.Errorf("got %s, want %s", say(Judgement{Holds: got}), row.want)
			}
		})
	}
}

func TestBlockedVersions(t *testing.T) {
	for _, row := range []struct {
		name     string
		versions []string
		want     string
	}{
		{"nothing to block", []string{"16.0.17932.20742", "15.0.5345.1002"}, ""},
		{"2010", []string{"14.0.7172.5000", "14.0.6109.5005"}, "14.4536.0-14.32767.65535"},
		{"older than the first known", []string{"14.0.4006.1000"}, "14.4006.0-14.32767.65535"},
		{"2013 up to its minimum", []string{"15.0.4569.1503"}, "15.4420.0-15.4971.999"},
		{
			"2016, MSI and click-to-run",
			[]string{"16.0.4266.1001", "16.0.7766.2060"},
			"16.4230.0-16.4600.999;16.6001.0-16.8228.65535",
		},
		{"first of 2016", []string{"16.0.4229.1002"}, "16.4229.0-16.4229.65535"},
		{"not known, so not blocked", []string{"16.0.3629.1000", "10.0.2627.1"}, ""},
		{"all", []string{
			"11.0.8173.0", "12.0.6607.1000", "14.0.7172.5000", "15.0.4420.1017", "16.0.4229.1002",
			"16.0.4266.1001", "16.0.6741.2105",
		}, "11.5608.0-11.32767.65535;12.4518.0-12.32767.65535;14.4536.0-14.32767.65535;15.4420.0-15.4971.999;" +
			"16.4229.0-16.4229.65535;16.4230.0-16.4600.999;16.6001.0-16.8228.65535"},
	} {
		t.Run(row.name, func(t *testing.T) {
			log := head("RCA Protocol Logs", rca2013)
			for _, v := range row.versions {
				log += rca("08:00:00", "ann", v)
			}
			got := read(t, Options{}, log).BlockedVersions
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
			if len(got) > 255 {
				t.Errorf("Exchange takes no text of %d characters", len(got))
			}
		})
	}
}

func TestByUser(t *testing.T) {
	logs := []string{
		head("RCA Protocol Logs", rca2013) + rca("08:00:00", "bob", "16.0.17932.20742") +
			rca("09:00:00", "bob", "14.0.7172.5000", "user-email=Bob@fabrikam.example") +
			rca("08:30:00", "bob", "14.0.7172.5000") + rca("07:00:00", "ann", "16.0.17932.20742",
			"user-email=ann@fabrikam.example"),
		head("MAPI Http Logs", mapiHTTP) + entry(mapiHTTP, "DateTime="+day+"T06:00:00.000Z", `AuthenticatedUserEmail=F\bob`,
			"ActAsUserEmail=bob@fabrikam.example", "ClientSoftware=OUTLOOK.EXE", "ClientSoftwareVersion=14.0.7172.5000"),
	}
	if got := read(t, Options{}, logs...).ByUser; got != nil {
		t.Errorf("users are kept without being asked for: %v", got)
	}
	var got []string
	for _, u := range read(t, Options{IncludeUsers: true}, logs...).ByUser {
		for _, v := range u.Versions {
			got = append(got, fmt.Sprintf("%s %v %s %d %s-%s", u.Name, u.CannotConnect, v.Version, v.Requests,
				v.FirstSeen.Format("15:04"), v.LastSeen.Format("15:04")))
		}
	}
	want := []string{
		"ann@fabrikam.example false 16.0.17932.20742 1 07:00-07:00",
		"Bob@fabrikam.example true 14.0.7172.5000 3 06:00-09:00",
		"Bob@fabrikam.example true 16.0.17932.20742 1 08:00-08:00",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A report without users holds no name of one, whatever is wrong with the lines.
func TestNoUserWithoutIncludeUsers(t *testing.T) {
	const secret = "sesame"
	log := head("RCA Protocol Logs", rca2013) + rca("08:00:00", secret, "16.0.5254.1000",
		"user-email="+secret+"@f.example") +
		rca("08:00:00", secret, secret) + rca(secret, secret, "16.0.5254.1000") + secret + "\r\n" +
		rca("08:00:00", secret, "16.0.5254.1000")[:130] + "\r\n#Fields: " + secret + "\r\n" + secret + "\r\n"
	got := fmt.Sprintf("%+v", read(t, Options{}, log, secret))
	if strings.Contains(got, secret) {
		t.Errorf("the report holds the name of a user:\n%s", got)
	}
}

func TestUnreadableIsBounded(t *testing.T) {
	c := NewCollector(Options{})
	for i := range 2 * MaxUnreadable {
		name := fmt.Sprintf("log%d", i)
		if err := c.Read(t.Context(), name, strings.NewReader("x\ny\n")); err != nil {
			t.Fatal(err)
		}
	}
	got := c.Report()
	if len(got.Unreadable) != MaxUnreadable {
		t.Errorf("%d entries", len(got.Unreadable))
	}
	if got.Summary.Unreadable != 4*MaxUnreadable {
		t.Errorf("%d lines", got.Summary.Unreadable)
	}
}

func TestVersionsAreBounded(t *testing.T) {
	c := NewCollector(Options{})
	var log strings.Builder
	log.WriteString(head("RCA Protocol Logs", rca2013))
	for i := range maxVersions + 5 {
		log.WriteString(rca("08:00:00", "ann", fmt.Sprintf("16.0.17932.%d", i)))
	}
	if err := c.Read(t.Context(), "a", strings.NewReader(log.String())); err != nil {
		t.Fatal(err)
	}
	got := c.Report()
	if len(got.Clients) != maxVersions {
		t.Errorf("%d versions", len(got.Clients))
	}
	want := []Unreadable{{File: "a", Line: maxVersions + 6, Lines: 5, Why: manyVersions}}
	if diff := cmp.Diff(want, got.Unreadable); diff != "" {
		t.Error(diff)
	}
}

func TestUsersBeyondTheLimitAreAMinimum(t *testing.T) {
	for _, row := range []struct {
		name              string
		users, versions   int
		distinct, ofFirst int64
		minimum           bool
	}{
		{"at the limit", 10, 1, 10, 10, false},
		{"one user more", 11, 1, 10, 10, true},
		{"at the limit of versions", 10, 2, 10, 10, false},
		{"a version more", 10, 3, 10, 6, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := NewCollector(Options{})
			c.maxUsers = 10
			log := head("RCA Protocol Logs", rca2013)
			for user := range row.users {
				for version := range row.versions {
					log += rca("08:00:00", fmt.Sprint("user", user), fmt.Sprintf("16.0.17932.%d", 20000-version))
				}
			}
			if err := c.Read(t.Context(), "a", strings.NewReader(log)); err != nil {
				t.Fatal(err)
			}
			got := c.Report()
			if got.Summary.DistinctUsers != row.distinct {
				t.Errorf("%d users", got.Summary.DistinctUsers)
			}
			if last := got.Clients[len(got.Clients)-1].DistinctUsers; last != row.ofFirst {
				t.Errorf("%d users of the last version", last)
			}
			if got.Summary.UsersAreMinimum != row.minimum {
				t.Errorf("the count is said to be a minimum: %v", got.Summary.UsersAreMinimum)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := NewCollector(Options{Progress: func(Progress) { cancel() }})
	endless := &generated{head: head("RCA Protocol Logs", rca2013), lines: 1 << 40, line: func(buf []byte, _ int) []byte {
		return append(buf, rcaLine...)
	}}
	if err := c.Read(ctx, "a", endless); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestProgress(t *testing.T) {
	var got []Progress
	c := NewCollector(Options{Progress: func(p Progress) { got = append(got, p) }})
	n := 3 * progressEvery / len(rcaLine)
	log := &generated{head: head("RCA Protocol Logs", rca2013), lines: n, line: func(buf []byte, _ int) []byte {
		return append(buf, rcaLine...)
	}}
	if err := c.Read(t.Context(), "a", log); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 {
		t.Errorf("%d calls", len(got))
	}
	for i, p := range got {
		if p.File != "a" {
			t.Errorf("call %d: file %q", i, p.File)
		}
		if p.Bytes < int64(i+1)*progressEvery {
			t.Errorf("call %d comes after %d bytes", i, p.Bytes)
		}
		if p.Lines == 0 {
			t.Errorf("call %d: no lines", i)
		}
	}
}

// The same logs in another order give the same report but for the order of what is unreadable.
func TestOrderDoesNotMatter(t *testing.T) {
	a := head("RCA Protocol Logs", rca2013) + rca("08:00:00", "ann", "16.0.17932.20742") + rca("09:00:00", "bob",
		"14.0.7172.5000")
	b := head("HttpProxy Logs", httpProxy) + proxy("07:00:00", `F\ann`, office2016, "200") + proxy("07:00:00", "",
		office2016, "401")
	o := Options{IncludeUsers: true}
	if diff := cmp.Diff(read(t, o, a, b), read(t, o, b, a), cmp.AllowUnexported(Release{})); diff != "" {
		t.Error(diff)
	}
}
