# Drift as a failure: the list is pinned, and the plan fails while the newest one
# has other addresses.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

provider "eop" {}

variable "list_version" {
  description = "The list version that this configuration is pinned to."
  type        = string
  default     = "2026081400"
}

data "eop_smtp_allowlist" "pinned" {
  version        = var.list_version
  compare_latest = true

  lifecycle {
    postcondition {
      condition = self.up_to_date != false
      error_message = join(" ", [
        "EOP list ${self.version} is behind: ${self.latest_version} has other addresses.",
        "Pin that version, or leave compare_latest out while you decide.",
      ])
    }
  }
}

resource "terraform_data" "rule" {
  for_each = data.eop_smtp_allowlist.pinned.rules
  input    = each.value
}
