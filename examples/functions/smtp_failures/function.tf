# by_class: { certificate = 1, firewall_timeout = 2, recipient = 1 }
# suspects: ["203.0.113.44", "203.0.113.45"]
locals {
  # Detail texts of a message trace.
  errors = [
    "450 4.4.315 Connection timed out [Message=Socket error code 10060] [LastAttemptedIP=203.0.113.44:25]",
    "450 4.4.315 Connection timed out [Message=Socket error code 10060] [LastAttemptedIP=203.0.113.45:25]",
    "450 4.4.317 Cannot connect to remote server [Message=CertificateExpired] [LastAttemptedIP=203.0.113.46:25]",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
  ]
  failures = provider::eop::smtp_failures(local.errors)
}

output "by_class" {
  value = { for class, all in { for f in local.failures : f.class => f... } : class => length(all) }
}

output "suspects" {
  description = "Hosts of one's own whose firewall is suspect."
  value       = [for f in local.failures : f.target.address if f.allowlist_suspect == "yes"]
}
