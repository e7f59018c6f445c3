package provider_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// No provider block, a list by split(), one from a data source, and one that is
// known only after apply.
const everyFunction = `
data "eop_smtp_allowlist" "this" {
  version = "2026081400"
}

resource "terraform_data" "relay" {
  input = "198.51.100.25"
}

locals {
  eop  = data.eop_smtp_allowlist.this.cidrs
  text = split(",", "192.0.2.0/25,192.0.2.128/25,2001:DB8::/32,10.0.0.1")
}

resource "terraform_data" "families" {
  input = keys(provider::eop::cidr_by_family(local.eop))
}

output "merge" { value = provider::eop::cidr_merge(local.text) }
output "subtract" { value = provider::eop::cidr_subtract(local.eop, ["40.93.0.0/16", "::/0"]) }
output "intersect" { value = provider::eop::cidr_intersect(local.eop, ["40.0.0.0/9"]) }
output "contains" { value = provider::eop::cidr_contains(local.eop, "40.107.3.4") }
output "overlaps" { value = provider::eop::cidr_overlaps(concat(local.eop, ["40.107.3.4"])) }
output "count" { value = provider::eop::cidr_count(["::/0", "0.0.0.0/0"]) }
output "excluded" { value = provider::eop::cidr_exclude_special(local.text).removed[0].reason }
output "later" { value = provider::eop::cidr_merge([terraform_data.relay.output]) }
output "empty" { value = provider::eop::cidr_merge([]) }
`

func texts(elements ...string) knownvalue.Check {
	out := make([]knownvalue.Check, len(elements))
	for i, e := range elements {
		out[i] = knownvalue.StringExact(e)
	}
	return knownvalue.ListExact(out)
}

func TestFunctionsInTerraform(t *testing.T) {
	want := map[string]knownvalue.Check{
		"merge":     texts("10.0.0.1/32", "192.0.2.0/24", "2001:db8::/32"),
		"subtract":  texts("40.92.0.0/16", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17"),
		"intersect": texts("40.92.0.0/15", "40.107.0.0/16"),
		"contains":  knownvalue.Bool(true),
		"overlaps": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
			"a": knownvalue.StringExact("40.107.0.0/16"), "b": knownvalue.StringExact("40.107.3.4/32"),
		})}),
		"count": knownvalue.ObjectExact(map[string]knownvalue.Check{
			"ipv4_addresses": knownvalue.Int64Exact(
				4294967296,
			),
			"ipv6_addresses": knownvalue.StringExact("340282366920938463463374607431768211456"),
			"prefixes":       knownvalue.Int64Exact(2),
		}),
		"excluded": knownvalue.StringExact("private use"),
		"later":    texts("198.51.100.25/32"),
		"empty":    texts(),
	}
	var checks []statecheck.StateCheck
	for name, check := range want {
		checks = append(checks, statecheck.ExpectKnownOutputValue(name, check))
	}
	onEachCLI(t, func() resource.TestCase {
		return resource.TestCase{Steps: []resource.TestStep{
			{
				Config: everyFunction,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectUnknownOutputValue("later"),
					plancheck.ExpectKnownValue("terraform_data.families", tfjsonpath.New("input"), texts("ipv4", "ipv6")),
				}},
				ConfigStateChecks: checks,
			},
			{
				Config:           everyFunction,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			},
		}}
	})
}

// The CLI wraps its text and adds the final period.
func TestFunctionErrorsInTerraform(t *testing.T) {
	onEachCLI(t, func() resource.TestCase {
		step := func(call, want string) resource.TestStep {
			return resource.TestStep{
				Config:      `output "x" { value = provider::eop::` + call + ` }`,
				ExpectError: regexp.MustCompile(want),
			}
		}
		return resource.TestCase{Steps: []resource.TestStep{
			step(
				`cidr_subtract(["40.92.0.0/15"], ["::1", "40.92.0.1/15"])`,
				`(?s)"remove".*element\s+1:\s+"40\.92\.0\.1/15"\s+has\s+host\s+bits\s+set;`+
					`[^.]*is\s+40\.92\.0\.0/15,[^.]*alone\s+40\.92\.0\.1\.[^.]`,
			),
			step(`cidr_contains(["40.92.0.0/15"], "EOP")`, `(?s)"cidr_or_address".*"EOP"\s+is\s+not\s+an\s+IPv4`),
			step(`cidr_merge(["::1", null])`, `(?s)"cidrs".*null`),
			step(`cidr_merge(null)`, `(?s)"cidrs".*null`),
		}}
	})
}

// The example's quota is seen at plan time, in the data source's postcondition.
func TestQuotaInTerraform(t *testing.T) {
	onEachCLI(t, func() resource.TestCase {
		quota := config.StaticFile("../../examples/quota/main.tf")
		return resource.TestCase{Steps: []resource.TestStep{
			{
				ConfigFile: quota, ConfigVariables: config.Variables{"max_rules": config.IntegerVariable(3)},
				PlanOnly: true, ExpectError: regexp.MustCompile(`the\s+target\s+takes\s+3\s+of\s+each\s+family`),
			},
		}}
	})
}
