# An nftables ruleset for a Linux mail host or gateway. nft replaces the whole
# table in one transaction:
#
#   terraform output -raw ruleset | nft -f -

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version
}

locals {
  # Elements of an interval set must not overlap; merging keeps exactly the
  # addresses and removes the overlaps with your own prefixes.
  sources  = provider::eop::cidr_merge(concat(data.eop_smtp_allowlist.eop.cidrs, var.also_from))
  inbound  = provider::eop::cidr_by_family(local.sources)
  outbound = data.eop_smtp_allowlist.eop.by_family

  ruleset = templatefile("${path.module}/ruleset.nft.tftpl", {
    table             = var.table
    list              = "${data.eop_smtp_allowlist.eop.instance} ${data.eop_smtp_allowlist.eop.version}"
    port              = data.eop_smtp_allowlist.eop.port
    inbound           = local.inbound
    outbound          = local.outbound
    restrict_outbound = var.restrict_outbound
  })
}
