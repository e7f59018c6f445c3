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

variable "table" {
  description = "Name of the table, which the ruleset owns and replaces."
  type        = string
  default     = "eop_smtp"

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_]*$", var.table))
    error_message = "Small letters, digits and underscores only: the name stands in the ruleset."
  }
}

variable "also_from" {
  description = "Further prefixes that send to the host over SMTP, such as internal Exchange servers. All else is dropped."
  type        = list(string)
  default     = []
}

variable "restrict_outbound" {
  description = "Whether outbound SMTP goes to EOP only."
  type        = bool
  default     = false
}
