"""What the operator defines in YAML: taxonomy, policy rules, the words by which a message is read."""
