# A module as teams write it, and a test of it in tests/: the embedded list needs no
# network, no account and no mock.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

variable "list_version" {
  description = "The list version that the firewall allows."
  type        = string
  default     = "2026081400"
}

data "eop_smtp_allowlist" "inbound" {
  version = var.list_version
}

resource "terraform_data" "rule" {
  for_each = data.eop_smtp_allowlist.inbound.rules
  input    = each.value.cidr
}

output "cidrs" {
  description = "The prefixes that the firewall allows."
  value       = data.eop_smtp_allowlist.inbound.cidrs
}
