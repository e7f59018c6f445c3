# The list as IP groups, and Azure Firewall's network rules that refer to them.
# IP groups are for Azure Firewall; a network security group cannot use them.

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version
}

locals {
  families = {
    for family, cidrs in data.eop_smtp_allowlist.eop.by_family : family => cidrs if contains(var.families, family)
  }
}

resource "azurerm_ip_group" "eop" {
  for_each = local.families

  name                = "${var.name}-${each.key}"
  location            = var.location
  resource_group_name = var.resource_group_name
  cidrs               = each.value

  # A group can be deleted only when no rule uses it any more.
  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_firewall_network_rule_collection" "eop" {
  name                = var.name
  azure_firewall_name = var.azure_firewall_name
  resource_group_name = var.resource_group_name
  priority            = var.priority
  action              = "Allow"

  dynamic "rule" {
    for_each = azurerm_ip_group.eop
    content {
      name                  = "smtp-from-eop-${rule.key}"
      protocols             = ["TCP"]
      source_ip_groups      = [rule.value.id]
      destination_addresses = var.mail_hosts[rule.key]
      destination_ports     = [data.eop_smtp_allowlist.eop.port]
    }
  }

  dynamic "rule" {
    for_each = azurerm_ip_group.eop
    content {
      name                  = "smtp-to-eop-${rule.key}"
      protocols             = ["TCP"]
      source_addresses      = var.mail_hosts[rule.key]
      destination_ip_groups = [rule.value.id]
      destination_ports     = [data.eop_smtp_allowlist.eop.port]
    }
  }
}
