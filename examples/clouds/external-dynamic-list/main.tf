# The list as plain text, one prefix per line, for firewalls that fetch an external
# dynamic list (Palo Alto), a threat feed (FortiGate) or a network feed (Check
# Point). Publish the outputs with what serves your files:
#
#   terraform output -raw text > eop.txt

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version

  lifecycle {
    postcondition {
      condition     = length(self.cidrs) <= var.max_entries
      error_message = "List ${self.version} has ${length(self.cidrs)} prefixes; the firewall takes ${var.max_entries}."
    }
  }
}

locals {
  list      = "${join("\n", data.eop_smtp_allowlist.eop.cidrs)}\n"
  by_family = { for family, cidrs in data.eop_smtp_allowlist.eop.by_family : family => "${join("\n", cidrs)}\n" }
}
