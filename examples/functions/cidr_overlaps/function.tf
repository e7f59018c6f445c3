# pairs: [{ a = "192.0.2.0/24", b = "192.0.2.64/26" }]
# none:  []
locals {
  cidrs = ["198.51.100.0/24", "192.0.2.64/26", "192.0.2.0/24"]
}

output "pairs" {
  value = provider::eop::cidr_overlaps(local.cidrs)
}

# A merged list has none: fit for a rule of an Azure network security group.
output "none" {
  value = provider::eop::cidr_overlaps(provider::eop::cidr_merge(local.cidrs))
}
