"""The row of a run, and whether it keeps the promise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.chaos.ledger import Counts
from bench.chaos.rival import RIVALS
from bench.chaos.row import RunRow
from bench.chaos.run import Run
from bench.chaos.world import EndState, World


async def nothing(world: World) -> None:
    """Let nothing happen."""


WELL = Counts(
    tickets=100,
    processed=98,
    dead_lettered=2,
    lost=0,
    repeats=1,
    other_id=0,
    out_of_order=0,
    wrong=0,
)
RUN = Run(1, "", nothing)
FOUND = EndState(WELL, calls_again=3, ended=0, recovery=1.26, happened="5 kills", wrong=())


def a_row(run: Run = RUN, counts: Counts = WELL, **more: Any) -> RunRow:
    """Return the row of *run*, whose world found *counts*."""
    return RunRow.of(run, replace(FOUND, counts=counts, **more))


def test_the_promise_is_kept() -> None:
    """
    Repeats, and the questions that a kill asks twice, break no promise.
    """
    row = a_row()

    assert (row.failures, row.fails, row.proves_nothing) == ((), False, False)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lost", "2 lost"),
        ("other_id", "2 with another id"),
        ("out_of_order", "2 out of order"),
        ("wrong", "2 with an outcome that is not theirs"),
    ],
)
def test_the_promise_is_broken(name: str, said: str) -> None:
    """
    Each kind of breach fails, is named, and is not run again in the hope that it goes.
    """
    row = a_row(counts=replace(WELL, **{name: 2}), wrong=("no kill hit a call",))

    assert row.failures == (said, "no kill hit a call")
    assert row.fails
    assert not row.proves_nothing


def test_a_run_that_proves_nothing() -> None:
    """
    It fails, and may be run again.
    """
    row = a_row(wrong=("no kill hit a call",))

    assert row.fails
    assert row.proves_nothing


@pytest.mark.parametrize(("again", "fails"), [(5, False), (6, True)])
def test_questions_that_are_paid_for_twice(again: int, fails: bool) -> None:
    """
    Up to 5 % may be asked twice; where a run may ask more, more.
    """
    assert a_row(calls_again=again).fails is fails
    assert not a_row(replace(RUN, most_again=0.3), calls_again=again).fails


def test_workers_that_end_by_themselves() -> None:
    """
    Nobody may, unless the run is one in which they may.
    """
    assert a_row(ended=1).failures == ("1 workers ended by themselves",)
    assert not a_row(replace(RUN, may_end=True), ended=1).fails


def test_a_rival_promises_nothing() -> None:
    """
    What it loses is said, and fails nothing.
    """
    row = a_row(replace(RUN, rival=RIVALS[0]), replace(WELL, lost=7))

    assert row.failures == ("7 lost",)
    assert not row.fails


def test_a_run_that_did_not_come_to_its_end() -> None:
    """
    Without counts it fails, and says why.
    """
    row = RunRow(RUN, None, 0, None, "KeyError", ("KeyError",))

    assert row.fails
    assert row.as_json()["failures"] == ("KeyError",)
    assert "tickets" not in row.as_json()


def test_as_json() -> None:
    """
    A row for a program has every count, and seconds of one digit.
    """
    row = a_row().as_json()

    assert (row["scenario"], row["tickets"], row["lost"]) == ("1", 100, 0)
    assert (row["seconds_to_recover"], row["calls_beyond_need"]) == (1.3, 3)
    assert a_row(recovery=None).as_json()["seconds_to_recover"] is None
