output "list" {
  description = "Which list the rules are from."
  value = {
    instance = data.eop_smtp_allowlist.eop.instance
    version  = data.eop_smtp_allowlist.eop.version
    sha256   = data.eop_smtp_allowlist.eop.sha256
  }
}

output "groups" {
  description = "Names of the address groups, by family."
  value = {
    ipv4 = fortios_firewall_addrgrp.eop.name
    ipv6 = fortios_firewall_addrgrp6.eop.name
  }
}
