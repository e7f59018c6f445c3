# The EOP SMTP list out of the provider's embedded archive: no network, no account.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

provider "eop" {
  instance    = "worldwide"
  list_source = "embedded"
}

data "eop_smtp_allowlist" "inbound" {
  version = "2026081400" # pinned: leave it out for the newest list
}

# Stands for a firewall rule of your cloud: one for each prefix, keyed by it, so
# that a prefix that comes or goes touches its own rule and no other.
resource "terraform_data" "rule" {
  for_each = data.eop_smtp_allowlist.inbound.rules

  input = {
    source      = each.value.cidr
    protocol    = each.value.protocol
    from_port   = each.value.from_port
    to_port     = each.value.to_port
    description = each.value.description
  }
}

output "list" {
  description = "Which list this is, and where it comes from."
  value = {
    instance  = data.eop_smtp_allowlist.inbound.instance
    version   = data.eop_smtp_allowlist.inbound.version
    published = data.eop_smtp_allowlist.inbound.published
    source    = data.eop_smtp_allowlist.inbound.source
    sha256    = data.eop_smtp_allowlist.inbound.sha256
  }
}

output "cidrs" {
  description = "The prefixes to allow on TCP port 25."
  value       = data.eop_smtp_allowlist.inbound.cidrs
}

output "rules" {
  description = "The rules as a table."
  value = join("\n", [
    for cidr in data.eop_smtp_allowlist.inbound.cidrs : format("%-22s %s/%d-%d  %s",
      cidr,
      data.eop_smtp_allowlist.inbound.rules[cidr].protocol,
      data.eop_smtp_allowlist.inbound.rules[cidr].from_port,
      data.eop_smtp_allowlist.inbound.rules[cidr].to_port,
      data.eop_smtp_allowlist.inbound.rules[cidr].description,
    )
  ])
}
