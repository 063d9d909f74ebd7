"""
Metrics that workers and sidecars have alike.

A sidecar has no other metric of `streams/metrics.py`: a gauge that nobody sets would show 0 there.
"""

from __future__ import annotations

from prometheus_client import Gauge

BACKEND_REFUSES = Gauge(
    "ticketstream_backend_refuses",
    "1 while a backend refuses credentials, quota or the name of a model, or Kafka a right: mend"
    " the settings, or give the right.",
    ["backend"],
)
