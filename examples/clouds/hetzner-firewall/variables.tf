variable "instance" {
  description = "Service instance of the tenant: worldwide (GCC included), china, usgovdod or usgovgcchigh."
  type        = string
  default     = "worldwide"
}

variable "list_version" {
  description = "Version of the list to pin, such as 2026081400. Null takes the newest."
  type        = string
  default     = null
}

variable "name" {
  description = "Name of the firewall."
  type        = string
  default     = "exchange-online-protection"
}

variable "labels" {
  description = "Labels of the firewall."
  type        = map(string)
  default     = {}
}

variable "restrict_outbound" {
  description = <<-EOT
    Whether to add the outbound rule to EOP. Hetzner then drops all other outbound traffic that no rule allows, so add
    what else the servers need.
  EOT
  type        = bool
  default     = false
}
