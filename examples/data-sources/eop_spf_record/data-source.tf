variable "resolver" {
  description = "Name server to ask, host:port. Null: the system's resolver."
  type        = string
  default     = null
}

data "eop_smtp_allowlist" "inbound" {}

data "eop_spf_record" "inbound" {
  resolver = var.resolver
}

# missing_cidrs: the record names them and the list lacks them, so the list is stale.
# excess_cidrs: the record does not confirm them.
output "list_against_record" {
  value = provider::eop::allowlist_drift({
    deployed = data.eop_smtp_allowlist.inbound.cidrs
    expected = data.eop_spf_record.inbound.cidrs
  })
}
