# The rules of each service instance, with the cloud mocked: no account, no network.

mock_provider "fortios" {}

provider "eop" {
  list_source = "embedded"
}

variables {
  mail_hosts         = { ipv4 = "mail", ipv6 = "mail6" }
  external_interface = "wan1"
  internal_interface = "dmz"
}

run "worldwide" {
  command = plan

  variables {
    instance     = "worldwide"
    list_version = "2026081400"
  }

  assert {
    condition     = toset([for address in values(fortios_firewall_address.eop) : address.subnet]) == toset(["40.92.0.0 255.254.0.0", "40.107.0.0 255.255.0.0", "52.100.0.0 255.252.0.0", "104.47.0.0 255.255.128.0"])
    error_message = "The IPv4 objects are not the list."
  }

  assert {
    condition     = toset([for address in values(fortios_firewall_address6.eop) : address.ip6]) == toset(["2a01:111:f400::/48", "2a01:111:f403::/48"])
    error_message = "The IPv6 objects are not the list."
  }

  assert {
    condition     = toset([for member in fortios_firewall_addrgrp.eop.member : member.name]) == toset(["eop-40.92.0.0_15", "eop-40.107.0.0_16", "eop-52.100.0.0_14", "eop-104.47.0.0_17"])
    error_message = "The IPv4 group does not have every object."
  }

  assert {
    condition     = toset([for member in fortios_firewall_addrgrp6.eop.member : member.name]) == toset(["eop-2a01-111-f400--_48", "eop-2a01-111-f403--_48"])
    error_message = "The IPv6 group does not have every object."
  }

  assert {
    condition     = one(fortios_firewall_policy.from_eop["ipv4"].srcaddr).name == "eop-ipv4" && one(fortios_firewall_policy.from_eop["ipv4"].dstaddr).name == "mail" && one(fortios_firewall_policy.from_eop["ipv6"].srcaddr6).name == "eop-ipv6" && one(fortios_firewall_policy.from_eop["ipv6"].dstaddr6).name == "mail6"
    error_message = "An inbound policy is not from the group to the mail hosts."
  }

  assert {
    condition     = one(fortios_firewall_policy.to_eop["ipv4"].dstaddr).name == "eop-ipv4" && one(fortios_firewall_policy.to_eop["ipv4"].srcaddr).name == "mail" && one(fortios_firewall_policy.to_eop["ipv6"].dstaddr6).name == "eop-ipv6" && one(fortios_firewall_policy.to_eop["ipv6"].srcaddr6).name == "mail6"
    error_message = "An outbound policy is not from the mail hosts to the group."
  }

  assert {
    condition     = alltrue([for policy in concat(values(fortios_firewall_policy.from_eop), values(fortios_firewall_policy.to_eop)) : policy.action == "accept" && one(policy.service).name == "SMTP" && length(policy.name) <= 35])
    error_message = "A policy does not accept SMTP."
  }
}

