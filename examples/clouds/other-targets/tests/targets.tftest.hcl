# Each target, with the clouds mocked: no account, no network. The list is the one
# with single hosts and both families.

mock_provider "cloudflare" {}
mock_provider "digitalocean" {}
mock_provider "linode" {}
mock_provider "oci" {}
mock_provider "openstack" {}

provider "eop" {
  list_source = "embedded"
}

variables {
  instance                      = "usgovgcchigh"
  list_version                  = "2026033100"
  oci_network_security_group_id = "ocid1.networksecuritygroup.oc1..mail"
  openstack_security_group_id   = "5b2e6f0e-0000-4000-8000-000000000000"
  cloudflare_account_id         = "00000000000000000000000000000000"
  digitalocean_tags             = ["hybrid"]
}

run "usgovgcchigh" {
  command = plan

  assert {
    condition     = alltrue([for cidr, rule in oci_core_network_security_group_security_rule.from_eop : rule.source == cidr && rule.protocol == "6" && one(one(rule.tcp_options).destination_port_range).min == 25 && one(one(rule.tcp_options).destination_port_range).max == 25]) && length(oci_core_network_security_group_security_rule.from_eop) == 11
    error_message = "OCI has not one rule for each prefix on TCP port 25."
  }

  assert {
    condition     = alltrue([for cidr, rule in openstack_networking_secgroup_rule_v2.from_eop : rule.remote_ip_prefix == cidr && rule.ethertype == (strcontains(cidr, ":") ? "IPv6" : "IPv4")]) && length(openstack_networking_secgroup_rule_v2.from_eop) == 11
    error_message = "OpenStack has not one rule for each prefix, with its ethertype."
  }

  assert {
    condition     = contains([for item in cloudflare_list.eop.items : item.ip], "52.227.182.149") && !anytrue([for item in cloudflare_list.eop.items : endswith(item.ip, "/32")]) && length(cloudflare_list.eop.items) == 11
    error_message = "Cloudflare's list has a host with its length."
  }

  assert {
    condition     = length(one(digitalocean_firewall.from_eop.inbound_rule).source_addresses) == 11 && one(digitalocean_firewall.from_eop.inbound_rule).port_range == "25"
    error_message = "DigitalOcean's rule is not the list on port 25."
  }

  assert {
    condition     = length(one(linode_firewall.mail.inbound).ipv4) == 7 && length(one(linode_firewall.mail.inbound).ipv6) == 4 && one(linode_firewall.mail.inbound).ports == "25"
    error_message = "Linode's rule is not the list on port 25."
  }
}
