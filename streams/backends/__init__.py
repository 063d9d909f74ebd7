"""A folder a product, each behind a port of ports.py; and the wrappers round any backend."""
