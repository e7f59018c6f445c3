# Does an existing network security group let in exactly EOP on TCP 25? One rule
# of it may have a single prefix or port, or many.

data "eop_smtp_allowlist" "expected" {
  instance = var.instance
  version  = var.list_version
}

data "azurerm_network_security_group" "hybrid" {
  name                = var.network_security_group_name
  resource_group_name = var.resource_group_name
}

locals {
  # Ports as pairs: "25" is [25, 25], "20-30" is [20, 30], "*" is all of them.
  inbound = [
    for rule in data.azurerm_network_security_group.hybrid.security_rule : merge(rule, {
      ports = [
        for p in compact(concat([rule.destination_port_range], tolist(rule.destination_port_ranges))) :
        [for n in(p == "*" ? ["0", "65535"] : [split("-", p)[0], reverse(split("-", p))[0]]) : tonumber(n)]
      ]
    }) if rule.direction == "Inbound" && rule.access == "Allow" && contains(["tcp", "*"], lower(rule.protocol))
  ]
  smtp_rules = [for rule in local.inbound : rule if anytrue([for p in rule.ports : p[0] <= 25 && p[1] >= 25])]

  # Service tags and application security groups come back in unresolved: only Azure knows them.
  drift = provider::eop::allowlist_drift({
    deployed = flatten([
      for rule in local.smtp_rules :
      concat(
        [rule.source_address_prefix],
        tolist(rule.source_address_prefixes),
        tolist(rule.source_application_security_group_ids),
      )
    ])
    expected = data.eop_smtp_allowlist.expected.cidrs
  })
}

check "security_group_is_the_list" {
  assert {
    condition = local.drift.in_sync
    error_message = join(" ", [
      "The security group is not EOP list ${data.eop_smtp_allowlist.expected.version}.",
      "Missing: ${coalesce(join(", ", local.drift.missing_cidrs), "none")}.",
      "In excess: ${coalesce(join(", ", local.drift.excess_cidrs), "none")}.",
      "Unresolved: ${coalesce(join(", ", local.drift.unresolved), "none")}.",
    ])
  }
}
