"""Plain Faust as a rival, on a real Kafka."""

from __future__ import annotations

import pytest

from tests.bench.chaos.rivals.undisturbed import undisturbed


@pytest.mark.real
async def test_it_takes_every_ticket(real_servers: None) -> None:
    """
    A rival that nobody disturbs takes every ticket: what it loses later is the fault's doing.
    """
    counts = await undisturbed("bench.chaos.rivals.plain_faust")

    assert (counts.tickets, counts.lost) == (20, 0)
