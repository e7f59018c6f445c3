package webservice_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/webservice"
)

func client(t *testing.T, base string, proxy func(*url.URL) (*url.URL, error), bundle string) *webservice.Client {
	t.Helper()
	u, err := webservice.ParseURL(base)
	if err != nil {
		t.Fatal(err)
	}
	if proxy == nil {
		proxy = func(*url.URL) (*url.URL, error) { return nil, nil }
	}
	return webservice.New(webservice.Options{
		BaseURL: u, ClientRequestID: func() string { return "3f2504e0-4f89-41d3-9a0c-0305e82c3301" },
		AttemptTimeout: time.Second, CABundle: bundle, Proxy: proxy, UserAgent: "test",
	})
}

func TestParseURL(t *testing.T) {
	for _, good := range []string{
		"https://endpoints.office.com", "https://mirror.example/eop/", "http://127.0.0.1:8080", "http://[::1]:1",
		"http://localhost",
	} {
		u, err := webservice.ParseURL(good)
		if err != nil || strings.HasSuffix(u.Path, "/") {
			t.Errorf("%s: %v, %v", good, u, err)
		}
	}
	for _, bad := range []string{
		"", "mirror.example", "http://mirror.example", "ftp://mirror.example", "file:///lists", "https://", "https://a@b",
		"https://m.example/?x=1", "https://m.example/#x", "://", "http://127.0.0.1.example",
	} {
		if u, err := webservice.ParseURL(bad); err == nil {
			t.Errorf("%q was read as %v", bad, u)
		}
	}
}

func TestMethods(t *testing.T) {
	s := eoptest.New(t)
	s.PublishBody(
		endpoints.China,
		"2026022700",
		[]byte(
			`[{"id":27,"serviceArea":"Exchange","ips":["42.159.36.0/24"],"tcpPorts":"25,443","expressRoute":false,"category":"Allow","required":true}]`,
		),
	)
	s.PublishBody(
		endpoints.China,
		"2026033000",
		[]byte(
			`[{"id":27,"serviceArea":"Exchange","ips":["42.159.37.0/24"],"tcpPorts":"25,443","expressRoute":false,"category":"Allow","required":true}]`,
		),
	)
	s.PublishChanges(endpoints.China, []byte(`[
	 {"id":2,"endpointSetId":27,"disposition":"Change","impact":"AddedIp","version":"2026033000","add":{"effectiveDate":"20260501","ips":["42.159.37.0/24"]},"remove":{"ips":["42.159.36.0/24"]}},
	 {"id":1,"endpointSetId":9,"disposition":"add","version":"2026022700","current":{},"add":{"urls":["b.example","a.example"]}}]`))
	c := client(t, s.URL, nil, "")
	ctx := t.Context()
	if v, err := c.Latest(ctx, endpoints.China); err != nil || v.String() != "2026033000" {
		t.Errorf("latest %v, %v", v, err)
	}
	if v, err := c.Versions(ctx, endpoints.China); err != nil || len(v) != 2 || v[0].String() != "2026022700" {
		t.Errorf("versions %v, %v", v, err)
	}
	if sets, err := c.Endpoints(ctx, endpoints.China); err != nil || len(sets) != 1 ||
		sets[0].Prefixes[0].String() != "42.159.37.0/24" {
		t.Errorf("endpoints %v, %v", sets, err)
	}
	changes, err := c.Changes(ctx, endpoints.China, endpoints.MustParseVersion("2025063000"))
	if err != nil || len(changes) != 2 {
		t.Fatalf("changes %v, %v", changes, err)
	}
	first, second := changes[0], changes[1]
	if first.ID != 1 || first.SetID != 9 || first.EffectiveDate != "" ||
		strings.Join(first.AddedURLs, " ") != "a.example b.example" {
		t.Errorf("first %+v", first)
	}
	if second.Disposition != "change" || second.EffectiveDate != "2026-05-01" ||
		second.AddedPrefixes[0].String() != "42.159.37.0/24" ||
		second.RemovedPrefixes[0].String() != "42.159.36.0/24" {
		t.Errorf("second %+v", second)
	}
	if _, err := c.Latest(ctx, endpoints.Worldwide); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("another instance: %v", err)
	}
	if strings.Contains(err2(c.Latest(ctx, endpoints.Worldwide)), "3f2504e0") {
		t.Error("the client request id is in the error")
	}
}

func err2(_ endpoints.Version, err error) string { return err.Error() }

