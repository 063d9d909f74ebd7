"""`bench.chaos` as a program."""

from __future__ import annotations

from tests.support.bench import printed


def test_it_lists_its_scenarios() -> None:
    """
    The program starts and tells what it would do; CI runs its quick scenarios after the tests.
    """
    said = printed("bench.chaos", "--list")

    assert "9 upgraded and rolled back" in said
