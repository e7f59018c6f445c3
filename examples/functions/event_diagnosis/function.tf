# health_mailbox_cause: true
# other:                { cause = "shared_web_config", health_mailbox_cause = false }
# certificate:          "auth_certificate"
locals {
  event = <<-EOT
    Event code: 3005
    Event message: An unhandled exception has occurred.
    Exception message: MapiExceptionIllegalCrossServerConnection: Monitoring mailbox [] with application ID [Client=OWA] is not allowed to make cross-server calls from [mbx1.contoso.example] to [mbx2.contoso.example]
    Request path: /owa/proxylogon.owa
    User: CONTOSO\SM_0123456789abcdef0
  EOT

  diagnosis = provider::eop::event_diagnosis(local.event)
  other = provider::eop::event_diagnosis(
    "Event ID: 1309, event code: 3005. Could not find file 'SharedWebConfig.config'."
  )
}

output "health_mailbox_cause" {
  value = local.diagnosis.health_mailbox_cause
}

output "evidence" {
  value = local.diagnosis.evidence
}

# Not every event 1309 is about health mailboxes, and re-creating them helps no other.
output "other" {
  value = { cause = local.other.cause, health_mailbox_cause = local.other.health_mailbox_cause }
}

# The commonest one is an expired auth certificate; remediation says how to renew it.
output "certificate" {
  value = provider::eop::event_diagnosis(
    "Event code: 3005. ASSERT: HMACProvider.GetCertificates:protectionCertificates.Length<1"
  ).cause
}
