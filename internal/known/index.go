package known

import (
	"fmt"
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// Index is every list of an instance that is known on this machine, one entry per
// version, oldest first.
type Index struct {
	instance endpoints.Instance
	entries  []*Entry
}

// Entry is a list that is read, and judged, when it is first asked for.
type Entry struct {
	Version endpoints.Version
	Source  Source
	// Load returns the list, or an *[UnusableError]. The list is shared: read only.
	Load func() (*endpoints.List, error)

	shadowed func() string
}

// Shadowed says how a vendored copy differs from the archive's list that counts in its
// place; empty where there is none or it does not differ.
func (e *Entry) Shadowed() string {
	if e.shadowed == nil {
		return ""
	}
	return e.shadowed()
}

// Entries are all, oldest version first.
func (x *Index) Entries() []*Entry { return x.entries }

// Versions are those of the entries.
func (x *Index) Versions() []endpoints.Version {
	out := make([]endpoints.Version, len(x.entries))
	for i, e := range x.entries {
		out[i] = e.Version
	}
	return out
}

// Entry is the one of a version, or nil.
func (x *Index) Entry(v endpoints.Version) *Entry {
	if i, ok := x.search(v); ok {
		return x.entries[i]
	}
	return nil
}

// NewestVendored is the newest numbered list of the archive and the vendored ones. A
// vendored list that cannot be used is found, too: it was put there to be used.
func (x *Index) NewestVendored() (*Entry, error) {
	return x.newest(func(e *Entry) bool { return e.Source != Service })
}

// NewestUsable is the newest numbered list that can be used, whatever its source.
func (x *Index) NewestUsable() (*Entry, error) {
	return x.newest(func(e *Entry) bool {
		_, err := e.Load()
		return err == nil
	})
}

func (x *Index) newest(fits func(*Entry) bool) (*Entry, error) {
	for _, e := range slices.Backward(x.entries) {
		if e.Version.Kind() == endpoints.Full && fits(e) {
			return e, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", x.instance, archive.ErrUnknown)
}

func (x *Index) search(v endpoints.Version) (int, bool) {
	return slices.BinarySearchFunc(x.entries, v, func(e *Entry, v endpoints.Version) int { return e.Version.Compare(v) })
}

// put adds an entry, or replaces the one of its version.
func (x *Index) put(e *Entry) {
	i, ok := x.search(e.Version)
	if ok {
		x.entries[i] = e
		return
	}
	x.entries = slices.Insert(x.entries, i, e)
}
