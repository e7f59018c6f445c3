// Command cloudstub stands in for a cloud provider where the real one cannot be
// installed. It serves the resource types of the compatibility table as its
// schema, refuses what the table says that the provider refuses at plan and the
// cloud at apply, and keeps the objects from one command to the next in a folder.
//
// Which provider it is, it reads from the name it is started by, such as
// terraform-provider-google_v1.0.0.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/eop-firewall/terraform-provider-eop/internal/compat"
)

func main() {
	name, err := providerType(os.Args[0])
	if err != nil {
		log.Fatal(err)
	}
	table, err := compat.Targets()
	if err != nil {
		log.Fatal(err)
	}
	p, err := newProvider(table, name)
	if err != nil {
		log.Fatal(err)
	}
	serve := func() tfprotov6.ProviderServer { return p }
	if err := tf6server.Serve("registry.terraform.io/stub/"+name, serve); err != nil {
		log.Fatal(err)
	}
}

// providerType is the provider's type in the name of its binary.
func providerType(binary string) (string, error) {
	base := filepath.Base(binary)
	name, ok := strings.CutPrefix(base, "terraform-provider-")
	name, _, _ = strings.Cut(name, "_")
	if !ok || name == "" {
		return "", fmt.Errorf("%s is no name of a provider's binary", base)
	}
	return name, nil
}
