"""How well triage, retrieval and policy do on public data."""
