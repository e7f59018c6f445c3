package provider_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
)

const embeddedVersion = eoptest.NewestWorldwide

// refused is a service that nobody listens at.
func refused(t *testing.T) *eoptest.Service {
	t.Helper()
	s := eoptest.New(t)
	s.Close()
	return s
}

// What stands in for a service that cannot be reached, and what does not.
func TestOutage(t *testing.T) {
	for name, tc := range map[string]struct {
		mode    string
		args    object
		cached  bool // nextVersion came from the service before, more than an hour ago
		vendor  string
		version string // the list handed out; empty: an error
		source  string
		wants   []string // in the error or warning
	}{
		"auto, nothing stated": {
			"auto", nil, false, "", "", "",
			[]string{
				"newest list known here is version " + embeddedVersion + " (embedded)",
				"minimum_version = \"" + embeddedVersion + "\"", "version = \"" + embeddedVersion + "\"",
				`list_source = "embedded"`,
			},
		},
		"auto, minimum met": {
			"auto",
			object{"minimum_version": "2025010100"},
			false, "", embeddedVersion, "embedded",
			[]string{"Version " + embeddedVersion + " (embedded) is used instead"},
		},
		"auto, minimum just met": {
			"auto",
			object{"minimum_version": embeddedVersion},
			false, "", embeddedVersion, "embedded",
			[]string{"is used instead"},
		},
		"auto, minimum not met": {
			"auto",
			object{"minimum_version": "2026081401"},
			false, "", "", "",
			[]string{"older than 2026081401, so it may not be used"},
		},
		"auto, stale cache is newer": {
			"auto",
			object{"minimum_version": embeddedVersion},
			true, "", nextVersion, "service",
			[]string{nextVersion + " (service) is used instead"},
		},
		"auto, stale cache, not stated": {
			"auto", nil, true, "", "", "", []string{"newest list known here is version " + nextVersion + " (service)"},
		},
		"auto, vendored is newer": {
			"auto",
			object{"minimum_version": embeddedVersion},
			false, nextVersion, nextVersion, "archive_dir",
			[]string{"is used instead"},
		},
		"service, minimum met": {
			"service",
			object{"minimum_version": "2025010100"},
			false, "", "", "",
			[]string{`with "service" no other list may be used`},
		},
		"service, stale cache": {
			"service", nil, true, "", "", "", []string{"newest list known here is version " + nextVersion},
		},
		"auto, pinned": {
			"auto", object{"version": "2019072900"}, false, "", "2019072900", "embedded", nil,
		},
		"service, pinned in the cache": {"service", object{"version": nextVersion}, true, "", nextVersion, "service", nil},
		"service, pinned, unknown": {
			"service", object{"version": "2099010101"}, false, "", "", "", []string{"could not be asked", "connection refused"},
		},
		"embedded":                    {"embedded", nil, true, "", embeddedVersion, "embedded", nil},
		"embedded, vendored is newer": {"embedded", nil, false, nextVersion, nextVersion, "archive_dir", nil},
		"embedded, minimum not met": {
			"embedded",
			object{"minimum_version": "2026090100"},
			false, "", "", "",
			[]string{"older than the minimum 2026090100"},
		},
		"embedded, pinned, only vendored": {
			"embedded", object{"version": nextVersion}, false, nextVersion, nextVersion, "archive_dir", nil,
		},
		"embedded, pinned, below minimum": {
			"embedded",
			object{"version": "2019072900", "minimum_version": "2020010100"},
			false, "", "", "",
			[]string{"older than the minimum"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := eoptest.New(t)
			config := live(t, s, tc.mode)
			if tc.cached {
				s.Publish(t, nextList(t))
				filling := object{"list_source": "service", "service_url": s.URL, "cache_dir": config["cache_dir"]}
				expected(t, configured(t, filling), allowlistName, nil)
				eoptest.AgeCache(t, config["cache_dir"].(string), s.URL, 2*time.Hour)
			}
			if tc.vendor != "" {
				config["archive_dir"] = vendor(t, nextList(t))
			}
			s.Close()
			state, diags := configured(t, config).Read(t, allowlistName, tc.args)
			if tc.version == "" {
				wantError(t, name, diags, tc.wants...)
				return
			}
			if diags.Errors() != "" {
				t.Fatal(diags.Errors())
			}
			wantAttributes(t, object{"version": tc.version, "source": tc.source, "stale": len(tc.wants) > 0}, state)
			if got := beyondNews(diags); (got != "") != (len(tc.wants) > 0) {
				t.Errorf("warnings %q", got)
			}
			for _, w := range tc.wants {
				if !strings.Contains(beyondNews(diags), w) {
					t.Errorf("the warning lacks %q: %s", w, beyondNews(diags))
				}
			}
		})
	}
}

