# The rules of each service instance, with the cloud mocked: no account, no network.

mock_provider "hcloud" {}

provider "eop" {
  list_source = "embedded"
}

run "worldwide" {
  command = plan

  variables {
    instance          = "worldwide"
    list_version      = "2026081400"
    restrict_outbound = true
  }

  assert {
    condition     = one([for rule in hcloud_firewall.mail.rule : rule.source_ips if rule.direction == "in"]) == toset(["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17", "2a01:111:f400::/48", "2a01:111:f403::/48"])
    error_message = "The inbound sources are not the list."
  }

  assert {
    condition     = one([for rule in hcloud_firewall.mail.rule : rule.destination_ips if rule.direction == "out"]) == toset(["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17", "2a01:111:f400::/48", "2a01:111:f403::/48"])
    error_message = "The outbound destinations are not the list."
  }

  assert {
    condition     = alltrue([for rule in hcloud_firewall.mail.rule : rule.port == "25" && rule.protocol == "tcp"])
    error_message = "A rule is not for TCP port 25."
  }
}

run "china" {
  command = plan

  variables {
    instance          = "china"
    list_version      = "2026022700"
    restrict_outbound = true
  }

  assert {
    condition     = one([for rule in hcloud_firewall.mail.rule : rule.source_ips if rule.direction == "in"]) == toset(["40.72.120.0/22", "40.72.124.192/26", "42.159.33.192/27", "42.159.36.0/24", "42.159.161.192/27", "42.159.164.0/24", "139.219.16.0/23", "139.219.24.0/22", "139.219.145.0/24", "139.219.146.0/24", "139.219.156.0/22", "159.27.176.0/21", "2406:e500:200::/64", "2406:e500:201::/64", "2406:e500:4400::/39"])
    error_message = "The inbound sources are not the list."
  }

  assert {
    condition     = one([for rule in hcloud_firewall.mail.rule : rule.destination_ips if rule.direction == "out"]) == toset(["40.72.120.0/22", "40.72.124.192/26", "42.159.33.192/27", "42.159.36.0/24", "42.159.161.192/27", "42.159.164.0/24", "139.219.16.0/23", "139.219.24.0/22", "139.219.145.0/24", "139.219.146.0/24", "139.219.156.0/22", "159.27.176.0/21", "2406:e500:200::/64", "2406:e500:201::/64", "2406:e500:4400::/39"])
    error_message = "The outbound destinations are not the list."
  }

  assert {
    condition     = alltrue([for rule in hcloud_firewall.mail.rule : rule.port == "25" && rule.protocol == "tcp"])
    error_message = "A rule is not for TCP port 25."
  }
}

run "usgovdod" {
  command = plan

  variables {
    instance          = "usgovdod"
    list_version      = "2026033100"
    restrict_outbound = true
  }

  assert {
    condition     = one([for rule in hcloud_firewall.mail.rule : rule.source_ips if rule.direction == "in"]) == toset(["23.103.191.0/24", "23.103.199.0/25", "23.103.204.0/22", "62.10.144.0/20", "2001:489a:2202::/62", "2001:489a:2202:8::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:c000::/50"])
    error_message = "The inbound sources are not the list."
  }

  assert {
    condition     = one([for rule in hcloud_firewall.mail.rule : rule.destination_ips if rule.direction == "out"]) == toset(["23.103.191.0/24", "23.103.199.0/25", "23.103.204.0/22", "62.10.144.0/20", "2001:489a:2202::/62", "2001:489a:2202:8::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:c000::/50"])
    error_message = "The outbound destinations are not the list."
  }

  assert {
    condition     = alltrue([for rule in hcloud_firewall.mail.rule : rule.port == "25" && rule.protocol == "tcp"])
    error_message = "A rule is not for TCP port 25."
  }
}

run "usgovgcchigh" {
  command = plan

  variables {
    instance          = "usgovgcchigh"
    list_version      = "2026033100"
    restrict_outbound = true
  }

  assert {
    condition     = one([for rule in hcloud_firewall.mail.rule : rule.source_ips if rule.direction == "in"]) == toset(["23.103.191.0/24", "23.103.199.128/25", "23.103.208.0/22", "52.227.182.149/32", "52.238.74.212/32", "52.244.65.13/32", "62.10.128.0/20", "2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:8000::/50"])
    error_message = "The inbound sources are not the list."
  }

  assert {
    condition     = one([for rule in hcloud_firewall.mail.rule : rule.destination_ips if rule.direction == "out"]) == toset(["23.103.191.0/24", "23.103.199.128/25", "23.103.208.0/22", "52.227.182.149/32", "52.238.74.212/32", "52.244.65.13/32", "62.10.128.0/20", "2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:8000::/50"])
    error_message = "The outbound destinations are not the list."
  }

  assert {
    condition     = alltrue([for rule in hcloud_firewall.mail.rule : rule.port == "25" && rule.protocol == "tcp"])
    error_message = "A rule is not for TCP port 25."
  }
}

run "outbound_stays_open_by_default" {
  command = plan

  assert {
    condition     = [for rule in hcloud_firewall.mail.rule : rule.direction] == ["in"]
    error_message = "An outbound rule closes the rest of the outbound traffic."
  }
}
