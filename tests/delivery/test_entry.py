"""What an entry says of its message."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from schemas import IncomingTicket
from streams.delivery.entry import weight


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param([{} for _ in range(20_000)], id="objects"),
        pytest.param([[[n]] for n in range(20_000)], id="lists"),
        pytest.param([{"a": n} for n in range(20_000)], id="objects of one element"),
        pytest.param({f"{n:x}": n for n in range(20_000)}, id="one object"),
        pytest.param([f"{n:x}" for n in range(20_000)], id="strings"),
        pytest.param([n + 0.5 for n in range(20_000)], id="numbers"),
    ],
)
def test_a_message_weighs_what_it_takes(metadata: object) -> None:
    """
    What is small on its topic and large when it is read counts as what it is then.
    """
    value = json.dumps({"ticket_id": "T", "raw_message": "x", "metadata": {"m": metadata}}).encode()
    tracemalloc.start()
    try:
        read = IncomingTicket.model_validate_json(value)
        takes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert read.ticket_id == "T"
    assert takes / 2 < weight(value) < 4 * takes
