# Mail from Exchange Online has stopped: from the error text to the rule.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

variable "error" {
  description = "The error as the message trace, the bounce or the connector validation shows it."
  type        = string
  default     = "450 4.4.315 Connection timed out [Message=Socket error code 10060] [LastAttemptedServerName=hybrid.contoso.example] [LastAttemptedIP=203.0.113.44:25]"
}

locals {
  failure = provider::eop::smtp_failure(var.error)
}

output "verdict" {
  value = {
    class             = local.failure.class
    allowlist_suspect = local.failure.allowlist_suspect
    direction         = local.failure.direction
    explanation       = local.failure.explanation
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

# With eop_to_onprem the target is one's own host. Another address is an outdated
# smart host or MX record, and no firewall rule will help.
check "target_is_ours" {
  assert {
    condition     = local.failure.direction != "eop_to_onprem" || local.failure.target.address == null || contains(var.public_addresses, coalesce(local.failure.target.address, "none"))
    error_message = "Exchange Online tried ${coalesce(local.failure.target.address, "a host")}, which is none of your public addresses. Correct the connector's smart host or the MX record."
  }
}

variable "denied_sources" {
  description = "Source addresses that the firewall log shows as denied on TCP port 25."
  type        = list(string)
  default     = ["40.107.22.10", "40.95.12.7", "198.51.100.9"]
}

data "eop_smtp_allowlist" "current" {}

locals {
  relay_pool = ["40.95.0.0/16"]

  denied = {
    for source in var.denied_sources : source => (
      provider::eop::cidr_contains(data.eop_smtp_allowlist.current.cidrs, source) ? "in the list: the rule is outdated" :
      provider::eop::cidr_contains(local.relay_pool, source) ? "relay pool: not in the list, see the guide" :
      "not Exchange Online's mail: leave it denied"
    )
  }
}

output "denied" {
  value = local.denied
}

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