run "china" {
  command = plan

  variables {
    instance     = "china"
    list_version = "2026022700"
  }

  assert {
    condition     = toset([for address in values(fortios_firewall_address.eop) : address.subnet]) == toset(["40.72.120.0 255.255.252.0", "40.72.124.192 255.255.255.192", "42.159.33.192 255.255.255.224", "42.159.36.0 255.255.255.0", "42.159.161.192 255.255.255.224", "42.159.164.0 255.255.255.0", "139.219.16.0 255.255.254.0", "139.219.24.0 255.255.252.0", "139.219.145.0 255.255.255.0", "139.219.146.0 255.255.255.0", "139.219.156.0 255.255.252.0", "159.27.176.0 255.255.248.0"])
    error_message = "The IPv4 objects are not the list."
  }

  assert {
    condition     = toset([for address in values(fortios_firewall_address6.eop) : address.ip6]) == toset(["2406:e500:200::/64", "2406:e500:201::/64", "2406:e500:4400::/39"])
    error_message = "The IPv6 objects are not the list."
  }

  assert {
    condition     = toset([for member in fortios_firewall_addrgrp.eop.member : member.name]) == toset(["eop-40.72.120.0_22", "eop-40.72.124.192_26", "eop-42.159.33.192_27", "eop-42.159.36.0_24", "eop-42.159.161.192_27", "eop-42.159.164.0_24", "eop-139.219.16.0_23", "eop-139.219.24.0_22", "eop-139.219.145.0_24", "eop-139.219.146.0_24", "eop-139.219.156.0_22", "eop-159.27.176.0_21"])
    error_message = "The IPv4 group does not have every object."
  }

  assert {
    condition     = toset([for member in fortios_firewall_addrgrp6.eop.member : member.name]) == toset(["eop-2406-e500-200--_64", "eop-2406-e500-201--_64", "eop-2406-e500-4400--_39"])
    error_message = "The IPv6 group does not have every object."
  }

  assert {
    condition     = one(fortios_firewall_policy.from_eop["ipv4"].srcaddr).name == "eop-ipv4" && one(fortios_firewall_policy.from_eop["ipv4"].dstaddr).name == "mail" && one(fortios_firewall_policy.from_eop["ipv6"].srcaddr6).name == "eop-ipv6" && one(fortios_firewall_policy.from_eop["ipv6"].dstaddr6).name == "mail6"
    error_message = "An inbound policy is not from the group to the mail hosts."
  }

  assert {
    condition     = one(fortios_firewall_policy.to_eop["ipv4"].dstaddr).name == "eop-ipv4" && one(fortios_firewall_policy.to_eop["ipv4"].srcaddr).name == "mail" && one(fortios_firewall_policy.to_eop["ipv6"].dstaddr6).name == "eop-ipv6" && one(fortios_firewall_policy.to_eop["ipv6"].srcaddr6).name == "mail6"
    error_message = "An outbound policy is not from the mail hosts to the group."
  }

  assert {
    condition     = alltrue([for policy in concat(values(fortios_firewall_policy.from_eop), values(fortios_firewall_policy.to_eop)) : policy.action == "accept" && one(policy.service).name == "SMTP" && length(policy.name) <= 35])
    error_message = "A policy does not accept SMTP."
  }
}

run "usgovdod" {
  command = plan

  variables {
    instance     = "usgovdod"
    list_version = "2026033100"
  }

  assert {
    condition     = toset([for address in values(fortios_firewall_address.eop) : address.subnet]) == toset(["23.103.191.0 255.255.255.0", "23.103.199.0 255.255.255.128", "23.103.204.0 255.255.252.0", "62.10.144.0 255.255.240.0"])
    error_message = "The IPv4 objects are not the list."
  }

  assert {
    condition     = toset([for address in values(fortios_firewall_address6.eop) : address.ip6]) == toset(["2001:489a:2202::/62", "2001:489a:2202:8::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:c000::/50"])
    error_message = "The IPv6 objects are not the list."
  }

  assert {
    condition     = toset([for member in fortios_firewall_addrgrp.eop.member : member.name]) == toset(["eop-23.103.191.0_24", "eop-23.103.199.0_25", "eop-23.103.204.0_22", "eop-62.10.144.0_20"])
    error_message = "The IPv4 group does not have every object."
  }

  assert {
    condition     = toset([for member in fortios_firewall_addrgrp6.eop.member : member.name]) == toset(["eop-2001-489a-2202--_62", "eop-2001-489a-2202-8--_62", "eop-2001-489a-2202-2000--_63", "eop-2001-489a-2202-c000--_50"])
    error_message = "The IPv6 group does not have every object."
  }

  assert {
    condition     = one(fortios_firewall_policy.from_eop["ipv4"].srcaddr).name == "eop-ipv4" && one(fortios_firewall_policy.from_eop["ipv4"].dstaddr).name == "mail" && one(fortios_firewall_policy.from_eop["ipv6"].srcaddr6).name == "eop-ipv6" && one(fortios_firewall_policy.from_eop["ipv6"].dstaddr6).name == "mail6"
    error_message = "An inbound policy is not from the group to the mail hosts."
  }

  assert {
    condition     = one(fortios_firewall_policy.to_eop["ipv4"].dstaddr).name == "eop-ipv4" && one(fortios_firewall_policy.to_eop["ipv4"].srcaddr).name == "mail" && one(fortios_firewall_policy.to_eop["ipv6"].dstaddr6).name == "eop-ipv6" && one(fortios_firewall_policy.to_eop["ipv6"].srcaddr6).name == "mail6"
    error_message = "An outbound policy is not from the mail hosts to the group."
  }

  assert {
    condition     = alltrue([for policy in concat(values(fortios_firewall_policy.from_eop), values(fortios_firewall_policy.to_eop)) : policy.action == "accept" && one(policy.service).name == "SMTP" && length(policy.name) <= 35])
    error_message = "A policy does not accept SMTP."
  }
}

