# Behind a proxy or a mirror of your own. The proxy comes from HTTPS_PROXY and
# NO_PROXY; a proxy that inspects TLS needs its authority in ca_bundle.

terraform {
  required_version = ">= 1.8"
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}

variable "mirror_url" {
  description = "A web server with the web service's paths: /version/<instance> and /endpoints/<instance>."
  type        = string
  default     = "https://eop-mirror.example.net"
}

variable "ca_bundle" {
  description = "PEM file with the authority of the mirror, or of a proxy that inspects TLS."
  type        = string
  default     = null
}

provider "eop" {
  list_source     = "auto"
  service_url     = var.mirror_url
  ca_bundle       = var.ca_bundle
  request_timeout = "5s"
}

# With minimum_version the newest list known here is used, with a warning, while
# the mirror cannot be reached. Without it an outage is an error.
data "eop_smtp_allowlist" "inbound" {
  minimum_version = "2026081400"
}

resource "terraform_data" "rule" {
  for_each = data.eop_smtp_allowlist.inbound.rules
  input    = each.value
}

output "list" {
  value = {
    version = data.eop_smtp_allowlist.inbound.version
    source  = data.eop_smtp_allowlist.inbound.source
    stale   = data.eop_smtp_allowlist.inbound.stale
  }
}
