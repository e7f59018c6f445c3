// Package archive holds every published list that could be recovered: the web
// service's lists since June 2018 and the SMTP lists since 2013 from before it.
//
// An archive is a folder with one text file per instance; see [Encode] for the
// format. The embedded one is in lists/. Opening an archive checks that its files
// are whole and reads the names of its versions; a list is decoded when it is
// asked for, and only that one.
package archive

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

//go:embed lists/*.txt
var embedded embed.FS

// Embedded opens the archive that this binary was built with.
func Embedded() (*Archive, error) {
	lists, err := fs.Sub(embedded, "lists")
	if err != nil {
		return nil, err
	}
	return Open(lists)
}

// ErrUnknown says that the archive does not hold a version.
var ErrUnknown = errors.New("the archive does not hold this version")

// Entry is a version in the archive.
type Entry struct {
	Version        endpoints.Version
	URLsIncomplete bool
}

// Archive is an opened archive. It is safe for concurrent use; the lists it hands
// out are shared and must not be changed.
type Archive struct {
	instances map[endpoints.Instance]*instanceArchive
}

// instanceArchive is the file of one instance.
type instanceArchive struct {
	instance endpoints.Instance
	text     string
	entries  []Entry
	history  func() ([]SMTPEntry, error)

	mu      sync.Mutex
	decoded map[endpoints.Version]*endpoints.List
}

