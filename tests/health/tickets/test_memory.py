"""What is known of a ticket, in whatever order the topics are read."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import pytest

from health.tickets.memory import CLOCKS_MS, EVENT_BYTES, Tickets, origin
from health.tickets.outcomes import Arrival, DeadLetter, Processed, Settled, ticket_key
from schemas import IncomingTicket
from schemas.dead_letters import Place
from tests.support.echo_pipeline import result

KEY = ticket_key("default", "T")
LETTER = DeadLetter("triage", "KeyError", "a bug")

Record = Arrival | Settled[Processed] | Settled[DeadLetter]


def came(
    event_id: str, offset: int, at: int, revision: int | None = None, partition: int = 0
) -> Arrival:
    """Return a message on incoming-tickets."""
    return Arrival(event_id, KEY, revision, event_id.encode(), partition, offset, at)


def done(
    event_id: str, at: int, revision: int | None = None, size: int = 1, key: bytes = KEY
) -> Settled[Processed]:
    """Return a result."""
    made = result(IncomingTicket(ticket_id="T", raw_message="x" * size))
    value = made.model_dump_json().encode()
    return Settled(event_id, key, revision, at, Processed(event_id, made), value)


def dead(event_id: str, at: int) -> Settled[DeadLetter]:
    """Return a dead letter."""
    return Settled(event_id, KEY, None, at, LETTER)


def read(records: tuple[Record, ...], tickets: Tickets | None = None) -> Tickets:
    """Return what is known after *records*, which lay there before."""
    tickets = tickets or Tickets()
    for record in records:
        if isinstance(record, Arrival):
            tickets.arrived(record, read_back=True)
        else:
            tickets.settled(record)
    return tickets


def state(tickets: Tickets) -> tuple[str, str] | None:
    """Return the event and the state of the ticket."""
    latest = tickets.latest("default", "T")
    if latest is None:
        return None
    kinds = {Processed: "processed", DeadLetter: "dead", type(None): "in flight"}
    return latest.event_id, kinds[type(latest.outcome)]


def orders(records: tuple[Record, ...]) -> Iterator[tuple[Record, ...]]:
    """Yield *records* in every order in which they may be read: a partition's are in order."""
    for order in permutations(records):
        places = [(r.partition, r.offset) for r in order if isinstance(r, Arrival)]
        if all([n for p, n in places if p == q] == sorted(n for p, n in places if p == q)
               for q in {p for p, _ in places}):  # fmt: skip
            yield order


@pytest.mark.parametrize(
    ("records", "found"),
    [
        pytest.param((came("a", 0, 10),), ("a", "in flight"), id="in flight"),
        pytest.param((came("a", 0, 10), done("a", 20)), ("a", "processed"), id="processed"),
        pytest.param((came("a", 0, 10), dead("a", 20)), ("a", "dead"), id="dead letter"),
        pytest.param(
            (came("a", 0, 10), done("a", 20), came("b", 1, 15)),
            ("b", "in flight"),
            id="a second message, sent before the first result",
        ),
        pytest.param(
            (came("a", 0, 10), done("a", 30), came("b", 1, 15), dead("b", 20)),
            ("b", "dead"),
            id="the second message fails before the first is through",
        ),
        pytest.param(
            (came("a", 0, 10), dead("a", 20), came("a", 1, 30), done("a", 40)),
            ("a", "processed"),
            id="a dead letter that was replayed",
        ),
        pytest.param(
            (came("a", 0, 10), done("a", 20), came("a", 1, 30), done("a", 40)),
            ("a", "processed"),
            id="a message that was sent twice",
        ),
        pytest.param(
            (came("b", 0, 10, 2), done("b", 20, 2), came("a", 1, 30, 1), done("a", 40, 1)),
            ("b", "processed"),
            id="revisions in the wrong order",
        ),
        pytest.param(
            (done("b", 20, 2), came("a", 1, 30, 1)),
            ("b", "processed"),
            id="an older revision in flight",
        ),
        pytest.param(
            (came("a", 7, 10), came("b", 3, 15, partition=1)),
            ("b", "in flight"),
            id="two partitions",
        ),
        pytest.param((done("a", 20), done("b", 30)), ("b", "processed"), id="results alone"),
        pytest.param((done("a", 20), dead("b", 30)), ("b", "dead"), id="two topics"),
        pytest.param(
            (done("a", 20), came("b", 0, 15), done("a", 40)),
            ("b", "in flight"),
            id="a repeated result of an older message",
        ),
    ],
)
def test_any_order_of_reading(records: tuple[Record, ...], found: tuple[str, str]) -> None:
    """
    What is known in the end is the same in whichever order the partitions are read.
    """
    seen = [state(read(order)) for order in orders(records)]

    assert seen == [found] * len(seen)


