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

variable "security_group_id" {
  description = "The security group in front of the hybrid server."
  type        = string
}
