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
    condition     = output.text == "40.92.0.0/15\n40.107.0.0/16\n52.100.0.0/14\n104.47.0.0/17\n2a01:111:f400::/48\n2a01:111:f403::/48\n"
    error_message = "The text is not the list."
  }

  assert {
    condition     = output.text_by_family == { ipv4 = "40.92.0.0/15\n40.107.0.0/16\n52.100.0.0/14\n104.47.0.0/17\n", ipv6 = "2a01:111:f400::/48\n2a01:111:f403::/48\n" }
    error_message = "The texts by family are not the list."
  }
}

run "china" {
  command = plan

  variables {
    instance     = "china"
    list_version = "2026022700"
  }

  assert {
    condition     = output.text == "40.72.120.0/22\n40.72.124.192/26\n42.159.33.192/27\n42.159.36.0/24\n42.159.161.192/27\n42.159.164.0/24\n139.219.16.0/23\n139.219.24.0/22\n139.219.145.0/24\n139.219.146.0/24\n139.219.156.0/22\n159.27.176.0/21\n2406:e500:200::/64\n2406:e500:201::/64\n2406:e500:4400::/39\n"
    error_message = "The text is not the list."
  }

  assert {
    condition     = output.text_by_family == { ipv4 = "40.72.120.0/22\n40.72.124.192/26\n42.159.33.192/27\n42.159.36.0/24\n42.159.161.192/27\n42.159.164.0/24\n139.219.16.0/23\n139.219.24.0/22\n139.219.145.0/24\n139.219.146.0/24\n139.219.156.0/22\n159.27.176.0/21\n", ipv6 = "2406:e500:200::/64\n2406:e500:201::/64\n2406:e500:4400::/39\n" }
    error_message = "The texts by family are not the list."
  }
}

run "usgovdod" {
  command = plan

  variables {
    instance     = "usgovdod"
    list_version = "2026033100"
  }

  assert {
    condition     = output.text == "23.103.191.0/24\n23.103.199.0/25\n23.103.204.0/22\n62.10.144.0/20\n2001:489a:2202::/62\n2001:489a:2202:8::/62\n2001:489a:2202:2000::/63\n2001:489a:2202:c000::/50\n"
    error_message = "The text is not the list."
  }

  assert {
    condition     = output.text_by_family == { ipv4 = "23.103.191.0/24\n23.103.199.0/25\n23.103.204.0/22\n62.10.144.0/20\n", ipv6 = "2001:489a:2202::/62\n2001:489a:2202:8::/62\n2001:489a:2202:2000::/63\n2001:489a:2202:c000::/50\n" }
    error_message = "The texts by family are not the list."
  }
}

run "usgovgcchigh" {
  command = plan

  variables {
    instance     = "usgovgcchigh"
    list_version = "2026033100"
  }

  assert {
    condition     = output.text == "23.103.191.0/24\n23.103.199.128/25\n23.103.208.0/22\n52.227.182.149/32\n52.238.74.212/32\n52.244.65.13/32\n62.10.128.0/20\n2001:489a:2202:4::/62\n2001:489a:2202:c::/62\n2001:489a:2202:2000::/63\n2001:489a:2202:8000::/50\n"
    error_message = "The text is not the list."
  }

  assert {
    condition     = output.text_by_family == { ipv4 = "23.103.191.0/24\n23.103.199.128/25\n23.103.208.0/22\n52.227.182.149/32\n52.238.74.212/32\n52.244.65.13/32\n62.10.128.0/20\n", ipv6 = "2001:489a:2202:4::/62\n2001:489a:2202:c::/62\n2001:489a:2202:2000::/63\n2001:489a:2202:8000::/50\n" }
    error_message = "The texts by family are not the list."
  }
}

run "too_long" {
  command = plan

  variables {
    max_entries = 5
  }

  expect_failures = [data.eop_smtp_allowlist.eop]
}
