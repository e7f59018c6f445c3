# old:     { can_connect = false, release = "Outlook 2010 SP2", ... }
# current: { can_connect = true, release = "Version 2609", supported = null, ... }
# unknown: { known = false, nearest = "2609 (16.0.20430)", ... }
output "old" {
  value = provider::eop::outlook_release("14.0.7172.5000")
}

# The build does not tell the licence: Microsoft 365 Apps and retail Office share it.
output "current" {
  value = provider::eop::outlook_release("16.0.20430.20092")
}

# HTTP user agents carry three numbers.
output "unknown" {
  value = provider::eop::outlook_release("16.0.20999")
}
