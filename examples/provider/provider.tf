terraform {
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

provider "eop" {
  instance = "usgovgcchigh"
}

data "eop_smtp_allowlist" "inbound" {}

output "allow_on_tcp_25" {
  value = data.eop_smtp_allowlist.inbound.cidrs
}
