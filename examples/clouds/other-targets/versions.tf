terraform {
  required_version = ">= 1.8"
  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = ">= 5.0"
    }
    digitalocean = {
      source  = "digitalocean/digitalocean"
      version = ">= 2.0"
    }
    linode = {
      source  = "linode/linode"
      version = ">= 2.0"
    }
    oci = {
      source  = "oracle/oci"
      version = ">= 5.0"
    }
    openstack = {
      source  = "terraform-provider-openstack/openstack"
      version = ">= 2.0"
    }
    eop = {
      source = "eop-firewall/eop"
    }
  }
}
