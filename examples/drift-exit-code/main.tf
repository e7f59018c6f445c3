# Drift as an exit code: rules follow the newest list, and a scheduled job runs
# plan -detailed-exitcode. 0: the rules have the list's addresses. 2: they do not.
# The prefixes are merged, so a block that Microsoft splits is no drift.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

provider "eop" {
  instance = var.instance
}

variable "instance" {
  description = "Service instance: worldwide, china, usgovdod or usgovgcchigh."
  type        = string
  default     = "worldwide"
}

data "eop_smtp_allowlist" "newest" {}

resource "terraform_data" "rule" {
  for_each = toset(provider::eop::cidr_merge(data.eop_smtp_allowlist.newest.cidrs))
  input    = { source = each.value, port = data.eop_smtp_allowlist.newest.port }
}
