# Mail from Exchange Online has stopped: from the error text to the rule.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

variable "error_file" {
  description = "Message trace detail, bounce (.eml), queue, export (CSV, JSON) or log. Default: the sample beside this file."
  type        = string
  default     = null
}

data "eop_smtp_failures" "this" {
  text_file = coalesce(var.error_file, "${path.module}/message-trace.csv")
}

locals {
  failure = data.eop_smtp_failures.this.most_suspicious
}

output "verdict" {
  value = {
    class             = local.failure.class
    allowlist_suspect = local.failure.allowlist_suspect
    direction         = local.failure.direction
    explanation       = local.failure.explanation
    failures_found    = local.failure.failures_found
  }
}

output "what_to_do" {
  value = local.failure.remediation
}

variable "public_addresses" {
  description = "Public addresses of the on-premises hosts that take mail from Exchange Online."
  type        = list(string)
  default     = ["203.0.113.44"]
}

# With eop_to_onprem the target is your own host. Another address is an outdated
# smart host or MX record, and no firewall rule will help.
check "target_is_ours" {
  assert {
    condition = anytrue([
      local.failure.direction != "eop_to_onprem",
      local.failure.target.address == null,
      contains(var.public_addresses, coalesce(local.failure.target.address, "none")),
    ])
    error_message = join(" ", [
      "Exchange Online tried ${coalesce(local.failure.target.address, "a host")}, which is none of your public addresses.",
      "Correct the connector's smart host or the MX record.",
    ])
  }
}

variable "firewall_log" {
  description = "Lines of the firewall's log that deny connections to TCP port 25."
  type        = list(string)
  default = [
    "%ASA-4-106023: Deny tcp src outside:40.107.22.10/41211 dst dmz:203.0.113.44/25 by access-group \"outside_in\"",
    "%ASA-4-106023: Deny tcp src outside:40.95.12.7/41212 dst dmz:203.0.113.44/25 by access-group \"outside_in\"",
    "%ASA-4-106023: Deny tcp src outside:198.51.100.9/41213 dst dmz:203.0.113.44/25 by access-group \"outside_in\"",
  ]
}

output "denied" {
  value = {
    for f in provider::eop::smtp_failures(var.firewall_log) : f.source.address => {
      allowlist_suspect = f.allowlist_suspect
      listed_in         = [for l in f.source.listed_in : "${l.instance} since ${l.since}" if l.until == null]
      relay_pool        = f.source.relay_pool
    } if f.class == "firewall_log"
  }
}

data "eop_smtp_allowlist" "current" {}

# Stands for the rule of your firewall: one for each address family.
resource "terraform_data" "rule" {
  for_each = data.eop_smtp_allowlist.current.by_family

  input = {
    family  = each.key
    sources = each.value
    port    = data.eop_smtp_allowlist.current.port
  }
}

output "list" {
  description = "Version and digest, to be compared with what the firewall has."
  value = {
    version = data.eop_smtp_allowlist.current.version
    sha256  = data.eop_smtp_allowlist.current.sha256
  }
}

output "suspects" {
  description = "Your hosts whose firewall is suspect."
  value = distinct([
    for f in data.eop_smtp_failures.this.failures :
    f.target.address if f.allowlist_suspect == "yes" && f.target.address != null
  ])
}
