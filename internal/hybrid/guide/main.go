// Command guide writes the generated parts of the guide "The firewall of a hybrid
// deployment": all flows in all clouds, and the deadlines.
//
//	guide -into FILE
//
// They come from the table of package hybrid and from one pinned version of each
// list, so that a new list does not change them.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
)

func main() {
	into := flag.String("into", "", "guide whose generated parts are replaced")
	flag.Parse()
	if err := run(*into); err != nil {
		fmt.Fprintf(os.Stderr, "guide: %v\n", err)
		os.Exit(1)
	}
}

func run(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lists, err := archive.Embedded()
	if err != nil {
		return err
	}
	parts, err := generate(lists)
	if err != nil {
		return err
	}
	out, err := insert(string(text), parts)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(out), 0o644)
}
