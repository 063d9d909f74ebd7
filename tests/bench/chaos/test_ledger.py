"""What `make chaos` counts: a ledger that was fed what went wrong finds it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bench.chaos.ledger import BROKEN, MESSAGE, Ledger, StoredRecord
from bench.chaos.tickets import REVISIONS, IncomingMessage, messages
from schemas.dead_letters import error_headers, mark
from schemas.envelope import Headers, input_identity, result_id
from schemas.ticket import parse_ticket
from schemas.topics import PROCESSED

EPOCH = 1_700_000_000.0


def incoming(count: int, apart: float = 0.0) -> list[StoredRecord]:
    """Return records of incoming-tickets, *apart* seconds apart."""
    sent = enumerate(messages(count))
    return [StoredRecord(0, n, EPOCH + n * apart, made.value, made.headers) for n, made in sent]


def a_result(
    number: int,
    *,
    ticket: str | None = None,
    revision: int | None = None,
    event_id: str | None = None,
    at: float = 0.0,
) -> StoredRecord:
    """Return the result of message *number*, *at* seconds after EPOCH; by default as it is."""
    (*_, made) = messages(number + 1)
    of = parse_ticket(made.value or b"")
    real = result_id(PROCESSED, of, input_identity(of, made.headers), made.headers)
    value = {
        "ticket_id": of.ticket_id if ticket is None else ticket,
        "message_id": f"m-{number}",
        "revision": of.revision if revision is None else revision,
    }
    headers = [("ce_id", (real if event_id is None else event_id).encode())]
    return StoredRecord(0, number, EPOCH + at, json.dumps(value).encode(), headers)


def a_letter(number: int) -> StoredRecord:
    """Return the dead letter of message *number*, as it came."""
    (*_, made) = messages(number + 1)
    return StoredRecord(0, 0, EPOCH, made.value, [*made.headers, *_origin(number)])


def test_every_message_out_once() -> None:
    """
    Where nothing goes wrong all are processed, and all else is 0.
    """
    came = incoming(8)
    counts = Ledger(came, [a_result(n) for n in range(8)], []).counts()

    assert (counts.tickets, counts.processed) == (8, 8)
    assert (counts.lost, counts.repeats, counts.other_id, counts.out_of_order) == (0, 0, 0, 0)
    assert counts.wrong == 0


def test_lost() -> None:
    """
    A message is lost that is neither a result nor a dead letter; others do not hide it.
    """
    results = [a_result(0), a_result(0), a_result(1), a_result(77)]
    ledger = Ledger(incoming(4), results, [a_letter(3)])

    assert ledger.counts().lost == 1
    assert ledger.lost() == {"m-2"}


def test_what_kafka_took_and_does_not_have_is_lost() -> None:
    """
    A message that was confirmed lies on its topic.
    """
    results = [a_result(n) for n in range(4)]

    assert Ledger(incoming(4), results, [], published=6).counts().lost == 2


def test_a_repeat_and_a_repeat_with_another_id() -> None:
    """
    A second result is a repeat; one that reads as a new event has another id.
    """
    results = [a_result(0), a_result(1), a_result(1), a_result(2), a_result(2, event_id="other")]
    counts = Ledger(incoming(3), results, []).counts()

    assert (counts.processed, counts.repeats, counts.other_id) == (3, 2, 1)


@pytest.mark.parametrize("ids", [["same"] * 3, ["", "", ""], ["a", "b", "c"]])
def test_an_id_that_is_not_the_messages_own(ids: list[str]) -> None:
    """
    One for all, none, or any that readers could not know a repeat by: each is another id.
    """
    results = [a_result(n, event_id=event_id) for n, event_id in enumerate(ids)]

    assert Ledger(incoming(3), results, []).counts().other_id == 3
    assert Ledger(incoming(3), results, [], with_ids=False).counts().other_id == 0


def test_outcomes_that_are_not_the_messages() -> None:
    """
    A good message that became a dead letter, a broken one that was processed, a result of nothing,
    of another ticket or of another revision: the run fails.
    """
    broken = StoredRecord(0, 9, EPOCH, b"{}", [(MESSAGE, b"m-2"), (BROKEN, b"yes")])
    came = [*incoming(2), broken]

    def wrong(results: list[StoredRecord], letters: list[StoredRecord]) -> int:
        return Ledger(came, results, letters).counts().wrong

    assert wrong([a_result(0), a_result(1)], []) == 0
    assert wrong([a_result(0)], [a_letter(1)]) == 1
    assert wrong([a_result(2)], []) == 1
    assert wrong([a_result(7)], []) == 1
    assert wrong([a_result(0, ticket="T-m-1")], []) == 1
    assert wrong([a_result(0, revision=2)], []) == 1


def test_out_of_order() -> None:
    """
    First results of a ticket whose revisions do not rise are told; repeats of older ones are not.
    """
    first, second, third = (a_result(n, ticket="T", revision=n) for n in (0, 1, 2))

    def late(*results: StoredRecord) -> int:
        return Ledger(incoming(3), results, []).counts().out_of_order

    assert late(first, second, third) == 0
    assert late(first, second, first, third) == 0
    assert late(first, third, second) == 1
    assert late(third, second, first) == 2


def test_other_tickets_may_overtake() -> None:
    """
    Order is a ticket's own.
    """
    results = [a_result(1, ticket="B", revision=5), a_result(0, ticket="A", revision=1)]

    assert Ledger(incoming(2), results, []).counts().out_of_order == 0


def test_what_cannot_be_read_is_known_by_its_header_or_its_place() -> None:
    """
    A dead letter settles the message that it is of, also where its value and headers are gone.
    """
    came = [
        StoredRecord(0, 0, EPOCH, b"not JSON", [(MESSAGE, b"poison-0")]),
        StoredRecord(0, 1, EPOCH, b"\xff", ()),
        StoredRecord(0, 2, EPOCH, b"[" * 100_000, ()),
    ]
    letters = [
        StoredRecord(0, 0, EPOCH, b"not JSON", [(MESSAGE, b"poison-0"), *_origin(0)]),
        StoredRecord(0, 1, EPOCH, None, _origin(1)),
        StoredRecord(0, 2, EPOCH, b"", _origin(2)),
    ]

    assert Ledger(came, [], letters).counts().dead_lettered == 3
    assert Ledger(came, [], letters[:2]).counts().lost == 1


def test_null_is_no_message_and_a_mark_no_letter() -> None:
    """
    What is ignored by contract is neither counted nor missed.
    """
    came = [*incoming(1), StoredRecord(0, 9, EPOCH, None)]
    marked = StoredRecord(0, 0, EPOCH, None, mark((0, 0), to="incoming-tickets", at=_now()))
    counts = Ledger(came, [a_result(0)], [marked]).counts()

    assert (counts.tickets, counts.dead_lettered, counts.lost) == (1, 0, 0)


def test_a_message_that_was_published_twice_is_one() -> None:
    """
    Two records with the same id are one message, and its second result is a repeat.
    """
    came = [*incoming(1), *incoming(1)]
    counts = Ledger(came, [a_result(0), a_result(0)], []).counts()

    assert (counts.tickets, counts.repeats) == (1, 1)


def test_recovery_is_of_what_was_there_when_the_fault_ended() -> None:
    """
    It counts to the first outcome of each message published before, for the worst fault.
    """
    came = incoming(3, apart=10)  # at 0, 10 and 20 s
    results = [
        a_result(0, at=12),
        a_result(1, at=17),
        a_result(1, at=99),
        a_result(2, at=60),
    ]
    ledger = Ledger(came, results, [])

    assert ledger.recovery([]) is None
    assert ledger.recovery([EPOCH + 11]) == 6
    assert ledger.recovery([EPOCH + 1, EPOCH + 11]) == 11
    assert ledger.recovery([EPOCH + 70]) == 0


def test_each_text_is_another_one() -> None:
    """
    A question that is asked twice is seen, because no two messages ask the same.
    """
    made = list(messages(100))

    assert len({_value(m)["raw_message"] for m in made}) == 100
    assert {_value(m)["revision"] for m in made} == set(range(1, REVISIONS + 1))


def _value(message: IncomingMessage) -> dict[str, object]:
    return dict(json.loads(message.value or b"{}"))


def _now() -> datetime:
    return datetime.now(UTC)


def _origin(offset: int) -> Headers:
    return error_headers(
        stage="triage",
        error_class="Unprocessable",
        reason="",
        attempts=1,
        origin_topic="x-incoming-tickets",
        origin=(0, offset),
        at=_now(),
    )
