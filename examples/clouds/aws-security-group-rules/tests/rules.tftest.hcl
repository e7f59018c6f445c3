# The rules of each service instance, with the cloud mocked: no account, no network.

mock_provider "aws" {}

provider "eop" {
  list_source = "embedded"
}

variables {
  security_group_ids = ["sg-0a"]
}

run "worldwide" {
  command = plan

  variables {
    instance     = "worldwide"
    list_version = "2026081400"
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : rule.cidr_ipv4 if rule.cidr_ipv4 != null]) == toset(["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17"])
    error_message = "The inbound IPv4 rules are not the list."
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : rule.cidr_ipv6 if rule.cidr_ipv6 != null]) == toset(["2a01:111:f400::/48", "2a01:111:f403::/48"])
    error_message = "The inbound IPv6 rules are not the list."
  }

  assert {
    condition     = alltrue([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : (rule.cidr_ipv4 == null) != (rule.cidr_ipv6 == null) && rule.ip_protocol == "tcp" && rule.from_port == 25 && rule.to_port == 25 && rule.security_group_id == "sg-0a"])
    error_message = "An inbound rule is not one prefix on TCP port 25."
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_egress_rule.to_eop) : rule.cidr_ipv4 if rule.cidr_ipv4 != null]) == toset(["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17"])
    error_message = "The outbound IPv4 rules are not the list."
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_egress_rule.to_eop) : rule.cidr_ipv6 if rule.cidr_ipv6 != null]) == toset(["2a01:111:f400::/48", "2a01:111:f403::/48"])
    error_message = "The outbound IPv6 rules are not the list."
  }

  assert {
    condition     = alltrue([for rule in values(aws_vpc_security_group_egress_rule.to_eop) : (rule.cidr_ipv4 == null) != (rule.cidr_ipv6 == null) && rule.ip_protocol == "tcp" && rule.from_port == 25 && rule.to_port == 25 && rule.security_group_id == "sg-0a"])
    error_message = "An outbound rule is not one prefix on TCP port 25."
  }
}

run "china" {
  command = plan

  variables {
    instance     = "china"
    list_version = "2026022700"
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : rule.cidr_ipv4 if rule.cidr_ipv4 != null]) == toset(["40.72.120.0/22", "40.72.124.192/26", "42.159.33.192/27", "42.159.36.0/24", "42.159.161.192/27", "42.159.164.0/24", "139.219.16.0/23", "139.219.24.0/22", "139.219.145.0/24", "139.219.146.0/24", "139.219.156.0/22", "159.27.176.0/21"])
    error_message = "The inbound IPv4 rules are not the list."
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : rule.cidr_ipv6 if rule.cidr_ipv6 != null]) == toset(["2406:e500:200::/64", "2406:e500:201::/64", "2406:e500:4400::/39"])
    error_message = "The inbound IPv6 rules are not the list."
  }

  assert {
    condition     = alltrue([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : (rule.cidr_ipv4 == null) != (rule.cidr_ipv6 == null) && rule.ip_protocol == "tcp" && rule.from_port == 25 && rule.to_port == 25 && rule.security_group_id == "sg-0a"])
    error_message = "An inbound rule is not one prefix on TCP port 25."
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_egress_rule.to_eop) : rule.cidr_ipv4 if rule.cidr_ipv4 != null]) == toset(["40.72.120.0/22", "40.72.124.192/26", "42.159.33.192/27", "42.159.36.0/24", "42.159.161.192/27", "42.159.164.0/24", "139.219.16.0/23", "139.219.24.0/22", "139.219.145.0/24", "139.219.146.0/24", "139.219.156.0/22", "159.27.176.0/21"])
    error_message = "The outbound IPv4 rules are not the list."
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_egress_rule.to_eop) : rule.cidr_ipv6 if rule.cidr_ipv6 != null]) == toset(["2406:e500:200::/64", "2406:e500:201::/64", "2406:e500:4400::/39"])
    error_message = "The outbound IPv6 rules are not the list."
  }

  assert {
    condition     = alltrue([for rule in values(aws_vpc_security_group_egress_rule.to_eop) : (rule.cidr_ipv4 == null) != (rule.cidr_ipv6 == null) && rule.ip_protocol == "tcp" && rule.from_port == 25 && rule.to_port == 25 && rule.security_group_id == "sg-0a"])
    error_message = "An outbound rule is not one prefix on TCP port 25."
  }
}