// vendor writes lists as archive_dir wants them.
func vendor(t *testing.T, lists ...*endpoints.List) string {
	t.Helper()
	dir := t.TempDir()
	eoptest.Vendor(t, dir, lists...)
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// One question an hour and machine, one list a version, one fetch for many data
// sources, one request id, one warning.
func TestTheServiceIsAskedSparingly(t *testing.T) {
	s := eoptest.New(t)
	s.Publish(t, nextList(t))
	config := live(t, s, "auto")
	p := configured(t, config)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			state, diags := p.Read(t, allowlistName, nil)
			if unexpected(diags) != "" || state["version"] != nextVersion {
				t.Errorf("%v: %s", state["version"], diags.Errors())
			}
		})
	}
	wg.Wait()
	// The version is asked for before the list and again after it, because the list carries none.
	wantCalls(t, s, "20 data sources at once", 2, 1)
	// Another process within the hour asks nothing.
	state := expected(t, configured(t, config), allowlistName, nil)
	wantAttributes(t, object{"source": "service", "stale": false}, state)
	wantCalls(t, s, "within the hour", 2, 1)
	// After an hour the version is asked for and, while it is young, its list again; when it
	// has settled, the list once a day.
	for _, tc := range []struct {
		name                string
		age                 time.Duration
		versions, endpoints int // asked in all
	}{
		{"after an hour", 61 * time.Minute, 4, 2},
		{"after two days", 48 * time.Hour, 6, 3},
		{"an hour later", 61 * time.Minute, 7, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eoptest.AgeCache(t, config["cache_dir"].(string), s.URL, tc.age)
			if _, diags := configured(t, config).Read(t, allowlistName, nil); diags.Errors() != "" {
				t.Fatal(diags.Errors())
			}
			wantCalls(t, s, tc.name, tc.versions, tc.endpoints)
		})
	}
	ids := s.RequestIDs()
	if len(ids) != 1 {
		t.Fatalf("request ids %v", ids)
	}
	if len(ids[0]) != 36 {
		t.Errorf("request id %q", ids[0])
	}
	if ids[0] == "b10c5ed1-bad1-445f-b386-b919946339a7" {
		t.Error("the request id is that of Microsoft's documentation")
	}
}

// wantCalls compares how often a version and a list were asked for until now.
func wantCalls(t *testing.T, s *eoptest.Service, when string, versions, endpoints int) {
	t.Helper()
	got := map[string]int{"versions": s.Calls("/version"), "endpoints": s.Calls("/endpoints"), "all": s.Calls("/")}
	want := map[string]int{"versions": versions, "endpoints": endpoints, "all": versions + endpoints}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s: calls (-want +got):\n%s", when, diff)
	}
}

func TestWarningsComeOnce(t *testing.T) {
	config := live(t, refused(t), "auto")
	p := configured(t, config)
	warned := 0
	for range 5 {
		_, diags := p.Read(t, allowlistName, object{"minimum_version": "2020010100"})
		if diags.Errors() != "" {
			t.Fatal(diags.Errors())
		}
		warned += len(diags)
	}
	if warned != 1 {
		t.Errorf("%d warnings for 5 data sources", warned)
	}
}

