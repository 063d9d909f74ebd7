"""What is read from a message: its text, kind, questions and signals."""
