output "list" {
  description = "Which list the rules are from."
  value = {
    instance = data.eop_smtp_allowlist.eop.instance
    version  = data.eop_smtp_allowlist.eop.version
    sha256   = data.eop_smtp_allowlist.eop.sha256
  }
}

output "rules" {
  description = "Names of the rules, by direction and family."
  value = {
    inbound  = { for family, rule in google_compute_firewall.from_eop : family => rule.name }
    outbound = { for family, rule in google_compute_firewall.to_eop : family => rule.name }
  }
}
