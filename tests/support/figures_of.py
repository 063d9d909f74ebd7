"""What this process, or a worker's port, has counted."""

from __future__ import annotations

import urllib.request

from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families as parse

Labels = frozenset[tuple[str, str]]


def counted(name: str, **labels: str) -> float:
    """Return the value of a sample of this process; 0 if there is none."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def scraped(url: str) -> dict[tuple[str, Labels], float]:
    """Return the samples at *url*, by name and labels."""
    with urllib.request.urlopen(url) as answer:  # noqa: S310  # ours
        said = answer.read().decode()
    return {(s.name, frozenset(s.labels.items())): s.value for f in parse(said) for s in f.samples}
