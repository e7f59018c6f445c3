data "eop_changes" "dod" {
  instance     = "usgovdod"
  from_version = "2023073100"
  to_version   = "2025043000"
  smtp_only    = true
}

# ["62.10.144.0/20", ...]: mail from these is refused by a rule of 2023.
output "added" {
  value = data.eop_changes.dod.added_cidrs
}
