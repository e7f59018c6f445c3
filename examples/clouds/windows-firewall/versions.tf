terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}
