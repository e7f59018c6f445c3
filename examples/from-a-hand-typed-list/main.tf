# How far is a list that somebody typed from the published one? The rules follow the
# published list; the output names what the typed one refused and left open.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

locals {
  eop = ["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17"]
}

output "drift" {
  value = provider::eop::allowlist_drift({
    deployed = local.eop
    expected = provider::eop::smtp_allowlist("worldwide", "2026081400").cidrs
  })
}

data "eop_smtp_allowlist" "inbound" {}

locals {
  cidrs = data.eop_smtp_allowlist.inbound.cidrs
}

resource "terraform_data" "rule" {
  for_each = toset(local.cidrs)
  input    = each.value
}
