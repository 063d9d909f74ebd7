"""ticketstream: AI triage and drafted answers for customer support. Start at `pipeline.py`."""

import os
from importlib.metadata import version

# Before numpy is loaded. Our matrices are small: a thread more than the caller's only spins while
# it waits, and learning the classifier's examples took 2 s of processor time instead of 0.1.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = version("ticketstream")
