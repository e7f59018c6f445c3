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

variable "max_entries" {
  description = "Entries that the firewall takes from the list; see its data sheet."
  type        = number
  default     = 1000
}
