# Outlook versions before a migration: a table for the manager, a list of people to
# call, and a plan that fails while a client is left that cannot connect.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

variable "log_paths" {
  description = "Copies of the servers' logs, such as V15/Logging/RPC Client Access and V15/Logging/HttpProxy."
  type        = list(string)
  default     = ["logs/after"]
}

variable "include_users" {
  description = "Whether to name the users. Their names are in the state then."
  type        = bool
  default     = false
}

data "eop_outlook_clients" "all" {
  log_paths     = var.log_paths
  include_users = var.include_users
}

locals {
  summary = data.eop_outlook_clients.all.summary

  columns = "%-22s %-18s %5v  %-10s %-8s %-9s %s"
  heading = format(local.columns, "Release", "Build", "Users", "Last seen", "Connects", "Supported", "EWS-free")

  rows = [for c in data.eop_outlook_clients.all.clients : format(local.columns,
    c.release == null ? "unknown, near ${c.nearest}" : c.release,
    coalesce(c.version, "-"),
    c.distinct_users,
    substr(c.last_seen, 0, 10),
    c.can_connect == null ? "?" : c.can_connect ? "yes" : "NO",
    c.supported == null ? "?" : c.supported ? "yes" : "NO",
    c.ews_free == null ? "?" : c.ews_free ? "yes" : "no",
  )]

  left = [for c in data.eop_outlook_clients.all.clients :
    "  ${coalesce(c.release, "unknown")} (${coalesce(c.version, "-")}), ${c.distinct_users} ${c.distinct_users == 1 ? "user" : "users"}: ${c.can_connect_reason}"
    if c.can_connect == false || !c.known
  ]

  table = join("\n", concat(
    [local.heading],
    local.rows,
    [
      "",
      format("%d users; %d with a version that cannot connect (%d %%), %d with one that is not supported as of %s.",
        local.summary.distinct_users, local.summary.users_cannot_connect, coalesce(local.summary.update_percent, 0),
      local.summary.users_not_supported, local.summary.as_of),
      "?: the logs do not tell; the reason is in data.eop_outlook_clients.all.clients.",
      "New Outlook for Windows does not show in these logs: it never connects to Exchange Server.",
    ],
  ))
}

# The gate: plan and apply fail while a client is left that cannot connect, and while
# that is not known.
resource "terraform_data" "ready_to_migrate" {
  input = local.summary.last_seen

  lifecycle {
    postcondition {
      condition     = data.eop_outlook_clients.all.update_required == false
      error_message = "Clients that cannot connect to Exchange Online are left, or none was found:\n\n${join("\n", local.left)}"
    }
  }
}

output "table" {
  value = local.table
}

# Lines that do not count and lines that could not be read belong to the report.
output "not_counted" {
  value = {
    skipped    = { for s in data.eop_outlook_clients.all.skipped : s.reason => s.lines }
    unreadable = [for u in data.eop_outlook_clients.all.unreadable : "${u.file}:${u.line}: ${u.why}"]
  }
}

# An output can be read only after an apply, which the gate stops. So, with include_users:
# terraform apply -target=data.eop_outlook_clients.all, then terraform output -json people_to_call
output "people_to_call" {
  sensitive = true
  value = [for u in coalesce(data.eop_outlook_clients.all.by_user, []) : {
    user = u.user
    versions = [
      for v in u.versions : "${coalesce(v.release, "unknown")} (${coalesce(v.version, "-")}), last seen ${v.last_seen}"
      if v.can_connect == false
    ]
  } if u.cannot_connect]
}
