// Package catalog answers "this instance, this version" with a list, and says
// where it came from.
package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// Source is the origin of a list.
type Source string

// The origins.
const (
	Embedded Source = "embedded" // the archive in the binary
)

// Query names a list.
type Query struct {
	Instance endpoints.Instance
	Version  endpoints.Version // zero: the latest
}

// Found is the answer to a query.
type Found struct {
	List   *endpoints.List
	Source Source
}

// Catalog resolves queries.
type Catalog struct{}

// New returns a catalog over the embedded archive.
func New() *Catalog { return &Catalog{} }

// UnknownVersionError says that no source has the version, and which come near.
type UnknownVersionError struct {
	Instance endpoints.Instance
	Version  endpoints.Version
	Nearest  []endpoints.Version // oldest first
}

func (e *UnknownVersionError) Error() string {
	names := make([]string, len(e.Nearest))
	for i, v := range e.Nearest {
		names[i] = v.String()
	}
	return fmt.Sprintf("version %s of %s is not known here; the nearest known are %s", e.Version, e.Instance, strings.Join(names, ", "))
}

// PinOnlyError says that the instance has lists but no latest one.
type PinOnlyError struct {
	Instance endpoints.Instance
	Versions []endpoints.Version // oldest first
}

func (e *PinOnlyError) Error() string {
	first, last := e.Versions[0], e.Versions[len(e.Versions)-1]
	return fmt.Sprintf("the web service does not serve %s, so it has no latest list; its %d known lists, %s to %s, resolve only when the version is named",
		e.Instance, len(e.Versions), first, last)
}

// Resolve finds the list a query names. Errors are *[UnknownVersionError] and
// *[PinOnlyError].
func (c *Catalog) Resolve(_ context.Context, q Query) (*Found, error) {
	version := q.Version
	if version.IsZero() {
		newest, ok := archive.Newest(q.Instance)
		if !ok {
			return nil, &PinOnlyError{q.Instance, known(q.Instance)}
		}
		version = newest
	}
	l, ok := archive.List(q.Instance, version)
	if !ok {
		return nil, &UnknownVersionError{q.Instance, version, nearest(known(q.Instance), version, 5)}
	}
	return &Found{List: l, Source: Embedded}, nil
}

func known(instance endpoints.Instance) []endpoints.Version {
	var out []endpoints.Version
	for _, e := range archive.Entries(instance) {
		out = append(out, e.Version)
	}
	return out
}

// nearest picks the n versions closest in time, oldest first.
func nearest(versions []endpoints.Version, to endpoints.Version, n int) []endpoints.Version {
	out := slices.Clone(versions)
	distance := func(v endpoints.Version) int64 {
		d := v.Day().Unix() - to.Day().Unix()
		return max(d, -d)
	}
	slices.SortStableFunc(out, func(a, b endpoints.Version) int { return int(distance(a)/3600 - distance(b)/3600) })
	out = out[:min(n, len(out))]
	slices.SortFunc(out, endpoints.Version.Compare)
	return out
}
