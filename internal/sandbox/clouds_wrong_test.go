package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/compat"
	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

// wrong is a wiring that goes wrong in practice, with the answer of the real
// provider in short.
type wrong struct {
	name, resource, body string
	wants                string // in the error; empty where nothing is refused
}

const (
	awsRule = `security_group_id = "sg-0a"
ip_protocol = "tcp"
from_port = 25
to_port = 25
`
	azurePlace = `resource_group_name = "mail"
network_security_group_name = "hybrid"
name = "smtp"
`
	azureRule = `access = "Allow"
direction = "Inbound"
priority = 200
source_port_range = "*"
destination_port_range = "25"
destination_address_prefix = "*"
`
	googleRule = `name = "smtp"
network = "mail"
allow {
  protocol = "tcp"
  ports = ["25"]
}
`
	googlePolicy = `name = "smtp"
rule {
  action = "allow"
  priority = 1
  match {
    versioned_expr = "SRC_IPS_V1"
    config {
      src_ip_ranges = %s
    }
  }
}
`
	hcloudRule = `name = "mail"
rule {
  direction = "in"
  protocol = "tcp"
  port = "25"
  source_ips = %s
}
`
	fortiPolicy = `name = %q
srcintf {
  name = "wan1"
}
dstintf {
  name = "dmz"
}
`
	panosVsys = `location = { vsys = { name = "vsys1" } }
`
	linodeRule = `label = "mail"
inbound_policy = "DROP"
outbound_policy = "ACCEPT"
inbound {
  label = "smtp"
  action = "ACCEPT"
  protocol = "TCP"
  ports = "25"
  ipv4 = %s
}
`
)

