# Without a person, within limits: the plan shows what a list with other addresses
# changes, and the apply takes it. Removed prefixes stay for a month, and a
# suspicious step waits for a person.

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
  description = "A version that a person approved although it is beyond the limits. Null: none."
  type        = string
  default     = null
}

data "eop_smtp_allowlist" "newest" {}

resource "eop_smtp_pin" "firewall" {
  candidate           = data.eop_smtp_allowlist.newest
  auto_approve        = true
  approved_version    = var.approved_version # one list beyond the limits; null: none
  max_removed_percent = 25
  retain_removed_days = 30
}

resource "terraform_data" "rule" {
  for_each = eop_smtp_pin.firewall.rules
  input    = each.value
}
