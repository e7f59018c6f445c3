# The text for each service instance: no network.

provider "eop" {
  list_source = "embedded"
}

run "worldwide" {
  command = plan

  variables {
    instance     = "worldwide"
    list_version = "2026081400"
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set from_ipv4 [^}]*", output.ruleset)) == tolist(["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17"])
    error_message = "The set from_ipv4 is not the list."
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set from_ipv6 [^}]*", output.ruleset)) == tolist(["2a01:111:f400::/48", "2a01:111:f403::/48"])
    error_message = "The set from_ipv6 is not the list."
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set to_ipv4 [^}]*", output.ruleset)) == tolist(["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17"])
    error_message = "The set to_ipv4 is not the list."
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set to_ipv6 [^}]*", output.ruleset)) == tolist(["2a01:111:f400::/48", "2a01:111:f403::/48"])
    error_message = "The set to_ipv6 is not the list."
  }
}

run "china" {
  command = plan

  variables {
    instance     = "china"
    list_version = "2026022700"
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set from_ipv4 [^}]*", output.ruleset)) == tolist(["40.72.120.0/22", "40.72.124.192/26", "42.159.33.192/27", "42.159.36.0/24", "42.159.161.192/27", "42.159.164.0/24", "139.219.16.0/23", "139.219.24.0/22", "139.219.145.0/24", "139.219.146.0/24", "139.219.156.0/22", "159.27.176.0/21"])
    error_message = "The set from_ipv4 is not the list."
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set from_ipv6 [^}]*", output.ruleset)) == tolist(["2406:e500:200::/64", "2406:e500:201::/64", "2406:e500:4400::/39"])
    error_message = "The set from_ipv6 is not the list."
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set to_ipv4 [^}]*", output.ruleset)) == tolist(["40.72.120.0/22", "40.72.124.192/26", "42.159.33.192/27", "42.159.36.0/24", "42.159.161.192/27", "42.159.164.0/24", "139.219.16.0/23", "139.219.24.0/22", "139.219.145.0/24", "139.219.146.0/24", "139.219.156.0/22", "159.27.176.0/21"])
    error_message = "The set to_ipv4 is not the list."
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set to_ipv6 [^}]*", output.ruleset)) == tolist(["2406:e500:200::/64", "2406:e500:201::/64", "2406:e500:4400::/39"])
    error_message = "The set to_ipv6 is not the list."
  }
}

run "usgovdod" {
  command = plan

  variables {
    instance     = "usgovdod"
    list_version = "2026033100"
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set from_ipv4 [^}]*", output.ruleset)) == tolist(["23.103.191.0/24", "23.103.199.0/25", "23.103.204.0/22", "62.10.144.0/20"])
    error_message = "The set from_ipv4 is not the list."
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set from_ipv6 [^}]*", output.ruleset)) == tolist(["2001:489a:2202::/62", "2001:489a:2202:8::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:c000::/50"])
    error_message = "The set from_ipv6 is not the list."
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set to_ipv4 [^}]*", output.ruleset)) == tolist(["23.103.191.0/24", "23.103.199.0/25", "23.103.204.0/22", "62.10.144.0/20"])
    error_message = "The set to_ipv4 is not the list."
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set to_ipv6 [^}]*", output.ruleset)) == tolist(["2001:489a:2202::/62", "2001:489a:2202:8::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:c000::/50"])
    error_message = "The set to_ipv6 is not the list."
  }
}

run "usgovgcchigh" {
  command = plan

  variables {
    instance     = "usgovgcchigh"
    list_version = "2026033100"
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set from_ipv4 [^}]*", output.ruleset)) == tolist(["23.103.191.0/24", "23.103.199.128/25", "23.103.208.0/22", "52.227.182.149/32", "52.238.74.212/32", "52.244.65.13/32", "62.10.128.0/20"])
    error_message = "The set from_ipv4 is not the list."
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set from_ipv6 [^}]*", output.ruleset)) == tolist(["2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:8000::/50"])
    error_message = "The set from_ipv6 is not the list."
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set to_ipv4 [^}]*", output.ruleset)) == tolist(["23.103.191.0/24", "23.103.199.128/25", "23.103.208.0/22", "52.227.182.149/32", "52.238.74.212/32", "52.244.65.13/32", "62.10.128.0/20"])
    error_message = "The set to_ipv4 is not the list."
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set to_ipv6 [^}]*", output.ruleset)) == tolist(["2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:8000::/50"])
    error_message = "The set to_ipv6 is not the list."
  }
}

run "senders_of_ones_own" {
  command = plan

  variables {
    also_from = ["40.92.0.0/16", "10.0.0.0/8"]
  }

  assert {
    condition     = regexall("[0-9a-f:.]+/[0-9]+", regex("set from_ipv4 [^}]*", output.ruleset))[0] == "10.0.0.0/8"
    error_message = "The prefix is not in the set."
  }

  assert {
    condition     = !strcontains(output.ruleset, "40.92.0.0/16")
    error_message = "The set has overlapping elements."
  }
}

run "outbound_to_eop_alone" {
  command = plan

  variables {
    restrict_outbound = true
  }

  assert {
    condition     = length(regexall("tcp dport 25 drop", output.ruleset)) == 2
    error_message = "Other outbound SMTP is not dropped."
  }
}
