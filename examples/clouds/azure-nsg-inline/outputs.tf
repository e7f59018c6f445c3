output "list" {
  description = "Which list the rules are from."
  value = {
    instance = data.eop_smtp_allowlist.eop.instance
    version  = data.eop_smtp_allowlist.eop.version
    sha256   = data.eop_smtp_allowlist.eop.sha256
  }
}

output "network_security_group_id" {
  description = "Id of the network security group, to be associated with the subnet of the mail hosts."
  value       = azurerm_network_security_group.mail.id
}
