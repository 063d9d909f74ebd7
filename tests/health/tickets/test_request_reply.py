"""Request-reply without Kafka: who waits, who publishes, what is forgotten."""

from __future__ import annotations

import asyncio
import time
import tracemalloc

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from health.tickets import request_reply as exchange
from health.tickets.memory import Tickets
from health.tickets.outcomes import Arrival, DeadLetter, Settled, ticket_key
from health.tickets.request_reply import (
    Call,
    Exchange,
    Reused,
    TicketPublisher,
    TimeUp,
    TooManyWaiting,
)
from streams.errors import Refused, Unavailable
from streams.settings import Settings

KEY = ticket_key("default", "T")
OUTCOME = DeadLetter("triage", "KeyError", "a bug")


class Broker(TicketPublisher):
    """Takes every ticket, or none."""

    def __init__(self, *, away: bool = False) -> None:
        super().__init__(Settings())
        self.took: list[str] = []
        self._away = away

    async def publish(self, call: Call) -> Arrival:
        """Take *call*, or raise Unavailable."""
        await asyncio.sleep(0)
        if self._away:
            raise Unavailable("away")
        self.took.append(call.event_id)
        return call.arrival(0, len(self.took), int(time.time() * 1_000))


def an_arrival(event_id: str, hours_ago: float = 0) -> Arrival:
    """Return what incoming-tickets says of an event."""
    at = int((time.time() - hours_ago * 3_600) * 1_000)
    return Arrival(event_id, KEY, None, b"", 0, 0, at)


def an_exchange(broker: Broker, tickets: Tickets | None = None, most: int = 99) -> Exchange:
    """Return an exchange that publishes to *broker*."""
    return Exchange(broker, tickets or Tickets(), most=most, failed=lambda: None)


def a_call(name: str, fingerprint: bytes = b"", size: int = 2) -> Call:
    """Return a call whose event is *name*."""
    return Call("T", bytes(size), [], name, f"by-{name}", KEY, None, fingerprint)


async def test_an_outcome_finds_its_caller() -> None:
    """
    Who waits for an event gets its outcome, and no other one's.
    """
    asking = an_exchange(Broker())
    call = asyncio.create_task(asking.ask(a_call("a"), seconds=20))
    await asyncio.sleep(0.01)

    asking.settle("b", DeadLetter("drafting", None, None))
    asking.settle("a", OUTCOME)

    assert await call == OUTCOME


async def test_all_who_share_a_ticket_hear_that_kafka_is_away() -> None:
    """
    One failed publish fails everybody who waits for it, and the next one tries again.
    """
    failed: list[None] = []
    asking = Exchange(Broker(away=True), Tickets(), most=9, failed=lambda: failed.append(None))

    for _ in range(2):
        calls = [asking.ask(a_call("a"), seconds=20) for _ in range(3)]
        found = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(error) for error in found] == [Unavailable] * 3

    assert len(failed) == 2


