package provider_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/provider"
	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

// onEachCLI runs a test case with every CLI at hand. The test library takes the
// CLI from the environment, so the runs cannot be parallel.
func onEachCLI(t *testing.T, tc func() resource.TestCase) {
	t.Helper()
	clis, err := sandbox.Find("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, cli := range clis {
		t.Run(cli.Name, func(t *testing.T) {
			t.Setenv("TF_CLI_CONFIG_FILE", emptyFile(t)) // not the developer's
			t.Setenv("EOP_LIST_SOURCE", "embedded")      // no network here; a configuration that names a source wins
			t.Setenv("TF_ACC_TERRAFORM_PATH", cli.Path)
			t.Setenv("TF_ACC_PROVIDER_NAMESPACE", "eop-firewall")
			t.Setenv("TF_ACC_PROVIDER_HOST", registryOf(cli))
			c := tc()
			c.ProtoV6ProviderFactories = map[string]func() (tfprotov6.ProviderServer, error){
				"eop": providerserver.NewProtocol6WithError(
					provider.New(provider.Options{Version: "test", Lists: eoptest.OpenArchive, Now: eoptest.Clock})(),
				),
			}
			resource.UnitTest(t, c)
		})
	}
}

func emptyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cli.tfrc")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func registryOf(cli sandbox.CLI) string {
	if cli.Name == "tofu" {
		return "registry.opentofu.org"
	}
	return "registry.terraform.io"
}
