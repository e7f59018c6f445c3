package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-uuid"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/webservice"
)

// source gives the lists of an instance, oldest first. note says why there is none.
type source interface {
	lists(ctx context.Context, instance endpoints.Instance) (lists []*endpoints.List, note string, err error)
}

func (u *updater) open(from string) (source, error) {
	if !strings.Contains(from, "://") {
		return folder{from, u.incomplete}, nil
	}
	base, err := webservice.ParseURL(from)
	if err != nil {
		return nil, err
	}
	id, err := uuid.GenerateUUID()
	if err != nil {
		return nil, err
	}
	return &service{
		client: webservice.New(webservice.Options{
			BaseURL: base, ClientRequestID: func() string { return id }, AttemptTimeout: time.Minute,
			Proxy: webservice.ProxyFromEnvironment(), UserAgent: "terraform-provider-eop/archive",
		}),
		between: u.between, now: u.now,
	}, nil
}

// service is the web service, or a mirror.
type service struct {
	client  *webservice.Client
	between time.Duration
	now     func() time.Time
}

// settled is how old a version must be: until then its list may still be another.
const settled = 48 * time.Hour

func (s *service) lists(ctx context.Context, instance endpoints.Instance) ([]*endpoints.List, string, error) {
	if !instance.Served() {
		return nil, "", nil
	}
	first, err := s.read(ctx, instance)
	if err != nil {
		return nil, "", err
	}
	age := s.now().Sub(first.Version.Day())
	if age < 0 {
		return nil, "", fmt.Errorf("version %s lies in the future", first.Version)
	}
	if age < settled {
		return nil, fmt.Sprintf("version %s is younger than 48 hours; it is taken by a later run", first.Version), nil
	}
	select {
	case <-time.After(s.between):
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
	second, err := s.read(ctx, instance)
	if err != nil {
		return nil, "", err
	}
	if first.Version != second.Version || content(first) != content(second) {
		return nil, "", fmt.Errorf("two readings of version %s differ", first.Version)
	}
	return []*endpoints.List{first}, "", nil
}

// read asks for the version before the list and after it: the list carries none.
func (s *service) read(ctx context.Context, instance endpoints.Instance) (*endpoints.List, error) {
	before, err := s.client.Latest(ctx, instance)
	if err != nil {
		return nil, err
	}
	sets, err := s.client.Endpoints(ctx, instance)
	if err != nil {
		return nil, err
	}
	after, err := s.client.Latest(ctx, instance)
	if err != nil {
		return nil, err
	}
	if before != after {
		return nil, fmt.Errorf("the version moved from %s to %s while its list was read", before, after)
	}
	return &endpoints.List{Instance: instance, Version: before, Sets: sets}, nil
}

// folder holds <instance>/<version>.json.
type folder struct {
	dir        string
	incomplete map[string]bool
}

func (f folder) lists(_ context.Context, instance endpoints.Instance) ([]*endpoints.List, string, error) {
	if _, err := os.Stat(f.dir); err != nil {
		return nil, "", err
	}
	files, err := filepath.Glob(filepath.Join(f.dir, string(instance), "*.json"))
	if err != nil {
		return nil, "", err
	}
	var out []*endpoints.List
	for _, file := range files {
		l, err := f.read(instance, file)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", file, err)
		}
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *endpoints.List) int { return a.Version.Compare(b.Version) })
	return out, "", nil
}

func (f folder) read(instance endpoints.Instance, file string) (*endpoints.List, error) {
	name := strings.TrimSuffix(filepath.Base(file), ".json")
	version, err := endpoints.ParseVersion(name)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	sets, err := endpoints.DecodeSets(data)
	if err == nil && version.Kind() == endpoints.SMTPOnly {
		sets, err = beforeTheService(sets)
	}
	if err != nil {
		return nil, err
	}
	return &endpoints.List{
		Instance: instance, Version: version, Sets: sets, URLsIncomplete: f.incomplete[string(instance)+"/"+name],
	}, nil
}

// beforeTheService keeps the only facts such a list has: ids, categories and flags
// came with the service.
func beforeTheService(sets []endpoints.Set) ([]endpoints.Set, error) {
	if len(sets) != 1 {
		return nil, errors.New(
			"a list from before the service is one set, with the service area Exchange, port 25 and the addresses",
		)
	}
	port := endpoints.Ports{{From: endpoints.SMTPPort, To: endpoints.SMTPPort}}
	return []endpoints.Set{{ServiceArea: endpoints.Exchange, TCPPorts: port, Prefixes: sets[0].Prefixes}}, nil
}
