# Drift as a warning: the list is pinned, and a check says when the newest one
# has other addresses. The data source stands outside the check: inside, every
# plan would report a change.

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
}

check "eop_list_is_current" {
  assert {
    condition = data.eop_smtp_allowlist.pinned.up_to_date != false
    error_message = join(" ", [
      "EOP list ${var.list_version} is behind:",
      "${data.eop_smtp_allowlist.pinned.latest_version} has other addresses.",
      "Missing: ${coalesce(join(", ", data.eop_smtp_allowlist.pinned.missing_cidrs), "none")}.",
      "In excess: ${coalesce(join(", ", data.eop_smtp_allowlist.pinned.excess_cidrs), "none")}.",
    ])
  }
}

resource "terraform_data" "rule" {
  for_each = data.eop_smtp_allowlist.pinned.rules
  input    = each.value
}
