"""A stage that would make dead letters of everything waits instead."""

from __future__ import annotations

import pytest

from schemas.topics import INCOMING, TRIAGED
from streams.delivery.fault_limit import FaultLimit
from streams.errors import Refused, Unprocessable

BUG = KeyError("x")


def test_so_many_faults_in_a_row_are_let_go() -> None:
    """
    Each becomes a dead letter; the next one waits, and says why.
    """
    limit = FaultLimit(2, INCOMING)

    assert [limit.lets_go(BUG) for _ in range(3)] == [True, True, False]
    assert limit.trouble == "waits: 2 messages in a row failed by its own fault"


def test_a_message_that_gets_through_ends_it() -> None:
    """
    Faults that come one by one, among others that go well, never hold up a stage.
    """
    limit = FaultLimit(2, INCOMING)
    for _ in range(10):
        assert limit.lets_go(BUG)
        limit.succeeded()

    assert limit.trouble is None


@pytest.mark.parametrize(
    ("reads", "ours"), [pytest.param(INCOMING, False), pytest.param(TRIAGED, True)]
)
def test_whose_fault_a_broken_message_is(reads: object, ours: bool) -> None:
    """
    From outside may come anything; what the pipeline itself wrote and cannot read is its fault.
    """
    limit = FaultLimit(1, reads)  # type: ignore[arg-type]  # one of two topics

    assert limit.is_stages(Unprocessable("ticket_id: is missing")) is ours
    assert limit.is_stages(BUG)
    assert not limit.is_stages(Refused("no key"))
