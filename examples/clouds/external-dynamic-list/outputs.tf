output "list" {
  description = "Which list the rules are from."
  value = {
    instance = data.eop_smtp_allowlist.eop.instance
    version  = data.eop_smtp_allowlist.eop.version
    sha256   = data.eop_smtp_allowlist.eop.sha256
  }
}

output "text" {
  description = "The prefixes, one a line, both families."
  value       = local.list
}

output "text_by_family" {
  description = "The same for firewalls that take one family a list."
  value       = local.by_family
}
