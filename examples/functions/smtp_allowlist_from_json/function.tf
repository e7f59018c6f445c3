output "vendored" {
  value = provider::eop::smtp_allowlist_from_json(
    "worldwide", "2026081400", file("${path.module}/eop-worldwide-2026081400.json")
  ).cidrs
}
