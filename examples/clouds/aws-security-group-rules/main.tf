# SMTP between Exchange Online Protection and the hosts of AWS security groups:
# one rule for each prefix, because a rule of AWS takes one.

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version

  lifecycle {
    postcondition {
      condition = alltrue([
        for cidrs in values(self.by_family) :
        length(chunklist(cidrs, var.rules_per_group)) <= length(var.security_group_ids)
      ])
      error_message = join(" ", [
        "List ${self.version} has ${length(self.ipv4_cidrs)} IPv4 and ${length(self.ipv6_cidrs)} IPv6 prefixes;",
        "${length(var.security_group_ids)} security groups take ${var.rules_per_group} rules of each family and",
        "direction. Name a further group, or have the quota raised.",
      ])
    }
  }
}

locals {
  # AWS counts IPv4 and IPv6 rules separately. Each family fills the first security
  # group up to the quota, then the next.
  security_group_id = merge(flatten([
    for cidrs in values(data.eop_smtp_allowlist.eop.by_family) : [
      for i, chunk in chunklist(cidrs, var.rules_per_group) : { for cidr in chunk : cidr => var.security_group_ids[i] }
    ]
  ])...)
}

resource "aws_vpc_security_group_ingress_rule" "from_eop" {
  for_each = data.eop_smtp_allowlist.eop.rules

  security_group_id = local.security_group_id[each.key]
  description       = each.value.description
  cidr_ipv4         = each.value.family == "ipv4" ? each.value.cidr : null
  cidr_ipv6         = each.value.family == "ipv6" ? each.value.cidr : null
  ip_protocol       = each.value.protocol
  from_port         = each.value.from_port
  to_port           = each.value.to_port

  # A rule that has to be replaced stays until its successor is there.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "to_eop" {
  for_each = data.eop_smtp_allowlist.eop.rules

  security_group_id = local.security_group_id[each.key]
  description       = each.value.description
  cidr_ipv4         = each.value.family == "ipv4" ? each.value.cidr : null
  cidr_ipv6         = each.value.family == "ipv6" ? each.value.cidr : null
  ip_protocol       = each.value.protocol
  from_port         = each.value.from_port
  to_port           = each.value.to_port

  lifecycle {
    create_before_destroy = true
  }
}
