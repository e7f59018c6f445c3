// Package eoptest is a web service for tests: the paths of Microsoft's, lists
// that tests publish, and every way of misbehaving that a perimeter has to survive.
package eoptest

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// Service answers /version, /endpoints and /changes for what was published.
type Service struct {
	URL string

	server *httptest.Server
	mu     sync.Mutex
	latest map[string]string // by instance name in lower case
	all    map[string][]string
	bodies map[string][]byte
	feeds  map[string][]byte
	fault  Fault
	calls  []string
	ids    []string
}

// Fault answers in the service's place; false lets the service answer.
type Fault func(w http.ResponseWriter, r *http.Request) bool

// New starts a service on loopback, without TLS.
func New(t testing.TB) *Service {
	return start(t, httptest.NewUnstartedServer(nil), (*httptest.Server).Start)
}

// NewTLS starts a service with a certificate of its own; see [Service.CABundle].
func NewTLS(t testing.TB) *Service {
	return start(t, httptest.NewUnstartedServer(nil), (*httptest.Server).StartTLS)
}

func start(t testing.TB, server *httptest.Server, run func(*httptest.Server)) *Service {
	t.Helper()
	s := &Service{
		server: server,
		latest: map[string]string{},
		all:    map[string][]string{},
		bodies: map[string][]byte{},
		feeds:  map[string][]byte{},
	}
	server.Config.Handler = s
	server.Config.ErrorLog = nil
	run(server)
	s.URL = server.URL
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return s
}

// Close stops listening: from now on connections are refused.
func (s *Service) Close() {
	s.server.CloseClientConnections()
	s.server.Close()
}

// CABundle writes the service's certificate as a PEM file.
func (s *Service) CABundle(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw})
	if err := os.WriteFile(path, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Publish makes a list the latest of its instance.
func (s *Service) Publish(t testing.TB, l *endpoints.List) {
	t.Helper()
	body, err := endpoints.EncodeSets(l.Sets)
	if err != nil {
		t.Fatal(err)
	}
	s.PublishBody(l.Instance, l.Version.String(), body)
}

// PublishBody makes any body the latest answer of an instance.
func (s *Service) PublishBody(instance endpoints.Instance, version string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := string(instance)
	s.latest[name] = version
	s.all[name] = append(s.all[name], version)
	s.bodies[name] = body
}

// PublishChanges sets the change feed of an instance.
func (s *Service) PublishChanges(instance endpoints.Instance, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feeds[string(instance)] = body
}

// Break lets a fault answer from now on; nil mends the service.
func (s *Service) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Calls counts the requests whose path begins with the prefix.
func (s *Service) Calls(prefix string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

// RequestIDs are the distinct client request ids seen.
func (s *Service) RequestIDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Sorted(slices.Values(s.ids))
	return slices.Compact(out)
}

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls = append(s.calls, r.URL.Path)
	s.ids = append(s.ids, r.URL.Query().Get("clientrequestid"))
	fault := s.fault
	s.mu.Unlock()
	if fault != nil && fault(w, r) {
		return
	}
	if r.URL.Query().Get("clientrequestid") == "" {
		http.Error(w, "a client request id is required", http.StatusBadRequest)
		return
	}
	s.answer(w, r)
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	instance := ""
	if len(parts) > 1 {
		instance = strings.ToLower(parts[1])
	}
	switch {
	case parts[0] == "version" && instance == "":
		var out []map[string]any
		for name, v := range s.latest {
			out = append(out, map[string]any{"instance": name, "latest": v, "versions": s.all[name]})
		}
		_ = json.NewEncoder(w).Encode(out)
	case parts[0] == "version" && s.latest[instance] != "":
		_ = json.NewEncoder(w).Encode(map[string]any{"instance": instance, "latest": s.latest[instance]})
	case parts[0] == "endpoints" && s.bodies[instance] != nil:
		_, _ = w.Write(s.bodies[instance])
	case parts[0] == "changes" && s.latest[instance] != "":
		if s.feeds[instance] == nil {
			_, _ = w.Write([]byte("[]"))
			return
		}
		_, _ = w.Write(s.feeds[instance])
	default:
		http.NotFound(w, r)
	}
}
