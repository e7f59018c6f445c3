# The rules of each service instance, with the cloud mocked: no account, no network.

mock_provider "azurerm" {}

provider "eop" {
  list_source = "embedded"
}

variables {
  resource_group_name = "mail"
  location            = "westeurope"
  azure_firewall_name = "perimeter"
  mail_hosts          = { ipv4 = ["10.0.0.4"], ipv6 = ["fd00::4"] }
}

run "worldwide" {
  command = plan

  variables {
    instance     = "worldwide"
    list_version = "2026081400"
    families     = ["ipv4", "ipv6"]
  }

  assert {
    condition     = azurerm_ip_group.eop["ipv4"].cidrs == toset(["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17"])
    error_message = "The IPv4 group is not the list."
  }

  assert {
    condition     = azurerm_ip_group.eop["ipv6"].cidrs == toset(["2a01:111:f400::/48", "2a01:111:f403::/48"])
    error_message = "The IPv6 group is not the list."
  }

  assert {
    condition     = length(azurerm_firewall_network_rule_collection.eop.rule) == 4
    error_message = "There is not one rule for each family and direction."
  }

  assert {
    condition     = alltrue([for rule in azurerm_firewall_network_rule_collection.eop.rule : join(",", rule.destination_ports) == "25" && join(",", rule.protocols) == "TCP"])
    error_message = "A rule is not for TCP port 25."
  }
}

run "china" {
  command = plan

  variables {
    instance     = "china"
    list_version = "2026022700"
    families     = ["ipv4", "ipv6"]
  }

  assert {
    condition     = azurerm_ip_group.eop["ipv4"].cidrs == toset(["40.72.120.0/22", "40.72.124.192/26", "42.159.33.192/27", "42.159.36.0/24", "42.159.161.192/27", "42.159.164.0/24", "139.219.16.0/23", "139.219.24.0/22", "139.219.145.0/24", "139.219.146.0/24", "139.219.156.0/22", "159.27.176.0/21"])
    error_message = "The IPv4 group is not the list."
  }

  assert {
    condition     = azurerm_ip_group.eop["ipv6"].cidrs == toset(["2406:e500:200::/64", "2406:e500:201::/64", "2406:e500:4400::/39"])
    error_message = "The IPv6 group is not the list."
  }

  assert {
    condition     = length(azurerm_firewall_network_rule_collection.eop.rule) == 4
    error_message = "There is not one rule for each family and direction."
  }

  assert {
    condition     = alltrue([for rule in azurerm_firewall_network_rule_collection.eop.rule : join(",", rule.destination_ports) == "25" && join(",", rule.protocols) == "TCP"])
    error_message = "A rule is not for TCP port 25."
  }
}

run "usgovdod" {
  command = plan

  variables {
    instance     = "usgovdod"
    list_version = "2026033100"
    families     = ["ipv4", "ipv6"]
  }

  assert {
    condition     = azurerm_ip_group.eop["ipv4"].cidrs == toset(["23.103.191.0/24", "23.103.199.0/25", "23.103.204.0/22", "62.10.144.0/20"])
    error_message = "The IPv4 group is not the list."
  }

  assert {
    condition     = azurerm_ip_group.eop["ipv6"].cidrs == toset(["2001:489a:2202::/62", "2001:489a:2202:8::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:c000::/50"])
    error_message = "The IPv6 group is not the list."
  }

  assert {
    condition     = length(azurerm_firewall_network_rule_collection.eop.rule) == 4
    error_message = "There is not one rule for each family and direction."
  }

  assert {
    condition     = alltrue([for rule in azurerm_firewall_network_rule_collection.eop.rule : join(",", rule.destination_ports) == "25" && join(",", rule.protocols) == "TCP"])
    error_message = "A rule is not for TCP port 25."
  }
}

run "usgovgcchigh" {
  command = plan

  variables {
    instance     = "usgovgcchigh"
    list_version = "2026033100"
    families     = ["ipv4", "ipv6"]
  }

  assert {
    condition     = azurerm_ip_group.eop["ipv4"].cidrs == toset(["23.103.191.0/24", "23.103.199.128/25", "23.103.208.0/22", "52.227.182.149/32", "52.238.74.212/32", "52.244.65.13/32", "62.10.128.0/20"])
    error_message = "The IPv4 group is not the list."
  }

  assert {
    condition     = azurerm_ip_group.eop["ipv6"].cidrs == toset(["2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:8000::/50"])
    error_message = "The IPv6 group is not the list."
  }

  assert {
    condition     = length(azurerm_firewall_network_rule_collection.eop.rule) == 4
    error_message = "There is not one rule for each family and direction."
  }

  assert {
    condition     = alltrue([for rule in azurerm_firewall_network_rule_collection.eop.rule : join(",", rule.destination_ports) == "25" && join(",", rule.protocols) == "TCP"])
    error_message = "A rule is not for TCP port 25."
  }
}

run "ipv4_alone_by_default" {
  command = plan

  assert {
    condition     = keys(azurerm_ip_group.eop) == ["ipv4"] && length(azurerm_firewall_network_rule_collection.eop.rule) == 2
    error_message = "More than IPv4."
  }
}
