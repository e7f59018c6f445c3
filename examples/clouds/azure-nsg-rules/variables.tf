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

variable "resource_group_name" {
  description = "Resource group of the network security group."
  type        = string
}

variable "network_security_group_name" {
  description = "Network security group of the mail hosts. It must have no rules inline."
  type        = string
}

variable "mail_hosts" {
  description = "Address prefix of the mail hosts, by family. Default: every host behind the network security group."
  type        = object({ ipv4 = string, ipv6 = string })
  default     = { ipv4 = "*", ipv6 = "*" }
}

variable "priority" {
  description = "Priority of the first rule in each direction; the second family takes the next."
  type        = number
  default     = 200

  validation {
    condition     = var.priority >= 100 && var.priority <= 4095
    error_message = "Priorities are 100 to 4096, and two are needed."
  }
}
