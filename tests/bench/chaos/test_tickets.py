"""The messages that a run publishes."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise

import pytest

from bench.chaos.ledger import BROKEN, MESSAGE
from bench.chaos.tickets import REVISIONS, TOGETHER, messages, sent
from schemas.envelope import header
from schemas.ticket import parse_ticket


@pytest.mark.parametrize("count", [0, 1, 19, 20, 21, 100])
def test_each_is_a_ticket_of_its_own(count: int) -> None:
    """
    All are tickets, under their ticket's id; no two have the same text or the same id.
    """
    made = list(messages(count))
    tickets = [parse_ticket(message.value or b"") for message in made]

    assert len(made) == count
    assert len({t.raw_message for t in tickets}) == count
    assert len({t.message_id for t in tickets}) == count
    assert [message.key for message in made] == [t.ticket_id.encode() for t in tickets]
    assert [header(m.headers, MESSAGE) for m in made] == [t.message_id for t in tickets]
    assert not any(header(message.headers, BROKEN) for message in made)


def test_a_tickets_messages_come_in_order() -> None:
    """
    Each ticket's revisions ascend, and between two of them others come.
    """
    at = defaultdict(list)
    for number, message in enumerate(messages(REVISIONS * TOGETHER * 3)):
        ticket = parse_ticket(message.value or b"")
        at[ticket.ticket_id].append((number, ticket.revision))

    assert len(at) == TOGETHER * 3
    for found in at.values():
        assert [revision for _, revision in found] == list(range(1, REVISIONS + 1))
        assert all(b - a == TOGETHER for (a, _), (b, _) in pairwise(found))


def test_two_runs_share_nothing() -> None:
    """
    Messages of another run are others.
    """
    one, two = ({m.value for m in messages(20, run)} for run in ("a", "b"))

    assert not one & two


def test_a_broken_one_says_so() -> None:
    """
    A header tells it, because nothing else of it may be readable.
    """
    message = sent("T", "m-1", json.dumps([]).encode(), broken=True)

    assert header(message.headers, BROKEN) == "yes"
    assert header(message.headers, MESSAGE) == "m-1"
