# cidrs:   ["11.0.0.0/8", "40.92.0.0/15"]
# removed: ["10.0.0.0/8: private use (RFC 1918)", "2001:db8::/32: documentation (RFC 3849)"]
locals {
  public = provider::eop::cidr_exclude_special(["10.0.0.0/7", "40.92.0.0/15", "2001:db8::/32"])
}

output "cidrs" {
  value = local.public.cidrs
}

output "removed" {
  value = [for r in local.public.removed : "${r.cidr}: ${r.reason} (${r.reference})"]
}
