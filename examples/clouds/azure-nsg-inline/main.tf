# A network security group with its rules inline. Inline rules are all the rules
# of the group: separate azurerm_network_security_rule resources would be removed.

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version
}

resource "azurerm_network_security_group" "mail" {
  name                = var.name
  location            = var.location
  resource_group_name = var.resource_group_name

  dynamic "security_rule" {
    for_each = data.eop_smtp_allowlist.eop.by_family
    content {
      name                       = "smtp-from-eop-${security_rule.key}"
      description                = data.eop_smtp_allowlist.eop.rules[security_rule.value[0]].description
      direction                  = "Inbound"
      access                     = "Allow"
      priority                   = security_rule.key == "ipv4" ? var.priority : var.priority + 1
      protocol                   = "Tcp"
      source_address_prefixes    = security_rule.value
      source_port_range          = "*"
      destination_address_prefix = var.mail_hosts[security_rule.key]
      destination_port_range     = data.eop_smtp_allowlist.eop.port
    }
  }

  dynamic "security_rule" {
    for_each = data.eop_smtp_allowlist.eop.by_family
    content {
      name                         = "smtp-to-eop-${security_rule.key}"
      description                  = data.eop_smtp_allowlist.eop.rules[security_rule.value[0]].description
      direction                    = "Outbound"
      access                       = "Allow"
      priority                     = security_rule.key == "ipv4" ? var.priority : var.priority + 1
      protocol                     = "Tcp"
      source_address_prefix        = var.mail_hosts[security_rule.key]
      source_port_range            = "*"
      destination_address_prefixes = security_rule.value
      destination_port_range       = data.eop_smtp_allowlist.eop.port
    }
  }
}
