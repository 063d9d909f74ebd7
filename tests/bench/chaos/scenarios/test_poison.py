"""The messages that are at fault."""

from __future__ import annotations

import pytest

from bench.chaos.ledger import BROKEN, MESSAGE
from bench.chaos.scenarios.poison import DEADLY, broken, poisoned
from bench.chaos.tickets import messages
from schemas.envelope import header
from schemas.ticket import parse_ticket
from schemas.topics import INCOMING, TRIAGED
from streams.errors import Unprocessable
from streams.stage import Message, Stage
from tests.support.stages import triaged

FIRST = Stage("triage", INCOMING, triaged, TRIAGED)


@pytest.mark.parametrize("number", range(10))
def test_ten_ways_to_be_broken(number: int) -> None:
    """
    Each of them is none that the first stage reads.
    """
    with pytest.raises(Unprocessable):
        FIRST.decode(Message("t", b"T", broken("T-broken")[number], []))


def test_null() -> None:
    """
    The eleventh is no message at all, which the product skips.
    """
    assert broken("T")[10:] == [None]


def test_good_ones_between() -> None:
    """
    All good messages are there in their order; every tenth is followed by a broken one, which
    says so; and two are deadly.
    """
    given = list(poisoned(300, every=10))

    good = [m for m in given if header(m.headers, BROKEN) is None]
    bad = [m for m in given if header(m.headers, BROKEN)]
    deadly = [m for m in bad if DEADLY.encode() in (m.value or b"")]
    assert good == list(messages(300))
    assert (len(bad), len(deadly)) == (32, 2)
    assert {m.value for m in bad} >= set(broken("T-broken"))
    assert len({header(m.headers, MESSAGE) for m in given}) == len(given)


def test_a_deadly_one_is_a_ticket() -> None:
    """
    It is read like any other, and comes to be worked on.
    """
    (one, two) = [m for m in poisoned(30, every=100) if DEADLY.encode() in (m.value or b"")]

    assert parse_ticket(one.value or b"").raw_message == DEADLY
    assert one.key != two.key
