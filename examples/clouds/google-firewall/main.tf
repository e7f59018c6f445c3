# SMTP between Exchange Online Protection and the hosts of a VPC network: one rule
# for each family and direction, because a rule of Google takes one family.

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version
}

resource "google_compute_firewall" "from_eop" {
  for_each = data.eop_smtp_allowlist.eop.by_family

  project     = var.project
  network     = var.network
  name        = "${var.name}-in-${each.key}"
  description = data.eop_smtp_allowlist.eop.rules[each.value[0]].description
  direction   = "INGRESS"
  priority    = var.priority
  target_tags = var.target_tags

  source_ranges = each.value

  allow {
    protocol = data.eop_smtp_allowlist.eop.protocol
    ports    = [data.eop_smtp_allowlist.eop.port]
  }

  # No ranges mean every address to Google. The list is never empty; a filter put
  # in front of it by hand could make it so.
  lifecycle {
    precondition {
      condition     = length(each.value) > 0
      error_message = "No ${each.key} range is left, and a rule without ranges is open to all."
    }
  }
}

resource "google_compute_firewall" "to_eop" {
  for_each = data.eop_smtp_allowlist.eop.by_family

  project     = var.project
  network     = var.network
  name        = "${var.name}-out-${each.key}"
  description = data.eop_smtp_allowlist.eop.rules[each.value[0]].description
  direction   = "EGRESS"
  priority    = var.priority
  target_tags = var.target_tags

  destination_ranges = each.value

  allow {
    protocol = data.eop_smtp_allowlist.eop.protocol
    ports    = [data.eop_smtp_allowlist.eop.port]
  }

  lifecycle {
    precondition {
      condition     = length(each.value) > 0
      error_message = "No ${each.key} range is left, and a rule without ranges is open to all."
    }
  }
}
