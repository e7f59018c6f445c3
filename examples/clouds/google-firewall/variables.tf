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

variable "project" {
  description = "Project of the network. Null takes the provider's."
  type        = string
  default     = null
}

variable "network" {
  description = "Name of the VPC network."
  type        = string
}

variable "target_tags" {
  description = "Network tags of the mail hosts."
  type        = set(string)

  validation {
    condition     = length(var.target_tags) > 0
    error_message = "Without a tag the rules are for every host of the network."
  }
}

variable "name" {
  description = "Start of the rules' names."
  type        = string
  default     = "exchange-online-protection"
}

variable "priority" {
  description = "Priority of the rules."
  type        = number
  default     = 1000
}
