# SMTP between Exchange Online Protection and Hetzner Cloud servers. A rule takes
# both families together.

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version
}

resource "hcloud_firewall" "mail" {
  name   = var.name
  labels = var.labels

  rule {
    description = "SMTP from Exchange Online Protection"
    direction   = "in"
    protocol    = data.eop_smtp_allowlist.eop.protocol
    port        = data.eop_smtp_allowlist.eop.port
    source_ips  = data.eop_smtp_allowlist.eop.cidrs
  }

  # The first outbound rule of any firewall of a server closes the rest of its
  # outbound traffic: names, updates, Microsoft 365 over HTTPS.
  dynamic "rule" {
    for_each = var.restrict_outbound ? [data.eop_smtp_allowlist.eop.cidrs] : []
    content {
      description     = "SMTP to Exchange Online Protection"
      direction       = "out"
      protocol        = data.eop_smtp_allowlist.eop.protocol
      port            = data.eop_smtp_allowlist.eop.port
      destination_ips = rule.value
    }
  }

  lifecycle {
    precondition {
      condition     = length(data.eop_smtp_allowlist.eop.cidrs) * (var.restrict_outbound ? 2 : 1) <= 500
      error_message = "List ${data.eop_smtp_allowlist.eop.version} makes more than 500 effective rules, a firewall's limit."
    }
  }
}
