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
  description = "Start of every object's name."
  type        = string
  default     = "eop"

  validation {
    condition     = length(var.name) <= 15
    error_message = "Policy names have at most 35 characters; leave room for what is appended."
  }
}

variable "mail_hosts" {
  description = "Address objects (for inbound behind NAT: virtual IPs) of the mail hosts, by family: ipv4, ipv6 or both."
  type        = map(string)

  validation {
    condition     = length(var.mail_hosts) > 0 && length(setsubtract(keys(var.mail_hosts), ["ipv4", "ipv6"])) == 0
    error_message = "Families are ipv4 and ipv6, and at least one is needed."
  }
}

variable "external_interface" {
  description = "Interface or zone towards the internet."
  type        = string
}

variable "internal_interface" {
  description = "Interface or zone of the mail hosts."
  type        = string
}

variable "service" {
  description = "Service object for TCP port 25. SMTP is predefined."
  type        = string
  default     = "SMTP"
}

variable "source_nat" {
  description = "Whether the outbound policies translate the mail hosts' addresses."
  type        = bool
  default     = true
}
