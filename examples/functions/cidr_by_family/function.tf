# families: { ipv4 = ["192.0.2.0/24", "198.51.100.7/32"], ipv6 = ["2001:db8::/32"] }
locals {
  families = provider::eop::cidr_by_family(["192.0.2.0/24", "2001:0DB8::/32", "198.51.100.7"])
}

output "families" {
  value = local.families
}

# Stands for a rule of a target that takes one family: a family without prefixes
# gets no rule, rather than a rule without addresses.
resource "terraform_data" "rule" {
  for_each = local.families

  input = {
    family  = each.key
    sources = each.value
  }
}