// A firewall that drops packets costs the time allowed once, not once a data source.
func TestAnUnreachableServiceIsAskedOnce(t *testing.T) {
	s := eoptest.New(t)
	s.Break(eoptest.Hang())
	p := configured(t, impatient(live(t, s, "auto")))
	for _, instance := range []string{"worldwide", "china", "usgovdod", "usgovgcchigh"} {
		t.Run(instance, func(t *testing.T) {
			_, diags := p.Read(t, allowlistName, object{"instance": instance})
			wantError(t, instance, diags, "/version/worldwide")
		})
	}
	if n := s.Calls("/"); n > 4 {
		t.Errorf("%d attempts for four clouds, want those of the first alone", n)
	}
}

// Fifty cold runs that share a cache: one asks, the others read its answer.
func TestFiftyColdRuns(t *testing.T) {
	s := eoptest.New(t)
	s.Publish(t, nextList(t))
	config := live(t, s, "auto")
	config["request_timeout"] = "10s"
	var wg sync.WaitGroup
	for range 50 {
		p := configured(t, config)
		wg.Go(func() {
			if state, diags := p.Read(t, allowlistName, nil); unexpected(diags) != "" || state["version"] != nextVersion {
				t.Errorf("%v: %s", state["version"], unexpected(diags))
			}
		})
	}
	wg.Wait()
	if n := len(s.RequestIDs()); n != 1 {
		t.Errorf("%d client ids", n)
	}
	if n := s.Calls("/"); n > 11 {
		t.Errorf("%d requests", n)
	}
}

func TestBackwards(t *testing.T) {
	older := &endpoints.List{
		Instance: endpoints.Worldwide,
		Version:  endpoints.MustParseVersion("2026080100"),
		Sets:     nextList(t).Sets,
	}
	for name, tc := range map[string]struct {
		cached        bool
		known, source string
	}{
		"nothing cached":     {false, embeddedVersion, "embedded"},
		"a newer one cached": {true, nextVersion, "service"},
	} {
		t.Run(name, func(t *testing.T) {
			s := eoptest.New(t)
			config := live(t, s, "auto")
			if tc.cached {
				s.Publish(t, nextList(t))
				expected(t, configured(t, config), allowlistName, nil)
				eoptest.AgeCache(t, config["cache_dir"].(string), s.URL, 2*time.Hour)
			}
			s.Publish(t, older)
			state, diags := configured(t, config).Read(t, allowlistName, nil)
			if diags.Errors() != "" {
				t.Fatal(diags.Errors())
			}
			wantAttributes(t, object{"version": tc.known, "source": tc.source, "stale": true}, state)
			if got := beyondNews(diags); !strings.Contains(got, "is behind") {
				t.Errorf("the warning is %q", got)
			}
			config["list_source"] = "service"
			_, diags = configured(t, config).Read(t, allowlistName, nil)
			wantError(t, "service", diags, "names version 2026080100", "newer "+tc.known)
		})
	}
}

// Damage in the cache folder costs a question, never a wrong list.
func TestDamagedCache(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string){
		"cut":     func(t *testing.T, path string) { mangle(t, path, func(b []byte) []byte { return b[:len(b)/2] }) },
		"emptied": func(t *testing.T, path string) { mangle(t, path, func([]byte) []byte { return nil }) },
		"one bit": func(t *testing.T, path string) { mangle(t, path, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }) },
		"another list": func(t *testing.T, path string) {
			mangle(t, path, func(b []byte) []byte {
				return []byte(strings.Replace(string(b), "104.48.64.0/20", "104.48.80.0/20", 1))
			})
		},
		"foreign JSON": func(t *testing.T, path string) { write(t, path, `{"format": 1}`) },
		"a web page":   func(t *testing.T, path string) { write(t, path, `<html>`) },
		"a folder":     func(t *testing.T, path string) { must(t, os.Remove(path)); must(t, os.Mkdir(path, 0o755)) },
		"gone":         func(t *testing.T, path string) { must(t, os.Remove(path)) },
		"a dead link":  func(t *testing.T, path string) { must(t, os.Remove(path)); must(t, os.Symlink("nowhere", path)) },
	} {
		for _, file := range []string{"latest.json", nextVersion + ".json"} {
			t.Run(name+" "+file, func(t *testing.T) {
				t.Parallel()
				s := eoptest.New(t)
				s.Publish(t, nextList(t))
				config := live(t, s, "service")
				expected(t, configured(t, config), allowlistName, nil)
				found, _ := filepath.Glob(filepath.Join(config["cache_dir"].(string), "*", "*", "worldwide", file))
				if len(found) != 1 {
					t.Fatalf("files %v", found)
				}
				damage(t, found[0])
				state, diags := configured(t, config).Read(t, allowlistName, nil)
				if diags.Errors() != "" {
					t.Fatal(diags.Errors())
				}
				wantAttributes(t, nextState, state)
			})
		}
	}
}

