terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

variable "instance" {
  description = "Service instance of the list in this folder."
  type        = string
  default     = "worldwide"
}

variable "list_version" {
  description = "Version of the list in this folder, eop-<instance>-<version>.json."
  type        = string
  default     = "2026081400"
}

# A function needs no provider configuration and is known while planning, also
# where the caller puts the module behind depends_on.
locals {
  list = provider::eop::smtp_allowlist_from_json(
    var.instance,
    var.list_version,
    file("${path.module}/eop-${var.instance}-${var.list_version}.json"),
  )
}

output "cidrs" {
  description = "The prefixes to allow on TCP port 25."
  value       = local.list.cidrs
}

output "by_family" {
  description = "The prefixes by family, for targets that take one family a rule."
  value       = local.list.by_family
}

output "rules" {
  description = "One rule for each prefix, keyed by it."
  value       = local.list.rules
}

output "list" {
  description = "Which list this is."
  value       = { instance = local.list.instance, version = local.list.version, sha256 = local.list.sha256 }
}
