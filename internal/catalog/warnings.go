package catalog

import (
	"errors"
	"fmt"

	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/known"
)

// Warning is something that a reader has to act on. Each is given once.
type Warning struct{ Summary, Detail string }

// maxNamed is how many prefixes a warning names.
const maxNamed = 20

// unsaid drops the warnings that were given before.
func (c *Catalog) unsaid(warnings []Warning) []Warning {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Warning
	for _, w := range warnings {
		if !c.warned[w] {
			c.warned[w] = true
			out = append(out, w)
		}
	}
	return out
}

// news says how an unpinned list that nobody reviewed changes the SMTP addresses.
func (c *Catalog) news(found *Found) []Warning {
	l := found.List
	newest, ok := c.options.Archive.Newest(l.Instance)
	if !ok || l.Version.Compare(newest) <= 0 {
		return nil
	}
	reviewed, err := c.options.Archive.List(l.Instance, newest)
	if err != nil {
		return nil // its own reader reports that
	}
	was, _ := reviewed.SMTP()
	is, _ := l.SMTP()
	diff := cidr.Diff(was.Prefixes, is.Prefixes)
	if diff.Empty() {
		return nil
	}
	text := fmt.Sprintf("Version %s of %s (%s) is newer than the embedded lists. Compared with the newest of them, %s, "+
		"it adds %s and removes %s.", l.Version, l.Instance, found.Source, newest,
		cidr.Brief(diff.Missing, maxNamed), cidr.Brief(diff.Excess, maxNamed))
	published, _ := c.options.Archive.Published(l.Instance)
	if unfamiliar := endpoints.Unfamiliar(diff.Missing, published); len(unfamiliar) > 0 {
		text += fmt.Sprintf(" No list had addresses near %s before: check them before you apply.",
			cidr.Brief(unfamiliar, maxNamed))
	}
	return []Warning{{"New SMTP addresses", text}}
}

// remarks are what a reader should know of a new list that passed: it is not the one
// read earlier under its number, or it is far from an unreviewed list before it.
func (c *Catalog) remarks(here *known.Index, l *endpoints.List) []Warning {
	var out []Warning
	newest, _ := c.options.Archive.Newest(l.Instance)
	for _, e := range here.Entries() {
		if e.Source == known.Embedded || e.Version.Compare(newest) <= 0 || e.Version.Compare(l.Version) > 0 {
			continue
		}
		earlier, err := e.Load()
		if err != nil {
			continue
		}
		if e.Version != l.Version {
			if err := c.options.Guard.Check(l, earlier); err != nil {
				out = append(out, Warning{"A list is far from the one before it", fmt.Sprintf("%v. It is used, because it is "+
					"within the guard, which compares with the newest embedded list. Review both before you apply.", err)})
			}
		} else if difference := endpoints.FirstDifference(earlier, l); difference != "" {
			out = append(out, Warning{"A list changed under its number", fmt.Sprintf("%s had another content for version %s "+
				"of %s earlier: %s. The newer answer is used, because it is within the guard. If the list looks wrong, pin "+
				"an older version until a provider release has this one.",
				c.options.Service.URL(), l.Version, l.Instance, difference)})
		}
	}
	return out
}

func (c *Catalog) withdrawn(instance endpoints.Instance, answered endpoints.Version, gone []endpoints.Version) Warning {
	return Warning{"A list was withdrawn", fmt.Sprintf("%s names version %s as the latest of %s. The cache had the newer "+
		"%s, which came from there earlier, which nobody reviewed, and which it has not named for two days. It is no "+
		"longer used.", c.options.Service.URL(), answered, instance, enumerate(gone))}
}

// unwritten says why an answer is not kept.
func (c *Catalog) unwritten(err error) []Warning {
	var untrusted *cache.UntrustedError
	switch {
	case errors.As(err, &untrusted):
		return []Warning{untrustedWarning(err)}
	case err != nil && !c.options.CacheQuiet:
		return []Warning{{"The cache folder cannot be written", fmt.Sprintf("%v. The list is used, but every run will ask "+
			"the service again, and there is no cached list during an outage. Make cache_dir writable, or leave it out.", err)}}
	}
	return nil
}

func untrustedWarning(err error) Warning {
	return Warning{"The cache folder is not used", fmt.Sprintf("%v. Somebody else could put a list there, so it was "+
		"neither read nor written. Give the folder to the user who runs this and remove write permission for others "+
		"(chmod 700), or set another cache_dir.", err)}
}
