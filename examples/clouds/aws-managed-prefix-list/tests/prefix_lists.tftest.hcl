# The rules of each service instance, with the cloud mocked: no account, no network.

mock_provider "aws" {}

provider "eop" {
  list_source = "embedded"
}

variables {
  security_group_id = "sg-0a"
}

run "worldwide" {
  command = plan

  variables {
    instance     = "worldwide"
    list_version = "2026081400"
  }

  assert {
    condition     = { for family, list in aws_ec2_managed_prefix_list.eop : family => list.address_family } == { ipv4 = "IPv4", ipv6 = "IPv6" }
    error_message = "A list has the wrong family."
  }

  assert {
    condition     = toset([for entry in aws_ec2_managed_prefix_list.eop["ipv4"].entry : entry.cidr]) == toset(["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17"])
    error_message = "The IPv4 entries are not the list."
  }

  assert {
    condition     = toset([for entry in aws_ec2_managed_prefix_list.eop["ipv6"].entry : entry.cidr]) == toset(["2a01:111:f400::/48", "2a01:111:f403::/48"])
    error_message = "The IPv6 entries are not the list."
  }

  assert {
    condition     = alltrue([for rule in concat(values(aws_vpc_security_group_ingress_rule.from_eop), values(aws_vpc_security_group_egress_rule.to_eop)) : rule.ip_protocol == "tcp" && rule.from_port == 25 && rule.to_port == 25])
    error_message = "A rule is not for TCP port 25."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.from_eop) == 2 && length(aws_vpc_security_group_egress_rule.to_eop) == 2
    error_message = "There is not one rule for each family and direction."
  }
}

run "china" {
  command = plan

  variables {
    instance     = "china"
    list_version = "2026022700"
  }

  assert {
    condition     = { for family, list in aws_ec2_managed_prefix_list.eop : family => list.address_family } == { ipv4 = "IPv4", ipv6 = "IPv6" }
    error_message = "A list has the wrong family."
  }

  assert {
    condition     = toset([for entry in aws_ec2_managed_prefix_list.eop["ipv4"].entry : entry.cidr]) == toset(["40.72.120.0/22", "40.72.124.192/26", "42.159.33.192/27", "42.159.36.0/24", "42.159.161.192/27", "42.159.164.0/24", "139.219.16.0/23", "139.219.24.0/22", "139.219.145.0/24", "139.219.146.0/24", "139.219.156.0/22", "159.27.176.0/21"])
    error_message = "The IPv4 entries are not the list."
  }

  assert {
    condition     = toset([for entry in aws_ec2_managed_prefix_list.eop["ipv6"].entry : entry.cidr]) == toset(["2406:e500:200::/64", "2406:e500:201::/64", "2406:e500:4400::/39"])
    error_message = "The IPv6 entries are not the list."
  }

  assert {
    condition     = alltrue([for rule in concat(values(aws_vpc_security_group_ingress_rule.from_eop), values(aws_vpc_security_group_egress_rule.to_eop)) : rule.ip_protocol == "tcp" && rule.from_port == 25 && rule.to_port == 25])
    error_message = "A rule is not for TCP port 25."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.from_eop) == 2 && length(aws_vpc_security_group_egress_rule.to_eop) == 2
    error_message = "There is not one rule for each family and direction."
  }
}

run "usgovdod" {
  command = plan

  variables {
    instance     = "usgovdod"
    list_version = "2026033100"
  }

  assert {
    condition     = { for family, list in aws_ec2_managed_prefix_list.eop : family => list.address_family } == { ipv4 = "IPv4", ipv6 = "IPv6" }
    error_message = "A list has the wrong family."
  }

  assert {
    condition     = toset([for entry in aws_ec2_managed_prefix_list.eop["ipv4"].entry : entry.cidr]) == toset(["23.103.191.0/24", "23.103.199.0/25", "23.103.204.0/22", "62.10.144.0/20"])
    error_message = "The IPv4 entries are not the list."
  }

  assert {
    condition     = toset([for entry in aws_ec2_managed_prefix_list.eop["ipv6"].entry : entry.cidr]) == toset(["2001:489a:2202::/62", "2001:489a:2202:8::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:c000::/50"])
    error_message = "The IPv6 entries are not the list."
  }

  assert {
    condition     = alltrue([for rule in concat(values(aws_vpc_security_group_ingress_rule.from_eop), values(aws_vpc_security_group_egress_rule.to_eop)) : rule.ip_protocol == "tcp" && rule.from_port == 25 && rule.to_port == 25])
    error_message = "A rule is not for TCP port 25."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.from_eop) == 2 && length(aws_vpc_security_group_egress_rule.to_eop) == 2
    error_message = "There is not one rule for each family and direction."
  }
}

run "usgovgcchigh" {
  command = plan

  variables {
    instance     = "usgovgcchigh"
    list_version = "2026033100"
  }

  assert {
    condition     = { for family, list in aws_ec2_managed_prefix_list.eop : family => list.address_family } == { ipv4 = "IPv4", ipv6 = "IPv6" }
    error_message = "A list has the wrong family."
  }

  assert {
    condition     = toset([for entry in aws_ec2_managed_prefix_list.eop["ipv4"].entry : entry.cidr]) == toset(["23.103.191.0/24", "23.103.199.128/25", "23.103.208.0/22", "52.227.182.149/32", "52.238.74.212/32", "52.244.65.13/32", "62.10.128.0/20"])
    error_message = "The IPv4 entries are not the list."
  }

  assert {
    condition     = toset([for entry in aws_ec2_managed_prefix_list.eop["ipv6"].entry : entry.cidr]) == toset(["2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:8000::/50"])
    error_message = "The IPv6 entries are not the list."
  }

  assert {
    condition     = alltrue([for rule in concat(values(aws_vpc_security_group_ingress_rule.from_eop), values(aws_vpc_security_group_egress_rule.to_eop)) : rule.ip_protocol == "tcp" && rule.from_port == 25 && rule.to_port == 25])
    error_message = "A rule is not for TCP port 25."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.from_eop) == 2 && length(aws_vpc_security_group_egress_rule.to_eop) == 2
    error_message = "There is not one rule for each family and direction."
  }
}

run "too_small" {
  command = plan

  variables {
    instance    = "china"
    max_entries = { ipv4 = 10, ipv6 = 10 }
  }

  expect_failures = [aws_ec2_managed_prefix_list.eop]
}
