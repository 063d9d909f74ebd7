"""ticketstream: AI triage and drafted answers for customer support. Start at `pipeline.py`."""

import os
from importlib.metadata import version

__version__ = version("ticketstream")

# Our matrices are small: threads of NumPy's BLAS would wait for one another, and that at full
# speed. On a busy machine, to learn the default taxonomy takes seven times as long with two.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
