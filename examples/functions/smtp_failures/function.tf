# by_class: { certificate = 1, firewall_log = 1, firewall_timeout = 2, recipient = 1 }
# suspects: ["203.0.113.44", "203.0.113.45"]
# denied:   { "40.107.22.10" = "worldwide" }
locals {
  # Details of a message trace, a text with two failures, and a line of a firewall's log.
  errors = [
    "450 4.4.315 Connection timed out [Message=Socket error code 10060] [LastAttemptedIP=203.0.113.44:25]",
    <<-EOT
      450 4.4.315 Connection timed out [Message=Socket error code 10060] [LastAttemptedIP=203.0.113.45:25]
      550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
    EOT
    ,
    "450 4.4.317 Cannot connect to remote server [Message=CertificateExpired] [LastAttemptedIP=203.0.113.46:25]",
    "%ASA-4-106023: Deny tcp src outside:40.107.22.10/41211 dst dmz:203.0.113.44/25 by access-group \"outside_in\"",
  ]
  failures = provider::eop::smtp_failures(local.errors)
}

output "by_class" {
  value = { for class, all in { for f in local.failures : f.class => f... } : class => length(all) }
}

output "suspects" {
  description = "Your hosts whose firewall is suspect."
  value       = distinct([for f in local.failures : f.target.address if f.allowlist_suspect == "yes"])
}

output "denied" {
  description = "Sources that the firewall denied, and the clouds whose list has them today."
  value = {
    for f in local.failures :
    f.source.address => join(", ", [for l in f.source.listed_in : l.instance if l.until == null])
    if f.class == "firewall_log"
  }
}
