# Linode: one rule with an attribute for each family. An empty list is refused, so
# a family that is not there has to be null.
resource "linode_firewall" "mail" {
  label           = "exchange-hybrid"
  inbound_policy  = "DROP"
  outbound_policy = "ACCEPT"

  inbound {
    label    = "smtp-from-eop"
    action   = "ACCEPT"
    protocol = upper(data.eop_smtp_allowlist.eop.protocol)
    ports    = data.eop_smtp_allowlist.eop.port
    ipv4     = lookup(data.eop_smtp_allowlist.eop.by_family, "ipv4", null)
    ipv6     = lookup(data.eop_smtp_allowlist.eop.by_family, "ipv6", null)
  }
}
