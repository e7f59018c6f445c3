output "list" {
  description = "Which list the rules are from."
  value = {
    instance = data.eop_smtp_allowlist.eop.instance
    version  = data.eop_smtp_allowlist.eop.version
    sha256   = data.eop_smtp_allowlist.eop.sha256
  }
}

output "prefix_list_ids" {
  description = "Ids of the prefix lists, by family."
  value       = { for family, list in aws_ec2_managed_prefix_list.eop : family => list.id }
}
