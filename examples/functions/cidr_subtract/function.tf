# left: ["192.0.2.0/26", "192.0.2.128/25"]
output "left" {
  value = provider::eop::cidr_subtract(["192.0.2.0/24"], ["192.0.2.64/26", "2001:db8::/32"])
}
