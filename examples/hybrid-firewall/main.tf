# The firewall around an Exchange hybrid deployment: a table of all flows, a to-do
# list with deadlines, and local.rules for the rules of your firewall.

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
  by_address = data.eop_hybrid.this.address_rules
  by_name    = data.eop_hybrid.this.name_rules

  row = "%-4s %-30s %-10s %-9s %s"

  address_rows = { for name, rule in local.by_address : name => format(local.row,
    rule.inbound ? "in" : "out", name, join(", ", rule.ports), rule.required ? "required" : "optional",
    join(" and ", compact([
      length(rule.cidrs) > 1 ? "${length(rule.cidrs)} prefixes" : rule.cidrs[0],
      length(rule.hostnames_without_addresses) > 0 ? "${length(rule.hostnames_without_addresses)} names" : "",
    ])),
  ) }

  name_rows = [for name, rule in local.by_name : format(local.row,
    "out", name, join(", ", rule.ports), rule.required ? "required" : "optional",
    length(rule.hostnames) > 1 ? "${length(rule.hostnames)} names" : rule.hostnames[0],
  )]

  # One line per flow: inbound, outbound, without a rule.
  table = join("\n", concat(
    ["List ${data.eop_hybrid.this.version} of ${data.eop_hybrid.this.instance}", ""],
    [format(local.row, "", "Flow", "TCP", "Needed", "Addresses; names that have none")],
    [for name, rule in local.by_address : local.address_rows[name] if rule.inbound],
    [for name, rule in local.by_address : local.address_rows[name] if !rule.inbound],
    local.name_rows,
    [for name, reason in data.eop_hybrid.this.unresolved : format(local.row, "-", name, "-", "no rule", reason)],
  ))
}

locals {
  # One rule per flow, family and port. Some firewalls allow only one of each per rule.
  # by_family has only families that occur, so no rule is ever without addresses.
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

  # Destinations by name: flows without addresses, and names without a published
  # address. The proxy needs them.
  proxy = merge(
    { for name, rule in data.eop_hybrid.this.name_rules : name => rule.hostnames },
    {
      for name, rule in data.eop_hybrid.this.address_rules :
      name => rule.hostnames_without_addresses if length(rule.hostnames_without_addresses) > 0
    },
  )
}

output "firewall" {
  description = "All flows as a table."
  value       = local.table
}

output "to_do" {
  description = "Requirements with a deadline, the earliest first."
  value       = sort([for r in data.eop_hybrid.this.requirements : "${r.deadline}  ${r.title}" if r.deadline != null])
}

output "counts" {
  description = "The sizes of local.rules and local.proxy."
  value = join(", ", [
    "${length(local.rules)} rules by address",
    "${length(distinct(flatten(values(local.proxy))))} host names for the proxy",
  ])
}
