// Package archive holds every published list that could be recovered: the web
// service's lists since June 2018 and the SMTP lists since 2013 from before it.
//
// The lists are text in lists/, to be read and reviewed; beside each file stands
// its compressed copy, which is what the binary embeds. The generator writes
// both and a test holds them together. A list is decoded when asked for, and
// only that one.
package archive

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

//go:embed lists/*.txt.gz
var embedded embed.FS

//go:generate go run ./generate -into lists

// Entry is a version in the archive.
type Entry struct {
	Version        endpoints.Version
	URLsIncomplete bool
}

// instanceArchive is the file of one instance.
type instanceArchive struct {
	instance endpoints.Instance
	data     func() string
	entries  func() []Entry
	smtp     func() []SMTPEntry

	mu      sync.Mutex
	decoded map[endpoints.Version]*endpoints.List
}

var archives = func() map[endpoints.Instance]*instanceArchive {
	out := map[endpoints.Instance]*instanceArchive{}
	for _, instance := range endpoints.Instances() {
		a := &instanceArchive{instance: instance, decoded: map[endpoints.Version]*endpoints.List{}}
		a.data = sync.OnceValue(func() string {
			data, err := readEmbedded(instance)
			must(err)
			return data
		})
		a.entries = sync.OnceValue(func() []Entry {
			all, err := headers(a.data())
			must(err)
			out := make([]Entry, len(all))
			for i, h := range all {
				out[i] = Entry{h.version, h.urlsIncomplete}
			}
			return out
		})
		a.smtp = sync.OnceValue(a.smtpHistory)
		out[instance] = a
	}
	return out
}()

func readEmbedded(instance endpoints.Instance) (string, error) {
	packed, err := embedded.ReadFile("lists/" + string(instance) + ".txt.gz")
	if err != nil {
		return "", err
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r) // checks the sum at the end of the stream
	return string(text), err
}

// must stops on an archive that this binary was built with and that a test of
// this package reads whole: damage to it is damage to the binary.
func must(err error) {
	if err != nil {
		panic("archive: the embedded lists are damaged: " + err.Error())
	}
}

// Entries are the versions known of an instance, oldest first.
func Entries(instance endpoints.Instance) []Entry {
	a, ok := archives[instance]
	if !ok {
		return nil
	}
	return a.entries()
}

// Newest is the newest numbered version of a served instance, the one a reader
// without network gets. ok is false for instances that have no latest list.
func Newest(instance endpoints.Instance) (v endpoints.Version, ok bool) {
	if !instance.Served() {
		return endpoints.Version{}, false
	}
	for _, e := range slices.Backward(Entries(instance)) {
		if e.Version.Kind() == endpoints.Full {
			return e.Version, true
		}
	}
	return endpoints.Version{}, false
}

// Has reports whether the archive holds the version.
func Has(instance endpoints.Instance, version endpoints.Version) bool {
	return slices.ContainsFunc(Entries(instance), func(e Entry) bool { return e.Version == version })
}

// List is one list, decoded when it is first asked for and shared from then on:
// read only. ok is false where the archive does not have it.
func List(instance endpoints.Instance, version endpoints.Version) (l *endpoints.List, ok bool) {
	if !Has(instance, version) {
		return nil, false
	}
	a := archives[instance]
	a.mu.Lock()
	defer a.mu.Unlock()
	if l, ok := a.decoded[version]; ok {
		return l, true
	}
	l, err := a.decode(version)
	must(err)
	a.decoded[version] = l
	return l, true
}

func (a *instanceArchive) decode(version endpoints.Version) (*endpoints.List, error) {
	for now, err := range replay(a.data()) {
		if err != nil {
			return nil, err
		}
		if now.version == version {
			return now.list(a.instance)
		}
	}
	return nil, fmt.Errorf("version %s is in the index only", version)
}

// SMTPEntry is the SMTP part of a version. Its lists are shared: read only.
type SMTPEntry struct {
	Version endpoints.Version
	SMTP    endpoints.SMTP
	Has     bool // false where the list has no SMTP set
	Changed bool // another address space than the version before it; true for the first with a set
}

// SMTPHistory is the SMTP part of every version, oldest first.
func SMTPHistory(instance endpoints.Instance) []SMTPEntry {
	a, ok := archives[instance]
	if !ok {
		return nil
	}
	return a.smtp()
}

func (a *instanceArchive) smtpHistory() []SMTPEntry {
	var out []SMTPEntry
	before := SMTPEntry{}
	for now, err := range replay(a.data()) {
		must(err)
		e := SMTPEntry{Version: now.version, SMTP: before.SMTP, Has: before.Has}
		if now.exchangeChanged { // most versions leave these sets alone, and share one selection
			sets, err := now.typedSets(func(s *setState) bool { return isExchange(s.attributes) })
			must(err)
			e.SMTP, e.Has = (&endpoints.List{Sets: sets}).SMTP()
			e.Changed = !cidr.SameSpace(before.SMTP.Prefixes, e.SMTP.Prefixes)
		}
		out = append(out, e)
		before = e
	}
	return out
}

// Named is a version of an instance.
type Named struct {
	Instance endpoints.Instance
	Version  endpoints.Version
}

// Matching are the versions, of any instance, whose SMTP address space is
// exactly that of the prefixes: instances in their usual order, oldest first.
func Matching(prefixes []netip.Prefix) []Named {
	if len(prefixes) == 0 {
		return nil
	}
	space := cidr.SetOf(prefixes)
	var out []Named
	for _, instance := range endpoints.Instances() {
		matches := false
		for _, e := range SMTPHistory(instance) {
			if e.Changed {
				matches = e.Has && cidr.SetOf(e.SMTP.Prefixes).Equal(space)
			}
			if matches {
				out = append(out, Named{instance, e.Version})
			}
		}
	}
	return out
}

// Contradiction is the error of a list that has a version of the archive and
// other SMTP addresses: a published list does not change. It is an
// *endpoints.GuardError; nil where the archive has nothing against the list.
func Contradiction(l *endpoints.List) error {
	known, ok := List(l.Instance, l.Version)
	if !ok {
		return nil
	}
	was, _ := known.SMTP()
	is, _ := l.SMTP()
	if cidr.SameSpace(was.Prefixes, is.Prefixes) {
		return nil
	}
	return &endpoints.GuardError{Instance: l.Instance, Version: l.Version, Evidence: fmt.Sprintf(
		"the list archived under the same version has other SMTP addresses (%s), and a published list does not change", strings.Join(cidr.Strings(was.Prefixes), ", "))}
}
