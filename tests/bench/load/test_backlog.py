"""`bench.load.backlog` in small."""

from __future__ import annotations

import pytest

from tests.support.bench import figures


@pytest.mark.real
@pytest.mark.timeout(300)
@pytest.mark.parametrize("llm_seconds", ["0", "0.01"])
def test_watches_a_worker(real_servers: None, llm_seconds: str) -> None:
    """
    It tells the worker's memory, and how many results came out, of a hot ticket apart. It ends
    when all are out.
    """
    options = {"--tickets": "20", "--hot": "5", "--watch": "120", "--llm-seconds": llm_seconds}
    given = [text for option in options.items() for text in option]
    (line,) = figures("bench.load.backlog", *given, seconds=250)

    assert 0 < line["mb_10s"] <= line["mb_most"]
    assert (line["results"], line["hot_results"]) == (20, 5)
    assert line["seconds"] < 120
