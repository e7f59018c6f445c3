# The list as managed prefix lists, one for each family, and a security group's
# rules that refer to them. Rules, route tables and other accounts can share them.

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version
}

resource "aws_ec2_managed_prefix_list" "eop" {
  for_each = data.eop_smtp_allowlist.eop.by_family

  name           = "${var.name}-${each.key}"
  address_family = data.eop_smtp_allowlist.eop.rules[each.value[0]].ethertype
  max_entries    = var.max_entries[each.key]

  dynamic "entry" {
    for_each = each.value
    content {
      cidr        = entry.value
      description = data.eop_smtp_allowlist.eop.rules[entry.value].description
    }
  }

  lifecycle {
    precondition {
      condition = length(each.value) <= var.max_entries[each.key]
      error_message = join(" ", [
        "List ${data.eop_smtp_allowlist.eop.version} has ${length(each.value)} ${each.key} prefixes;",
        "max_entries is ${var.max_entries[each.key]}.",
      ])
    }
  }
}

resource "aws_vpc_security_group_ingress_rule" "from_eop" {
  for_each = aws_ec2_managed_prefix_list.eop

  security_group_id = var.security_group_id
  description       = "SMTP from Exchange Online Protection (${each.key})"
  prefix_list_id    = each.value.id
  ip_protocol       = data.eop_smtp_allowlist.eop.protocol
  from_port         = data.eop_smtp_allowlist.eop.port
  to_port           = data.eop_smtp_allowlist.eop.port
}

resource "aws_vpc_security_group_egress_rule" "to_eop" {
  for_each = aws_ec2_managed_prefix_list.eop

  security_group_id = var.security_group_id
  description       = "SMTP to Exchange Online Protection (${each.key})"
  prefix_list_id    = each.value.id
  ip_protocol       = data.eop_smtp_allowlist.eop.protocol
  from_port         = data.eop_smtp_allowlist.eop.port
  to_port           = data.eop_smtp_allowlist.eop.port
}
