# The newest list of the provider's instance.
data "eop_smtp_allowlist" "newest" {}

# One version of another cloud, pinned.
data "eop_smtp_allowlist" "pinned" {
  instance = "china"
  version  = "2026022700"
}

output "newest" {
  value = data.eop_smtp_allowlist.newest.cidrs
}

output "pinned" {
  value = {
    published = data.eop_smtp_allowlist.pinned.published
    sha256    = data.eop_smtp_allowlist.pinned.sha256
    by_family = data.eop_smtp_allowlist.pinned.by_family
  }
}
