"""What the operator defines in YAML: taxonomy and policy."""