run "usgovdod" {
  command = plan

  variables {
    instance     = "usgovdod"
    list_version = "2026033100"
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : rule.cidr_ipv4 if rule.cidr_ipv4 != null]) == toset(["23.103.191.0/24", "23.103.199.0/25", "23.103.204.0/22", "62.10.144.0/20"])
    error_message = "The inbound IPv4 rules are not the list."
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : rule.cidr_ipv6 if rule.cidr_ipv6 != null]) == toset(["2001:489a:2202::/62", "2001:489a:2202:8::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:c000::/50"])
    error_message = "The inbound IPv6 rules are not the list."
  }

  assert {
    condition     = alltrue([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : (rule.cidr_ipv4 == null) != (rule.cidr_ipv6 == null) && rule.ip_protocol == "tcp" && rule.from_port == 25 && rule.to_port == 25 && rule.security_group_id == "sg-0a"])
    error_message = "An inbound rule is not one prefix on TCP port 25."
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_egress_rule.to_eop) : rule.cidr_ipv4 if rule.cidr_ipv4 != null]) == toset(["23.103.191.0/24", "23.103.199.0/25", "23.103.204.0/22", "62.10.144.0/20"])
    error_message = "The outbound IPv4 rules are not the list."
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_egress_rule.to_eop) : rule.cidr_ipv6 if rule.cidr_ipv6 != null]) == toset(["2001:489a:2202::/62", "2001:489a:2202:8::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:c000::/50"])
    error_message = "The outbound IPv6 rules are not the list."
  }

  assert {
    condition     = alltrue([for rule in values(aws_vpc_security_group_egress_rule.to_eop) : (rule.cidr_ipv4 == null) != (rule.cidr_ipv6 == null) && rule.ip_protocol == "tcp" && rule.from_port == 25 && rule.to_port == 25 && rule.security_group_id == "sg-0a"])
    error_message = "An outbound rule is not one prefix on TCP port 25."
  }
}

run "usgovgcchigh" {
  command = plan

  variables {
    instance     = "usgovgcchigh"
    list_version = "2026033100"
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : rule.cidr_ipv4 if rule.cidr_ipv4 != null]) == toset(["23.103.191.0/24", "23.103.199.128/25", "23.103.208.0/22", "52.227.182.149/32", "52.238.74.212/32", "52.244.65.13/32", "62.10.128.0/20"])
    error_message = "The inbound IPv4 rules are not the list."
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : rule.cidr_ipv6 if rule.cidr_ipv6 != null]) == toset(["2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:8000::/50"])
    error_message = "The inbound IPv6 rules are not the list."
  }

  assert {
    condition     = alltrue([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : (rule.cidr_ipv4 == null) != (rule.cidr_ipv6 == null) && rule.ip_protocol == "tcp" && rule.from_port == 25 && rule.to_port == 25 && rule.security_group_id == "sg-0a"])
    error_message = "An inbound rule is not one prefix on TCP port 25."
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_egress_rule.to_eop) : rule.cidr_ipv4 if rule.cidr_ipv4 != null]) == toset(["23.103.191.0/24", "23.103.199.128/25", "23.103.208.0/22", "52.227.182.149/32", "52.238.74.212/32", "52.244.65.13/32", "62.10.128.0/20"])
    error_message = "The outbound IPv4 rules are not the list."
  }

  assert {
    condition     = toset([for rule in values(aws_vpc_security_group_egress_rule.to_eop) : rule.cidr_ipv6 if rule.cidr_ipv6 != null]) == toset(["2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:8000::/50"])
    error_message = "The outbound IPv6 rules are not the list."
  }

  assert {
    condition     = alltrue([for rule in values(aws_vpc_security_group_egress_rule.to_eop) : (rule.cidr_ipv4 == null) != (rule.cidr_ipv6 == null) && rule.ip_protocol == "tcp" && rule.from_port == 25 && rule.to_port == 25 && rule.security_group_id == "sg-0a"])
    error_message = "An outbound rule is not one prefix on TCP port 25."
  }
}

run "second_group_when_the_first_is_full" {
  command = plan

  variables {
    instance           = "china"
    list_version       = "2026022700"
    security_group_ids = ["sg-0a", "sg-0b", "sg-0c"]
    rules_per_group    = 5
  }

  assert {
    condition     = [for id in ["sg-0a", "sg-0b", "sg-0c"] : length([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : rule if rule.security_group_id == id && rule.cidr_ipv4 != null])] == [5, 5, 2]
    error_message = "The IPv4 rules are not spread over the groups by quota."
  }

  assert {
    condition     = length([for rule in values(aws_vpc_security_group_ingress_rule.from_eop) : rule if rule.security_group_id == "sg-0a" && rule.cidr_ipv6 != null]) == 3
    error_message = "IPv6 rules do not count against the quota of IPv4."
  }
}

run "over_quota" {
  command = plan

  variables {
    instance        = "china"
    rules_per_group = 10
  }

  expect_failures = [data.eop_smtp_allowlist.eop]
}
