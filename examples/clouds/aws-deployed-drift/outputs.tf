output "drift" {
  description = "How what is deployed differs from the list, and which published versions it equals."
  value       = local.drift
}
