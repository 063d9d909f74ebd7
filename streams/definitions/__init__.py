"""What the operator defines in files: taxonomy, policy, prompts, words to read messages by."""
