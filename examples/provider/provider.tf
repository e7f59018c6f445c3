terraform {
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "eop" {
  instance = "worldwide" # or china, usgovdod, usgovgcchigh
}

data "eop_smtp_allowlist" "inbound" {}

# One rule per prefix, from Exchange Online Protection to the hybrid or Edge server.
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