// refusedAtPlan are refused before anything changes.
var refusedAtPlan = []wrong{
	{
		"IPv6 in cidr_ipv4",
		"aws_vpc_security_group_ingress_rule",
		awsRule + `cidr_ipv4 = local.high.ipv6_cidrs[0]`,
		`is not a valid IPv4 CIDR block`,
	},
	{
		"no source",
		"aws_vpc_security_group_ingress_rule",
		awsRule,
		"exactly one of [cidr_ipv4, cidr_ipv6, prefix_list_id, referenced_security_group_id]",
	},
	{
		"two sources",
		"aws_vpc_security_group_ingress_rule",
		awsRule + `cidr_ipv4 = local.high.ipv4_cidrs[0]
cidr_ipv6 = local.high.ipv6_cidrs[0]`,
		"exactly one of [cidr_ipv4",
	},
	{
		"a bare host",
		"aws_vpc_security_group_ingress_rule",
		awsRule + `cidr_ipv4 = local.high.rules["52.244.65.13/32"].host_or_cidr`,
		`"52.244.65.13" is not a valid IPv4 CIDR block`,
	},
	{
		"an attribute of the provider's own",
		"aws_vpc_security_group_ingress_rule",
		awsRule + `cidr_ipv4 = local.high.ipv4_cidrs[0]
security_group_rule_id = "sgr-1"`,
		"security_group_rule_id cannot be written",
	},
	{
		"family for ethertype",
		"aws_ec2_managed_prefix_list",
		`name = "eop"
max_entries = 20
address_family = values(local.high.rules)[0].family`,
		`expected address_family to be one of ["IPv4" "IPv6"], got ipv`,
	},
	{
		"Terraform's word for TCP",
		"azurerm_network_security_rule",
		azurePlace + azureRule + `protocol = local.high.protocol
source_address_prefixes = local.high.ipv4_cidrs`,
		"expected protocol to be one of",
	},
	{
		"singular and plural",
		"azurerm_network_security_rule",
		azurePlace + azureRule + `protocol = "Tcp"
source_address_prefix = "*"
source_address_prefixes = local.high.ipv4_cidrs`,
		"source_address_prefix and source_address_prefixes",
	},
	{
		"141 characters",
		"azurerm_network_security_rule",
		azurePlace + azureRule + `protocol = "Tcp"
source_address_prefixes = local.high.ipv4_cidrs
description = format("%0141d", 0)`,
		"expected length of description to be in the range (0 - 140)",
	},
	{
		"a firewall without a rule",
		"azurerm_firewall_network_rule_collection",
		`name = "smtp"
azure_firewall_name = "perimeter"
resource_group_name = "mail"
priority = 200
action = "Allow"`,
		`At least 1 "rule" blocks are required`,
	},
	{
		"a /32 for a storage account",
		"azurerm_storage_account_network_rules",
		`storage_account_id = "mail"
default_action = "Deny"
ip_rules = local.high.ipv4_cidrs`,
		"number of bits (0-30)",
	},
	{
		"IPv6 for a storage account",
		"azurerm_storage_account_network_rules",
		`storage_account_id = "mail"
default_action = "Deny"
ip_rules = local.high.ipv6_cidrs`,
		"must start with IPV4 address",
	},
	{
		"fifteen ranges",
		"google_compute_security_policy",
		fmt.Sprintf(googlePolicy, "local.china.cidrs"),
		"supports 10 item maximum, but config has 15 declared",
	},
	{"no range", "google_compute_security_policy", fmt.Sprintf(googlePolicy, "[]"), "Not enough list items"},
	{
		"no sources at all",
		"google_compute_firewall",
		googleRule + "source_ranges = null",
		"one of [source_ranges, source_tags, source_service_accounts] must be defined",
	},
	{
		"a prefix in a name",
		"google_compute_firewall",
		strings.Replace(googleRule, `"smtp"`, "local.high.ipv4_cidrs[0]", 1) + "source_ranges = local.high.ipv4_cidrs",
		"doesn't match regexp",
	},
	{
		"a log without metadata",
		"google_compute_firewall",
		googleRule + `source_ranges = local.high.ipv4_cidrs
log_config {
}`,
		`The argument "metadata" is required`,
	},
	{
		"no match",
		"google_compute_network_firewall_policy_rule",
		`action = "allow"
direction = "INGRESS"
firewall_policy = "mail"
priority = 1`,
		`At least 1 "match" blocks are required`,
	},
	{
		"host bits",
		"hcloud_firewall",
		fmt.Sprintf(hcloudRule, `["40.92.1.0/15"]`),
		"40.92.1.0/15 is not the start of the cidr block 40.92.0.0/15",
	},
	{"no name", "hcloud_firewall", "labels = {}", `The argument "name" is required`},
	{
		"the netmask of IPv6",
		"fortios_firewall_address",
		`name = "eop"
subnet = "${local.high.rules[local.high.ipv6_cidrs[0]].address} ${local.high.rules[local.high.ipv6_cidrs[0]].netmask}"`,
		"Invalid template interpolation value",
	},
	{
		"a list for member",
		"fortios_firewall_addrgrp",
		`name = "eop"
member = local.high.cidrs`,
		`Did you mean to define a block of type "member"?`,
	},
	{
		"an empty group",
		"fortios_firewall_addrgrp",
		`name = "eop"
dynamic "member" {
  for_each = []
  content {
    name = member.value
  }
}`,
		`At least 1 "member" blocks are required`,
	},
	{
		"a group without a name",
		"fortios_firewall_addrgrp",
		`member {
  name = "eop"
}`,
		`The argument "name" is required`,
	},
	{
		"a policy name of 40 characters",
		"fortios_firewall_policy",
		fmt.Sprintf(fortiPolicy, strings.Repeat("x", 40)),
		"expected length of name to be in the range (0 - 35)",
	},
	{
		"the map of rules",
		"panos_addresses",
		panosVsys + "addresses = local.high.rules",
		"exactly one of [fqdn, ip_netmask, ip_range, ip_wildcard] must be configured, not 0",
	},
	{
		"two kinds of address",
		"panos_address",
		panosVsys + `name = "eop"
fqdn = "mail.example.com"
ip_netmask = local.high.cidrs[0]`,
		"exactly one of [fqdn, ip_netmask, ip_range, ip_wildcard] must be configured, not 2",
	},
	{
		"two locations",
		"panos_address",
		`location = {
  shared = {}
  vsys = { name = "vsys1" }
}
name = "eop"
ip_netmask = local.high.cidrs[0]`,
		"exactly one of [device_group, shared, vsys]",
	},
	{"a group of no kind", "panos_address_group", panosVsys + `name = "eop"`, "exactly one of [static, dynamic]"},
	{
		"a position of no kind",
		"panos_security_policy_rules",
		panosVsys + `position = { where = "top" }
rules = []`,
		"expected position.where to be one of",
	},
	{
		"a /32 in a list",
		"cloudflare_list",
		`account_id = "a"
name = "eop"
kind = "ip"
items = [for rule in values(local.high.rules) : { ip = rule.cidr }]`,
		"must be represented as",
	},
	{"an empty list", "linode_firewall", fmt.Sprintf(linodeRule, "[]"), "Not enough list items"},
}

