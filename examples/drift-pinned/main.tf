# Drift of a pinned list as an exit code: a scheduled job plans, reads one output
# out of the plan, and applies nothing. The rules stay as they are pinned.

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

# False only when the newest list has other addresses. Null means that the web
# service could not be asked; it counts as current here.
output "eop_list_is_current" {
  description = "Whether the pinned list has the addresses of the newest one."
  value       = data.eop_smtp_allowlist.pinned.up_to_date != false
}

resource "terraform_data" "rule" {
  for_each = data.eop_smtp_allowlist.pinned.rules
  input    = each.value
}
