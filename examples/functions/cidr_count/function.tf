# count: { ipv4_addresses = 256, ipv6_addresses = "79228162514264337593543950336", prefixes = 3 }
locals {
  count = provider::eop::cidr_count(["192.0.2.0/24", "192.0.2.128/25", "2001:db8::/32"])
}

output "count" {
  value = local.count
}
