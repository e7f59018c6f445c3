# What is deployed is made up here; the list is the real one.

provider "eop" {
  list_source = "embedded"
}

mock_provider "azurerm" {}

variables {
  network_security_group_name = "hybrid"
  resource_group_name         = "mail"
  instance                    = "worldwide"
  list_version                = "2026081400"
}

run "in_sync" {
  command = plan

  override_data {
    target = data.azurerm_network_security_group.hybrid
    values = {
      security_rule = [
        {
          name                                  = "eop-ipv4", priority = 200, direction = "Inbound", access = "Allow", protocol = "Tcp", description = ""
          source_port_range                     = "*", source_port_ranges = [], destination_port_range = "25", destination_port_ranges = []
          source_address_prefix                 = "", source_address_prefixes = ["40.92.0.0/16", "40.93.0.0/16", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17"]
          destination_address_prefix            = "*", destination_address_prefixes = []
          source_application_security_group_ids = [], destination_application_security_group_ids = []
        },
        {
          name                                  = "eop-ipv6", priority = 201, direction = "Inbound", access = "Allow", protocol = "*", description = ""
          source_port_range                     = "*", source_port_ranges = [], destination_port_range = "", destination_port_ranges = ["20-30", "443"]
          source_address_prefix                 = "", source_address_prefixes = ["2a01:111:f400::/48", "2a01:111:f403::/48"]
          destination_address_prefix            = "*", destination_address_prefixes = []
          source_application_security_group_ids = [], destination_application_security_group_ids = []
        },
        {
          name                                  = "https", priority = 300, direction = "Inbound", access = "Allow", protocol = "Tcp", description = ""
          source_port_range                     = "*", source_port_ranges = [], destination_port_range = "443", destination_port_ranges = []
          source_address_prefix                 = "Internet", source_address_prefixes = []
          destination_address_prefix            = "*", destination_address_prefixes = []
          source_application_security_group_ids = [], destination_application_security_group_ids = []
        },
      ]
    }
  }

  assert {
    condition     = output.drift.in_sync
    error_message = "The rules are the list, in halves and in two families."
  }
}

run "a_service_tag" {
  command = plan

  override_data {
    target = data.azurerm_network_security_group.hybrid
    values = {
      security_rule = [
        {
          name                                  = "tag", priority = 200, direction = "Inbound", access = "Allow", protocol = "Tcp", description = ""
          source_port_range                     = "*", source_port_ranges = [], destination_port_range = "*", destination_port_ranges = []
          source_address_prefix                 = "AzureCloud", source_address_prefixes = []
          destination_address_prefix            = "*", destination_address_prefixes = []
          source_application_security_group_ids = [], destination_application_security_group_ids = []
        },
      ]
    }
  }

  expect_failures = [check.security_group_is_the_list]

  assert {
    condition     = output.drift.unresolved == tolist(["AzureCloud"]) && length(output.drift.missing_cidrs) == 6
    error_message = "A service tag is not resolved here."
  }
}