run "usgovgcchigh" {
  command = plan

  variables {
    instance     = "usgovgcchigh"
    list_version = "2026033100"
  }

  assert {
    condition     = toset([for address in values(fortios_firewall_address.eop) : address.subnet]) == toset(["23.103.191.0 255.255.255.0", "23.103.199.128 255.255.255.128", "23.103.208.0 255.255.252.0", "52.227.182.149 255.255.255.255", "52.238.74.212 255.255.255.255", "52.244.65.13 255.255.255.255", "62.10.128.0 255.255.240.0"])
    error_message = "The IPv4 objects are not the list."
  }

  assert {
    condition     = toset([for address in values(fortios_firewall_address6.eop) : address.ip6]) == toset(["2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:8000::/50"])
    error_message = "The IPv6 objects are not the list."
  }

  assert {
    condition     = toset([for member in fortios_firewall_addrgrp.eop.member : member.name]) == toset(["eop-23.103.191.0_24", "eop-23.103.199.128_25", "eop-23.103.208.0_22", "eop-52.227.182.149_32", "eop-52.238.74.212_32", "eop-52.244.65.13_32", "eop-62.10.128.0_20"])
    error_message = "The IPv4 group does not have every object."
  }

  assert {
    condition     = toset([for member in fortios_firewall_addrgrp6.eop.member : member.name]) == toset(["eop-2001-489a-2202-4--_62", "eop-2001-489a-2202-c--_62", "eop-2001-489a-2202-2000--_63", "eop-2001-489a-2202-8000--_50"])
    error_message = "The IPv6 group does not have every object."
  }

  assert {
    condition     = one(fortios_firewall_policy.from_eop["ipv4"].srcaddr).name == "eop-ipv4" && one(fortios_firewall_policy.from_eop["ipv4"].dstaddr).name == "mail" && one(fortios_firewall_policy.from_eop["ipv6"].srcaddr6).name == "eop-ipv6" && one(fortios_firewall_policy.from_eop["ipv6"].dstaddr6).name == "mail6"
    error_message = "An inbound policy is not from the group to the mail hosts."
  }

  assert {
    condition     = one(fortios_firewall_policy.to_eop["ipv4"].dstaddr).name == "eop-ipv4" && one(fortios_firewall_policy.to_eop["ipv4"].srcaddr).name == "mail" && one(fortios_firewall_policy.to_eop["ipv6"].dstaddr6).name == "eop-ipv6" && one(fortios_firewall_policy.to_eop["ipv6"].srcaddr6).name == "mail6"
    error_message = "An outbound policy is not from the mail hosts to the group."
  }

  assert {
    condition     = alltrue([for policy in concat(values(fortios_firewall_policy.from_eop), values(fortios_firewall_policy.to_eop)) : policy.action == "accept" && one(policy.service).name == "SMTP" && length(policy.name) <= 35])
    error_message = "A policy does not accept SMTP."
  }
}

run "one_family" {
  command = plan

  variables {
    mail_hosts = { ipv4 = "mail" }
  }

  assert {
    condition     = keys(fortios_firewall_policy.from_eop) == ["ipv4"] && length(fortios_firewall_policy.from_eop["ipv4"].srcaddr6) == 0
    error_message = "A policy for a family that no mail host has."
  }
}
