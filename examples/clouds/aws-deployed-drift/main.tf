# Does an existing security group let in exactly EOP on TCP 25? The data source of
# its rules has ids only, so a second one reads each rule.

data "eop_smtp_allowlist" "expected" {
  instance = var.instance
  version  = var.list_version
}

data "aws_vpc_security_group_rules" "all" {
  filter {
    name   = "group-id"
    values = [var.security_group_id]
  }
}

data "aws_vpc_security_group_rule" "each" {
  for_each = toset(data.aws_vpc_security_group_rules.all.ids)

  security_group_rule_id = each.value
}

locals {
  # A rule lets SMTP in when its protocol is all (-1), or TCP and port 25 is among its
  # ports. A rule without ports is for all ports. Terraform before 1.12 evaluates both
  # sides of && and ||, so null must not reach <= there.
  smtp_rules = [
    for rule in data.aws_vpc_security_group_rule.each : rule
    if !rule.is_egress && (rule.ip_protocol == "-1" || (
      rule.ip_protocol == "tcp" && coalesce(rule.from_port, 0) <= 25 && coalesce(rule.to_port, 65535) >= 25
    ))
  ]

  # Prefix lists and referenced groups come back in unresolved: only AWS knows them.
  drift = provider::eop::allowlist_drift({
    deployed = flatten([for rule in local.smtp_rules : [
      rule.cidr_ipv4, rule.cidr_ipv6, rule.prefix_list_id, rule.referenced_security_group_id
    ]])
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
