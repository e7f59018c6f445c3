# The list as PAN-OS address objects, a group of them, and the security rules that
# use the group. A group takes both families.

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version
}

locals {
  # PAN-OS names have letters, digits, dots, hyphens and underscores.
  names = {
    for cidr in data.eop_smtp_allowlist.eop.cidrs :
    cidr => "${var.name}-${replace(replace(cidr, ":", "-"), "/", "_")}"
  }

  location = {
    vsys         = var.device_group == null ? { name = var.vsys } : null
    device_group = var.device_group == null ? null : { name = var.device_group }
  }
}

# One resource for each object. A single panos_addresses deletes an object while
# the group still refers to it, which PAN-OS refuses.
resource "panos_address" "eop" {
  for_each = data.eop_smtp_allowlist.eop.rules

  location = local.location

  name        = local.names[each.key]
  ip_netmask  = each.value.cidr
  description = each.value.description

  # An object can be deleted only when the group does not hold it any more.
  lifecycle {
    create_before_destroy = true
  }
}

resource "panos_address_group" "eop" {
  location = local.location

  name        = var.name
  description = "Exchange Online Protection SMTP (${data.eop_smtp_allowlist.eop.instance})"
  static      = sort([for address in panos_address.eop : address.name])
}

resource "panos_security_policy_rules" "eop" {
  location = local.location
  position = var.position

  rules = [
    {
      name                  = "${var.name}-in"
      action                = "allow"
      applications          = ["smtp"]
      services              = [var.service]
      source_zones          = [var.external_zone]
      source_addresses      = [panos_address_group.eop.name]
      destination_zones     = [var.internal_zone]
      destination_addresses = var.inbound_addresses
    },
    {
      name                  = "${var.name}-out"
      action                = "allow"
      applications          = ["smtp"]
      services              = [var.service]
      source_zones          = [var.internal_zone]
      source_addresses      = var.outbound_addresses
      destination_zones     = [var.external_zone]
      destination_addresses = [panos_address_group.eop.name]
    },
  ]
}
