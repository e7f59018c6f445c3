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
  description = "Start of the rules' names, by which the script finds them again."
  type        = string
  default     = "exchange-online-protection"

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+$", var.name))
    error_message = "Letters, digits and hyphens only: the name stands in the script."
  }
}

variable "also_from" {
  description = "Further prefixes that send to the server over SMTP, such as other Exchange servers and applications."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.also_from : can(cidrhost(cidr, 0))])
    error_message = "Prefixes only, such as 10.0.0.0/8."
  }
}
