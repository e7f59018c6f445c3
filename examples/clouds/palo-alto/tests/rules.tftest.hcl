# The rules of each service instance, with the cloud mocked: no account, no network.

mock_provider "panos" {}

provider "eop" {
  list_source = "embedded"
}

variables {
  position           = { where = "first" }
  external_zone      = "untrust"
  internal_zone      = "dmz"
  inbound_addresses  = ["203.0.113.10"]
  outbound_addresses = ["10.0.0.4"]
}

run "worldwide" {
  command = plan

  variables {
    instance     = "worldwide"
    list_version = "2026081400"
  }

  assert {
    condition     = toset([for address in values(panos_address.eop) : address.ip_netmask]) == toset(["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17", "2a01:111:f400::/48", "2a01:111:f403::/48"])
    error_message = "The objects are not the list."
  }

  assert {
    condition     = toset(panos_address_group.eop.static) == toset(["eop-40.92.0.0_15", "eop-40.107.0.0_16", "eop-52.100.0.0_14", "eop-104.47.0.0_17", "eop-2a01-111-f400--_48", "eop-2a01-111-f403--_48"])
    error_message = "The group does not have every object."
  }

  assert {
    condition     = alltrue([for address in panos_address.eop : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", address.name))])
    error_message = "A name is none of PAN-OS."
  }

  assert {
    condition     = panos_security_policy_rules.eop.rules[0].source_addresses == toset(["eop"]) && panos_security_policy_rules.eop.rules[1].destination_addresses == toset(["eop"])
    error_message = "A rule is not for the group."
  }

  assert {
    condition     = alltrue([for rule in panos_security_policy_rules.eop.rules : rule.action == "allow" && rule.applications == toset(["smtp"])])
    error_message = "A rule does not allow SMTP."
  }
}

run "china" {
  command = plan

  variables {
    instance     = "china"
    list_version = "2026022700"
  }

  assert {
    condition     = toset([for address in values(panos_address.eop) : address.ip_netmask]) == toset(["40.72.120.0/22", "40.72.124.192/26", "42.159.33.192/27", "42.159.36.0/24", "42.159.161.192/27", "42.159.164.0/24", "139.219.16.0/23", "139.219.24.0/22", "139.219.145.0/24", "139.219.146.0/24", "139.219.156.0/22", "159.27.176.0/21", "2406:e500:200::/64", "2406:e500:201::/64", "2406:e500:4400::/39"])
    error_message = "The objects are not the list."
  }

  assert {
    condition     = toset(panos_address_group.eop.static) == toset(["eop-40.72.120.0_22", "eop-40.72.124.192_26", "eop-42.159.33.192_27", "eop-42.159.36.0_24", "eop-42.159.161.192_27", "eop-42.159.164.0_24", "eop-139.219.16.0_23", "eop-139.219.24.0_22", "eop-139.219.145.0_24", "eop-139.219.146.0_24", "eop-139.219.156.0_22", "eop-159.27.176.0_21", "eop-2406-e500-200--_64", "eop-2406-e500-201--_64", "eop-2406-e500-4400--_39"])
    error_message = "The group does not have every object."
  }

  assert {
    condition     = alltrue([for address in panos_address.eop : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", address.name))])
    error_message = "A name is none of PAN-OS."
  }

  assert {
    condition     = panos_security_policy_rules.eop.rules[0].source_addresses == toset(["eop"]) && panos_security_policy_rules.eop.rules[1].destination_addresses == toset(["eop"])
    error_message = "A rule is not for the group."
  }

  assert {
    condition     = alltrue([for rule in panos_security_policy_rules.eop.rules : rule.action == "allow" && rule.applications == toset(["smtp"])])
    error_message = "A rule does not allow SMTP."
  }
}

run "usgovdod" {
  command = plan

  variables {
    instance     = "usgovdod"
    list_version = "2026033100"
  }

  assert {
    condition     = toset([for address in values(panos_address.eop) : address.ip_netmask]) == toset(["23.103.191.0/24", "23.103.199.0/25", "23.103.204.0/22", "62.10.144.0/20", "2001:489a:2202::/62", "2001:489a:2202:8::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:c000::/50"])
    error_message = "The objects are not the list."
  }

  assert {
    condition     = toset(panos_address_group.eop.static) == toset(["eop-23.103.191.0_24", "eop-23.103.199.0_25", "eop-23.103.204.0_22", "eop-62.10.144.0_20", "eop-2001-489a-2202--_62", "eop-2001-489a-2202-8--_62", "eop-2001-489a-2202-2000--_63", "eop-2001-489a-2202-c000--_50"])
    error_message = "The group does not have every object."
  }

  assert {
    condition     = alltrue([for address in panos_address.eop : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", address.name))])
    error_message = "A name is none of PAN-OS."
  }

  assert {
    condition     = panos_security_policy_rules.eop.rules[0].source_addresses == toset(["eop"]) && panos_security_policy_rules.eop.rules[1].destination_addresses == toset(["eop"])
    error_message = "A rule is not for the group."
  }

  assert {
    condition     = alltrue([for rule in panos_security_policy_rules.eop.rules : rule.action == "allow" && rule.applications == toset(["smtp"])])
    error_message = "A rule does not allow SMTP."
  }
}

run "usgovgcchigh" {
  command = plan

  variables {
    instance     = "usgovgcchigh"
    list_version = "2026033100"
  }

  assert {
    condition     = toset([for address in values(panos_address.eop) : address.ip_netmask]) == toset(["23.103.191.0/24", "23.103.199.128/25", "23.103.208.0/22", "52.227.182.149/32", "52.238.74.212/32", "52.244.65.13/32", "62.10.128.0/20", "2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:8000::/50"])
    error_message = "The objects are not the list."
  }

  assert {
    condition     = toset(panos_address_group.eop.static) == toset(["eop-23.103.191.0_24", "eop-23.103.199.128_25", "eop-23.103.208.0_22", "eop-52.227.182.149_32", "eop-52.238.74.212_32", "eop-52.244.65.13_32", "eop-62.10.128.0_20", "eop-2001-489a-2202-4--_62", "eop-2001-489a-2202-c--_62", "eop-2001-489a-2202-2000--_63", "eop-2001-489a-2202-8000--_50"])
    error_message = "The group does not have every object."
  }

  assert {
    condition     = alltrue([for address in panos_address.eop : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", address.name))])
    error_message = "A name is none of PAN-OS."
  }

  assert {
    condition     = panos_security_policy_rules.eop.rules[0].source_addresses == toset(["eop"]) && panos_security_policy_rules.eop.rules[1].destination_addresses == toset(["eop"])
    error_message = "A rule is not for the group."
  }

  assert {
    condition     = alltrue([for rule in panos_security_policy_rules.eop.rules : rule.action == "allow" && rule.applications == toset(["smtp"])])
    error_message = "A rule does not allow SMTP."
  }
}

run "on_panorama" {
  command = plan

  variables {
    device_group = "branch"
  }

  assert {
    condition     = panos_address_group.eop.location.device_group.name == "branch" && panos_address_group.eop.location.vsys == null
    error_message = "The objects are not in the device group."
  }
}