func mangle(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, change(data), 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A cache folder that cannot be written is a warning when it was named, no news
// when it is the default, and never an error.
func TestUnwritableCache(t *testing.T) {
	s := eoptest.New(t)
	s.Publish(t, nextList(t))
	blocked := filepath.Join(t.TempDir(), "file") // a file where the folder should be: even root cannot write below
	write(t, blocked, "")
	below := filepath.Join(blocked, "cache")
	for name, tc := range map[string]struct {
		named, xdg, home any
		want             string // in the warning; empty: none
	}{
		"named":   {named: below, want: "cache folder cannot be written"},
		"default": {xdg: below},
		"no home": {xdg: "", home: ""},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range map[string]any{"XDG_CACHE_HOME": tc.xdg, "HOME": tc.home} {
				if value != nil {
					t.Setenv(variable, value.(string))
				}
			}
			state, diags := configured(t, with(live(t, s, "service"), object{"cache_dir": tc.named})).Read(t, allowlistName, nil)
			if diags.Errors() != "" {
				t.Fatal(diags.Errors())
			}
			wantAttributes(t, object{"version": nextVersion}, state)
			if got := beyondNews(diags); !strings.Contains(got, tc.want) || (got == "") != (tc.want == "") {
				t.Errorf("warnings %q, want %q", got, tc.want)
			}
		})
	}
}

func TestVendoredLists(t *testing.T) {
	good := bodyOf(t, nextList(t))
	only := func(text string) map[string]string {
		return map[string]string{"worldwide/" + nextVersion + ".json": text}
	}
	replaced := func(pairs ...string) map[string]string { return only(strings.NewReplacer(pairs...).Replace(good)) }
	for name, tc := range map[string]struct {
		files map[string]string
		want  string // in the error; empty: nextVersion comes out
	}{
		"whole": {only(good), ""},
		"beside other files": {
			map[string]string{"worldwide/" + nextVersion + ".json": good, "worldwide/README.md": "x", "notes.txt": "x"}, "",
		},
		"cut":      {only(good[:900]), nextVersion + ".json: the body is not the expected JSON"},
		"empty":    {only(""), "the body is empty"},
		"too wide": {replaced("40.92.0.0/15", "0.0.0.0/0"), "guard.min_ipv4_prefix_length"},
		"shrunk": {
			replaced(`"40.92.0.0/15",`, "", `"40.107.0.0/16",`, "", `"52.100.0.0/14",`, ""), "guard.min_overlap_percent",
		},
		"private":                    {replaced("40.107.0.0/16", "10.107.0.0/16"), "private use"},
		"name that is not a version": {map[string]string{"worldwide/newest.json": good}, "not a list version"},
		"instance in capitals": {
			map[string]string{"Worldwide/" + nextVersion + ".json": good}, "is named in lower case, worldwide",
		},
		"without an instance": {map[string]string{nextVersion + ".json": good}, "not in the folder of an instance"},
		"name that is a date": {map[string]string{"worldwide/2099-01-01.json": good}, "not a list version"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range tc.files {
				write(t, filepath.Join(dir, file), text)
			}
			p := configured(t, object{"archive_dir": dir})
			if tc.want != "" {
				_, diags := p.Read(t, allowlistName, nil)
				wantError(t, name, diags, tc.want)
				return
			}
			wantAttributes(t, object{"version": nextVersion, "source": "archive_dir"}, expected(t, p, allowlistName, nil))
		})
	}
	t.Run("an archived number with other addresses", func(t *testing.T) {
		forged := nextList(t)
		forged.Version = endpoints.MustParseVersion(embeddedVersion)
		p := configured(t, object{"archive_dir": vendor(t, forged)})
		_, diags := p.Read(t, allowlistName, object{"version": embeddedVersion})
		if diags.Errors() != "" {
			t.Fatal(diags.Errors())
		}
		if got := diags.Warnings(); !strings.Contains(got, "has 104.48.64.0/20") {
			t.Errorf("warnings %q", got)
		}
	})
	t.Run("no such folder", func(t *testing.T) {
		p := configured(t, object{"archive_dir": filepath.Join(t.TempDir(), "nowhere")})
		_, diags := p.Read(t, allowlistName, nil)
		wantError(t, "no such folder", diags, "nowhere")
	})
}

