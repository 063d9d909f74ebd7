"""`bench.llm_latency` in small."""

from __future__ import annotations

import pytest

from tests.support.bench import figures

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


def test_tells_what_is_added() -> None:
    """
    A ticket takes two calls of the model, and the rest of the time is ours.
    """
    (line,) = figures(
        "bench.llm_latency", *("--seconds", "0.01"), *("--tickets", "2"), *("--backlog", "3")
    )

    assert line["calls_per_ticket"] == 2
    assert line["model_ms"] == 20
    assert line["added_ms"] > 0
