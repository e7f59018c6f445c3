# SMTP between Exchange Online Protection and the hosts behind an existing network
# security group: one rule for each family and direction, because a rule of Azure
# takes many prefixes of one family.

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version
}

resource "azurerm_network_security_rule" "from_eop" {
  for_each = data.eop_smtp_allowlist.eop.by_family

  resource_group_name         = var.resource_group_name
  network_security_group_name = var.network_security_group_name

  name                       = "smtp-from-eop-${each.key}"
  description                = data.eop_smtp_allowlist.eop.rules[each.value[0]].description
  direction                  = "Inbound"
  access                     = "Allow"
  priority                   = each.key == "ipv4" ? var.priority : var.priority + 1
  protocol                   = "Tcp"
  source_address_prefixes    = each.value
  source_port_range          = "*"
  destination_address_prefix = var.mail_hosts[each.key]
  destination_port_range     = data.eop_smtp_allowlist.eop.port
}

resource "azurerm_network_security_rule" "to_eop" {
  for_each = data.eop_smtp_allowlist.eop.by_family

  resource_group_name         = var.resource_group_name
  network_security_group_name = var.network_security_group_name

  name                         = "smtp-to-eop-${each.key}"
  description                  = data.eop_smtp_allowlist.eop.rules[each.value[0]].description
  direction                    = "Outbound"
  access                       = "Allow"
  priority                     = each.key == "ipv4" ? var.priority : var.priority + 1
  protocol                     = "Tcp"
  source_address_prefix        = var.mail_hosts[each.key]
  source_port_range            = "*"
  destination_address_prefixes = each.value
  destination_port_range       = data.eop_smtp_allowlist.eop.port
}
