# DigitalOcean: one rule takes both families. A firewall lets in what one of its
# rules names, so keep EOP's in a firewall of their own.
resource "digitalocean_firewall" "from_eop" {
  name = "smtp-from-eop"
  tags = var.digitalocean_tags

  inbound_rule {
    protocol         = data.eop_smtp_allowlist.eop.protocol
    port_range       = data.eop_smtp_allowlist.eop.port
    source_addresses = data.eop_smtp_allowlist.eop.cidrs
  }
}
