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
  description = "Name of the prefix lists; the family is appended."
  type        = string
  default     = "exchange-online-protection"
}

variable "security_group_id" {
  description = "Security group of the mail hosts."
  type        = string
}

# Every rule that refers to a prefix list counts as max_entries rules against the
# security group's quota, however many entries there are.
variable "max_entries" {
  description = "Size of the prefix lists, with room for the list to grow."
  type        = object({ ipv4 = number, ipv6 = number })
  default     = { ipv4 = 20, ipv6 = 10 }

  validation {
    condition     = alltrue([for n in values(var.max_entries) : n >= 1 && n <= 1000])
    error_message = "A prefix list has 1 to 1000 entries."
  }
}
