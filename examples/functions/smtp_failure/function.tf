# From a file: echo 'provider::eop::smtp_failure(file("ndr.txt"))' | terraform console
# refused: { class = "firewall_refused", suspect = "yes", direction = "eop_to_onprem", target = "203.0.113.44:25" }
# tls:     { class = "tls", suspect = "no" }
locals {
  refused = provider::eop::smtp_failure(join(" ", [
    "450 4.4.316 Connection refused [Message=Socket error code 10061]",
    "[LastAttemptedServerName=hybrid.contoso.example] [LastAttemptedIP=203.0.113.44:25]",
  ]))

  # The same kind of wrapper around something else: judged by what is inside.
  tls = provider::eop::smtp_failure(join(" ", [
    "450 4.4.317 Cannot connect to remote server [Message=451 5.7.3 STARTTLS is required to send mail]",
    "[LastAttemptedIP=203.0.113.44:25]",
  ]))
}

output "refused" {
  value = {
    class     = local.refused.class
    suspect   = local.refused.allowlist_suspect
    direction = local.refused.direction
    target    = "${local.refused.target.address}:${local.refused.target.port}"
  }
}

output "what_to_do" {
  value = local.refused.remediation
}

output "tls" {
  value = { class = local.tls.class, suspect = local.tls.allowlist_suspect }
}
