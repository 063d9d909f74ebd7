"""
What stages share: a route of them, and how a message becomes an event and an event a message.

    bytes -> decode -> the stage's own function -> encode -> bytes

A stage reads what the one before it writes, by construction: drop one, swap two, or pass
the wrong backend, and mypy says so.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Generic, TypeVar, cast

from pydantic import ValidationError

from schemas import Event, IncomingTicket, Meta, TriagedTicket
from schemas.envelope import INPUT_ID, Headers, header, input_identity, outgoing
from schemas.ticket import TooLarge, parse_ticket
from schemas.topics import INCOMING, Topic
from streams.errors import Unprocessable, fields_at_fault

E = TypeVar("E", bound=Event)
In = TypeVar("In", bound=Event)
Out = TypeVar("Out", bound=Event)


@dataclass(frozen=True)
class Message:
    """What lies on a topic, or is to be put there."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True)
class Stage(Generic[In, Out]):
    """A step of the route: what it reads, what it does, what it writes."""

    name: str
    reads: Topic[In]
    does: Callable[[In], Awaitable[Out]]
    writes: Topic[Out]

    def decode(self, message: Message) -> In:
        """
        Return the event in *message*.

        Raises:
            Unprocessable: It is too large, not JSON, or lacks a field; which one is said.
        """
        value = message.value or b""
        if not value:
            raise Unprocessable("it is empty, or was not read because its batch is too large")
        try:
            if self.reads is INCOMING:
                return cast(In, parse_ticket(value))
            return self.reads.carries.model_validate_json(value.removeprefix(BOM_UTF8))
        except TooLarge as error:
            raise Unprocessable(str(error)) from None
        except ValidationError as error:
            raise Unprocessable(fields_at_fault(error)) from None

    async def run(self, event: In) -> Out:
        """Return what the stage makes of *event*, with the seconds that it took in `meta`."""
        began = perf_counter()
        made = await self.does(event)
        return _timed(made, self.name, perf_counter() - began)

    def encode(
        self,
        made: Out,
        event: In,
        message: Message,
        identity: str,
        published: float | None = None,
    ) -> Message:
        """
        Return *made* as a message: the same id every time it is made of the same input.

        Args:
            published: when *message* was, in seconds since the epoch, if that is known. Later
                stages tell from it how long the ticket took; a publisher cannot set it.
        """
        ticket = ticket_of(event)
        since = _time(published) if self.reads is INCOMING else None
        return Message(
            self.writes.name,
            ticket.ticket_id.encode(),
            made.model_dump_json().encode(),
            outgoing(
                self.writes,
                ticket,
                identity,
                message.headers,
                source=self.name,
                published=since,
            ),
        )

    def identity(self, event: In, message: Message) -> str:
        """Return the identity of the incoming message that *event* came from."""
        carried = None if self.reads is INCOMING else header(message.headers, INPUT_ID)
        return carried or input_identity(ticket_of(event), message.headers)


@dataclass(frozen=True)
class Route(Generic[E]):
    """Stages in order. Each reads what the one before it writes, by construction."""

    end: Topic[E]
    stages: tuple[Stage[Any, Any], ...] = ()

    def then(
        self, name: str, does: Callable[[E], Awaitable[Out]], writes: Topic[Out]
    ) -> Route[Out]:
        """Return the route with one more stage, which reads what the last one writes."""
        return Route(writes, (*self.stages, Stage(name, self.end, does, writes)))


def ticket_of(event: Event) -> IncomingTicket:
    """Return the ticket that *event* is, or is about."""
    return event if isinstance(event, IncomingTicket) else cast(TriagedTicket, event).ticket


def _time(seconds: float | None) -> datetime:
    """Return the time that a record has; the present one if it has none that can be."""
    with suppress(ValueError, OverflowError, OSError):
        if seconds is not None and seconds >= 0:
            return datetime.fromtimestamp(seconds, UTC)
    return datetime.now(UTC)


def _timed(made: Out, stage: str, seconds: float) -> Out:
    meta = getattr(made, "meta", None)
    if not isinstance(meta, Meta) or stage not in meta.stages:
        return made
    report = meta.stages[stage].model_copy(update={"seconds": round(seconds, 6)})
    return made.model_copy(update={"meta": meta.reported(stage, report)})
