"""Request-reply without Kafka: who waits, who publishes, what is forgotten."""

from __future__ import annotations

import asyncio

import pytest

from health import exchange
from health.exchange import Call, Exchange, Publisher, TimeUp
from health.outcomes import DeadLetter
from streams.errors import Unavailable
from streams.settings import Settings

OUTCOME = DeadLetter("triage", "KeyError", "a bug")


class Broker(Publisher):
    """Takes every ticket, or none."""

    def __init__(self, *, away: bool = False) -> None:
        super().__init__(Settings())
        self.took: list[str] = []
        self._away = away

    async def publish(self, call: Call) -> None:
        """Take *call*, or raise Unavailable."""
        await asyncio.sleep(0)
        if self._away:
            raise Unavailable("away")
        self.took.append(call.event_id)


def a_call(name: str) -> Call:
    """Return a call whose event is *name*."""
    return Call("T", b"{}", [], event_id=name, correlation_id=f"by-{name}")


@pytest.mark.parametrize(("event", "correlation"), [("a", None), (None, "by-a")])
async def test_an_outcome_finds_its_caller(event: str | None, correlation: str | None) -> None:
    """
    By the event's id or by its correlation id.
    """
    asking = Exchange(Broker(), failed=lambda: None)
    call = asyncio.create_task(asking.ask(a_call("a"), seconds=20))
    await asyncio.sleep(0.01)

    asking.settle(OUTCOME, event_id="b", correlation_id="by-b")
    asking.settle(OUTCOME, event_id=event, correlation_id=correlation)

    assert await call == OUTCOME


async def test_all_who_share_a_ticket_hear_that_kafka_is_away() -> None:
    """
    One failed publish fails everybody who waits for it, and the next one tries again.
    """
    failed: list[None] = []
    asking = Exchange(Broker(away=True), failed=lambda: failed.append(None))

    for _ in range(2):
        calls = [asking.ask(a_call("a"), seconds=20) for _ in range(3)]
        found = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(error) for error in found] == [Unavailable] * 3

    assert len(failed) == 2


async def test_the_first_caller_goes_away_while_it_is_published() -> None:
    """
    The others still get their answer: the ticket is published for all of them.
    """
    broker = Broker()
    asking = Exchange(broker, failed=lambda: None)
    first, second = (asyncio.create_task(asking.ask(a_call("a"), seconds=20)) for _ in range(2))
    await asyncio.sleep(0)

    first.cancel()
    await asyncio.sleep(0.01)
    asking.settle(OUTCOME, event_id="a", correlation_id=None)

    assert await second == OUTCOME
    assert broker.took == ["a"]


async def test_what_is_in_flight_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Tickets that nobody waits for are forgotten, oldest first, when there are too many.
    """
    monkeypatch.setattr(exchange, "IN_FLIGHT_MOST", 2)
    broker = Broker()
    asking = Exchange(broker, failed=lambda: None)

    for name in ("a", "b", "c", "c", "b", "a"):
        with pytest.raises(TimeUp):
            await asking.ask(a_call(name), seconds=0)

    assert broker.took == ["a", "b", "c", "a"]


async def test_a_ticket_is_not_in_flight_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    After an hour without an outcome it is published again: the same event, so harmless.
    """
    monkeypatch.setattr(exchange, "IN_FLIGHT_SECONDS", -1.0)
    broker = Broker()
    asking = Exchange(broker, failed=lambda: None)

    for _ in range(2):
        with pytest.raises(TimeUp):
            await asking.ask(a_call("a"), seconds=0)

    assert broker.took == ["a", "a"]
