# A PowerShell script that makes the rules in the Windows Firewall of the hybrid
# server itself. It can run again at every change of the list:
#
#   terraform output -raw script > eop.ps1

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version
}

locals {
  script = templatefile("${path.module}/rules.ps1.tftpl", {
    name     = var.name
    list     = "${data.eop_smtp_allowlist.eop.instance} ${data.eop_smtp_allowlist.eop.version}"
    port     = data.eop_smtp_allowlist.eop.port
    inbound  = distinct(concat(data.eop_smtp_allowlist.eop.cidrs, var.also_from))
    outbound = data.eop_smtp_allowlist.eop.cidrs
  })
}
