package provider

import (
	"net/netip"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/smtpfailure"
)

// listDirectory knows the SMTP lists of every cloud: an error text does not say which one it comes from.
type listDirectory struct {
	newest   *cidr.Set
	versions []listedSpace // by instance, oldest first
}

// listedSpace is an address space that an instance published from a version on.
type listedSpace struct {
	instance endpoints.Instance
	since    endpoints.Version
	space    *cidr.Set
}

// openDirectory gives the directory of the reviewed lists, made once.
type openDirectory func() (smtpfailure.Directory, error)

// directoryOf reads the archive when a text is judged for the first time.
func directoryOf(lists openLists) openDirectory {
	return sync.OnceValues(func() (smtpfailure.Directory, error) {
		known, err := lists()
		if err != nil {
			return nil, err
		}
		d := &listDirectory{}
		var all []netip.Prefix
		for _, instance := range endpoints.Instances() {
			history, err := known.SMTPHistory(instance)
			if err != nil {
				return nil, err
			}
			newest, served := known.Newest(instance)
			for _, e := range history {
				if e.Changed {
					d.versions = append(d.versions, listedSpace{instance, e.Version, cidr.SetOf(e.SMTP.Prefixes)})
				}
				if served && e.Version == newest {
					all = append(all, e.SMTP.Prefixes...)
				}
			}
		}
		d.newest = cidr.SetOf(all)
		return d, nil
	})
}

func (d *listDirectory) Lists(a netip.Addr) bool { return holds(d.newest, a) }

func (d *listDirectory) History(a netip.Addr) []smtpfailure.Listing {
	var out []smtpfailure.Listing
	listed := false
	for i, v := range d.versions {
		if i > 0 && d.versions[i-1].instance != v.instance {
			listed = false
		}
		switch now := holds(v.space, a); {
		case now && !listed:
			out = append(out, smtpfailure.Listing{Cloud: string(v.instance), Since: v.since.String()})
			listed = true
		case !now && listed:
			out[len(out)-1].Until = v.since.String()
			listed = false
		}
	}
	return out
}

func holds(space *cidr.Set, a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsValid() && space.ContainsPrefix(netip.PrefixFrom(a, a.BitLen()))
}
