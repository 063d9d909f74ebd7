"""The topics: what must be true of their policies and limits for a ticket to get through."""

from __future__ import annotations

from itertools import pairwise

import pytest

from schemas import Event
from schemas.ticket import MAX_TICKET_BYTES
from schemas.topics import (
    ALL,
    ARTICLES,
    DEAD_LETTERS,
    FLOW,
    INCOMING,
    MAX_DEAD_LETTER_BYTES,
    MAX_EVENT_BYTES,
    PROCESSED,
    READS,
    SPENDING,
    Topic,
)


def test_no_two_topics_are_one() -> None:
    """
    Each has a name, an event type and a schema of its own.
    """
    for told in ("name", "ce_type", "dataschema"):
        assert len({getattr(topic, told) for topic in ALL}) == len(ALL)


def test_a_type_names_its_version() -> None:
    """
    A reader sees by the type which form an event has, and by the schema where it is written down.
    """
    for topic in ALL:
        assert topic.ce_type.startswith("ticketstream.")
        assert topic.ce_type.endswith(".v1")
        assert topic.dataschema == f"urn:ticketstream:schema:{topic.ce_type}"


def test_a_ticket_goes_on_to_what_is_larger() -> None:
    """
    Each event between stages has all fields of the one before: a stage needs its input alone.
    """
    for one, other in pairwise(topic.carries for topic in FLOW[1:-1]):
        assert issubclass(other, one)
        assert other.model_fields.keys() > one.model_fields.keys()
    assert FLOW[1].carries.model_fields["ticket"].annotation is INCOMING.carries


def test_every_topic_on_the_way_is_read_by_one_stage() -> None:
    """
    Only results are read by others.
    """
    assert [*READS.values(), PROCESSED] == list(FLOW)


def test_all_of_a_ticket_are_on_partitions_of_the_same_number() -> None:
    """
    The topics of a ticket's way have equally many, so that one worker can read all of them.
    """
    assert len({topic.partitions for topic in (*FLOW, DEAD_LETTERS)}) == 1


def test_a_ticket_has_room_to_grow() -> None:
    """
    What stages add to the largest ticket, three times over, is taken by every topic.
    """
    for topic in FLOW:
        assert topic.max_message_bytes >= 3 * MAX_TICKET_BYTES


def test_every_message_fits_into_a_dead_letter() -> None:
    """
    The largest message of any topic has room among the dead letters, and its headers, too.
    """
    for topic in ALL:
        assert topic is DEAD_LETTERS or topic.max_message_bytes <= MAX_DEAD_LETTER_BYTES / 2
    assert DEAD_LETTERS.max_message_bytes == MAX_DEAD_LETTER_BYTES > MAX_EVENT_BYTES


def test_how_long_customer_text_is_kept() -> None:
    """
    Everything of a ticket ends within two weeks; what can be replayed is kept as long as it came.
    """
    for topic in (*FLOW, DEAD_LETTERS):
        assert not topic.compacted
        assert topic.retention_ms
        assert topic.retention_ms <= 14 * 86_400_000
    assert DEAD_LETTERS.retention_ms == PROCESSED.retention_ms == INCOMING.retention_ms


def test_articles_are_kept_until_they_are_deleted() -> None:
    """
    The topic of articles has the latest of each, in one order for all readers.
    """
    assert ARTICLES.compacted
    assert ARTICLES.retention_ms is None
    assert ARTICLES.partitions == 1


def test_what_is_spent_is_kept_for_days_and_compacted() -> None:
    """
    A worker that starts reads one total a worker, not all of a week.
    """
    assert SPENDING.cleanup_policy == "compact,delete"
    assert SPENDING.retention_ms
    assert SPENDING.retention_ms > 2 * 86_400_000
    assert (ARTICLES.cleanup_policy, INCOMING.cleanup_policy) == ("compact", "delete")


def test_a_topic_does_not_change() -> None:
    """
    The list of topics is that of all processes.
    """
    with pytest.raises(AttributeError):
        INCOMING.partitions = 1  # type: ignore[misc]
    assert Topic("x", Event, "y") == Topic("x", Event, "y")