def test_a_replay_in_flight() -> None:
    """
    A dead letter that was replayed is in flight; of an older message it stays one.
    """
    letter, first, replay = dead("a", 20), came("a", 0, 10), replace(came("a", 1, 30), again=True)

    assert state(read((letter, first))) == ("a", "dead")
    assert state(read((letter, first, replay))) == ("a", "in flight")


def test_what_workers_pass_over_is_not_in_flight() -> None:
    """
    A later stage gave the ticket up. Published once more to Kafka it stays what it is, whatever
    the publisher's clock says; behind a dead letter of the first stage it is a new try.
    """
    letter, repeat = dead("a", 20), came("a", 1, 99_999)

    assert state(read((letter, repeat))) == ("a", "dead")
    assert read((letter, repeat)).answered_since("a") is None

    tickets = Tickets()
    tickets.settled(letter, place=(0, 0))
    tickets.arrived(repeat)
    assert state(tickets) == ("a", "in flight")


def test_what_we_publish_ourselves_is_in_flight() -> None:
    """
    Whatever the clocks of workers say, what a call publishes again is on its way.
    """
    tickets = read((dead("a", 9_999),))

    tickets.arrived(came("a", 0, 10), published_as="c")

    assert state(tickets) == ("a", "in flight")


def test_correlation_ids_of_what_we_published() -> None:
    """
    The one of the last time leads to a message as long as that is in flight and remembered.
    """
    tickets = Tickets(in_flight_most=2)
    tickets.arrived(came("a", 0, 10), published_as="first")
    tickets.arrived(came("a", 1, 20), published_as="second")
    tickets.arrived(came("b", 2, 30), published_as="of b")

    def known() -> list[str | None]:
        found = map(tickets.published_as, ("first", "second", "of b"))
        return [arrival.event_id if arrival else None for arrival in found]

    assert known() == [None, "a", "b"]
    tickets.settled(dead("b", 40))
    assert known() == [None, "a", None]
    for offset, event in enumerate("cd"):
        tickets.arrived(came(event, offset, 50))
    assert known() == [None, None, None]


def test_the_publishers_clock_is_ahead() -> None:
    """
    A dead letter that says where its message lies settles it, and what lies behind is a new try.
    """
    for order in orders((came("a", 5, 99_999), dead("a", 20))):
        tickets = Tickets()
        for record in order:
            if isinstance(record, Arrival):
                tickets.arrived(record, read_back=True)
            else:
                tickets.settled(record, place=(0, 5))
        assert state(tickets) == ("a", "dead")

        tickets.arrived(came("a", 6, 10))

        assert state(tickets) == ("a", "in flight")


@pytest.mark.parametrize(
    ("place", "found"), [((0, 5), "in flight"), ((1, 5), "dead"), (None, "dead")]
)
def test_a_dead_letter_of_an_earlier_try(place: Place | None, found: str) -> None:
    """
    It settles no later try; that one has a content of its own.
    """
    first = came("a", 5, 10)
    tickets = Tickets()
    tickets.arrived(first)
    tickets.arrived(replace(first, offset=6, fingerprint=b"mended"))
    assert tickets.fingerprint("a") == first.fingerprint

    tickets.settled(dead("a", 20), place=place)

    assert state(tickets) == ("a", found)
    assert tickets.fingerprint("a") == (b"mended" if found == "in flight" else None)


def test_an_earlier_try_that_is_read_later() -> None:
    """
    While it reads back: what a call has published meanwhile is not taken for what failed before.
    """
    tickets = Tickets()
    tickets.arrived(replace(came("a", 6, 30), fingerprint=b"mended"), published_as="c-1")

    tickets.settled(dead("a", 20), place=(0, 5), read_back=True)
    tickets.arrived(came("a", 5, 99_999), read_back=True)

    assert state(tickets) == ("a", "in flight")
    assert tickets.fingerprint("a") == b"mended"


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, (2, 7)),
        ({"origin-topic": b"triaged-tickets"}, None),
        ({"origin-offset": b"-1"}, None),
        ({"origin-offset": b"9" * 5_000}, None),
        ({"origin-partition": b"\xff"}, None),
    ],
)
def test_where_the_message_of_a_dead_letter_lies(
    changed: dict[str, bytes], found: Place | None
) -> None:
    """
    It is read from the headers, which anybody may have written.
    """
    said = {
        "origin-topic": b"incoming-tickets",
        "origin-partition": b"2",
        "origin-offset": b"7",
        **changed,
    }

    assert origin(list(said.items()), "incoming-tickets") == found
    assert origin([], "incoming-tickets") is None


