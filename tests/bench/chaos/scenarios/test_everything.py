"""The order in which all of it happens."""

from __future__ import annotations

from itertools import islice

from bench.chaos.scenarios.everything import FAULTS, _in_turn
from bench.chaos.world import World
from tests.support.kafka import RealKafka


def test_every_fault_has_its_turn() -> None:
    """
    Each happens once before one happens again, in an order that the seed decides.
    """

    def first(seed: int) -> list[object]:
        return list(islice(_in_turn(World(RealKafka(), quick=True, seed=seed)), 12))

    one = first(1)

    assert set(one[:6]) == set(one[6:]) == set(FAULTS)
    assert one == first(1)
    assert any(one != first(seed) for seed in range(2, 6))