func TestDigestPin(t *testing.T) {
	p := configured(t, nil)
	digest := expected(t, p, allowlistName, nil)["sha256"].(string)
	for name, pin := range map[string]string{"as given": digest, "in capitals": strings.ToUpper(digest)} {
		t.Run(name, func(t *testing.T) {
			wantAttributes(t, object{"sha256": pin}, expected(t, p, allowlistName, object{"sha256": pin}))
		})
	}
	for name, tc := range map[string]struct {
		pin  string
		want []string
	}{
		"another digest": {strings.Repeat("0", 64), []string{digest, "40.92.0.0/15"}},
		"no digest":      {"abc", []string{"64 hex digits"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := p.Read(t, allowlistName, object{"sha256": tc.pin})
			wantError(t, name, diags, append(tc.want, `AttributeName("sha256")`)...)
		})
	}
}

func TestProviderSettings(t *testing.T) {
	s := eoptest.New(t)
	s.Publish(t, nextList(t))
	const id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
	t.Setenv("EOP_SERVICE_URL", s.URL)
	t.Setenv("EOP_LIST_SOURCE", "embedded")
	t.Setenv("EOP_CACHE_DIR", t.TempDir())
	t.Setenv("EOP_CLIENT_REQUEST_ID", id)
	t.Setenv("EOP_REQUEST_TIMEOUT", "2s")
	t.Setenv("EOP_INSTANCE", "china") // there is no such variable: one runner must not swap the cloud
	state := expected(t, configured(t, object{"list_source": "service"}), allowlistName, nil)
	wantAttributes(t, object{"version": nextVersion, "instance": "worldwide"}, state)
	if diff := cmp.Diff([]string{id}, s.RequestIDs()); diff != "" {
		t.Errorf("request ids (-want +got):\n%s", diff)
	}
	for env, bad := range map[string]string{
		"EOP_SERVICE_URL": "http://mirror.example", "EOP_CLIENT_REQUEST_ID": "x", "EOP_REQUEST_TIMEOUT": "soon",
		"EOP_LIST_SOURCE": "web",
	} {
		t.Run(env, func(t *testing.T) {
			t.Setenv(env, bad)
			attribute := strings.ToLower(strings.TrimPrefix(env, "EOP_"))
			wantError(t, env, unconfigured(t).Configure(t, nil), env, `AttributeName("`+attribute+`")`)
		})
	}
	for name, tc := range map[string]struct {
		config object
		want   string
	}{
		"http":            {object{"service_url": "http://mirror.example"}, "not https"},
		"no address":      {object{"service_url": "mirror"}, "is not the address of a service"},
		"with a password": {object{"service_url": "https://u:p@mirror.example"}, "user name"},
		"list_source":     {object{"list_source": "web"}, "not auto, service or embedded"},
		"timeout":         {object{"request_timeout": "-1s"}, "not a duration above zero"},
		"sample id": {
			object{"client_request_id": "b10c5ed1-bad1-445f-b386-b919946339a7"}, "Microsoft's documentation",
		},
		"guard, percent":      {object{"guard": object{"min_overlap_percent": 101}}, "min_overlap_percent"},
		"guard, factor":       {object{"guard": object{"max_growth_factor": 0.5}}, "max_growth_factor"},
		"guard, zero length":  {object{"guard": object{"min_ipv4_prefix_length": 0}}, "min_ipv4_prefix_length"},
		"unknown list_source": {object{"list_source": unknown}, "known only after apply"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := unconfigured(t).Configure(t, tc.config).Errors(); !strings.Contains(got, tc.want) {
				t.Errorf("%q lacks %q", got, tc.want)
			}
		})
	}
}

