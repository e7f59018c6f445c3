# Where Exchange Online's own servers connect from and to on TCP 443.
data "eop_endpoints" "exchange_https" {
  service_areas = ["Exchange"]
  required_only = true
  tcp_port      = 443
}

output "addresses" {
  value = data.eop_endpoints.exchange_https.by_family
}

output "sets" {
  value = { for s in data.eop_endpoints.exchange_https.endpoints : s.id => s.urls }
}
