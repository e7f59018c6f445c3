# A site without internet: lists kept beside the configuration, reviewed like
# any other file. Each is the web service's own answer, saved where there is a
# connection as lists/<instance>/<version>.json.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

provider "eop" {
  instance    = "usgovgcchigh"
  list_source = "embedded" # no network: the newest of archive_dir and the provider's own archive
  archive_dir = "${path.module}/lists"
}

data "eop_smtp_allowlist" "inbound" {
  version = "2026033100"
}

resource "terraform_data" "rule" {
  for_each = data.eop_smtp_allowlist.inbound.rules
  input    = each.value
}

output "list" {
  value = {
    version = data.eop_smtp_allowlist.inbound.version
    source  = data.eop_smtp_allowlist.inbound.source # archive_dir
    cidrs   = data.eop_smtp_allowlist.inbound.cidrs
  }
}
