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
    condition     = [for quoted in regexall("'[0-9a-f:.]+/[0-9]+'", output.script) : trim(quoted, "'")] == concat(["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17", "2a01:111:f400::/48", "2a01:111:f403::/48"], ["40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17", "2a01:111:f400::/48", "2a01:111:f403::/48"])
    error_message = "The addresses of the two rules are not the list."
  }

  assert {
    condition     = length(regexall("(?m)^ +LocalPort     = '25'$", output.script)) == 1 && length(regexall("(?m)^ +RemotePort    = '25'$", output.script)) == 1
    error_message = "The rules are not for port 25 of this side inbound and of the other side outbound."
  }
}

run "china" {
  command = plan

  variables {
    instance     = "china"
    list_version = "2026022700"
  }

  assert {
    condition     = [for quoted in regexall("'[0-9a-f:.]+/[0-9]+'", output.script) : trim(quoted, "'")] == concat(["40.72.120.0/22", "40.72.124.192/26", "42.159.33.192/27", "42.159.36.0/24", "42.159.161.192/27", "42.159.164.0/24", "139.219.16.0/23", "139.219.24.0/22", "139.219.145.0/24", "139.219.146.0/24", "139.219.156.0/22", "159.27.176.0/21", "2406:e500:200::/64", "2406:e500:201::/64", "2406:e500:4400::/39"], ["40.72.120.0/22", "40.72.124.192/26", "42.159.33.192/27", "42.159.36.0/24", "42.159.161.192/27", "42.159.164.0/24", "139.219.16.0/23", "139.219.24.0/22", "139.219.145.0/24", "139.219.146.0/24", "139.219.156.0/22", "159.27.176.0/21", "2406:e500:200::/64", "2406:e500:201::/64", "2406:e500:4400::/39"])
    error_message = "The addresses of the two rules are not the list."
  }

  assert {
    condition     = length(regexall("(?m)^ +LocalPort     = '25'$", output.script)) == 1 && length(regexall("(?m)^ +RemotePort    = '25'$", output.script)) == 1
    error_message = "The rules are not for port 25 of this side inbound and of the other side outbound."
  }
}

run "usgovdod" {
  command = plan

  variables {
    instance     = "usgovdod"
    list_version = "2026033100"
  }

  assert {
    condition     = [for quoted in regexall("'[0-9a-f:.]+/[0-9]+'", output.script) : trim(quoted, "'")] == concat(["23.103.191.0/24", "23.103.199.0/25", "23.103.204.0/22", "62.10.144.0/20", "2001:489a:2202::/62", "2001:489a:2202:8::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:c000::/50"], ["23.103.191.0/24", "23.103.199.0/25", "23.103.204.0/22", "62.10.144.0/20", "2001:489a:2202::/62", "2001:489a:2202:8::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:c000::/50"])
    error_message = "The addresses of the two rules are not the list."
  }

  assert {
    condition     = length(regexall("(?m)^ +LocalPort     = '25'$", output.script)) == 1 && length(regexall("(?m)^ +RemotePort    = '25'$", output.script)) == 1
    error_message = "The rules are not for port 25 of this side inbound and of the other side outbound."
  }
}

run "usgovgcchigh" {
  command = plan

  variables {
    instance     = "usgovgcchigh"
    list_version = "2026033100"
  }

  assert {
    condition     = [for quoted in regexall("'[0-9a-f:.]+/[0-9]+'", output.script) : trim(quoted, "'")] == concat(["23.103.191.0/24", "23.103.199.128/25", "23.103.208.0/22", "52.227.182.149/32", "52.238.74.212/32", "52.244.65.13/32", "62.10.128.0/20", "2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:8000::/50"], ["23.103.191.0/24", "23.103.199.128/25", "23.103.208.0/22", "52.227.182.149/32", "52.238.74.212/32", "52.244.65.13/32", "62.10.128.0/20", "2001:489a:2202:4::/62", "2001:489a:2202:c::/62", "2001:489a:2202:2000::/63", "2001:489a:2202:8000::/50"])
    error_message = "The addresses of the two rules are not the list."
  }

  assert {
    condition     = length(regexall("(?m)^ +LocalPort     = '25'$", output.script)) == 1 && length(regexall("(?m)^ +RemotePort    = '25'$", output.script)) == 1
    error_message = "The rules are not for port 25 of this side inbound and of the other side outbound."
  }
}

run "senders_of_ones_own" {
  command = plan

  variables {
    also_from = ["10.0.0.0/8"]
  }

  assert {
    condition     = length(regexall("'10.0.0.0/8'", output.script)) == 1
    error_message = "The prefix is not inbound, or outbound, too."
  }
}

run "no_code_in_the_script" {
  command = plan

  variables {
    also_from = ["'; Remove-Item x"]
  }

  expect_failures = [var.also_from]
}
