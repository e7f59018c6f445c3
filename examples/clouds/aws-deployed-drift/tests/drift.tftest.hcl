# What is deployed is made up here; the list is the real one.

provider "eop" {
  list_source = "embedded"
}

mock_provider "aws" {}

# Outside mock_provider, because OpenTofu 1.8 takes no override inside it.
override_data {
  target = data.aws_vpc_security_group_rules.all
  values = { ids = ["sgr-1"] }
}

variables {
  security_group_id = "sg-0123456789abcdef0"
  instance          = "worldwide"
  list_version      = "2026081400"
}

run "one_prefix_of_many" {
  command = plan

  override_data {
    target = data.aws_vpc_security_group_rule.each
    values = { is_egress = false, ip_protocol = "tcp", from_port = 20, to_port = 30, cidr_ipv4 = "40.92.0.0/15", cidr_ipv6 = "", prefix_list_id = "", referenced_security_group_id = "" }
  }

  expect_failures = [check.security_group_is_the_list]

  assert {
    condition     = !output.drift.in_sync && output.drift.missing_cidrs[0] == "40.107.0.0/16" && length(output.drift.missing_cidrs) == 5 && length(output.drift.excess_cidrs) == 0
    error_message = "One prefix of six is deployed, and five should be missing."
  }
}

run "everything_by_all_protocols" {
  command = plan

  override_data {
    target = data.aws_vpc_security_group_rule.each
    values = { is_egress = false, ip_protocol = "-1", from_port = -1, to_port = -1, cidr_ipv4 = "0.0.0.0/0", cidr_ipv6 = "", prefix_list_id = "", referenced_security_group_id = "" }
  }

  expect_failures = [check.security_group_is_the_list]

  assert {
    condition     = length(output.drift.excess_cidrs) > 0 && length([for c in output.drift.missing_cidrs : c if !strcontains(c, ":")]) == 0
    error_message = "A rule for all protocols and addresses lets SMTP in from everywhere."
  }
}

run "another_port_and_a_prefix_list" {
  command = plan

  override_data {
    target = data.aws_vpc_security_group_rule.each
    values = { is_egress = false, ip_protocol = "tcp", from_port = 25, to_port = 25, cidr_ipv4 = "", cidr_ipv6 = "", prefix_list_id = "pl-0a1b2c3d", referenced_security_group_id = "" }
  }

  expect_failures = [check.security_group_is_the_list]

  assert {
    condition     = output.drift.unresolved == tolist(["pl-0a1b2c3d"]) && length(output.drift.missing_cidrs) == 6
    error_message = "A prefix list is not resolved here."
  }
}

run "outbound_and_other_ports_do_not_count" {
  command = plan

  override_data {
    target = data.aws_vpc_security_group_rule.each
    values = { is_egress = true, ip_protocol = "-1", from_port = -1, to_port = -1, cidr_ipv4 = "0.0.0.0/0", cidr_ipv6 = "", prefix_list_id = "", referenced_security_group_id = "" }
  }

  expect_failures = [check.security_group_is_the_list]

  assert {
    condition     = length(output.drift.missing_cidrs) == 6 && length(output.drift.excess_cidrs) == 0
    error_message = "An outbound rule lets nothing in."
  }
}

run "a_rule_for_all_protocols_without_ports" {
  command = plan

  override_data {
    target = data.aws_vpc_security_group_rule.each
    values = { is_egress = false, ip_protocol = "-1", from_port = null, to_port = null, cidr_ipv4 = "40.92.0.0/15", cidr_ipv6 = "", prefix_list_id = "", referenced_security_group_id = "" }
  }

  expect_failures = [check.security_group_is_the_list]

  assert {
    condition     = length(output.drift.missing_cidrs) == 5 && length(output.drift.excess_cidrs) == 0
    error_message = "A rule for all protocols has no ports, and lets SMTP in."
  }
}
