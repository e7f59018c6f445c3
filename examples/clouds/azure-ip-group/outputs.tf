output "list" {
  description = "Which list the rules are from."
  value = {
    instance = data.eop_smtp_allowlist.eop.instance
    version  = data.eop_smtp_allowlist.eop.version
    sha256   = data.eop_smtp_allowlist.eop.sha256
  }
}

output "ip_group_ids" {
  description = "Ids of the IP groups, by family."
  value       = { for family, group in azurerm_ip_group.eop : family => group.id }
}