def test_the_first_result_stays() -> None:
    """
    A result that is repeated with another content, or a dead letter after it, changes nothing.
    """
    tickets = read((done("a", 10, size=3),))

    assert not tickets.settled(done("a", 20, size=4))
    assert not tickets.settled(dead("a", 20))
    found = tickets.recall("a")
    assert found is not None
    assert found.result.answer_draft.body == "T: xxx"


def test_what_may_be_passed_over_because_its_result_is_forgotten_here() -> None:
    """
    Workers may remember it, so it may never come. What they are told to do again will come.
    """
    tickets = Tickets(memory_bytes=1)
    tickets.arrived(came("before", 0, 10))
    tickets.settled(done("x", 20))
    for number, event in enumerate(("plain", "replay", "ours"), start=1):
        arrival = replace(came(event, number, 30), again=event == "replay")
        tickets.arrived(arrival, published_as="c" if event == "ours" else None)

    found = {e: tickets.is_doubtful(e) for e in ("before", "plain", "replay", "ours", "x")}
    assert found == {"before": False, "plain": True, "replay": False, "ours": False, "x": False}

    tickets.arrived(came("plain", 9, 40), published_as="d")
    assert not tickets.is_doubtful("plain")


def test_what_is_read_back_may_be_older_than_it_looks() -> None:
    """
    Its result may lie before what is read back, and the message be a repeat of it.
    """
    assert read((came("a", 0, 10),)).is_doubtful("a")
    assert not read((replace(came("a", 0, 10), again=True),)).is_doubtful("a")


def test_tenants() -> None:
    """
    Tickets of two tenants may have the same id.
    """
    tickets = read((done("a", 10), done("b", 20, key=ticket_key("acme", "T"))))

    found = [tickets.latest(tenant, "T") for tenant in ("default", "acme", "other")]

    assert [f and f.event_id for f in found] == ["a", "b", None]


def test_which_earlier_results_would_be_known() -> None:
    """
    A result answers only if it is younger than all that was not read, or is forgotten again.
    """
    tickets = Tickets(memory_bytes=3 * (EVENT_BYTES + 10_000))
    assert tickets.answered_since("a") is None  # nothing is read back
    tickets.reads_since(1_000_000)
    assert tickets.answered_since("a") == 1_000_000 + CLOCKS_MS
    for number in range(10):
        tickets.settled(done(f"{number}", 2_000_000 + number, size=9_000))
    assert tickets.answered_since("a") == 2_000_006 + CLOCKS_MS

    tickets.settled(dead("a", 3_000_000))
    assert tickets.answered_since("a") is None


def test_the_oldest_results_are_forgotten() -> None:
    """
    Memory for results is bounded; whose result was forgotten is not in flight again.
    """
    tickets = Tickets(memory_bytes=3 * (EVENT_BYTES + 10_000))
    for number in range(9):
        key = ticket_key("default", str(number))
        tickets.settled(done(str(number), number, size=9_000, key=key))

    assert [n for n in range(9) if tickets.recall(str(n))] == [6, 7, 8]
    tickets.arrived(came("0", 0, 0), read_back=True)
    assert tickets.latest("default", "0") is None
    assert tickets.in_flight("0") is None


def test_memory_is_flat() -> None:
    """
    What one message costs is at most what it counts, ids of any length and many tickets included.
    """
    tracemalloc.start()
    try:
        tickets = Tickets(memory_bytes=1_000 * EVENT_BYTES, in_flight_most=1_000)
        sizes = []
        for number in range(8_000):
            key = ticket_key("default", f"{number}" * 50)
            event = f"{number:036}"
            arrival = Arrival(event, key, None, bytes(16), 0, number, number)
            tickets.arrived(arrival, published_as=f"{number:032}")
            if number % 2:
                letter = DeadLetter("triage", "KeyError", f"{number}" * 20)
                tickets.settled(Settled(event, key, None, number, letter))
            if number % 2_000 == 1_999:
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()

    assert max(sizes) < 2_000 * EVENT_BYTES
    assert max(sizes) < 1.2 * min(sizes)
