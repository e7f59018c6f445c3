# A firewall that still allows the list of May 2014, how far that is from the list of
# August 2026, and the approval that closes the gap. Both lists come from the archive
# inside the provider: no network, no account.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

variable "approved_version" {
  description = "The list that the firewall allows. Raise it to approve a newer one."
  type        = string
  default     = "2014-05-20"
}

locals {
  allowed  = provider::eop::smtp_allowlist("worldwide", var.approved_version)
  expected = provider::eop::smtp_allowlist("worldwide", "2026081400") # pinned: the newest when this was written
  drift = provider::eop::allowlist_drift({
    deployed = local.allowed.cidrs
    expected = local.expected.cidrs
  })
}

# Stands for a firewall rule of your cloud: one per prefix, keyed by it, so that a prefix
# that comes or goes touches its own rule and no other.
resource "terraform_data" "rule" {
  for_each = local.allowed.rules
  input    = "allow ${each.value.protocol}/${each.value.from_port} from ${each.value.cidr}"
}

output "firewall" {
  description = "What the firewall allows on TCP 25, and how it differs from the expected list."
  value = join("\n", concat(
    ["It allows list ${local.allowed.version}; expected is list ${local.expected.version}."],
    local.drift.in_sync ? ["That is exactly the expected list."] : [],
    length(local.drift.missing_cidrs) == 0 ? [] : ["Refused, although Exchange Online sends from there:"],
    [for cidr in local.drift.missing_cidrs : "  ${cidr}"],
    length(local.drift.excess_cidrs) == 0 ? [] : ["Open, although Exchange Online no longer sends from there:"],
    [for cidr in local.drift.excess_cidrs : "  ${cidr}"],
  ))
}
