"""ticketstream: AI triage and drafted answers for customer support. Start at `pipeline.py`."""

from importlib.metadata import version

__version__ = version("ticketstream")
