output "list" {
  description = "Which list the rules are from."
  value = {
    instance = data.eop_smtp_allowlist.eop.instance
    version  = data.eop_smtp_allowlist.eop.version
    sha256   = data.eop_smtp_allowlist.eop.sha256
  }
}

output "firewall_id" {
  description = "Id of the firewall, to be attached to the mail servers."
  value       = hcloud_firewall.mail.id
}
