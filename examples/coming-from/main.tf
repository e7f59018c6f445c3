# In place of an http data source or a list typed by hand, and how far the typed list is
# from the published one.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

data "eop_smtp_allowlist" "inbound" {}

locals {
  cidrs = data.eop_smtp_allowlist.inbound.cidrs
}

# The list as it was typed.
locals {
  typed = ["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17"]
}

output "drift" {
  value = provider::eop::allowlist_drift({
    deployed = local.typed
    expected = provider::eop::smtp_allowlist("worldwide", "2026081400").cidrs
  })
}

output "cidrs" {
  value = local.cidrs
}
