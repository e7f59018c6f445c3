package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/vendored"
)

// index is every list of an instance that is known on this machine, one entry per
// version, oldest first. Of two copies of a version the archive's counts, because it
// was reviewed; then the one in archive_dir; then the cache's.
type index struct {
	instance endpoints.Instance
	entries  []*entry
}

// entry is a list that is read, and judged, when it is first asked for.
type entry struct {
	version endpoints.Version
	source  Source
	load    func() (*endpoints.List, error)
	// shadowed says how a copy in archive_dir differs from the archive's list that
	// counts in its place; empty where there is none or it does not differ.
	shadowed func() string
}

func (e *entry) found() (*Found, error) {
	l, err := e.load()
	if err != nil {
		return nil, err
	}
	out := &Found{List: l, Source: e.source}
	if e.shadowed != nil {
		if difference := e.shadowed(); difference != "" {
			out.Warnings = []Warning{{"A vendored list is not used", difference}}
		}
	}
	return out, nil
}

// local is the index of an instance, built once until [Catalog.forget]. An archive_dir
// that cannot be used is an error.
func (c *Catalog) local(instance endpoints.Instance) (*index, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.indexes[instance]; known != nil {
		return known, nil
	}
	known, err := c.build(instance)
	if err != nil {
		return nil, err
	}
	c.indexes[instance] = known
	return known, nil
}

// forget lets the next reader see what the cache holds now.
func (c *Catalog) forget(instance endpoints.Instance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.indexes, instance)
}

func (c *Catalog) build(instance endpoints.Instance) (*index, error) {
	known := c.withoutVendored(instance)
	vendor := vendored.Folder(c.options.ArchiveDir)
	versions, err := vendor.Versions(instance)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		load := func() (*endpoints.List, error) { return vendor.List(instance, v) }
		if e := known.entry(v); e != nil && e.source == FromEmbedded {
			e.shadowed = func() string { return c.contradiction(vendor.Path(instance, v), load) }
			continue
		}
		known.put(&entry{version: v, source: FromArchiveDir, load: c.judged(vendor.Path(instance, v), load)})
	}
	return known, nil
}

// withoutVendored is the index of the archive and the cache alone.
func (c *Catalog) withoutVendored(instance endpoints.Instance) *index {
	known := &index{instance: instance}
	if c.options.Cache != nil {
		for _, v := range c.options.Cache.Versions(instance) {
			if newest, ok := c.withdrawn[instance]; ok && v.Compare(newest) > 0 {
				continue // its file could not be removed
			}
			known.put(
				&entry{version: v, source: FromService, load: c.judged("the cached list "+v.String(), c.cached(instance, v))},
			)
		}
	}
	for _, v := range c.options.Archive.Versions(instance) {
		known.put(&entry{version: v, source: FromEmbedded, load: func() (*endpoints.List, error) {
			return c.options.Archive.List(instance, v)
		}})
	}
	return known
}

// passable is [Catalog.local] for the text of another failure: an archive_dir that
// cannot be used is left out.
func (c *Catalog) passable(instance endpoints.Instance) *index {
	if known, err := c.local(instance); err == nil {
		return known
	}
	return c.withoutVendored(instance)
}

func (c *Catalog) cached(instance endpoints.Instance, v endpoints.Version) func() (*endpoints.List, error) {
	return func() (*endpoints.List, error) {
		if l, ok := c.options.Cache.List(instance, v); ok {
			return l, nil
		}
		return nil, errors.New("the file cannot be read back as it was written")
	}
}

// judged reads a list once, and returns it only if [judge] accepts it.
func (c *Catalog) judged(where string, load func() (*endpoints.List, error)) func() (*endpoints.List, error) {
	return sync.OnceValues(func() (*endpoints.List, error) {
		l, err := load()
		if err == nil {
			if err = c.judge(l); err != nil {
				err = c.hinted(err, l)
			}
		}
		if err != nil {
			return nil, &UnusableError{Where: where, Err: err}
		}
		return l, nil
	})
}

// hinted says which cloud a refused list belongs to, if the archive knows its addresses.
func (c *Catalog) hinted(err error, l *endpoints.List) error {
	smtp, _ := l.SMTP()
	matching, _ := c.options.Archive.Matching(smtp.Prefixes)
	if len(matching) == 0 || matching[0].Instance == l.Instance {
		return err
	}
	last := matching[len(matching)-1]
	return fmt.Errorf("%w. Its SMTP addresses are those of %s (version %s): was it saved under the wrong cloud",
		err, last.Instance, last.Version)
}

// judge decides whether a list that nobody reviewed is accepted: it may not come from
// the future, contradict the archive, or go beyond the guard when compared with the
// newest reviewed list that is not newer.
func (c *Catalog) judge(l *endpoints.List) error {
	newest, _ := c.options.Archive.Newest(l.Instance)
	reviewed, err := c.options.Archive.Reviewed(l.Instance, l.Version)
	return cmp.Or(err,
		endpoints.CheckDate(l.Instance, l.Version, newest, c.options.Now()),
		c.options.Archive.Contradiction(l),
		c.options.Guard.Check(l, reviewed))
}

// contradiction says why a vendored copy of an archived version is not used.
func (c *Catalog) contradiction(where string, load func() (*endpoints.List, error)) string {
	l, err := load()
	if err == nil {
		err = c.options.Archive.Contradiction(l)
	}
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%s: %v. The embedded list is used instead. Remove the file.", where, err)
}

func (x *index) search(v endpoints.Version) (int, bool) {
	return slices.BinarySearchFunc(x.entries, v, func(e *entry, v endpoints.Version) int { return e.version.Compare(v) })
}

// entry is the one of a version, or nil.
func (x *index) entry(v endpoints.Version) *entry {
	if i, ok := x.search(v); ok {
		return x.entries[i]
	}
	return nil
}

// put adds an entry, or replaces the one of its version.
func (x *index) put(e *entry) {
	i, ok := x.search(e.version)
	if ok {
		x.entries[i] = e
		return
	}
	x.entries = slices.Insert(x.entries, i, e)
}

func (x *index) versions() []endpoints.Version {
	out := make([]endpoints.Version, len(x.entries))
	for i, e := range x.entries {
		out[i] = e.version
	}
	return out
}

// newestVendored is the newest numbered list of the archive and archive_dir. One of
// archive_dir that cannot be used is an error: it was put there to be used.
func (x *index) newestVendored() (*Found, error) {
	for _, e := range slices.Backward(x.entries) {
		if e.version.Kind() == endpoints.Full && e.source != FromService {
			return e.found()
		}
	}
	return nil, fmt.Errorf("%s: %w", x.instance, archive.ErrUnknown)
}

// newestUsable is the newest numbered list that can be used, whatever its source.
func (x *index) newestUsable() (*Found, error) {
	for _, e := range slices.Backward(x.entries) {
		if e.version.Kind() != endpoints.Full {
			continue
		}
		if found, err := e.found(); err == nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", x.instance, archive.ErrUnknown)
}
