// Command terraform-provider-eop serves the provider to Terraform or OpenTofu.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"strings"

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
		quietSDK()
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

// quietSDK turns off the lines that the plugin SDK writes about each call and attribute, unless some logging was
// asked for. Terraform reads them all and drops them then, which takes longer than reading a list.
func quietSDK() {
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "TF_LOG") {
			return
		}
	}
	_ = os.Setenv("TF_LOG_SDK", "OFF") // fails for no such name
}
