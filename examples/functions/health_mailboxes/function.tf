# observed:  3
# corrupted: ["HealthMailbox5d1c0e8f7a9b4c6d8e2f1a3b5c7d9e0f"]
# steps:     the titles of what to do, in order
locals {
  # Saved by: & { Get-Mailbox -Monitoring -ResultSize Unlimited | Format-List Name,ServerName,Database } 3>&1 | Out-File -Encoding utf8 ...
  listing = <<-EOT
    WARNING: The object contoso.example/Microsoft Exchange System Objects/Monitoring Mailboxes/HealthMailbox5d1c0e8f7a9b4c6d8e2f1a3b5c7d9e0f has been corrupted, and it's in an inconsistent state. The following validation errors happened:
    WARNING: Database is mandatory on UserMailbox.

    Name       : HealthMailbox0f1e2d3c4b5a69788796a5b4c3d2e1f0
    ServerName : mbx1
    Database   : DB01

    Name       : HealthMailbox5d1c0e8f7a9b4c6d8e2f1a3b5c7d9e0f
    ServerName : mbx1
    Database   :

    Name       : HealthMailbox8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d
    ServerName : mbx2
    Database   : DB02
  EOT

  report = provider::eop::health_mailboxes(local.listing)
}

output "observed" {
  value = local.report.observed_count
}

output "corrupted" {
  value = local.report.corrupted
}

# Commands for a person to read and run: nothing is executed here.
output "steps" {
  value = [for s in local.report.recommendations : "${s.order}. ${s.title} (${s.procedure})"]
}
