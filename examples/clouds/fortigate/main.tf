# The list as FortiGate address objects, a group of them for each family, and the
# policies that use the groups. IPv4 and IPv6 objects are of different types.

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version
}

locals {
  rules = data.eop_smtp_allowlist.eop.rules

  # Names without the characters of an address that names may lack elsewhere.
  names = { for cidr in keys(local.rules) : cidr => "${var.name}-${replace(replace(cidr, ":", "-"), "/", "_")}" }
}

resource "fortios_firewall_address" "eop" {
  for_each = { for cidr, rule in local.rules : cidr => rule if rule.family == "ipv4" }

  name    = local.names[each.key]
  type    = "ipmask"
  subnet  = "${each.value.address} ${each.value.netmask}"
  comment = each.value.description

  # An object can be deleted only when no group holds it any more.
  lifecycle {
    create_before_destroy = true
  }
}

resource "fortios_firewall_address6" "eop" {
  for_each = { for cidr, rule in local.rules : cidr => rule if rule.family == "ipv6" }

  name    = local.names[each.key]
  type    = "ipprefix"
  ip6     = each.value.cidr
  comment = each.value.description

  lifecycle {
    create_before_destroy = true
  }
}

resource "fortios_firewall_addrgrp" "eop" {
  name = "${var.name}-ipv4"

  dynamic "member" {
    for_each = fortios_firewall_address.eop
    content {
      name = member.value.name
    }
  }
}

resource "fortios_firewall_addrgrp6" "eop" {
  name = "${var.name}-ipv6"

  dynamic "member" {
    for_each = fortios_firewall_address6.eop
    content {
      name = member.value.name
    }
  }
}

# One policy for each family that the mail hosts have. A new policy comes last:
# move it before any policy that denies.
resource "fortios_firewall_policy" "from_eop" {
  for_each = var.mail_hosts

  name       = "${var.name}-in-${each.key}"
  action     = "accept"
  schedule   = "always"
  logtraffic = "all"

  # FortiOS reports its default, and fortios 1.25 would remove it in every plan.
  session_ttl = "0"

  srcintf {
    name = var.external_interface
  }
  dstintf {
    name = var.internal_interface
  }

  dynamic "srcaddr" {
    for_each = each.key == "ipv4" ? [fortios_firewall_addrgrp.eop.name] : []
    content {
      name = srcaddr.value
    }
  }
  dynamic "dstaddr" {
    for_each = each.key == "ipv4" ? [each.value] : []
    content {
      name = dstaddr.value
    }
  }
  dynamic "srcaddr6" {
    for_each = each.key == "ipv6" ? [fortios_firewall_addrgrp6.eop.name] : []
    content {
      name = srcaddr6.value
    }
  }
  dynamic "dstaddr6" {
    for_each = each.key == "ipv6" ? [each.value] : []
    content {
      name = dstaddr6.value
    }
  }

  service {
    name = var.service
  }
}

resource "fortios_firewall_policy" "to_eop" {
  for_each = var.mail_hosts

  name       = "${var.name}-out-${each.key}"
  action     = "accept"
  schedule   = "always"
  logtraffic = "all"
  nat        = var.source_nat ? "enable" : "disable"

  session_ttl = "0"

  srcintf {
    name = var.internal_interface
  }
  dstintf {
    name = var.external_interface
  }

  dynamic "srcaddr" {
    for_each = each.key == "ipv4" ? [each.value] : []
    content {
      name = srcaddr.value
    }
  }
  dynamic "dstaddr" {
    for_each = each.key == "ipv4" ? [fortios_firewall_addrgrp.eop.name] : []
    content {
      name = dstaddr.value
    }
  }
  dynamic "srcaddr6" {
    for_each = each.key == "ipv6" ? [each.value] : []
    content {
      name = srcaddr6.value
    }
  }
  dynamic "dstaddr6" {
    for_each = each.key == "ipv6" ? [fortios_firewall_addrgrp6.eop.name] : []
    content {
      name = dstaddr6.value
    }
  }

  service {
    name = var.service
  }
}