// Open reads <instance>.txt of every instance that has a file. A file that is cut,
// changed by hand or out of order is an error that names it.
func Open(folder fs.FS) (*Archive, error) {
	out := &Archive{instances: map[endpoints.Instance]*instanceArchive{}}
	for _, instance := range endpoints.Instances() {
		name := FileName(instance)
		data, err := fs.ReadFile(folder, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		one, err := open(instance, data)
		if err != nil {
			return nil, fmt.Errorf("the archive of lists is damaged: %s: %w", name, err)
		}
		out.instances[instance] = one
	}
	if len(out.instances) == 0 {
		return nil, errors.New("the archive of lists is damaged: it has no files")
	}
	return out, nil
}

// FileName is the name of an instance's file.
func FileName(instance endpoints.Instance) string { return string(instance) + ".txt" }

func open(instance endpoints.Instance, data []byte) (*instanceArchive, error) {
	text, err := checkSum(string(data))
	if err != nil {
		return nil, err
	}
	all, err := headers(text)
	if err != nil {
		return nil, err
	}
	a := &instanceArchive{instance: instance, text: text, decoded: map[endpoints.Version]*endpoints.List{}}
	for _, h := range all {
		a.entries = append(a.entries, Entry{h.version, h.urlsIncomplete})
	}
	a.history = sync.OnceValues(a.smtpHistory)
	return a, nil
}

// Entries are the versions held of an instance, oldest first.
func (a *Archive) Entries(instance endpoints.Instance) []Entry {
	one, ok := a.instances[instance]
	if !ok {
		return nil
	}
	return one.entries
}

// Versions are the versions held of an instance, oldest first.
func (a *Archive) Versions(instance endpoints.Instance) []endpoints.Version {
	var out []endpoints.Version
	for _, e := range a.Entries(instance) {
		out = append(out, e.Version)
	}
	return out
}

// Newest is the newest numbered version of a served instance, the one a reader
// without network gets. ok is false for instances that have no latest list.
func (a *Archive) Newest(instance endpoints.Instance) (v endpoints.Version, ok bool) {
	if !instance.Served() {
		return endpoints.Version{}, false
	}
	for _, e := range slices.Backward(a.Entries(instance)) {
		if e.Version.Kind() == endpoints.Full {
			return e.Version, true
		}
	}
	return endpoints.Version{}, false
}

// Has reports whether the archive holds the version.
func (a *Archive) Has(instance endpoints.Instance, version endpoints.Version) bool {
	return slices.ContainsFunc(a.Entries(instance), func(e Entry) bool { return e.Version == version })
}

// List is one list, decoded when it is first asked for. The error is [ErrUnknown]
// where the archive does not have it.
func (a *Archive) List(instance endpoints.Instance, version endpoints.Version) (*endpoints.List, error) {
	if !a.Has(instance, version) {
		return nil, ErrUnknown
	}
	one := a.instances[instance]
	one.mu.Lock()
	defer one.mu.Unlock()
	if l, ok := one.decoded[version]; ok {
		return l, nil
	}
	l, err := one.decode(version)
	if err != nil {
		return nil, fmt.Errorf("the archive of lists is damaged: %s: %w", FileName(instance), err)
	}
	one.decoded[version] = l
	return l, nil
}

func (a *instanceArchive) decode(version endpoints.Version) (*endpoints.List, error) {
	for now, err := range replay(a.text) {
		if err != nil {
			return nil, err
		}
		if now.version == version {
			return now.list(a.instance)
		}
	}
	return nil, ErrUnknown
}

// SMTPEntry is the SMTP part of a version. Its lists are shared: read only.
type SMTPEntry struct {
	Version endpoints.Version
	SMTP    endpoints.SMTP
	Has     bool // false where the list has no SMTP set
	Changed bool // another address space than the version before it; true for the first with a set
}

// SMTPHistory is the SMTP part of every version, oldest first.
func (a *Archive) SMTPHistory(instance endpoints.Instance) ([]SMTPEntry, error) {
	one, ok := a.instances[instance]
	if !ok {
		return nil, nil
	}
	return one.history()
}

func (a *instanceArchive) smtpHistory() ([]SMTPEntry, error) {
	var out []SMTPEntry
	before := SMTPEntry{}
	for now, err := range replay(a.text) {
		if err != nil {
			return nil, err
		}
		e := SMTPEntry{Version: now.version, SMTP: before.SMTP, Has: before.Has}
		if now.exchangeChanged { // most versions leave these sets alone, and share one selection
			sets, err := now.typedSets(func(s *setState) bool { return isExchange(s.attributes) })
			if err != nil {
				return nil, err
			}
			e.SMTP, e.Has = (&endpoints.List{Sets: sets}).SMTP()
			e.Changed = !cidr.SameSpace(before.SMTP.Prefixes, e.SMTP.Prefixes)
		}
		out = append(out, e)
		before = e
	}
	return out, nil
}

// Reviewed is the yardstick for a list that nobody reviewed: the newest list that is not
// newer than its version. If that has no SMTP addresses, or there is none, it is the newest
// list of the instance; nil if that does not exist either. Lists from before the web
// service do not count.
func (a *Archive) Reviewed(instance endpoints.Instance, version endpoints.Version) (*endpoints.List, error) {
	var found *endpoints.List
	for _, e := range slices.Backward(a.Entries(instance)) {
		if e.Version.Kind() == endpoints.SMTPOnly || e.Version.Compare(version) > 0 {
			continue
		}
		l, err := a.List(instance, e.Version)
		if err != nil {
			return nil, err
		}
		if _, ok := l.SMTP(); ok {
			return l, nil
		}
		found = l
		break
	}
	if newest, ok := a.Newest(instance); ok {
		return a.List(instance, newest)
	}
	return found, nil
}

// Published are the prefixes of every SMTP list of an instance; some occur twice.
func (a *Archive) Published(instance endpoints.Instance) ([]netip.Prefix, error) {
	history, err := a.SMTPHistory(instance)
	var out []netip.Prefix
	for _, e := range history {
		if e.Changed {
			out = append(out, e.SMTP.Prefixes...)
		}
	}
	return out, err
}

// Named is a version of an instance.
type Named struct {
	Instance endpoints.Instance
	Version  endpoints.Version
}

// Matching are the versions, of any instance, whose SMTP address space is
// exactly that of the prefixes: instances in their usual order, oldest first.
func (a *Archive) Matching(prefixes []netip.Prefix) ([]Named, error) {
	if len(prefixes) == 0 {
		return nil, nil
	}
	space := cidr.SetOf(prefixes)
	var out []Named
	for _, instance := range endpoints.Instances() {
		history, err := a.SMTPHistory(instance)
		if err != nil {
			return nil, err
		}
		matches := false
		for _, e := range history {
			if e.Changed {
				matches = e.Has && cidr.SetOf(e.SMTP.Prefixes).Equal(space)
			}
			if matches {
				out = append(out, Named{instance, e.Version})
			}
		}
	}
	return out, nil
}

// Contradiction is the error of a list that has a version of the archive and other
// content: a published list does not change. The addresses and ports of every
// endpoint set must agree; where the archive knows the SMTP part alone, that part
// must. Names are not compared, because documentation copies in the archive
// shorten them. The error is an *endpoints.GuardError; nil where the archive has
// nothing against the list.
func (a *Archive) Contradiction(l *endpoints.List) error {
	known, err := a.List(l.Instance, l.Version)
	if errors.Is(err, ErrUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	difference := endpoints.FirstDifference(known, l)
	if difference == "" {
		return nil
	}
	return &endpoints.GuardError{
		Instance: l.Instance, Version: l.Version,
		Evidence: "the archive has this version with other content, and a published list does not change: " + difference,
	}
}
