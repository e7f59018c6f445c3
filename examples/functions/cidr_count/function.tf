# count: { ipv4_addresses = 256, ipv6_addresses = 79228162514264337593543950336, prefixes = 3 }
# text:  "79228162514264337593543950336"
locals {
  count = provider::eop::cidr_count(["192.0.2.0/24", "192.0.2.128/25", "2001:db8::/32"])
}

output "count" {
  value = local.count
}

# For jq and JavaScript, which round numbers above 2^53.
output "text" {
  value = tostring(local.count.ipv6_addresses)
}
