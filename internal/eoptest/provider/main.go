// Command provider is the provider with the frozen archive of the tests in place of
// the embedded one, for runs of Terraform and OpenTofu.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/provider"
)

func main() {
	options := provider.Options{Version: "test", Lists: eoptest.OpenArchive, Now: eoptest.Clock}
	err := providerserver.Serve(context.Background(), provider.New(options), providerserver.ServeOpts{
		Address: "registry.terraform.io/eop-firewall/eop",
	})
	if err != nil {
		log.Fatal(err)
	}
}