func TestBadChangeRecords(t *testing.T) {
	s := eoptest.New(t)
	s.PublishBody(endpoints.China, "2026022700", []byte(`[]`))
	for name, record := range map[string]string{
		"no set":           `{"id":1,"version":"2026022700"}`,
		"no version":       `{"id":1,"endpointSetId":2}`,
		"bad date":         `{"id":1,"endpointSetId":2,"version":"2026022700","add":{"effectiveDate":"soon"}}`,
		"bad prefix":       `{"id":1,"endpointSetId":2,"version":"2026022700","add":{"ips":["10.0.0.1/8"]}}`,
		"bad prefix taken": `{"id":1,"endpointSetId":2,"version":"2026022700","remove":{"ips":["x"]}}`,
		"another shape":    `7`,
	} {
		s.PublishChanges(endpoints.China, []byte("["+record+"]"))
		if got, err := client(t, s.URL, nil, "").Changes(
			t.Context(), endpoints.China, endpoints.MustParseVersion("2020022800"),
		); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The budget of the context ends everything, whatever the attempts would still do.
func TestContextEndsTheCall(t *testing.T) {
	for name, fault := range map[string]eoptest.Fault{"hang": eoptest.Hang(), "drip": eoptest.Drip()} {
		s := eoptest.New(t)
		s.Break(fault)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err := client(t, s.URL, nil, "").Latest(ctx, endpoints.China)
		if err == nil || !strings.Contains(err.Error(), "time allowed") {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}

// After a 429 there is no second attempt, and the wait is what the service asks, at most
// an hour.
func TestTooMany(t *testing.T) {
	for name, tc := range map[string]struct {
		fault eoptest.Fault
		want  time.Duration
	}{
		"nothing said": {eoptest.TooMany(-1), time.Hour},
		"a minute":     {eoptest.TooMany(time.Minute), time.Minute},
		"a day":        {eoptest.TooMany(24 * time.Hour), time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			s := eoptest.New(t)
			s.Break(tc.fault)
			_, err := client(t, s.URL, nil, "").Latest(t.Context(), endpoints.China)
			var tooMany *webservice.TooManyError
			if !errors.As(err, &tooMany) {
				t.Fatalf("got %v", err)
			}
			if tooMany.Wait != tc.want {
				t.Errorf("wait %s, want %s", tooMany.Wait, tc.want)
			}
			if n := s.Calls("/version"); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// A proxy variable that cannot be read is an error where it would be used, without what
// it holds.
func TestProxyVariables(t *testing.T) {
	for name, tc := range map[string]struct {
		proxy, noProxy string
		fails          bool
	}{
		"none":             {"", "", false},
		"an address":       {"http://proxy.example:8080", "", false},
		"host and port":    {"proxy.example:8080", "", false},
		"a socks proxy":    {"socks5://proxy.example:1080", "", false},
		"a bad port":       {"http://user:secret@proxy.example:80x", "", true},
		"a bad escape":     {"http://user:secret%zz@proxy.example", "", true},
		"a scheme unknown": {"ftp://user:secret@proxy.example", "", true},
		"not for this URL": {"http://user:secret@proxy.example:80x", "endpoints.office.com", false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, v := range []string{"https_proxy", "http_proxy", "HTTP_PROXY", "no_proxy", "REQUEST_METHOD"} {
				t.Setenv(v, "")
			}
			t.Setenv("HTTPS_PROXY", tc.proxy)
			t.Setenv("NO_PROXY", tc.noProxy)
			u, err := url.Parse(webservice.DefaultURL)
			if err != nil {
				t.Fatal(err)
			}
			_, err = webservice.ProxyFromEnvironment()(u)
			if (err != nil) != tc.fails {
				t.Fatalf("got %v", err)
			}
			if err != nil && (!strings.Contains(err.Error(), "HTTPS_PROXY") || strings.Contains(err.Error(), "secret")) {
				t.Errorf("the error names the variable and not its value: %v", err)
			}
		})
	}
}

// A name that only the proxy knows: the client reaches the service through
// CONNECT, and not at all where NO_PROXY names it.
func TestProxy(t *testing.T) {
	s := eoptest.NewTLS(t)
	s.PublishBody(endpoints.China, "2026022700", []byte(`[]`))
	var connects atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connects.Add(1)
		if r.Method != http.MethodConnect || r.Host != "example.com:443" { // the name in httptest's certificate
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		tunnel(t, w, strings.TrimPrefix(s.URL, "https://"))
	}))
	t.Cleanup(proxy.Close)
	through := (&httpproxy.Config{HTTPSProxy: proxy.URL}).ProxyFunc()
	if v, err := client(
		t, "https://example.com", through, s.CABundle(t),
	).Latest(t.Context(), endpoints.China); err != nil ||
		v.String() != "2026022700" ||
		connects.Load() != 1 {
		t.Errorf("through the proxy: %v, %v, %d connects", v, err, connects.Load())
	}
	if _, err := client(
		t, "https://other.example", through, s.CABundle(t),
	).Latest(t.Context(), endpoints.China); err == nil ||
		!strings.Contains(err.Error(), "Forbidden") {
		t.Errorf("refused by the proxy: %v", err)
	}
	before := connects.Load()
	around := (&httpproxy.Config{HTTPSProxy: proxy.URL, NoProxy: "eop.invalid"}).ProxyFunc()
	if _, err := client(
		t, "https://eop.invalid", around, s.CABundle(t),
	).Latest(t.Context(), endpoints.China); err == nil ||
		connects.Load() != before {
		t.Errorf("NO_PROXY: %v, %d connects more", err, connects.Load()-before)
	}
}

func tunnel(t *testing.T, w http.ResponseWriter, to string) {
	t.Helper()
	out, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", to)
	if err != nil {
		t.Error(err)
		return
	}
	in, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = io.WriteString(in, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
	go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
}

func FuzzDecodeVersion(f *testing.F) {
	f.Add([]byte(`{"instance":"Worldwide","latest":"2026081400","versions":["2026053100"]}`))
	f.Add([]byte(`[{"instance":"China","latest":"2026022700"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := endpoints.DecodeVersion(data, endpoints.Worldwide)
		if err == nil && (p.Latest.IsZero() || p.Latest.Kind() != endpoints.Full) {
			t.Fatalf("%q names %v as the latest", data, p.Latest)
		}
	})
}

func FuzzDecodeChanges(f *testing.F) {
	f.Add(
		[]byte(
			`[{"id":2,"endpointSetId":27,"disposition":"Change","version":"2026033000","add":{"effectiveDate":"20260501","ips":["42.159.37.0/24"]}}]`,
		),
	)
	f.Fuzz(func(t *testing.T, data []byte) {
		changes, err := endpoints.DecodeChanges(data)
		for _, c := range changes {
			if err != nil || c.Version.IsZero() {
				t.Fatalf("%q: %+v, %v", data, c, err)
			}
		}
	})
}
