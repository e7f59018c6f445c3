# The firewall around an Exchange hybrid deployment, whole: rules by address,
# names for the proxy, and what has to hold beside them.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

variable "instance" {
  description = "Service instance of the tenant: worldwide (GCC included), china, usgovdod or usgovgcchigh."
  type        = string
  default     = "worldwide"
}

variable "hybrid_agent" {
  description = "Whether the Hybrid Agent carries free/busy and mailbox moves."
  type        = bool
  default     = false
}

variable "edge_servers" {
  description = "Inside addresses of the subscribed Edge servers."
  type        = list(string)
  default     = ["192.0.2.25"]
}

provider "eop" {
  instance    = var.instance
  list_source = "embedded"
}

data "eop_hybrid" "this" {
  hybrid_agent = var.hybrid_agent
  edge_servers = var.edge_servers
}

locals {
  # One rule for each flow, family and port, for targets that take one of each a
  # rule. by_family has only families that occur, so no rule is ever empty.
  rules = merge([
    for name, rule in data.eop_hybrid.this.address_rules : merge([
      for family, cidrs in rule.by_family : {
        for port in rule.ports : "${name}-${family}-${port}" => {
          direction   = rule.inbound ? "inbound" : "outbound"
          family      = family
          cidrs       = cidrs
          protocol    = rule.protocol
          port        = port
          description = rule.purpose
        }
      }
    ]...)
  ]...)
}

# Stands for a rule of your firewall.
resource "terraform_data" "rule" {
  for_each = local.rules

  input = each.value

  lifecycle {
    precondition {
      condition     = length(each.value.cidrs) > 0
      error_message = "A rule without addresses opens everything on some clouds."
    }
  }
}

output "rules" {
  description = "How many prefixes each rule holds."
  value       = { for name, rule in local.rules : name => length(rule.cidrs) }
}

output "proxy_hostnames" {
  description = "Destinations by name, for the proxy: flows without addresses, and names that no address is published for."
  value = merge(
    { for name, rule in data.eop_hybrid.this.name_rules : name => { ports = rule.ports, hostnames = rule.hostnames } },
    { for name, rule in data.eop_hybrid.this.address_rules : name => { ports = rule.ports, hostnames = rule.hostnames_without_addresses } if length(rule.hostnames_without_addresses) > 0 },
  )
}

output "without_rule" {
  description = "Flows that have no rule here, and why."
  value       = data.eop_hybrid.this.unresolved
}

output "founded_on" {
  description = "What the addresses of each flow rest on."
  value       = { for name, rule in data.eop_hybrid.this.address_rules : name => rule.address_basis }
}

output "requirements" {
  description = "What has to hold beside the rules."
  value       = [for r in data.eop_hybrid.this.requirements : "${r.title}: ${r.detail} (${r.reference}, ${coalesce(r.as_of, "undated")})"]
}
