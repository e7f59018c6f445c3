package hybrid

import (
	"net/netip"
	"path"
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// finding is what a list or a document offers for a flow.
type finding struct {
	prefixes  []netip.Prefix
	hostnames []string
	namesOnly []string
	setIDs    []int
	ports     endpoints.Ports // of the sets; nil where the document's ports hold
	basis     string          // in place of the origin's; empty: that one holds
}

// A finder looks for a flow's addresses and names.
type finder func(*endpoints.List, *choices) finding

// smtpSets are the sets that mail flows through.
func smtpSets(list *endpoints.List, _ *choices) finding {
	smtp, _ := list.SMTP()
	return finding{prefixes: smtp.Prefixes, setIDs: smtp.SetIDs}
}

// smtpSetsWithNames are the same as a destination, where names mean something.
func smtpSetsWithNames(list *endpoints.List, c *choices) finding {
	f := smtpSets(list, c)
	smtp, _ := list.SMTP()
	f.hostnames = smtp.Hostnames
	return f
}

const httpsPort = 443

func isExchangeHTTPS(s endpoints.Set) bool {
	return s.ServiceArea == endpoints.Exchange && s.TCPPorts.Contain(httpsPort)
}

// exchangeHTTPSSources are the addresses of Exchange sets with TCP 443. Sets
// without addresses are left out: no inbound rule can use a name.
func exchangeHTTPSSources(list *endpoints.List, _ *choices) finding {
	f := inSets(list, func(s endpoints.Set) bool { return isExchangeHTTPS(s) && len(s.Prefixes) > 0 })
	f.hostnames = nil
	return f
}

// exchangeHTTPSDestinations are all Exchange sets with TCP 443.
func exchangeHTTPSDestinations(list *endpoints.List, _ *choices) finding {
	return inSets(list, isExchangeHTTPS)
}

// signInNames tell the sets of the identity platform, by names that each cloud
// has kept in all versions; ids differ between clouds. The sovereign clouds Bleu
// and Delos have their sign-in hosts in their lists and no Exchange area yet; of
// their two spellings the lists have the first, microsoft/CSS-Exchange the second.
var signInNames = []string{
	"login.microsoftonline.*", "login.partner.microsoftonline.*", "login.windows.net", "login-us.microsoftonline.com",
	"*.microsoftonline.com", "*.microsoftonline.cn", "*.partner.microsoftonline.cn", "*.microsoftonline.de",
	"*.msauth.net", "*.msftauth.net", "*.msauth.cn", "*.msftauth.cn", "*.auth.microsoft.*", "*.chinacloudapi.cn",
	"*.cloudapi.de",
	"*.identity-sovcloud.fr", "*.identity-sovcloud.de", "*.sovcloud-identity.fr", "*.sovcloud-identity.de",
}

func signInSets(list *endpoints.List, _ *choices) finding {
	return inSets(list, func(s endpoints.Set) bool {
		return s.ServiceArea == endpoints.Common && s.TCPPorts.Contain(httpsPort) &&
			slices.ContainsFunc(s.URLs, matching(signInNames))
	})
}

// listedHost is the first of the hosts that sets of the list name, or else name by
// a wildcard, with the addresses of those sets. Where the list has none of them, the
// first host stands alone, resting on what is stated; nothing, where that is empty.
func listedHost(stated string, hosts ...string) finder {
	return func(list *endpoints.List, _ *choices) finding {
		for _, names := range []func(url, host string) bool{
			func(url, host string) bool { return url == host },
			func(url, host string) bool { ok, _ := path.Match(url, host); return ok },
		} {
			for _, host := range hosts {
				f := inSets(list, func(s endpoints.Set) bool {
					return s.TCPPorts.Contain(httpsPort) &&
						slices.ContainsFunc(s.URLs, func(url string) bool { return names(url, host) })
				})
				if len(f.setIDs) > 0 {
					f.hostnames, f.namesOnly = []string{host}, nil
					return f
				}
			}
		}
		if stated == "" {
			return finding{}
		}
		return finding{hostnames: hosts[:1], basis: stated}
	}
}

// revocationNames tell hosts of revocation lists, OCSP responders and
// certificates; in some clouds they share a set with other hosts.
var revocationNames = []string{
	"*crl*", "*ocsp*", "cacerts.*", "www.microsoft.com", "*.digicert.com", "*.entrust.net", "*.geotrust.com",
	"*.globalsign.*", "*.identrust.com", "*.letsencrypt.org", "*.omniroot.com", "*.public-trust.com", "*.symcb.com",
	"*.symcd.com", "*.verisign.*",
}

// rootUpdates is where Windows fetches trusted root certificates; no list has it.
const rootUpdates = "ctldl.windowsupdate.com"

// revocationHosts are the published ones, and those that documents add to them.
func revocationHosts(more ...string) finder {
	isRevocation := matching(revocationNames)
	return func(list *endpoints.List, _ *choices) (f finding) {
		for _, s := range list.Sets {
			names := slices.DeleteFunc(slices.Clone(s.URLs), func(n string) bool { return !isRevocation(n) })
			if s.ServiceArea == endpoints.Common && len(names) > 0 {
				f.hostnames = append(f.hostnames, names...)
				f.setIDs = append(f.setIDs, s.ID)
			}
		}
		if f.hostnames != nil {
			f.hostnames = append(append(f.hostnames, rootUpdates), more...)
		}
		return f
	}
}

func matching(patterns []string) func(name string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, name); return ok })
	}
}

// inSets gathers the sets chosen.
func inSets(list *endpoints.List, chosen func(endpoints.Set) bool) (f finding) {
	var covered []string
	for _, s := range list.Sets {
		if !chosen(s) {
			continue
		}
		f.prefixes = append(f.prefixes, s.Prefixes...)
		f.hostnames = append(f.hostnames, s.URLs...)
		f.setIDs = append(f.setIDs, s.ID)
		f.ports = append(f.ports, s.TCPPorts...)
		if len(s.Prefixes) == 0 {
			f.namesOnly = append(f.namesOnly, s.URLs...)
		} else {
			covered = append(covered, s.URLs...)
		}
	}
	f.namesOnly = slices.DeleteFunc(f.namesOnly, func(n string) bool { return slices.Contains(covered, n) })
	return f
}

// fixedAddresses come from a document and are in no list.
func fixedAddresses(prefixes ...string) finder {
	f := finding{}
	for _, p := range prefixes {
		f.prefixes = append(f.prefixes, netip.MustParsePrefix(p))
	}
	return func(*endpoints.List, *choices) finding { return f }
}

// fixedNames come from a document and are in no list.
func fixedNames(names ...string) finder {
	return func(*endpoints.List, *choices) finding { return finding{hostnames: names} }
}

// edgeServers are the organization's own.
func edgeServers(_ *endpoints.List, c *choices) finding { return finding{prefixes: c.edgeServers} }