async def test_kafka_does_not_let_us_publish(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    That is no outage: the caller is told that we are refused, and the rights are looked at.
    """

    class Forbidding:
        async def start(self) -> None:
            """Connect."""

        async def send_and_wait(self, topic: str, *_: object, **__: object) -> None:
            raise TopicAuthorizationFailedError(topic)

    monkeypatch.setattr(
        "health.tickets.request_reply.clients.producer", lambda *_, **__: Forbidding()
    )
    forbidden: list[None] = []
    publisher = TicketPublisher(Settings(), forbidden=lambda: forbidden.append(None))

    with pytest.raises(Refused):
        await publisher.publish(a_call("a"))

    assert len(forbidden) == 1


async def test_the_first_caller_goes_away_while_it_is_published() -> None:
    """
    The others still get their answer: the ticket is published for all of them.
    """
    broker = Broker()
    asking = an_exchange(broker)
    first, second = (asyncio.create_task(asking.ask(a_call("a"), seconds=20)) for _ in range(2))
    await asyncio.sleep(0)

    first.cancel()
    await asyncio.sleep(0.01)
    asking.settle("a", OUTCOME)

    assert await second == OUTCOME
    assert broker.took == ["a"]


async def test_who_comes_after_the_first_has_left() -> None:
    """
    The ticket is still in flight: it is not published again, and its outcome is for who comes.
    """
    broker = Broker()
    asking = an_exchange(broker)

    for _ in range(2):
        with pytest.raises(TimeUp):
            await asking.ask(a_call("a"), seconds=0)
    call = asyncio.create_task(asking.ask(a_call("a"), seconds=20))
    await asyncio.sleep(0.01)
    asking.settle("a", OUTCOME)

    assert await call == OUTCOME
    assert broker.took == ["a"]


async def test_what_may_never_come_is_published_too() -> None:
    """
    A ticket that somebody put on Kafka may be one that workers remember and we have forgotten.
    """
    broker, tickets = Broker(), Tickets(memory_bytes=1)
    tickets.settled(Settled("before", KEY, None, 10, OUTCOME, b"{}"))
    tickets.arrived(an_arrival("a"))
    asking = an_exchange(broker, tickets)

    calls = [asyncio.create_task(asking.ask(a_call("a"), seconds=20)) for _ in range(2)]
    await asyncio.sleep(0.01)
    with pytest.raises(TimeUp):
        await asking.ask(a_call("a"), seconds=0)
    asking.settle("a", OUTCOME)

    assert await asyncio.gather(*calls) == [OUTCOME, OUTCOME]
    assert broker.took == ["a"]


async def test_tickets_that_nobody_waits_for_take_no_room() -> None:
    """
    The text of a ticket in flight is not kept, whether the caller's time was up or the caller
    went away while it was published.
    """
    asking = an_exchange(Broker())
    tracemalloc.start()
    try:
        for number in range(200):
            call = asyncio.create_task(asking.ask(a_call(str(number), size=250_000), seconds=0))
            await asyncio.sleep(0)
            if number % 2:
                call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            del call
        await asyncio.sleep(0.01)
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert kept < 1_000_000


@pytest.mark.parametrize("seconds", [0, 20])
async def test_a_correlation_id_names_what_we_published(seconds: float) -> None:
    """
    As long as it is in flight, whether anybody waits for it or not.
    """
    tickets = Tickets()
    asking = an_exchange(Broker(), tickets)
    call = asyncio.create_task(asking.ask(a_call("a"), seconds))
    await asyncio.sleep(0.01)

    found = asking.published_as("by-a")
    assert found is not None
    assert (found.event_id, found.ticket) == ("a", KEY)
    assert asking.published_as("by-b") is None

    tickets.settled(Settled("a", KEY, None, 0, OUTCOME))
    asking.settle("a", OUTCOME)
    assert asking.published_as("by-a") is None
    await asyncio.gather(call, return_exceptions=True)


async def test_a_ticket_is_not_in_flight_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    After an hour without an outcome it is published again: the same event, so harmless.
    """
    monkeypatch.setattr(exchange, "IN_FLIGHT_SECONDS", -1.0)
    broker = Broker()
    asking = an_exchange(broker)

    for _ in range(2):
        with pytest.raises(TimeUp):
            await asking.ask(a_call("a"), seconds=0)

    assert broker.took == ["a", "a"]


@pytest.mark.parametrize(("hours_ago", "published"), [(0.5, []), (1.5, ["a"])])
async def test_what_others_published_is_not_published_again(
    hours_ago: float, published: list[str]
) -> None:
    """
    A ticket that is in flight by another sidecar is waited for, unless that is for an hour.
    """
    broker, tickets = Broker(), Tickets()
    tickets.arrived(an_arrival("a", hours_ago))
    asking = an_exchange(broker, tickets)
    call = asyncio.create_task(asking.ask(a_call("a"), seconds=20))
    await asyncio.sleep(0.01)

    asking.settle("a", OUTCOME)

    assert await call == OUTCOME
    assert broker.took == published


async def test_callers_who_wait_are_bounded() -> None:
    """
    One more than may is refused at once, and another one is taken when there is room again.
    """
    broker = Broker()
    asking = an_exchange(broker, most=2)
    calls = [asyncio.create_task(asking.ask(a_call(name), seconds=20)) for name in "ab"]
    await asyncio.sleep(0.01)

    with pytest.raises(TooManyWaiting):
        await asking.ask(a_call("c"), seconds=20)
    assert broker.took == ["a", "b"]
    asking.settle("a", OUTCOME)
    await calls[0]
    with pytest.raises(TimeUp):
        await asking.ask(a_call("c"), seconds=0)

    calls[1].cancel()


async def test_one_id_for_two_contents() -> None:
    """
    Who uses the id of a message in flight for another content does not get its result.
    """
    asking = an_exchange(Broker())
    call = asyncio.create_task(asking.ask(a_call("a", b"one"), seconds=20))
    await asyncio.sleep(0)

    with pytest.raises(Reused):
        await asking.ask(a_call("a", b"two"), seconds=20)

    call.cancel()
