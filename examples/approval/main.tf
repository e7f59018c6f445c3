# Approval by pull request: the list that the firewall holds changes when
# somebody changes approved_version, and not when Microsoft publishes.

terraform {
  required_version = ">= 1.11"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

provider "eop" {}

variable "approved_version" {
  description = "The list version approved by review."
  type        = string
  default     = "2026081400"
}

# The approved list, compared with the newest one.
data "eop_smtp_allowlist" "approved" {
  version        = var.approved_version
  compare_latest = true
}

resource "eop_smtp_pin" "firewall" {
  candidate        = data.eop_smtp_allowlist.approved
  approved_version = var.approved_version
}

resource "terraform_data" "rule" {
  for_each = eop_smtp_pin.firewall.rules
  input    = each.value
}

output "waiting" {
  description = "What the next pull request would change; null while there is nothing to approve."
  value = data.eop_smtp_allowlist.approved.up_to_date != false ? null : {
    version = data.eop_smtp_allowlist.approved.latest_version
    adds    = data.eop_smtp_allowlist.approved.missing_cidrs
    removes = data.eop_smtp_allowlist.approved.excess_cidrs
  }
}
