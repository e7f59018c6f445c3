package webservice_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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
		t.Run(good, func(t *testing.T) {
			u, err := webservice.ParseURL(good)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(u.Path, "/") {
				t.Errorf("the path ends with a slash: %v", u)
			}
		})
	}
	for name, bad := range map[string]string{
		"nothing": "", "no scheme": "mirror.example", "no TLS": "http://mirror.example", "FTP": "ftp://mirror.example",
		"a file": "file:///lists", "no host": "https://", "a user": "https://a@b", "a query": "https://m.example/?x=1",
		"a fragment": "https://m.example/#x", "separators only": "://", "like loopback": "http://127.0.0.1.example",
	} {
		t.Run(name, func(t *testing.T) {
			if u, err := webservice.ParseURL(bad); err == nil {
				t.Errorf("%q was read as %v", bad, u)
			}
		})
	}
}

func TestMethods(t *testing.T) {
	s := eoptest.New(t)
	const set27 = `[{"id":27,"serviceArea":"Exchange","ips":["42.159.%d.0/24"],"tcpPorts":"25,443","expressRoute":false,
		"category":"Allow","required":true}]`
	s.PublishBody(endpoints.China, "2026022700", fmt.Appendf(nil, set27, 36))
	s.PublishBody(endpoints.China, "2026033000", fmt.Appendf(nil, set27, 37))
	s.PublishChanges(endpoints.China, []byte(`[
	 {"id":2,"endpointSetId":27,"disposition":"Change","impact":"AddedIp","version":"2026033000",
	  "add":{"effectiveDate":"20260501","ips":["42.159.37.0/24"]},"remove":{"ips":["42.159.36.0/24"]}},
	 {"id":1,"endpointSetId":9,"disposition":"add","version":"2026022700","current":{},
	  "add":{"urls":["b.example","a.example"]}}]`))
	c := client(t, s.URL, nil, "")
	february, march := endpoints.MustParseVersion("2026022700"), endpoints.MustParseVersion("2026033000")
	prefix36, prefix37 := netip.MustParsePrefix("42.159.36.0/24"), netip.MustParsePrefix("42.159.37.0/24")
	changes := []endpoints.Change{
		{ID: 1, SetID: 9, Disposition: "add", Version: february, AddedURLs: []string{"a.example", "b.example"}},
		{
			ID: 2, SetID: 27, Disposition: "change", Impact: "AddedIp", Version: march, EffectiveDate: "2026-05-01",
			AddedPrefixes: []netip.Prefix{prefix37}, RemovedPrefixes: []netip.Prefix{prefix36},
		},
	}
	set := endpoints.Set{
		ID: 27, ServiceArea: "Exchange", Category: "Allow", Required: true,
		TCPPorts: endpoints.Ports{{From: 25, To: 25}, {From: 443, To: 443}}, Prefixes: []netip.Prefix{prefix37},
	}
	for name, tc := range map[string]struct {
		want any
		get  func(context.Context) (any, error)
	}{
		"the latest version": {march, func(ctx context.Context) (any, error) { return c.Latest(ctx, endpoints.China) }},
		"the versions": {[]endpoints.Version{february, march}, func(ctx context.Context) (any, error) {
			return c.Versions(ctx, endpoints.China)
		}},
		"the endpoints": {[]endpoints.Set{set}, func(ctx context.Context) (any, error) {
			return c.Endpoints(ctx, endpoints.China)
		}},
		"the changes": {changes, func(ctx context.Context) (any, error) {
			return c.Changes(ctx, endpoints.China, endpoints.MustParseVersion("2025063000"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.get(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			byValue := cmpopts.EquateComparable(netip.Prefix{}, endpoints.Version{})
			if diff := cmp.Diff(tc.want, got, byValue, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("another instance", func(t *testing.T) {
		_, err := c.Latest(t.Context(), endpoints.Worldwide)
		if err == nil || !strings.Contains(err.Error(), "404") {
			t.Fatalf("got %v, want an error with 404", err)
		}
		if strings.Contains(err.Error(), "3f2504e0") {
			t.Errorf("the client request id is in the error: %v", err)
		}
	})
}

func TestBadChangeRecords(t *testing.T) {
	for name, record := range map[string]string{
		"no set":           `{"id":1,"version":"2026022700"}`,
		"no version":       `{"id":1,"endpointSetId":2}`,
		"bad date":         `{"id":1,"endpointSetId":2,"version":"2026022700","add":{"effectiveDate":"soon"}}`,
		"bad prefix":       `{"id":1,"endpointSetId":2,"version":"2026022700","add":{"ips":["10.0.0.1/8"]}}`,
		"bad prefix taken": `{"id":1,"endpointSetId":2,"version":"2026022700","remove":{"ips":["x"]}}`,
		"another shape":    `7`,
	} {
		t.Run(name, func(t *testing.T) {
			s := eoptest.New(t)
			s.PublishBody(endpoints.China, "2026022700", []byte(`[]`))
			s.PublishChanges(endpoints.China, []byte("["+record+"]"))
			since := endpoints.MustParseVersion("2020022800")
			if got, err := client(t, s.URL, nil, "").Changes(t.Context(), endpoints.China, since); err == nil {
				t.Errorf("it was read as %v", got)
			}
		})
	}
}

// The budget of the context ends everything, whatever the attempts would still do.
func TestContextEndsTheCall(t *testing.T) {
	for name, fault := range map[string]eoptest.Fault{"hang": eoptest.Hang(), "drip": eoptest.Drip()} {
		t.Run(name, func(t *testing.T) {
			s := eoptest.New(t)
			s.Break(fault)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, err := client(t, s.URL, nil, "").Latest(ctx, endpoints.China)
			if err == nil || !strings.Contains(err.Error(), "time allowed") {
				t.Errorf("got %v, want an error with the time allowed", err)
			}
		})
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
			if !tc.fails {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), "HTTPS_PROXY") {
				t.Fatalf("got %v, want an error that names the variable", err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error has the variable's value: %v", err)
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
	around := (&httpproxy.Config{HTTPSProxy: proxy.URL, NoProxy: "eop.invalid"}).ProxyFunc()
	for _, tc := range []struct {
		name, url string
		proxy     func(*url.URL) (*url.URL, error)
		connects  int32
		err       string // in its text
	}{
		{"through the proxy", "https://example.com", through, 1, "<nil>"},
		{"refused by the proxy", "https://other.example", through, 4, "Forbidden"}, // each attempt
		{"around the proxy", "https://eop.invalid", around, 0, "eop.invalid"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := connects.Load()
			_, err := client(t, tc.url, tc.proxy, s.CABundle(t)).Latest(t.Context(), endpoints.China)
			if got := fmt.Sprint(err); !strings.Contains(got, tc.err) {
				t.Errorf("error %s, want %q in it", got, tc.err)
			}
			if got := connects.Load() - before; got != tc.connects {
				t.Errorf("%d connects, want %d", got, tc.connects)
			}
		})
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
		if err != nil {
			return
		}
		if p.Latest.IsZero() {
			t.Fatalf("%q names no version as the latest", data)
		}
		if p.Latest.Kind() != endpoints.Full {
			t.Fatalf("%q names %v as the latest", data, p.Latest)
		}
	})
}

func FuzzDecodeChanges(f *testing.F) {
	f.Add([]byte(`[{"id":2,"endpointSetId":27,"disposition":"Change","version":"2026033000",` +
		`"add":{"effectiveDate":"20260501","ips":["42.159.37.0/24"]}}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		changes, err := endpoints.DecodeChanges(data)
		for _, c := range changes {
			if err != nil || c.Version.IsZero() {
				t.Fatalf("%q: %+v, %v", data, c, err)
			}
		}
	})
}
