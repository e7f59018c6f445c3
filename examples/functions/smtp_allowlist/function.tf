output "dod" {
  value = provider::eop::smtp_allowlist("usgovdod", "2026033100").by_family
}
