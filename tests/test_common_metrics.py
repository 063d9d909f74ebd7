"""What workers and sidecars count alike."""

from __future__ import annotations

import subprocess
import sys

import health.metrics
import streams.metrics
from streams import common_metrics


def test_both_have_it() -> None:
    """
    The tables of metrics, of workers and of sidecars, have what both count.
    """
    assert health.metrics.BACKEND_REFUSES is common_metrics.BACKEND_REFUSES
    assert streams.metrics.BACKEND_REFUSES is common_metrics.BACKEND_REFUSES


def test_a_sidecar_shows_no_metric_of_workers() -> None:
    """
    A gauge that only workers set would show 0 there, as if there were no articles.
    """
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import health.sidecar, prometheus_client as p;"
            "print(*{m.name for m in p.REGISTRY.collect()})",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert "ticketstream_backend_refuses" in shown
    assert "ticketstream_process_waiting" in shown
    assert not {"ticketstream_articles", "ticketstream_stage_in_flight"} & set(shown)
