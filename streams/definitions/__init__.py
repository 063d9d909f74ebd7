"""What the operator defines in YAML: taxonomy, policy rules, the wordings of signals."""
