# EOP's list together with your own relays, without hosts that must not deliver,
# as one exact list without overlaps.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

variable "relays" {
  description = "Your mail relays: prefixes and addresses."
  type        = list(string)
  default     = ["198.51.100.24/29", "2001:db8:25::/64"]
}

variable "blocked" {
  description = "Prefixes and addresses that must not deliver. Each one splits the prefix it lies in."
  type        = list(string)
  default     = ["198.51.100.31"]
}

data "eop_smtp_allowlist" "inbound" {}

locals {
  wanted  = provider::eop::cidr_merge(concat(data.eop_smtp_allowlist.inbound.cidrs, var.relays))
  allowed = provider::eop::cidr_subtract(local.wanted, var.blocked)
}

resource "terraform_data" "rule" {
  for_each = toset(local.allowed)

  input = {
    source = each.value
    port   = data.eop_smtp_allowlist.inbound.port
  }
}

output "allowed" {
  value = local.allowed
}

output "relays_that_eop_has" {
  description = "Empty, unless a relay's addresses were in the list all along."
  value       = provider::eop::cidr_intersect(data.eop_smtp_allowlist.inbound.cidrs, var.relays)
}

output "relay_is_allowed" {
  description = "By relay; false where part of it is blocked."
  value       = { for relay in var.relays : relay => provider::eop::cidr_contains(local.allowed, relay) }
}
