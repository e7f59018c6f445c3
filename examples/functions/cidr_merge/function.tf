# merged: ["192.0.2.0/24", "2001:db8::/32"]
# union:  ["40.92.0.0/15", "203.0.113.7/32"]
output "merged" {
  value = provider::eop::cidr_merge(["192.0.2.128/25", "192.0.2.0/25", "192.0.2.7", "2001:db8::/32"])
}

# The union of two lists.
output "union" {
  value = provider::eop::cidr_merge(concat(["40.92.0.0/15"], ["203.0.113.7", "40.93.0.0/16"]))
}
