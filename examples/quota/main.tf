# A target with a quota: length() in a postcondition shows at plan time that the
# list no longer fits. The provider never widens a list to make it fit; whether to
# raise the quota, to split the target or to leave something out is your decision.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

variable "max_rules" {
  description = "Rules that the target takes, such as the 60 inbound rules of an AWS security group for each family."
  type        = number
  default     = 60
}

data "eop_smtp_allowlist" "inbound" {
  lifecycle {
    postcondition {
      condition = alltrue([for family, cidrs in self.by_family : length(cidrs) <= var.max_rules])
      error_message = join(" ", [
        "EOP list ${self.version} has ${length(self.ipv4_cidrs)} IPv4 and ${length(self.ipv6_cidrs)} IPv6 prefixes;",
        "the target takes ${var.max_rules} of each family.",
      ])
    }
  }
}

# Merging is the only shortening that leaves the addresses as they are.
resource "terraform_data" "security_group" {
  for_each = provider::eop::cidr_by_family(provider::eop::cidr_merge(data.eop_smtp_allowlist.inbound.cidrs))

  input = {
    family  = each.key
    sources = each.value
  }

  lifecycle {
    postcondition {
      condition     = length(self.input.sources) <= var.max_rules
      error_message = "The ${self.input.family} rules are ${length(self.input.sources)}; the target takes ${var.max_rules}."
    }
  }
}

output "rules" {
  description = "Rules in use and rules there are, by family."
  value = {
    for family, group in terraform_data.security_group :
    family => "${length(group.input.sources)} of ${var.max_rules}"
  }
}
