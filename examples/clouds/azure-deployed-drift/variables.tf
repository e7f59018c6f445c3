variable "instance" {
  description = "Service instance: worldwide, china, usgovdod or usgovgcchigh."
  type        = string
  default     = "worldwide"
}

variable "list_version" {
  description = "List version the rules should have; null for the newest."
  type        = string
  default     = null
}

variable "network_security_group_name" {
  description = "The network security group in front of the hybrid server."
  type        = string
}

variable "resource_group_name" {
  description = "Its resource group."
  type        = string
}