// refusedAtApply pass the plan, and the cloud refuses them.
var refusedAtApply = []wrong{
	{
		"both families",
		"azurerm_network_security_rule",
		azurePlace + azureRule + `protocol = "Tcp"
source_address_prefixes = local.high.cidrs`,
		"address prefixes from different address families",
	},
	{
		"singular and plural inline",
		"azurerm_network_security_group",
		`name = "hybrid"
location = "westeurope"
resource_group_name = "mail"
security_rule {
  name = "smtp"
  protocol = "Tcp"
  ` + azureRule + `  source_address_prefix = "*"
  source_address_prefixes = local.high.ipv4_cidrs
}`,
		"source_address_prefix and source_address_prefixes",
	},
	{
		"both families",
		"google_compute_firewall",
		googleRule + "source_ranges = local.high.cidrs",
		"address prefixes from different address families",
	},
	{
		"a prefix as an object's name",
		"panos_address",
		panosVsys + "name = local.high.cidrs[0]\nip_netmask = local.high.cidrs[0]",
		"doesn't match regexp",
	},

	// These pass the plan of the real providers. Google opens the first to all; what
	// the others do at apply was not tried. The list and the modules prevent them.
	{
		"an empty list, which opens the rule to all",
		"google_compute_firewall",
		strings.Replace(googleRule, "smtp", "smtp-empty", 1) + "source_ranges = []",
		"",
	},
	{"an empty rule", "hcloud_firewall", fmt.Sprintf(hcloudRule, "[]"), ""},
	{"IPv6 in subnet", "fortios_firewall_address", "name = \"eop\"\nsubnet = local.high.ipv6_cidrs[0]", ""},
}

// What the real providers refuse, the stand-ins refuse, so that a module which
// does so fails here. Rows are those that were tried with the real ones.
func TestWrongWirings(t *testing.T) {
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		t.Run("plan", func(t *testing.T) {
			// Errors that need no values hide the others, so what is refused is taken
			// away and the rest planned again.
			s, got := openWrong(t, cli, refusedAtPlan), map[string]string{}
			for len(got) < len(refusedAtPlan) {
				found := errorsByFile(t, s, "plan", "-json")
				for file, text := range found {
					got[file] += text
					if err := os.Remove(filepath.Join(s.Dir, file)); err != nil {
						t.Fatal(err)
					}
				}
			}
			compareErrors(t, refusedAtPlan, got)
		})
		t.Run("apply", func(t *testing.T) {
			s := openWrong(t, cli, refusedAtApply)
			must(t, s, 0, "plan")
			compareErrors(t, refusedAtApply, errorsByFile(t, s, "apply", "-auto-approve", "-json"))
		})
	})
}

func rowFile(i int) string { return fmt.Sprintf("row_%d.tf", i) }

// openWrong makes a sandbox in which each row is a resource.
func openWrong(t *testing.T, cli sandbox.CLI, rows []wrong) *sandbox.Sandbox {
	t.Helper()
	table, err := compat.Targets()
	if err != nil {
		t.Fatal(err)
	}
	required, binaries := map[string]string{"eop": "eop-firewall/eop"}, map[string]string{}
	dir := t.TempDir()
	write := func(file, text string) {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, row := range rows {
		source := table.Source(row.resource)
		required[source[strings.LastIndex(source, "/")+1:]] = source
		for _, host := range registries {
			binaries[host+"/"+source+"/"+stubVersion] = cloudStub(t)
		}
		write(rowFile(i), fmt.Sprintf("resource %q \"row_%d\" {\n%s\n}\n", row.resource, i, row.body))
	}
	var config strings.Builder
	config.WriteString("terraform {\n  required_providers {\n")
	for name, source := range required {
		fmt.Fprintf(&config, "    %s = {\n      source = %q\n    }\n", name, source)
	}
	config.WriteString(`  }
}

data "eop_smtp_allowlist" "high" {
  instance = "usgovgcchigh"
}

data "eop_smtp_allowlist" "china" {
  instance = "china"
}

locals {
  high  = data.eop_smtp_allowlist.high
  china = data.eop_smtp_allowlist.china
}
`)
	write("main.tf", config.String())
	s := openCloud(t, cli, dir, binaries)
	must(t, s, 0, "init")
	return s
}

// errorsByFile runs a command that fails, and returns its errors by the file that
// they point at.
func errorsByFile(t *testing.T, s *sandbox.Sandbox, args ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	text := must(t, s, 1, args...)
	for line := range strings.Lines(text) {
		var message struct {
			Diagnostic struct {
				Severity string `json:"severity"`
				Summary  string `json:"summary"`
				Detail   string `json:"detail"`
				Range    struct {
					Filename string `json:"filename"`
				} `json:"range"`
			} `json:"diagnostic"`
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatal(err)
		}
		if d := message.Diagnostic; d.Severity == "error" {
			out[d.Range.Filename] += d.Summary + ": " + d.Detail + "\n"
		}
	}
	if len(out) == 0 {
		t.Fatalf("it fails without an error:\n%s", text)
	}
	if out[""] != "" {
		t.Fatalf("errors without a place:\n%s", out[""])
	}
	return out
}

func compareErrors(t *testing.T, rows []wrong, got map[string]string) {
	t.Helper()
	for i, row := range rows {
		t.Run(row.resource+", "+row.name, func(t *testing.T) {
			switch text := got[rowFile(i)]; {
			case row.wants == "" && text != "":
				t.Errorf("refused: %s", text)
			case !strings.Contains(text, row.wants):
				t.Errorf("%q is not in %q", row.wants, text)
			}
		})
	}
}
