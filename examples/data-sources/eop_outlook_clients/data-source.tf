# Versions are judged one by one; the names of the users stay out of the state.
data "eop_outlook_clients" "this" {
  log_paths = ["${path.module}/logs/RCA_*.LOG"]
  since     = "2026-06-01"
}

output "versions" {
  value = { for c in data.eop_outlook_clients.this.clients : c.version => {
    release     = c.release
    users       = c.distinct_users
    can_connect = c.can_connect
    supported   = c.supported
    ews_free    = c.ews_free
  } }
}

output "update_required" {
  value = data.eop_outlook_clients.this.update_required
}

# Exchange's own services and probes can match, too: try it on one mailbox first.
output "command_to_review" {
  value = one([
    for versions in data.eop_outlook_clients.this.blocked_client_versions[*] :
    "Set-CASMailbox -Identity <mailbox> -MAPIBlockOutlookVersions '${versions}'"
  ])
}
