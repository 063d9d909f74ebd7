"""
What this sidecar knows of each ticket: its newest message, and what became of it.

    arrived            settled
    -------> in flight -------> processed, for good
                 ^  |
         arrived |  +---------> dead letter
     once more   +------------------+

Partitions and topics are read in no common order, so neither is what is told here. A
ticket's newest message is the one with the highest revision; without revisions the one that
lies last on incoming-tickets; and of messages that were published before we began to read,
the one that was settled last.

A dead letter says where on incoming-tickets its message lies, if the first stage wrote it:
what lies behind that is a new try. If a later stage wrote it, the first one passes over what
is published once more (`streams/delivery/deduplication.py`), but for replays and calls over
HTTP. Of these the times have to do, though they are of two clocks, the worker's and the
publisher's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from health.tickets.outcomes import Arrival, DeadLetter, Outcome, Processed, Settled, ticket_key
from schemas import TicketOutput
from schemas.dead_letters import Place, failure

MEMORY_BYTES = 64_000_000
"""Bytes of remembered results: the latest 6,400 at 10 kB each. The oldest are dropped first."""
EVENT_BYTES = 1_000
"""Bytes that an event counts in addition to its result or the text of its dead letter."""
IN_FLIGHT_MOST = 50_000
"""Messages in flight that are remembered, at less than EVENT_BYTES each. The oldest go first."""

CLOCKS_MS = 60_000
"""Milliseconds by which the clocks of workers and of readers of their results may differ."""


@dataclass(frozen=True)
class Latest:
    """The newest message of a ticket, and what became of it; None while it is in flight."""

    event_id: str
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class _Failure:
    """The last dead letter of an event."""

    at: int
    place: Place | None
    """The place of its message on incoming-tickets."""

    def is_of(self, arrival: Arrival) -> bool:
        """Say whether it settles the message that is, or lies before, *arrival*'s."""
        if self.place and self.place[0] == arrival.partition:
            return arrival.offset <= self.place[1]
        return arrival.at <= self.at

    def is_final_for(self, arrival: Arrival) -> bool:
        """Say whether *arrival* is no new try: it is what failed, or is passed over."""
        return self.is_of(arrival) or not (self.place or arrival.again)

    def lies_before(self, arrival: Arrival) -> bool:
        """Say whether its message is known to lie before *arrival*'s: that is a later try."""
        if self.place is None or self.place[0] != arrival.partition:
            return False
        return self.place[1] < arrival.offset


@dataclass(slots=True, eq=False)
class _Event:
    event_id: str
    ticket: bytes
    revision: int | None = None
    arrival: Arrival | None = None
    """The last one."""
    first: Arrival | None = None
    """The first one of this try: its content is what the event will be of."""
    failure: _Failure | None = None
    settled_at: int = 0
    outcome: bytes | DeadLetter | None = None
    """The JSON of a result; None while the event is in flight."""
    published_as: str | None = None
    """The correlation id, if it is in flight and was published by us."""
    is_doubtful: bool = False
    """Whether it may have been settled once, and that be forgotten, or older than what we read."""

    @property
    def size(self) -> int:
        if isinstance(self.outcome, DeadLetter):
            said = (self.outcome.stage, self.outcome.error_class, self.outcome.message)
            return EVENT_BYTES + sum(len(part or "") for part in said)
        return EVENT_BYTES + len(self.outcome or b"")

    def parsed(self) -> Outcome | None:
        if isinstance(self.outcome, bytes):
            return Processed(self.event_id, TicketOutput.model_validate_json(self.outcome))
        return self.outcome


