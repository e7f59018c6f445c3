# Cloudflare: a list for the rules of an account. A single host stands without its
# length, which host_or_cidr leaves out.
resource "cloudflare_list" "eop" {
  account_id  = var.cloudflare_account_id
  name        = "exchange_online_protection"
  kind        = "ip"
  description = "Exchange Online Protection SMTP (${data.eop_smtp_allowlist.eop.instance})"

  items = [
    for rule in values(data.eop_smtp_allowlist.eop.rules) : {
      ip      = rule.host_or_cidr
      comment = rule.description
    }
  ]
}
