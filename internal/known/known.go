// Package known has the lists that this machine knows without asking anybody: the archive of reviewed lists, a
// folder of vendored ones and the cache. It keeps them in one order, and reads and judges each once.
package known

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/vendored"
)

// Source is the origin of a list. A list of the service keeps this origin when it comes
// from the cache: an attribute that flips would look like drift.
type Source string

// The origins. Of two copies of a version, the archive's counts, then the vendored one.
const (
	Embedded Source = "embedded"
	Vendored Source = "archive_dir"
	Service  Source = "service"
)

// Options say where lists are, and how one that nobody reviewed is judged.
type Options struct {
	Archive  *archive.Archive
	Vendored vendored.Folder // empty: none
	Cache    *cache.Cache    // nil: none
	Guard    endpoints.Guard
	Now      func() time.Time
}

// Lists are the lists of all instances.
type Lists struct {
	options Options

	mu        sync.Mutex
	indexes   map[endpoints.Instance]*Index
	withdrawn map[endpoints.Instance]endpoints.Version // cached lists that are newer do not count
}

// New reads nothing yet.
func New(options Options) *Lists {
	return &Lists{
		options:   options,
		indexes:   map[endpoints.Instance]*Index{},
		withdrawn: map[endpoints.Instance]endpoints.Version{},
	}
}

// UnusableError says that a list was found and cannot be used.
type UnusableError struct {
	Where string // file or URL
	Err   error
}

func (e *UnusableError) Error() string { return fmt.Sprintf("%s: %v", e.Where, e.Err) }
func (e *UnusableError) Unwrap() error { return e.Err }

// Index has the lists of an instance. It is built once until [Lists.Refresh]. A folder
// of vendored lists that cannot be used is an error, a *[vendored.Error].
func (k *Lists) Index(instance endpoints.Instance) (*Index, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if x := k.indexes[instance]; x != nil {
		return x, nil
	}
	x := k.withoutVendored(instance)
	if err := k.addVendored(x); err != nil {
		return nil, err
	}
	k.indexes[instance] = x
	return x, nil
}

// Passable is [Lists.Index], or where the folder of vendored lists cannot be used, the
// index without it: for the text of another failure.
func (k *Lists) Passable(instance endpoints.Instance) *Index {
	if x, err := k.Index(instance); err == nil {
		return x
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.withoutVendored(instance)
}

// Refresh lets the next reader see what the cache holds now.
func (k *Lists) Refresh(instance endpoints.Instance) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.indexes, instance)
}

// Withdraw removes the cached lists that are newer than a version, and returns theirs.
func (k *Lists) Withdraw(instance endpoints.Instance, newest endpoints.Version) (gone []endpoints.Version) {
	for _, v := range k.options.Cache.Versions(instance) {
		if v.Compare(newest) > 0 {
			gone = append(gone, v)
			_ = k.options.Cache.Remove(instance, v) // a file that stays does not count in this process
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.withdrawn[instance] = newest
	delete(k.indexes, instance)
	return gone
}

// Judge decides whether a list that nobody reviewed is accepted: it may not come from
// the future, contradict the archive, or go beyond the guard when compared with the
// newest reviewed list that is not newer.
func (k *Lists) Judge(l *endpoints.List) error {
	reviewed, err := k.options.Archive.Reviewed(l.Instance, l.Version)
	return cmp.Or(err,
		k.CheckDate(l.Instance, l.Version),
		k.options.Archive.Contradiction(l),
		k.options.Guard.Check(l, reviewed))
}

// CheckDate refuses a version from the future.
func (k *Lists) CheckDate(instance endpoints.Instance, version endpoints.Version) error {
	newest, _ := k.options.Archive.Newest(instance)
	return endpoints.CheckDate(instance, version, newest, k.options.Now())
}

func (k *Lists) withoutVendored(instance endpoints.Instance) *Index {
	x := &Index{instance: instance}
	if k.options.Cache != nil {
		for _, v := range k.options.Cache.Versions(instance) {
			if newest, ok := k.withdrawn[instance]; ok && v.Compare(newest) > 0 {
				continue // its file could not be removed
			}
			x.put(&Entry{Version: v, Source: Service, Load: k.judged("the cached list "+v.String(), k.cached(instance, v))})
		}
	}
	for _, v := range k.options.Archive.Versions(instance) {
		load := func() (*endpoints.List, error) { return k.options.Archive.List(instance, v) }
		x.put(&Entry{Version: v, Source: Embedded, Load: load})
	}
	return x
}

func (k *Lists) addVendored(x *Index) error {
	versions, err := k.options.Vendored.Versions(x.instance)
	if err != nil {
		return err
	}
	for _, v := range versions {
		path := k.options.Vendored.Path(x.instance, v)
		load := func() (*endpoints.List, error) { return k.options.Vendored.List(x.instance, v) }
		if e := x.Entry(v); e != nil && e.Source == Embedded {
			e.shadowed = func() string { return k.contradiction(path, load) }
			continue
		}
		x.put(&Entry{Version: v, Source: Vendored, Load: k.judged(path, load)})
	}
	return nil
}

func (k *Lists) cached(instance endpoints.Instance, v endpoints.Version) func() (*endpoints.List, error) {
	return func() (*endpoints.List, error) {
		if l, ok := k.options.Cache.List(instance, v); ok {
			return l, nil
		}
		return nil, errors.New("the file cannot be read back as it was written")
	}
}

// judged reads a list once, and returns it only if [Lists.Judge] accepts it.
func (k *Lists) judged(where string, load func() (*endpoints.List, error)) func() (*endpoints.List, error) {
	return sync.OnceValues(func() (*endpoints.List, error) {
		l, err := load()
		if err == nil {
			if err = k.Judge(l); err != nil {
				err = k.hinted(err, l)
			}
		}
		if err != nil {
			return nil, &UnusableError{Where: where, Err: err}
		}
		return l, nil
	})
}

// hinted says which cloud a refused list belongs to, if the archive knows its addresses.
func (k *Lists) hinted(err error, l *endpoints.List) error {
	smtp, _ := l.SMTP()
	matching, _ := k.options.Archive.Matching(smtp.Prefixes)
	if len(matching) == 0 || matching[0].Instance == l.Instance {
		return err
	}
	last := matching[len(matching)-1]
	return fmt.Errorf("%w. Its SMTP addresses are those of %s (version %s): was it saved under the wrong cloud",
		err, last.Instance, last.Version)
}

// contradiction says why a vendored copy of an archived version is not used.
func (k *Lists) contradiction(where string, load func() (*endpoints.List, error)) string {
	l, err := load()
	if err == nil {
		err = k.options.Archive.Contradiction(l)
	}
	if err == nil {
		return ""
	}
	return fmt.Sprintf("%s: %v. The embedded list is used instead. Remove the file.", where, err)
}
