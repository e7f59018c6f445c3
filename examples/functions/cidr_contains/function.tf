# whole:   true
# partly:  false
# another: false
output "whole" {
  description = "Two halves contain their whole."
  value       = provider::eop::cidr_contains(["192.0.2.0/25", "192.0.2.128/25"], "192.0.2.0/24")
}

output "partly" {
  value = provider::eop::cidr_contains(["192.0.2.0/25"], "192.0.2.0/24")
}

output "another" {
  description = "An IPv4 list contains no IPv6 address."
  value       = provider::eop::cidr_contains(["0.0.0.0/0"], "2001:db8::1")
}
