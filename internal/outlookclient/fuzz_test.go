package outlookclient

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzRead reads anything as a log: it never fails, counts every line of an
// entry once, and keeps its limits.
func FuzzRead(f *testing.F) {
	f.Add([]byte(head("RCA Protocol Logs", rca2013) + rca("08:00:00", "ann", "16.0.5254.1000")))
	f.Add([]byte(head("HttpProxy Logs", httpProxy) + proxy("08:00:00", `F\ann`, office2016, "200")))
	f.Add([]byte(head("MAPI Http Logs", mapiHTTP) + day + "T08:00:00Z,\"open"))
	f.Add([]byte("#Fields: " + iis + "\n" + web("08:00:00", "-", office2016, "401")))
	f.Add([]byte("\xff\xfe#\x00F\x00"))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte("#Fields: date-time,client-software,client-software-version\n2026-11-02T08:00:00Z,OUTLOOK.EXE,14.0.1\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		c := NewCollector(Options{IncludeUsers: true})
		if err := c.Read(t.Context(), "log", bytes.NewReader(log)); err != nil {
			t.Fatal(err)
		}
		r := c.Report()
		// A file that breaks off is noted besides its lines.
		if n := r.Summary.Counted + r.Summary.Skipped + r.Summary.Unreadable; n > r.Summary.Lines+1 {
			t.Errorf("%d lines are accounted for, of %d", n, r.Summary.Lines)
		}
		var requests int64
		for _, client := range r.Clients {
			requests += client.Requests
			if client.FirstSeen.After(client.LastSeen) {
				t.Errorf("%s: first %v, last %v", client.Version, client.FirstSeen, client.LastSeen)
			}
		}
		if requests != r.Summary.Counted {
			t.Errorf("the versions have %d requests, the summary %d", requests, r.Summary.Counted)
		}
		if len(r.Unreadable) > MaxUnreadable {
			t.Errorf("%d entries of unreadable lines", len(r.Unreadable))
		}
	})
}

// FuzzJudge: whatever a build is, an answer has a reason, and a known build a product.
func FuzzJudge(f *testing.F) {
	for _, seed := range []string{
		"16.0.17932.20742", "16.0.5254", "15.20.1.1", "0.0.0", "999999999.0.0",
		"16.53.21091200",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseBuild(text)
		if err != nil {
			return
		}
		again, err := ParseBuild(b.String())
		if err != nil || again != b {
			t.Errorf("%q becomes %v", text, b)
		}
		r := Judge(b, CheckedOn())
		for _, j := range []Judgement{r.CanConnect, r.Supported, r.EWSFree} {
			if !strings.HasSuffix(j.Reason, ".") {
				t.Errorf("%s: the reason %q is no sentence", b, j.Reason)
			}
		}
		if r.Known != (len(r.Products) > 0) {
			t.Errorf("%s: known is %v with the products %v", b, r.Known, r.Products)
		}
	})
}
