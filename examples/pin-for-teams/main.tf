# One pin for thirty teams: a module with the list as a file. A release of the
# module is the approval; the teams get it by raising the module's version.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

resource "terraform_data" "network" {
  input = "something that the module waits for"
}

module "eop" {
  source     = "./modules/eop-smtp"
  depends_on = [terraform_data.network]
}

resource "terraform_data" "rule" {
  for_each = module.eop.rules
  input    = each.value
}

output "list" {
  value = module.eop.list
}
