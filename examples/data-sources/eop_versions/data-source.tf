data "eop_versions" "dod" {
  instance = "usgovdod"
}

# The versions at which a firewall rule for SMTP had to change.
output "smtp_changes" {
  value = [for v in data.eop_versions.dod.versions : v.version if v.smtp_changed == true]
}
