# Two publications agree: the SMTP list of the web service, and the SPF record of the
# domain from which Exchange Online sends. The plan fails when the record names addresses
# that the list lacks, and the pin accepts new addresses without a person only where the
# record confirms at least half of each prefix.

terraform {
  required_version = ">= 1.11"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

variable "resolver" {
  description = "Name server to ask, host:port. Null: the system's resolver."
  type        = string
  default     = null
}

provider "eop" {}

data "eop_spf_record" "senders" {
  resolver = var.resolver
}

data "eop_smtp_allowlist" "newest" {
  lifecycle {
    postcondition {
      condition = length(provider::eop::cidr_subtract(data.eop_spf_record.senders.cidrs, self.cidrs)) == 0
      error_message = join(" ", [
        "Version ${self.version} lacks addresses that the SPF record names:",
        "${join(", ", provider::eop::cidr_subtract(data.eop_spf_record.senders.cidrs, self.cidrs))}.",
        "The list is stale, or not Microsoft's.",
      ])
    }
  }
}

resource "eop_smtp_pin" "firewall" {
  candidate    = data.eop_smtp_allowlist.newest
  auto_approve = true
  witness      = data.eop_spf_record.senders.cidrs
}

output "cidrs" {
  description = "The addresses that the firewall allows."
  value       = eop_smtp_pin.firewall.cidrs
}

output "unconfirmed" {
  description = "Addresses of the list that the record leaves out. Worldwide has a few; it is no reason for alarm."
  value = provider::eop::allowlist_drift({
    deployed = data.eop_smtp_allowlist.newest.cidrs
    expected = data.eop_spf_record.senders.cidrs
  }).excess_cidrs
}
