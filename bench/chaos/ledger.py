"""
The ledger: from the records of three topics to what became of every message.

The counts of one row come from `incoming-tickets`, `ticket-processed` and `ticket-dead-letters`,
read from their beginning after everything has ended. No Kafka here.

A message is known by its `message_id`. What has none that can be read (poison) is known by the
header MESSAGE, which travels along into a dead letter, or by its place, which a dead letter names.
The header BROKEN says that it is to become a dead letter, and every other one is not.

The `ce_id` that a result must have is made here, and not by the product's own code.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from schemas.dead_letters import Place, failure, is_mark
from schemas.envelope import header

MESSAGE = "chaos-message"
"""Header of each message that is published: its id, in case that its value cannot be read."""
BROKEN = "chaos-broken"
"""Header of each message that nobody can process."""
NAMESPACE = UUID("6f0c2d0e-5b0e-5e55-9d6b-2f1d0c9a7a11")
PROCESSED_TYPE = "ticketstream.ticket.processed.v1"


@dataclass(frozen=True)
class StoredRecord:
    """A record as Kafka has it; *at* is its timestamp, in seconds since the epoch."""

    partition: int
    offset: int
    at: float
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True)
class Counts:
    """What became of the messages of a run."""

    tickets: int
    """Messages on incoming-tickets, each once. Null is no message: it is ignored by contract."""
    processed: int
    dead_lettered: int
    lost: int
    """Neither processed nor a dead letter; or confirmed by Kafka, and not on its topic."""
    repeats: int
    """Results beyond the first one of a message."""
    other_id: int
    """Messages of which a result has not the `ce_id` that it must have."""
    out_of_order: int
    """Messages whose first result came after that of a later revision of the same ticket."""
    wrong: int
    """
    Good messages that became dead letters, broken ones that were processed, and results that are
    no message's, or not of their message's ticket and revision.
    """


@dataclass(frozen=True)
class Came:
    """A message on incoming-tickets."""

    at: float
    """The time of its first publication."""
    ticket: str
    revision: int
    event_id: str
    """The `ce_id` of its result."""
    broken: bool


@dataclass(frozen=True)
class Result:
    """One record of ticket-processed, as far as it is counted."""

    message: str
    ticket: str
    revision: int
    event_id: str | None
    at: float
    degraded: bool


class Ledger:
    """The records of a run, and what they say."""

    def __init__(
        self,
        incoming: Iterable[StoredRecord],
        processed: Iterable[StoredRecord],
        dead_letters: Iterable[StoredRecord],
        *,
        published: int = 0,
        with_ids: bool = True,
    ) -> None:
        """
        Each topic is in the order of its partitions' offsets; partitions may come mixed.

        Args:
            published: messages that Kafka has confirmed.
            with_ids: whether results have ids. Those of other systems have none.
        """
        self.came: dict[str, Came] = {}
        self._published = published
        self._with_ids = with_ids
        self._places: dict[Place, str] = {}
        for record in incoming:
            self._take(record)
        self.results = [_result(record) for record in processed]
        self.letters = [r for r in dead_letters if not is_mark(r.headers)]
        self.given_up = {m: at for record in self.letters for m, at in self._letter(record)}

    def counts(self) -> Counts:
        """Return the counts of a row."""
        processed = {result.message for result in self.results} & self.came.keys()
        dead = self.given_up.keys() & self.came.keys()
        return Counts(
            tickets=len(self.came),
            processed=len(processed),
            dead_lettered=len(dead),
            lost=len(self.lost()) + max(0, self._published - len(self.came)),
            repeats=len(self.results) - len({result.message for result in self.results}),
            other_id=len(self._with_another_id()) if self._with_ids else 0,
            out_of_order=_out_of_order(self.results),
            wrong=len(self._wrong(dead)),
        )

    def lost(self) -> set[str]:
        """Return the messages that came and did not come out."""
        return self.came.keys() - {result.message for result in self.results} - self.given_up.keys()

    def recovery(self, ends: Iterable[float]) -> float | None:
        """
        Return the seconds to recover: the longest of all faults, or None without a fault.

        They count from the *end* of a fault (a kill, or the moment in which what was away is
        back) until the first outcome of each message that had been published before it. What
        never came out does not count here; it is lost.
        """
        out = self._first_out()
        took = [
            max((out[m] - end for m, c in self.came.items() if c.at <= end and m in out), default=0)
            for end in ends
        ]
        return max(0.0, *took) if took else None

    def _first_out(self) -> dict[str, float]:
        out = dict(self.given_up)
        for result in self.results:
            out[result.message] = min(result.at, out.get(result.message, result.at))
        return out

    def _take(self, record: StoredRecord) -> None:
        if record.value is None:
            return
        message = message_of(record) or f"{record.partition}-{record.offset}"
        self._places[record.partition, record.offset] = message
        self.came.setdefault(message, _came(record))

    def _with_another_id(self) -> set[str]:
        shared = Counter(
            event_id for _, event_id in {(r.message, r.event_id) for r in self.results}
        )
        return {
            result.message
            for result in self.results
            if shared[result.event_id] > 1
            or (c := self.came.get(result.message)) is None
            or result.event_id != c.event_id
        }

    def _wrong(self, dead: Iterable[str]) -> set[str]:
        unjust = {message for message in dead if not self.came[message].broken}
        strange = {r.message for r in self.results if not self._is_of_its_message(r)}
        return unjust | strange

    def _is_of_its_message(self, result: Result) -> bool:
        came = self.came.get(result.message)
        if came is None or came.broken:
            return False
        return (result.ticket, result.revision) == (came.ticket, came.revision)

    def _letter(self, record: StoredRecord) -> Iterable[tuple[str, float]]:
        """Yield the message that *record* is the dead letter of, if it can be told."""
        failed = failure(record.headers)
        of_incoming = (failed.origin_topic or "").endswith("incoming-tickets")
        named = self._places.get(failed.origin) if of_incoming and failed.origin else None
        if message := message_of(record) or named:
            yield message, record.at


def message_of(record: StoredRecord) -> str | None:
    """Return the id of the message in *record*, or that it came from."""
    found = _read(record.value).get("message_id") or header(record.headers, MESSAGE)
    return found if isinstance(found, str) else None


def _read(value: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(value or b"null")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _came(record: StoredRecord) -> Came:
    said = _read(record.value)
    ticket = str(said.get("ticket_id"))
    known = ["message", said.get("message_id")]
    name = [PROCESSED_TYPE, said.get("tenant") or "default", ticket, json.dumps(known), "0"]
    return Came(
        at=record.at,
        ticket=ticket,
        revision=_revision(said),
        event_id=str(uuid5(NAMESPACE, json.dumps(name))),
        broken=header(record.headers, BROKEN) is not None,
    )


def _revision(said: dict[str, Any]) -> int:
    found = said.get("revision")
    return found if isinstance(found, int) else 0


def _result(record: StoredRecord) -> Result:
    said = _read(record.value)
    return Result(
        message=message_of(record) or f"unknown-{record.partition}-{record.offset}",
        ticket=str(said.get("ticket_id")),
        revision=_revision(said),
        event_id=header(record.headers, "ce_id"),
        at=record.at,
        degraded=bool((said.get("meta") or {}).get("degraded")),
    )


def _out_of_order(results: Iterable[Result]) -> int:
    """A ticket's results lie on one partition, so the order of the records is theirs."""
    seen: set[str] = set()
    newest: dict[str, int] = {}
    late = 0
    for result in results:
        if result.message not in seen:
            seen.add(result.message)
            late += result.revision < newest.get(result.ticket, result.revision)
            newest[result.ticket] = max(result.revision, newest.get(result.ticket, 0))
    return late
