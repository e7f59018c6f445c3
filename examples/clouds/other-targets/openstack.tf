# OpenStack: one rule for each prefix, with the ethertype of its family.
resource "openstack_networking_secgroup_rule_v2" "from_eop" {
  for_each = data.eop_smtp_allowlist.eop.rules

  security_group_id = var.openstack_security_group_id
  description       = each.value.description
  direction         = "ingress"
  ethertype         = each.value.ethertype
  protocol          = each.value.protocol
  port_range_min    = each.value.from_port
  port_range_max    = each.value.to_port
  remote_ip_prefix  = each.value.cidr
}
