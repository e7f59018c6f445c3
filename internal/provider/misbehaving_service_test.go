package provider_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/providertest"
)

// A version that no archive knows yet, so that a right answer can only come from the service.
const nextVersion = "2099010100"

// nextList is the newest embedded list with one more prefix, published as nextVersion.
func nextList(t testing.TB) *endpoints.List {
	t.Helper()
	l := eoptest.Newest(t, endpoints.Worldwide)
	body, err := endpoints.EncodeSets(l.Sets)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := endpoints.DecodeSets(
		[]byte(strings.ReplaceAll(string(body), `"104.47.0.0/17"`, `"104.47.0.0/17","104.48.64.0/20"`)),
	)
	if err != nil {
		t.Fatal(err)
	}
	return &endpoints.List{Instance: endpoints.Worldwide, Version: endpoints.MustParseVersion(nextVersion), Sets: sets}
}

func bodyOf(t testing.TB, l *endpoints.List) string {
	t.Helper()
	body, err := endpoints.EncodeSets(l.Sets)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// live is a provider configuration against the service with a cache of its own.
func live(t testing.TB, s *eoptest.Service, mode string) object {
	t.Helper()
	return object{"list_source": mode, "service_url": s.URL, "cache_dir": t.TempDir()}
}

// impatient gives up after 300 ms: only for a service that never answers. One that works
// may take longer on a busy machine.
func impatient(config object) object { return with(config, object{"request_timeout": "300ms"}) }

// The matrix: whatever the service does, the list handed out is right or there
// is a clear error, and the next run recovers. That questions end within the time
// allowed is held by their deadlines (internal/catalog), not by a clock here.
func TestMisbehavingService(t *testing.T) {
	good := bodyOf(t, nextList(t))
	with := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("the list lacks %s", from)
		}
		return strings.ReplaceAll(good, from, to)
	}
	smtpPrefix := `"104.47.0.0/17"`
	addPrefix := func(p string) string { return with(smtpPrefix, smtpPrefix+`,"`+p+`"`) }
	elsewhere := eoptest.New(t)
	elsewhere.Publish(t, nextList(t))
	many := func() string {
		var b strings.Builder
		for i := range 100_000 {
			fmt.Fprintf(&b, `,"150.%d.%d.%d/32"`, i>>16&255, i>>8&255, i&255)
		}
		return with(smtpPrefix, smtpPrefix+b.String())
	}()
	html := "<html><title>HTTP Error 503. The service is unavailable.</title></html>"
	onEndpoints := eoptest.OnEndpoints
	sends := func(body string) eoptest.Fault { return onEndpoints(eoptest.Body("application/json", body)) }

	for name, tc := range map[string]struct {
		fault eoptest.Fault
		want  string // text in the error; empty: the new list comes out
	}{
		"sound":                         {nil, ""},
		"body cut":                      {onEndpoints(eoptest.Cut(good[:500])), "broke off after 500 bytes"},
		"body cut once":                 {eoptest.Times(1, eoptest.Cut(`{"instance"`)), ""},
		"connection reset":              {eoptest.Reset(), "EOF"},
		"connection reset twice":        {eoptest.Times(2, eoptest.Reset()), ""},
		"429 for ever":                  {eoptest.TooMany(-1), "429 Too Many Requests"},
		"429 once":                      {eoptest.Times(1, eoptest.TooMany(-1)), "not asked again for 1h0m0s"},
		"429, wait a second":            {eoptest.TooMany(time.Second), "not asked again for 1s"},
		"429, wait a day":               {eoptest.TooMany(24 * time.Hour), "not asked again for 1h0m0s"},
		"429 on the list, wait an hour": {onEndpoints(eoptest.TooMany(time.Hour)), "not asked again for 1h0m0s"},
		"500":                           {eoptest.Status(500, "oops"), "500 Internal Server Error: oops"},
		"502, then well":                {eoptest.Times(2, eoptest.Status(502, html)), ""},
		"503 page for ever":             {eoptest.Status(503, html), "503 Service Unavailable: a web page"},
		"503 with an hour to wait":      {retryAfter(503, "3600"), "Retry-After 1h0m0s, longer than the"},
		"400": {
			eoptest.Status(400, "Valid ClientRequestId Guid is required"), "400 Bad Request: Valid ClientRequestId",
		},
		"404":                          {eoptest.Status(404, ""), "404 Not Found"},
		"204":                          {eoptest.Status(204, ""), "204 No Content"},
		"portal page, 200":             {eoptest.Body("text/html", html), `content type "text/html"`},
		"portal page as JSON":          {eoptest.Body("application/json", html), "web page, not JSON"},
		"list of another content type": {onEndpoints(eoptest.Body("image/png", good)), `content type "image/png"`},
		"list as a static file":        {onEndpoints(eoptest.Body("application/octet-stream", good)), ""},
		"list with a byte order mark":  {sends("\ufeff" + good), ""},
		"list with unknown fields":     {sends(with(`"id": 10,`, `"brandNew": {"a": 1}, "id": 10,`)), ""},
		"empty body":                   {sends(""), "the body is empty"},
		"empty list":                   {sends("[]"), "no endpoint sets"},
		"list of nothing":              {sends("[{}]"), `the field "id"`},
		"cut JSON":                     {sends(good[:len(good)/2]), "not the expected JSON"},
		"JSON of another shape":        {sends(`{"error": {"code": 7}}`), "not the expected JSON"},
		"null":                         {sends("null"), "no endpoint sets"},
		"gzip bomb":                    {onEndpoints(eoptest.Huge(100<<20, true)), "larger than 8 MiB"},
		"100 MiB":                      {onEndpoints(eoptest.Huge(100<<20, false)), "larger than 8 MiB"},
		"redirect to another host":     {eoptest.Redirect(elsewhere.URL), "only the same host over the same scheme"},
		"redirect to plain http": {
			eoptest.Redirect("http://mirror.example"), "it redirects to http://mirror.example",
		},
		"redirect in a circle": {redirectInCircle, "in a circle"},
		"version of no instance": {
			eoptest.Body("application/json", `{"instance": "Mars", "latest": "2099010100"}`), "no instance worldwide",
		},
		"version that is none": {
			eoptest.Body("application/json", `{"instance": "Worldwide", "latest": "newest"}`), "not a list version",
		},
		"version in capitals, array": {
			eoptest.Times(
				1, eoptest.Body("application/json", `[{"instance": "Worldwide", "latest": "`+nextVersion+`", "serviceArea": "x"}]`),
			),
			"",
		},
		"version going backwards": {
			eoptest.Body("application/json", `{"instance": "Worldwide", "latest": "2019010700"}`),
			"names version 2019010700 as the latest",
		},
		"no SMTP set": {sends(with(`"tcpPorts": "25"`, `"tcpPorts": "26"`)), "has no SMTP endpoint set"},
		"no IPv6 left": {
			sends(strings.NewReplacer(`"2a01:111:f400::/48",`, "", `"2a01:111:f403::/48"`, `"104.48.80.0/20"`).Replace(good)),
			"no IPv6 prefix left",
		},
		"most of IPv4 gone": {
			sends(strings.NewReplacer(`"40.92.0.0/15",`, "", `"40.107.0.0/16",`, "", `"52.100.0.0/14",`, "").Replace(good)),
			"guard.min_overlap_percent",
		},
		"everything, IPv4":  {sends(addPrefix("0.0.0.0/0")), "guard.min_ipv4_prefix_length"},
		"everything, IPv6":  {sends(with(`"2a01:111:f400::/48"`, `"::/0"`)), "guard.min_ipv6_prefix_length"},
		"half of the world": {sends(addPrefix("128.0.0.0/1")), "wider than /12"},
		"seventeen times the space": {
			sends(with(smtpPrefix, smtpPrefix+`,"160.0.0.0/12","161.0.0.0/12","162.0.0.0/12","163.0.0.0/12",`+
				`"164.0.0.0/12","165.0.0.0/12","166.0.0.0/12","167.0.0.0/12"`)),
			"guard.max_growth_factor",
		},
		"private space":         {sends(addPrefix("10.20.0.0/16")), "private use"},
		"loopback":              {sends(addPrefix("127.0.0.0/24")), "loopback"},
		"carrier-grade NAT":     {sends(addPrefix("100.64.0.0/12")), "carrier-grade NAT"},
		"documentation space":   {sends(addPrefix("203.0.113.0/24")), "documentation"},
		"multicast":             {sends(addPrefix("224.0.0.0/24")), "multicast"},
		"unique local IPv6":     {sends(addPrefix("fd00::/48")), "unique local"},
		"unspecified":           {sends(addPrefix("::/128")), "unspecified"},
		"host bits":             {sends(addPrefix("104.48.65.1/20")), "has host bits set"},
		"IPv4-mapped IPv6":      {sends(addPrefix("::ffff:104.48.64.0/116")), "IPv4-mapped"},
		"IPv6 in long form":     {sends(with(`"2a01:111:f400::/48"`, `"2A01:0111:F400:0000::/48"`)), ""},
		"duplicates":            {sends(addPrefix("40.92.0.0/15")), ""},
		"overlaps":              {sends(addPrefix("40.92.128.0/17")), ""},
		"100,000 prefixes more": {sends(many), "more than 100000 elements"},
		"a version from the future": {
			eoptest.Body("application/json", `{"instance": "Worldwide", "latest": "9999123199"}`), "lies in the future",
		},
		"ips twice in one set": {
			sends(with(`"tcpPorts": "25"`, `"tcpPorts": "25", "ips": ["20.1.0.0/16"]`)), `the keys "ips" and "ips"`,
		},
		"ips and IPS in one set": {
			sends(with(`"tcpPorts": "25"`, `"tcpPorts": "25", "IPS": ["20.1.0.0/16"]`)), `the keys "ips" and "IPS"`,
		},
		"IPv6 outside 2000::/3":     {sends(addPrefix("4000::/48")), "outside 2000::/3"},
		"8 MiB of empty objects":    {sends("[" + strings.Repeat("{},", 2_700_000) + "{}]"), "not the expected JSON"},
		"a bare wildcard as a name": {sends(with(`"*.mail.protection.outlook.com"`, `"*"`)), "is not a host name"},
		"one answer of 7,372,800 more": {
			sends(
				addPrefix(
					"20.0.0.0/12\",\"20.16.0.0/12\",\"20.32.0.0/12\",\"20.48.0.0/12\",\"20.64.0.0/12\",\"20.80.0.0/12\"," +
						"\"20.96.0.0/12",
				),
			),
			"max_growth_factor",
		},
		"text that ends a line in names": {sends(with(`"*.mail.protection.outlook.com"`, `"a\nb"`)), "is not a host name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := eoptest.New(t)
			s.Publish(t, nextList(t))
			s.Break(tc.fault)
			config := live(t, s, "service")
			state, diags := configured(t, config).Read(t, allowlistName, nil)
			if tc.want == "" {
				wantNext(t, name, state, diags)
			} else {
				wantError(t, name, diags, tc.want)
				wantNothingKept(t, config["cache_dir"].(string))
			}
			// The next run, against a service that works again, is right; after a 429 the pause
			// comes first.
			s.Break(nil)
			if strings.HasPrefix(name, "429") {
				pause(t, config["cache_dir"].(string), s.URL)
			}
			state, diags = configured(t, config).Read(t, allowlistName, nil)
			wantNext(t, name+", next run", state, diags)
		})
	}
}

