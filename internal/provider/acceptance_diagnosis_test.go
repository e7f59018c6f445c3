package provider_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// Texts from a heredoc, from a list, and one that is known only after apply; a
// listing in UTF-16, which file() refuses.
const everyDiagnosis = `
resource "terraform_data" "later" {
  input = "450 4.4.315 Connection timed out [LastAttemptedIP=203.0.113.44:25]"
}

locals {
  refused = provider::eop::smtp_failure(<<-EOT
    450 4.4.316 Connection
    refused [Message=Socket error code 10061] [LastAttemptedIP=203.0.113.44:25]
  EOT
  )
  event = provider::eop::event_diagnosis(
    "Monitoring mailbox [] with application ID [Client=OWA] is not allowed to make cross-server calls"
  )
}

data "eop_health_mailboxes" "this" {
  listing_file = %q
  servers = [
    { name = "MBX1", exchange_version = "2016", database_copies = 1 },
    { name = "MBX2", exchange_version = "2019", database_copies = 1 },
  ]
}

data "eop_smtp_failures" "trace" {
  text_file = %q
}

output "class" { value = local.refused.class }
output "suspect" { value = local.refused.allowlist_suspect }
output "target" { value = local.refused.target }
output "several" { value = provider::eop::smtp_failures(["550 5.1.10 no such user", "450 4.4.316"])[*].class }
output "later" { value = provider::eop::smtp_failure(terraform_data.later.output).class }
output "health_cause" { value = local.event.health_mailbox_cause }
output "count" { value = provider::eop::health_mailboxes("22\n").observed_count }
output "unhealthy" { value = provider::eop::health_mailboxes("22\n").healthy == null }
`

func TestDiagnosisInTerraform(t *testing.T) {
	data, err := encodings["UTF-16 LE"](listingShapes["table"](organization()))
	if err != nil {
		t.Fatal(err)
	}
	trace, err := encodings["UTF-16 LE"](refusedInFile)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(everyDiagnosis, saved(t, data), saved(t, trace))
	want := map[string]knownvalue.Check{
		"class":   knownvalue.StringExact("firewall_refused"),
		"suspect": knownvalue.StringExact("yes"),
		"target": knownvalue.ObjectExact(map[string]knownvalue.Check{
			"address": knownvalue.StringExact("203.0.113.44"), "port": knownvalue.Int64Exact(25), "host": knownvalue.Null(),
		}),
		"several": knownvalue.TupleExact(
			[]knownvalue.Check{knownvalue.StringExact("recipient"), knownvalue.StringExact("firewall_refused")},
		),
		"later":        knownvalue.StringExact("firewall_timeout"),
		"health_cause": knownvalue.Bool(true),
		"count":        knownvalue.Int64Exact(22),
		"unhealthy":    knownvalue.Bool(true),
	}
	delete(want, "several") // a tuple to one CLI, a list to another; its classes are checked in process
	checks := []statecheck.StateCheck{
		statecheck.ExpectKnownValue("data.eop_smtp_failures.trace",
			tfjsonpath.New("most_suspicious").AtMapKey("class"), knownvalue.StringExact("firewall_refused")),
		statecheck.ExpectKnownValue("data.eop_health_mailboxes.this", tfjsonpath.New("healthy"), knownvalue.Bool(true)),
		statecheck.ExpectKnownValue(
			"data.eop_health_mailboxes.this",
			tfjsonpath.New("observed_count"),
			knownvalue.Int64Exact(22),
		),
		statecheck.ExpectKnownValue("data.eop_health_mailboxes.this", tfjsonpath.New("listing"), knownvalue.Null()),
	}
	for name, check := range want {
		checks = append(checks, statecheck.ExpectKnownOutputValue(name, check))
	}
	onEachCLI(t, func() resource.TestCase {
		return resource.TestCase{Steps: []resource.TestStep{
			{
				Config: text,
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply: []plancheck.PlanCheck{plancheck.ExpectUnknownOutputValue("later")},
				},
				ConfigStateChecks: checks,
			},
			{
				Config:           text,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			},
		}}
	})
}

func TestDiagnosisErrorsInTerraform(t *testing.T) {
	onEachCLI(t, func() resource.TestCase {
		step := func(config, want string) resource.TestStep {
			return resource.TestStep{Config: config, ExpectError: regexp.MustCompile(want)}
		}
		return resource.TestCase{Steps: []resource.TestStep{
			step(`output "x" { value = provider::eop::smtp_failures(["450", ""]) }`, `(?s)"texts".*element\s+1.*empty`),
			step(`output "x" { value = provider::eop::health_mailboxes("\n\nhello") }`, `(?s)"listing".*line\s+3`),
			step(`data "eop_health_mailboxes" "x" {
  servers = [{ name = "a", exchange_version = "2013_cu6_or_later" }]
}`, `(?s)servers\[0\]\.client_access|client\s+access\s+role`),
			step(`data "eop_health_mailboxes" "x" {
  listing      = "1"
  listing_file = "x"
}`, `(?s)listing_file.*not\s+both`),
		}}
	})
}
