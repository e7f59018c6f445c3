// Command nextlist pretends that Microsoft published a list in one cloud or in all: it writes
// the newest embedded list of each, changed, as <instance>/<version>.json into a folder that
// `make archive FROM=...` takes.
//
//	nextlist [-smtp] [-instance NAME] DIR
//
// Without -smtp one host name changes; with it an SMTP prefix is added, too.
package main

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

func main() {
	smtp := flag.Bool("smtp", false, "add an SMTP prefix, too")
	instances := endpoints.ServedInstances()
	flag.Func("instance", "change this cloud alone", func(name string) (err error) {
		instances = make([]endpoints.Instance, 1)
		instances[0], err = endpoints.ParseInstance(name)
		return err
	})
	flag.Parse()
	if err := run(flag.Arg(0), instances, *smtp); err != nil {
		fmt.Fprintln(os.Stderr, "nextlist:", err)
		os.Exit(1)
	}
}

func run(dir string, instances []endpoints.Instance, smtp bool) error {
	a, err := archive.Embedded()
	if err != nil {
		return err
	}
	for _, instance := range instances {
		newest, _ := a.Newest(instance)
		l, err := a.List(instance, newest)
		if err != nil {
			return err
		}
		body, err := endpoints.EncodeSets(changed(l.Sets, smtp))
		if err != nil {
			return err
		}
		file := filepath.Join(dir, string(instance), newest.Day().AddDate(0, 0, 1).Format("20060102")+"00.json")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, body, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func changed(sets []endpoints.Set, smtp bool) []endpoints.Set {
	sets = slices.Clone(sets)
	sets[0].URLs = append(slices.Clone(sets[0].URLs), "new.name.example")
	for i, s := range sets {
		if smtp && s.IsSMTP() {
			neighbour := netip.PrefixFrom(s.Prefixes[0].Addr(), 8).Masked().Addr() // in a /8 that it has
			sets[i].Prefixes = append(slices.Clone(s.Prefixes), netip.PrefixFrom(neighbour, 24))
		}
	}
	return sets
}