class Tickets:
    """The latest of each ticket, and each event that is in flight or was settled lately."""

    def __init__(
        self, memory_bytes: int = MEMORY_BYTES, in_flight_most: int = IN_FLIGHT_MOST
    ) -> None:
        self._room = memory_bytes
        self._in_flight_most = in_flight_most
        self._in_flight: OrderedDict[str, _Event] = OrderedDict()
        self._published_as: dict[str, _Event] = {}
        self._settled: OrderedDict[str, _Event] = OrderedDict()
        self._newest: dict[bytes, _Event] = {}
        self._forgotten_until = 0
        self._read_since: int | None = None

    def arrived(
        self, arrival: Arrival, *, read_back: bool = False, published_as: str | None = None
    ) -> None:
        """
        Remember that a message lies on incoming-tickets.

        Args:
            read_back: it lay there before we began to read.
            published_as: the correlation id with which we put it there just now: what it became
                before does not count.
        """
        event = self._known(arrival.event_id)
        failure = event.failure if event else None
        is_tried = bool(published_as) or not (failure and failure.is_final_for(arrival))
        if event is None:
            if read_back and arrival.at <= self._forgotten_until:
                return  # it may have been settled, and that be forgotten
            event = _Event(arrival.event_id, arrival.ticket)
            event.is_doubtful = read_back or self._forgotten_until > 0
            self._take_off(event)
        elif isinstance(event.outcome, DeadLetter) and is_tried:
            self._unsettle(event)
            self._take_off(event)
        event.is_doubtful &= not (published_as or arrival.again)
        if published_as and event.outcome is None:
            self._published_as.pop(event.published_as or "", None)
            event.published_as = published_as
            self._published_as[published_as] = event
        if event.arrival is None or _lies_behind(arrival, event.arrival):
            event.arrival, event.revision = arrival, arrival.revision
        if is_tried and (event.first is None or _lies_behind(event.first, arrival)):
            event.first = arrival
        self._rank(event)

    def settled(
        self, found: Settled[Outcome], *, place: Place | None = None, read_back: bool = False
    ) -> bool:
        """
        Remember what became of a message; say whether that is news.

        The first result stays. A dead letter of an earlier try than the one in flight is none.

        Args:
            place: where the message of a dead letter lies, if that is known.
            read_back: it lay there before we began to read.
        """
        event = self._known(found.event_id) or _Event(found.event_id, found.ticket, found.revision)
        if isinstance(event.outcome, bytes):
            return False
        if isinstance(found.outcome, DeadLetter):
            event.failure = failure = _Failure(found.at, place)
            if event.first and failure.is_of(event.first):
                event.first = None
            later = self.in_flight(event.event_id)
            if later and (read_back or failure.lies_before(later)):
                event.first = event.first or later
                return False
        self._land(event)
        self._unsettle(event)
        event.outcome = found.outcome if isinstance(found.outcome, DeadLetter) else found.value
        event.settled_at = found.at
        self._settled[event.event_id] = event
        self._room -= event.size
        self._rank(event)
        self._make_room()
        return True

    def reads_since(self, at: int) -> None:
        """Remember that all results from *at* on were told, in ms since the epoch."""
        self._read_since = at

    def recall(self, event_id: str) -> Processed | None:
        """Return the first result with this id, if it is still remembered."""
        event = self._settled.get(event_id)
        found = event.parsed() if event else None
        return found if isinstance(found, Processed) else None

    def answered_since(self, event_id: str) -> int | None:
        """
        Return from when on a result of this event would be known here, in ms since the epoch.

        What workers remember to have done before, nobody would answer the caller with. None if
        no earlier result counts: the event became a dead letter, and is to be tried again; or it
        may have become one, because not all is read back.
        """
        event = self._settled.get(event_id)
        if self._read_since is None or (event and isinstance(event.outcome, DeadLetter)):
            return None
        return max(self._read_since, self._forgotten_until) + CLOCKS_MS

    def in_flight(self, event_id: str) -> Arrival | None:
        """Return the message that is to become this event, if it is on its way."""
        event = self._in_flight.get(event_id)
        return event.arrival if event else None

    def is_doubtful(self, event_id: str) -> bool:
        """
        Say whether what is in flight may never come.

        Somebody published it to Kafka, and workers may remember a result of it that is not known
        here, and pass over it. To publish it once more costs nothing if that is not so: see
        `answered_since`.
        """
        event = self._in_flight.get(event_id)
        return event is not None and event.is_doubtful

    def published_as(self, correlation_id: str) -> Arrival | None:
        """Return the message that we published with this correlation id, if it is on its way."""
        event = self._published_as.get(correlation_id)
        return event.arrival if event else None

    def fingerprint(self, event_id: str) -> bytes | None:
        """
        Return the fingerprint of the message that became this event, or is to, if known.

        Of several that lie on incoming-tickets it is the first one: that is processed first.
        """
        event = self._known(event_id)
        if event is None or event.first is None or isinstance(event.outcome, DeadLetter):
            return None
        return event.first.fingerprint

    def latest(self, tenant: str, ticket_id: str) -> Latest | None:
        """Return the latest of a ticket, or None if nothing is known of it."""
        event = self._newest.get(ticket_key(tenant, ticket_id))
        if event is None:
            return None
        return Latest(event.event_id, event.parsed())

    def _known(self, event_id: str) -> _Event | None:
        return self._in_flight.get(event_id) or self._settled.get(event_id)

    def _take_off(self, event: _Event) -> None:
        event.outcome = event.first = None
        self._in_flight[event.event_id] = event
        if len(self._in_flight) > self._in_flight_most:
            oldest = next(iter(self._in_flight.values()))
            self._land(oldest)
            self._forget(oldest)

    def _land(self, event: _Event) -> None:
        self._in_flight.pop(event.event_id, None)
        if event.published_as:
            del self._published_as[event.published_as]
            event.published_as = None

    def _unsettle(self, event: _Event) -> None:
        if self._settled.pop(event.event_id, None):
            self._room += event.size

    def _rank(self, event: _Event) -> None:
        newest = self._newest.get(event.ticket)
        if newest is None or _is_newer(event, newest):
            self._newest[event.ticket] = event

    def _make_room(self) -> None:
        while self._room < 0:
            event = self._settled.popitem(last=False)[1]
            self._room += event.size
            self._forgotten_until = max(self._forgotten_until, event.settled_at)
            self._forget(event)

    def _forget(self, event: _Event) -> None:
        if self._newest.get(event.ticket) is event:
            del self._newest[event.ticket]


def _is_newer(event: _Event, other: _Event) -> bool:
    """Say whether *event* is of a newer message of the ticket than *other*."""
    revisions = event.revision, other.revision
    if None not in revisions and event.revision != other.revision:
        return event.revision > other.revision  # type: ignore[operator]  # neither is None
    if event.arrival and other.arrival:
        return _lies_behind(event.arrival, other.arrival)
    if other.arrival:
        return False  # *event* lay there before we began to read, or is yet to be seen there
    return event.outcome is None or event.settled_at >= other.settled_at


def _lies_behind(arrival: Arrival, other: Arrival) -> bool:
    if arrival.partition == other.partition:
        return arrival.offset >= other.offset
    return arrival.at >= other.at


def origin(headers: Sequence[tuple[str, bytes]], topic: str) -> Place | None:
    """Return where on *topic*, incoming-tickets' name, the message of a dead letter lies."""
    said = failure(headers)
    return said.origin if said.origin_topic == topic else None
