// Command terraform-provider-eop serves the provider to Terraform or OpenTofu.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger, and print how to attach Terraform")
	flag.Parse()
	if !*debug {
		provider.QuietSDK()
	}
	options := provider.Options{Version: version, Lists: archive.Embedded}
	err := providerserver.Serve(context.Background(), provider.New(options), providerserver.ServeOpts{
		Address: "registry.terraform.io/eop-firewall/eop",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
