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

variable "security_group_ids" {
  description = "Security groups of the mail hosts, in the order in which they are filled. One holds a list within its quota."
  type        = list(string)
}

variable "rules_per_group" {
  description = "Rules a security group takes in each direction and family. AWS's default quota is 60; leave room for your own."
  type        = number
  default     = 60
}
