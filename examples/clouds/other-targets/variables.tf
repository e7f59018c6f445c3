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

variable "oci_network_security_group_id" {
  description = "OCID of the network security group of the mail hosts."
  type        = string
}

variable "openstack_security_group_id" {
  description = "Id of the security group of the mail hosts."
  type        = string
}

variable "cloudflare_account_id" {
  description = "Id of the Cloudflare account."
  type        = string
}

variable "digitalocean_tags" {
  description = "Tags of the mail hosts."
  type        = set(string)
}
