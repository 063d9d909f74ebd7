"""`bench.weaviate_load` in small."""

from __future__ import annotations

import pytest

from tests.support.bench import figures


@pytest.mark.real
def test_tells_both_rates(real_servers: None) -> None:
    """
    It tells chunks a second of `put` and of a bare insertion.
    """
    (line,) = figures("bench.weaviate_load", "--chunks", "400")

    assert line["chunks"] == 400
    assert line["put_per_s"] > 0
    assert line["insert_many_per_s"] > 0
