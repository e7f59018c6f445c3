data "eop_smtp_allowlist" "approved" {
  version        = "2026081400"
  compare_latest = true
}

resource "eop_smtp_pin" "firewall" {
  candidate        = data.eop_smtp_allowlist.approved
  approved_version = "2026081400"
}

output "rules" {
  value = keys(eop_smtp_pin.firewall.rules)
}
