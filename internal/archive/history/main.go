// Command history writes what each cloud's SMTP list allowed since 2013, as a page and
// as pictures for light and dark backgrounds, from the embedded archive:
//
//	history DIR
package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: history DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "history:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	a, err := archive.Embedded()
	if err != nil {
		return err
	}
	all, err := readAll(a)
	if err != nil {
		return err
	}
	write := func(name, text string) error { return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644) }
	return cmp.Or(
		write("history.svg", picture(all, light)),
		write("history.dark.svg", picture(all, dark)),
		write("history.md", page(all)),
	)
}

func readAll(a *archive.Archive) ([]history, error) {
	var out []history
	for _, instance := range endpoints.ServedInstances() {
		h, err := read(a, instance)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, nil
}
