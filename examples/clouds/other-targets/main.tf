# SMTP from Exchange Online Protection on five further targets, a file for each.
# Copy the data source and the file of yours.

data "eop_smtp_allowlist" "eop" {
  instance = var.instance
  version  = var.list_version
}
