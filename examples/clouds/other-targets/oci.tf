# Oracle Cloud Infrastructure: one rule for each prefix. The protocol is TCP's
# number, and without tcp_options a rule is for every port.
resource "oci_core_network_security_group_security_rule" "from_eop" {
  for_each = data.eop_smtp_allowlist.eop.rules

  network_security_group_id = var.oci_network_security_group_id
  description               = each.value.description
  direction                 = "INGRESS"
  protocol                  = "6"
  source_type               = "CIDR_BLOCK"
  source                    = each.value.cidr

  tcp_options {
    destination_port_range {
      min = each.value.from_port
      max = each.value.to_port
    }
  }
}
