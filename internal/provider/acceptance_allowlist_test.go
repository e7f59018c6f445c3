package provider_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

const offline = "provider \"eop\" {\n  list_source = \"embedded\"\n}\n"

const rulesOfWorldwide = offline + `
data "eop_smtp_allowlist" "this" {
  instance = "Worldwide"
  version  = "2026081400"
}

resource "terraform_data" "security_group" {
  input = [for r in data.eop_smtp_allowlist.this.rules : "${r.cidr} ${r.from_port}"]
}

output "digest_matches" {
  value = data.eop_smtp_allowlist.this.sha256 == sha256(join("\n", data.eop_smtp_allowlist.this.cidrs))
}
`

func TestAllowlistInTerraform(t *testing.T) {
	onEachCLI(t, func() resource.TestCase {
		address := "data.eop_smtp_allowlist.this"
		return resource.TestCase{Steps: []resource.TestStep{
			{
				Config: rulesOfWorldwide,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(address, tfjsonpath.New("cidrs"), knownvalue.ListExact([]knownvalue.Check{
						knownvalue.StringExact(
							"40.92.0.0/15",
						), knownvalue.StringExact("40.107.0.0/16"), knownvalue.StringExact("52.100.0.0/14"),
						knownvalue.StringExact(
							"104.47.0.0/17",
						), knownvalue.StringExact("2a01:111:f400::/48"), knownvalue.StringExact("2a01:111:f403::/48"),
					})),
					statecheck.ExpectKnownValue(address, tfjsonpath.New("instance"), knownvalue.StringExact("worldwide")),
					statecheck.ExpectKnownValue(
						address,
						tfjsonpath.New("rules").AtMapKey("40.92.0.0/15").AtMapKey("from_port"),
						knownvalue.Int64Exact(25),
					),
					statecheck.ExpectKnownValue(address, tfjsonpath.New("by_family").AtMapKey("ipv6"), knownvalue.ListSizeExact(2)),
					statecheck.ExpectKnownOutputValue("digest_matches", knownvalue.Bool(true)),
				},
			},
			{
				Config:           rulesOfWorldwide,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			},
		}}
	})
}

func TestAllowlistErrorsInTerraform(t *testing.T) {
	onEachCLI(t, func() resource.TestCase {
		return resource.TestCase{Steps: []resource.TestStep{
			{
				Config:      offline + `data "eop_smtp_allowlist" "this" { instance = "gcc" }`,
				ExpectError: regexp.MustCompile(`GCC\s+tenants\s+use\s+"worldwide"`),
			},
			{
				Config:      offline + `data "eop_smtp_allowlist" "this" { version = "2026081401" }`,
				ExpectError: regexp.MustCompile(`Unable to find the pinned list version`),
			},
			{
				Config: "provider \"eop\" {\n  instance = \"china\"\n  list_source = \"embedded\"\n}\ndata " +
					"\"eop_smtp_allowlist\" \"this\" {}",
				Check: resource.TestCheckResourceAttr("data.eop_smtp_allowlist.this", "instance", "china"),
			},
		}}
	})
}