func TestGuardIsConfigurable(t *testing.T) {
	wide := strings.ReplaceAll(bodyOf(t, nextList(t)), "40.92.0.0/15", "40.64.0.0/11")
	s := eoptest.New(t)
	s.PublishBody(endpoints.Worldwide, nextVersion, []byte(wide))
	config := live(t, s, "service")
	config["guard"] = object{"min_ipv4_prefix_length": 8}
	expected(t, configured(t, config), allowlistName, nil)
	_, diags := configured(t, live(t, s, "service")).Read(t, allowlistName, nil)
	wantError(t, "standard", diags, "40.64.0.0/11", "wider than /12", "guard.min_ipv4_prefix_length")
}

// TLS: the service's own authority must be trusted, by ca_bundle, and its name
// and dates must be right. A certificate is a decision, so there is one attempt.
func TestTLS(t *testing.T) {
	s := eoptest.NewTLS(t)
	s.Publish(t, nextList(t))
	config := live(t, s, "service")
	_, diags := configured(t, config).Read(t, allowlistName, nil)
	wantError(t, "unknown authority", diags, "certificate signed by unknown authority")
	config["ca_bundle"] = s.CABundle(t)
	state, diags := configured(t, config).Read(t, allowlistName, nil)
	wantNext(t, "ca_bundle", state, diags)

	config["cache_dir"] = t.TempDir()
	config["service_url"] = strings.Replace(s.URL, "127.0.0.1", "localhost", 1) // not in the certificate
	_, diags = configured(t, config).Read(t, allowlistName, nil)
	wantError(t, "wrong name", diags, "not localhost")

	config["service_url"] = s.URL
	config["ca_bundle"] = filepath.Join(t.TempDir(), "none.pem")
	_, diags = configured(t, config).Read(t, allowlistName, nil)
	wantError(t, "no bundle", diags, "CA bundle cannot be read")
	write(t, config["ca_bundle"].(string), "not a certificate")
	_, diags = configured(t, config).Read(t, allowlistName, nil)
	wantError(t, "no certificate", diags, "no certificate in PEM form")

	expired, bundle := eoptest.NewExpired(t)
	expired.Publish(t, nextList(t))
	config["service_url"], config["ca_bundle"] = expired.URL, bundle
	_, diags = configured(t, config).Read(t, allowlistName, nil)
	wantError(t, "expired", diags, "expired")

	s.Break(func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, "http://"+r.Host+r.URL.Path, http.StatusFound)
		return true
	})
	config["service_url"], config["ca_bundle"] = s.URL, s.CABundle(t)
	_, diags = configured(t, config).Read(t, allowlistName, nil)
	wantError(t, "redirect to http", diags, "redirects to http://")
}

func TestUnresolvableName(t *testing.T) {
	config := live(t, refused(t), "service")
	config["service_url"] = "https://eop.invalid"
	_, diags := configured(t, config).Read(t, allowlistName, nil)
	wantError(t, "no such host", diags, "https://eop.invalid/version/worldwide", "no such host")
	config["service_url"] = refused(t).URL
	_, diags = configured(t, config).Read(t, allowlistName, nil)
	wantError(t, "refused", diags, "connection refused", "4 attempts")
}
