package provider_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

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
				if _, diags := configured(t, filling).Read(t, allowlistName, nil); unexpected(diags) != "" {
					t.Fatal(diags.Errors())
				}
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
			if diags.Errors() != "" || state["version"] != tc.version || state["source"] != tc.source {
				t.Fatalf("version %v, source %v\n%s", state["version"], state["source"], diags.Errors())
			}
			if (len(tc.wants) > 0) != (beyondNews(diags) != "") || state["stale"] != (len(tc.wants) > 0) {
				t.Errorf("stale %v, warnings %q", state["stale"], beyondNews(diags))
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
	for _, l := range lists {
		write(t, filepath.Join(dir, string(l.Instance), l.Version.String()+".json"), bodyOf(t, l))
	}
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
	if v, e := s.Calls("/version"), s.Calls("/endpoints"); v != 2 || e != 1 {
		t.Fatalf("20 data sources at once: %d version and %d endpoints calls", v, e)
	}
	// Another process within the hour asks nothing.
	state, _ := configured(t, config).Read(t, allowlistName, nil)
	if s.Calls("/") != 3 || state["source"] != "service" || state["stale"] != false {
		t.Fatalf("within the hour: %d calls, source %v, stale %v", s.Calls("/"), state["source"], state["stale"])
	}
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
		eoptest.AgeCache(t, config["cache_dir"].(string), s.URL, tc.age)
		if _, diags := configured(t, config).Read(t, allowlistName, nil); diags.Errors() != "" {
			t.Fatal(diags.Errors())
		}
		if v, e := s.Calls("/version"), s.Calls("/endpoints"); v != tc.versions || e != tc.endpoints {
			t.Fatalf("%s: %d version and %d endpoints calls, want %d and %d", tc.name, v, e, tc.versions, tc.endpoints)
		}
	}
	ids := s.RequestIDs()
	if len(ids) != 1 || len(ids[0]) != 36 || ids[0] == "b10c5ed1-bad1-445f-b386-b919946339a7" {
		t.Errorf("request ids %v", ids)
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
	p := configured(t, live(t, s, "auto"))
	for _, instance := range []string{"worldwide", "china", "usgovdod", "usgovgcchigh"} {
		_, diags := p.Read(t, allowlistName, object{"instance": instance})
		wantError(t, instance, diags, "/version/worldwide")
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
	t.Logf("%d requests, %d client ids", s.Calls("/"), len(s.RequestIDs()))
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
	for _, cached := range []bool{false, true} {
		s := eoptest.New(t)
		config := live(t, s, "auto")
		known, source := embeddedVersion, "embedded"
		if cached {
			s.Publish(t, nextList(t))
			if _, diags := configured(t, config).Read(t, allowlistName, nil); unexpected(diags) != "" {
				t.Fatal(diags.Errors())
			}
			eoptest.AgeCache(t, config["cache_dir"].(string), s.URL, 2*time.Hour)
			known, source = nextVersion, "service"
		}
		s.Publish(t, older)
		state, diags := configured(t, config).Read(t, allowlistName, nil)
		if diags.Errors() != "" || state["version"] != known || state["source"] != source || state["stale"] != true ||
			!strings.Contains(beyondNews(diags), "is behind") {
			t.Errorf(
				"auto, cached %v: version %v, source %v, stale %v: %s%s",
				cached,
				state["version"],
				state["source"],
				state["stale"],
				diags.Errors(),
				beyondNews(diags),
			)
		}
		config["list_source"] = "service"
		_, diags = configured(t, config).Read(t, allowlistName, nil)
		wantError(t, fmt.Sprintf("service, cached %v", cached), diags, "names version 2026080100", "newer "+known)
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
				if _, diags := configured(t, config).Read(t, allowlistName, nil); unexpected(diags) != "" {
					t.Fatal(diags.Errors())
				}
				found, _ := filepath.Glob(filepath.Join(config["cache_dir"].(string), "*", "*", "worldwide", file))
				if len(found) != 1 {
					t.Fatalf("files %v", found)
				}
				damage(t, found[0])
				state, diags := configured(t, config).Read(t, allowlistName, nil)
				if diags.Errors() != "" {
					t.Fatal(diags.Errors())
				}
				if state["version"] != nextVersion || len(stringsOf(t, state["cidrs"])) != 7 ||
					!strings.Contains(strings.Join(stringsOf(t, state["cidrs"]), " "), "104.48.64.0/20") {
					t.Errorf("%v %v", state["version"], state["cidrs"])
				}
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
	config := live(t, s, "service")
	config["cache_dir"] = filepath.Join(blocked, "cache")
	state, diags := configured(t, config).Read(t, allowlistName, nil)
	if diags.Errors() != "" || state["version"] != nextVersion ||
		!strings.Contains(beyondNews(diags), "cache folder cannot be written") {
		t.Errorf("named: %v, %s%s", state["version"], diags.Errors(), beyondNews(diags))
	}
	t.Setenv("XDG_CACHE_HOME", filepath.Join(blocked, "cache"))
	delete(config, "cache_dir")
	state, diags = configured(t, config).Read(t, allowlistName, nil)
	if unexpected(diags) != "" || state["version"] != nextVersion {
		t.Errorf("default: %v, %s%s", state["version"], diags.Errors(), beyondNews(diags))
	}
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	if state, diags = configured(t, config).Read(t, allowlistName, nil); unexpected(diags) != "" ||
		state["version"] != nextVersion {
		t.Errorf("no home: %v, %s%s", state["version"], diags.Errors(), beyondNews(diags))
	}
}

func TestVendoredLists(t *testing.T) {
	good := bodyOf(t, nextList(t))
	for name, tc := range map[string]struct {
		files map[string]string
		want  string // in the error; empty: nextVersion comes out
	}{
		"whole": {map[string]string{"worldwide/" + nextVersion + ".json": good}, ""},
		"beside other files": {
			map[string]string{"worldwide/" + nextVersion + ".json": good, "worldwide/README.md": "x", "notes.txt": "x"}, "",
		},
		"cut": {
			map[string]string{"worldwide/" + nextVersion + ".json": good[:900]},
			nextVersion + ".json: the body is not the expected JSON",
		},
		"empty": {map[string]string{"worldwide/" + nextVersion + ".json": ""}, "the body is empty"},
		"too wide": {
			map[string]string{"worldwide/" + nextVersion + ".json": strings.ReplaceAll(good, "40.92.0.0/15", "0.0.0.0/0")},
			"guard.min_ipv4_prefix_length",
		},
		"shrunk": {
			map[string]string{
				"worldwide/" + nextVersion + ".json": strings.NewReplacer(
					`"40.92.0.0/15",`, "", `"40.107.0.0/16",`, "", `"52.100.0.0/14",`, "",
				).Replace(
					good,
				),
			},
			"guard.min_overlap_percent",
		},
		"private": {
			map[string]string{"worldwide/" + nextVersion + ".json": strings.ReplaceAll(good, "40.107.0.0/16", "10.107.0.0/16")},
			"private use",
		},
		"name that is not a version": {map[string]string{"worldwide/newest.json": good}, "not a list version"},
		"instance in capitals": {
			map[string]string{"Worldwide/" + nextVersion + ".json": good}, "is named in lower case, worldwide",
		},
		"without an instance": {map[string]string{nextVersion + ".json": good}, "not in the folder of an instance"},
		"name that is a date": {map[string]string{"worldwide/2099-01-01.json": good}, "not a list version"},
	} {
		dir := t.TempDir()
		for file, text := range tc.files {
			write(t, filepath.Join(dir, file), text)
		}
		state, diags := configured(t, object{"archive_dir": dir}).Read(t, allowlistName, nil)
		if tc.want != "" {
			wantError(t, name, diags, tc.want)
			continue
		}
		if unexpected(diags) != "" || state["version"] != nextVersion || state["source"] != "archive_dir" {
			t.Errorf("%s: %v %v, %s", name, state["version"], state["source"], diags.Errors())
		}
	}
	forged := &endpoints.List{
		Instance: endpoints.Worldwide,
		Version:  endpoints.MustParseVersion(embeddedVersion),
		Sets:     nextList(t).Sets,
	}
	_, diags := configured(
		t,
		object{"archive_dir": vendor(t, forged)},
	).Read(t, allowlistName, object{"version": embeddedVersion})
	if got := diags.Warnings(); diags.Errors() != "" || !strings.Contains(got, "has 104.48.64.0/20") {
		t.Errorf("an archived number with other addresses: %s%s", diags.Errors(), got)
	}
	_, diags = configured(t, object{"archive_dir": filepath.Join(t.TempDir(), "nowhere")}).Read(t, allowlistName, nil)
	wantError(t, "no such folder", diags, "nowhere")
}

func TestDigestPin(t *testing.T) {
	p := configured(t, nil)
	state, _ := p.Read(t, allowlistName, nil)
	digest := state["sha256"].(string)
	for name, pin := range map[string]string{"as given": digest, "in capitals": strings.ToUpper(digest)} {
		if state, diags := p.Read(t, allowlistName, object{"sha256": pin}); unexpected(diags) != "" ||
			state["sha256"] != pin {
			t.Errorf("%s: %v, %s", name, state["sha256"], diags.Errors())
		}
	}
	_, diags := p.Read(t, allowlistName, object{"sha256": strings.Repeat("0", 64)})
	wantError(t, "another digest", diags, `AttributeName("sha256")`, digest, "40.92.0.0/15")
	_, diags = p.Read(t, allowlistName, object{"sha256": "abc"})
	wantError(t, "no digest", diags, `AttributeName("sha256")`, "64 hex digits")
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
	state, diags := configured(t, object{"list_source": "service"}).Read(t, allowlistName, nil)
	if unexpected(diags) != "" || state["version"] != nextVersion || state["instance"] != "worldwide" {
		t.Errorf("%v %v: %s", state["instance"], state["version"], diags.Errors())
	}
	if ids := s.RequestIDs(); len(ids) != 1 || ids[0] != id {
		t.Errorf("request ids %v", ids)
	}
	for env, bad := range map[string]string{
		"EOP_SERVICE_URL": "http://mirror.example", "EOP_CLIENT_REQUEST_ID": "x", "EOP_REQUEST_TIMEOUT": "soon",
		"EOP_LIST_SOURCE": "web",
	} {
		was := os.Getenv(env)
		t.Setenv(env, bad)
		wantError(
			t,
			env,
			unconfigured(t).Configure(t, nil),
			env,
			`AttributeName("`+strings.ToLower(strings.TrimPrefix(env, "EOP_"))+`")`,
		)
		t.Setenv(env, was)
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
		got := unconfigured(t).Configure(t, tc.config).Errors()
		if !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestGuardIsConfigurable(t *testing.T) {
	wide := strings.ReplaceAll(bodyOf(t, nextList(t)), "40.92.0.0/15", "40.64.0.0/11")
	s := eoptest.New(t)
	s.PublishBody(endpoints.Worldwide, nextVersion, []byte(wide))
	config := live(t, s, "service")
	config["guard"] = object{"min_ipv4_prefix_length": 8}
	if _, diags := configured(t, config).Read(t, allowlistName, nil); unexpected(diags) != "" {
		t.Errorf("prefix length 8: %s", diags.Errors())
	}
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
