# A file is read as PowerShell saved it, in UTF-16, too, and its text stays out of the state.
data "eop_health_mailboxes" "this" {
  listing_file = "${path.module}/health-mailboxes.txt"

  servers = [
    { name = "MBX1", exchange_version = "2019", database_copies = 1 },
    { name = "MBX2", exchange_version = "2019", database_copies = 1 },
  ]
  databases = ["DB01"]
}

# Without a listing: how many there should be, and how to collect one.
data "eop_health_mailboxes" "expected" {
  totals = {
    exchange_version      = "2016"
    database_copies       = 24
    client_access_servers = 2
  }
}

output "counts" {
  value = {
    expected = data.eop_health_mailboxes.this.expected_count
    observed = data.eop_health_mailboxes.this.observed_count
    missing  = data.eop_health_mailboxes.this.missing
    healthy  = data.eop_health_mailboxes.this.healthy
  }
}

# Commands for a person to read and run: nothing is executed here.
output "steps" {
  value = [for s in data.eop_health_mailboxes.this.recommendations : "${s.order}. ${s.title}"]
}

output "expected" {
  value = data.eop_health_mailboxes.expected.expected_count
}

output "how_to_collect" {
  value = data.eop_health_mailboxes.expected.recommendations[0].command
}
