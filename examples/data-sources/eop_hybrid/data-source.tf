# Everything a firewall around an Exchange hybrid deployment needs.
data "eop_hybrid" "this" {
  instance     = "worldwide"
  edge_servers = ["192.0.2.25"]

  # Fills health_mailboxes; every argument of eop_health_mailboxes is taken here.
  totals = {
    exchange_version      = "2019"
    database_copies       = 4
    client_access_servers = 2
  }
}

output "smtp" {
  value = data.eop_hybrid.this.smtp.cidrs
}

# Each flow is in exactly one of three maps: by address, by name, or with the
# reason why it has no rule.
output "inbound" {
  value = { for name, rule in data.eop_hybrid.this.address_rules : name => {
    sources  = rule.cidrs
    ports    = rule.ports
    required = rule.required
    basis    = rule.address_basis
  } if rule.inbound }
}

output "by_name" {
  value = { for name, rule in data.eop_hybrid.this.name_rules : name => rule.hostnames }
}

output "unresolved" {
  value = data.eop_hybrid.this.unresolved
}

# What stops working, and when.
output "to_do" {
  value = [for r in data.eop_hybrid.this.requirements : {
    deadline = r.deadline
    title    = r.title
    detail   = r.detail
  } if r.deadline != null]
}

output "expected_health_mailboxes" {
  value = data.eop_hybrid.this.health_mailboxes.expected_count
}
