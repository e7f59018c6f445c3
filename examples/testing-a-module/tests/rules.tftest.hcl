provider "eop" {
  list_source = "embedded"
}

run "one_rule_per_prefix" {
  command = plan

  variables {
    list_version = "2026081400"
  }

  assert {
    condition     = length(terraform_data.rule) == 6
    error_message = "The worldwide list of August 2026 has six prefixes."
  }
}
