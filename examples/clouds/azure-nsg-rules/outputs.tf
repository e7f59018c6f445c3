output "list" {
  description = "Which list the rules are from."
  value = {
    instance = data.eop_smtp_allowlist.eop.instance
    version  = data.eop_smtp_allowlist.eop.version
    sha256   = data.eop_smtp_allowlist.eop.sha256
  }
}

output "rule_ids" {
  description = "Ids of the rules, by direction and family."
  value = {
    inbound  = { for family, rule in azurerm_network_security_rule.from_eop : family => rule.id }
    outbound = { for family, rule in azurerm_network_security_rule.to_eop : family => rule.id }
  }
}
