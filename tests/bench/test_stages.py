"""`bench.stages` in small."""

from __future__ import annotations

from streams.pipeline import STAGES
from tests.support.bench import figures


def test_tells_what_each_stage_costs() -> None:
    """
    It tells milliseconds of every stage, and of all.
    """
    (line,) = figures("bench.stages", "--tickets", "3")

    assert line.keys() == {*STAGES, "all"}
    assert line["all"] > 0
