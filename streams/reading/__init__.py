"""A message in, its Reading out: its text, kind, questions and signals."""