func TestServiceThatNeverEnds(t *testing.T) {
	for name, fault := range map[string]eoptest.Fault{
		"hangs":             eoptest.Hang(),
		"hangs on the list": eoptest.OnEndpoints(eoptest.Hang()),
		"drips":             eoptest.OnEndpoints(eoptest.Drip()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := eoptest.New(t)
			s.Publish(t, nextList(t))
			s.Break(fault)
			config := live(t, s, "service")
			_, diags := configured(t, impatient(config)).Read(t, allowlistName, nil)
			wantError(t, name, diags, "no whole answer within 300ms")
			wantNothingKept(t, config["cache_dir"].(string))
			s.Break(nil)
			state, diags := configured(t, config).Read(t, allowlistName, nil)
			wantNext(t, name+", next run", state, diags)
		})
	}
}

// nextState is what a data source says of nextList.
var nextState = object{"version": nextVersion, "source": "service", "stale": false, "cidrs": list(
	"40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17", "104.48.64.0/20",
	"2a01:111:f400::/48", "2a01:111:f403::/48",
)}

// wantNext requires the list of nextVersion, fresh from the service.
func wantNext(t *testing.T, name string, state object, diags providertest.Diagnostics) {
	t.Helper()
	if diags.Errors() != "" {
		t.Fatalf("%s: %s", name, diags.Errors())
	}
	if got := diags.Warnings(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "New SMTP addresses") {
		t.Errorf("%s: warnings %s", name, got)
	}
	wantAttributes(t, nextState, state)
}

// wantNothingKept requires that a refused answer left no list in the cache.
func wantNothingKept(t *testing.T, dir string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".json" && filepath.Base(path) != "pause.json" {
			t.Errorf("the refused answer was kept: %s", path)
		}
		return err
	}))
}

// pause requires that the cache remembers a 429, and ends the wait.
func pause(t *testing.T, dir, url string) {
	t.Helper()
	c := cache.Open(dir, url)
	if c.PausedUntil().IsZero() {
		t.Error("the 429 is not remembered")
	}
	if err := c.Pause(time.Time{}); err != nil {
		t.Fatal(err)
	}
}

func retryAfter(code int, wait string) eoptest.Fault {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", wait)
		w.WriteHeader(code)
		return true
	}
}

func redirectInCircle(w http.ResponseWriter, r *http.Request) bool {
	http.Redirect(w, r, r.URL.String(), http.StatusFound)
	return true
}
