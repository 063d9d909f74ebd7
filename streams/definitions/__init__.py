"""What the operator defines in YAML: taxonomy, policy rules, and the words messages are read by."""
