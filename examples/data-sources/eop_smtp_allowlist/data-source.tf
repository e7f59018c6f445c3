# The newest list of the provider's instance, as rules of an AWS security group.
data "eop_smtp_allowlist" "inbound" {}

resource "aws_vpc_security_group_ingress_rule" "eop" {
  for_each          = data.eop_smtp_allowlist.inbound.rules
  security_group_id = "sg-0123456789abcdef0"
  cidr_ipv4         = each.value.family == "ipv4" ? each.value.cidr : null
  cidr_ipv6         = each.value.family == "ipv6" ? each.value.cidr : null
  ip_protocol       = each.value.protocol
  from_port         = each.value.from_port
  to_port           = each.value.to_port
  description       = each.value.description
}

# One version of another cloud, pinned.
data "eop_smtp_allowlist" "pinned" {
  instance = "china"
  version  = "2026022700"
}

output "pinned" {
  value = {
    published = data.eop_smtp_allowlist.pinned.published
    sha256    = data.eop_smtp_allowlist.pinned.sha256
    by_family = data.eop_smtp_allowlist.pinned.by_family
  }
}
