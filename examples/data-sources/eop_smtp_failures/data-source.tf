# worst: { class = "firewall_refused", found = 2, suspect = "yes" }
# Subjects are no evidence, and neither is the wrapper around an error.
data "eop_smtp_failures" "this" {
  text_file = "${path.module}/message-trace.csv"
}

output "worst" {
  value = {
    class   = data.eop_smtp_failures.this.most_suspicious.class
    suspect = data.eop_smtp_failures.this.most_suspicious.allowlist_suspect
    found   = data.eop_smtp_failures.this.most_suspicious.failures_found
  }
}

output "what_to_do" {
  value = data.eop_smtp_failures.this.most_suspicious.remediation
}

output "classes" {
  value = data.eop_smtp_failures.this.failures[*].class
}
