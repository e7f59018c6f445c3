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
  description = "Resource group of the firewall and the IP groups."
  type        = string
}

variable "location" {
  description = "Azure region, such as westeurope."
  type        = string
}

variable "azure_firewall_name" {
  description = "Azure Firewall with classic rules. With a firewall policy, give ip_group_ids to its rule collection group."
  type        = string
}

variable "name" {
  description = "Name of the rule collection and of the IP groups, to which the family is appended."
  type        = string
  default     = "exchange-online-protection"
}

variable "families" {
  description = "Families to make an IP group for. Add ipv6 where your firewall takes it."
  type        = set(string)
  default     = ["ipv4"]

  validation {
    condition     = length(var.families) > 0 && length(setsubtract(var.families, ["ipv4", "ipv6"])) == 0
    error_message = "Families are ipv4 and ipv6, and at least one is needed."
  }
}

variable "mail_hosts" {
  description = "Addresses of the mail hosts as the firewall sees them, by family."
  type        = map(list(string))

  validation {
    condition     = alltrue([for hosts in values(var.mail_hosts) : length(hosts) > 0])
    error_message = "Each family needs a mail host."
  }
}

variable "priority" {
  description = "Priority of the rule collection."
  type        = number
  default     = 200
}
