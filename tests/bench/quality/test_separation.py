"""How well scores tell the right from the wrong."""

from __future__ import annotations

import pytest

from bench.quality.separation import auc


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ([2, 3], [0, 1], 1),
        ([0], [1], 0),
        ([1], [1], 0.5),
        ([1, 3], [2], 0.5),
        ([1, 2], [1, 0, 0], 5.5 / 6),
    ],
)
def test_auc(right: list[float], wrong: list[float], expected: float) -> None:
    """
    The share of pairs in which the right one scores higher; a tie counts as a half.
    """
    assert auc(right, wrong) == pytest.approx(expected)
