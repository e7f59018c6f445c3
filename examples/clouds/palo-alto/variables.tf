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
  description = "Name of the group and the start of every other name."
  type        = string
  default     = "eop"
}

variable "device_group" {
  description = "Device group, on Panorama. Null is a firewall's own vsys."
  type        = string
  default     = null
}

variable "vsys" {
  description = "Virtual system, where there is no device group."
  type        = string
  default     = "vsys1"
}

variable "external_zone" {
  description = "Zone towards the internet."
  type        = string
}

variable "internal_zone" {
  description = "Zone of the mail hosts."
  type        = string
}

variable "inbound_addresses" {
  description = "Addresses or objects of the mail hosts as senders reach them, before NAT."
  type        = set(string)
}

variable "outbound_addresses" {
  description = "Addresses or objects of the mail hosts as they send."
  type        = set(string)
}

variable "service" {
  description = "Service object for TCP port 25. application-default takes the ports of the application smtp."
  type        = string
  default     = "application-default"
}

variable "position" {
  description = <<-EOT
    Where the rules go in the rulebase. Of several modules in one rulebase at most one can be first: each other names a
    pivot, such as the last rule of the module before it.
  EOT
  type = object({
    where    = string
    directly = optional(bool)
    pivot    = optional(string)
  })
}
