# What a rule lets in today, as its cloud tells it.
locals {
  deployed = [
    "40.92.0.0/16", "40.93.0.0/16", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17", "2a01:111:f400::/48",
    "198.51.100.7",
  ]

  drift = provider::eop::allowlist_drift({
    deployed = local.deployed
    expected = provider::eop::smtp_allowlist("worldwide", "2026081400").cidrs
  })
}

# ["2a01:111:f403::/48"]: mail from there is refused.
output "missing" {
  value = local.drift.missing_cidrs
}

# ["198.51.100.7/32"]: a hole.
output "excess" {
  value = local.drift.excess_cidrs
}
