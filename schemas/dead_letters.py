"""
What lies on ticket-dead-letters: letters, and marks that say which of them were replayed.

A letter is a message as it came to a stage, its headers followed by ours, `error-stage` first.
A mark follows it on the same partition, under the same key, when it has been replayed. It has
no value, and every reader of the topic passes over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import uuid4

from schemas.envelope import SOURCE, Headers, header

REPLAYED = "ticketstream.dead-letter.replayed.v1"
"""`ce_type` of a mark."""
REPLAY_OF = "replay-of"
"""Header of a message that was replayed, and of what becomes of it: the ID of the dead letter."""
_FIRST_OF_OURS = "error-stage"

Place = tuple[int, int]
"""Partition and offset of a letter."""


def letter_id(place: Place) -> str:
    """Return the ID of the letter at *place*, as people type it: `7-1204`."""
    return "-".join(map(str, place))


def place_of(letter_id: str) -> Place:
    """Return where the letter with this ID lies. Raises ValueError if it is no ID."""
    partition, dash, offset = letter_id.partition("-")
    if not (dash and all(part.isdecimal() and part.isascii() for part in (partition, offset))):
        raise ValueError
    if len(partition) > 9 or len(offset) > 18:  # more than Kafka counts to
        raise ValueError
    return int(partition), int(offset)


def as_they_came(headers: Sequence[tuple[str, bytes]]) -> Headers:
    """Return those of a letter's *headers* that the message had when it came to the stage."""
    ours = [at for at, (name, _) in enumerate(headers) if name == _FIRST_OF_OURS]
    return list(headers[: ours[-1]] if ours else headers)


def mark(place: Place, *, to: str, at: datetime) -> Headers:
    """Return the headers of the mark that the letter at *place* was replayed to the topic *to*."""
    partition, offset = place
    said = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid4()),
        "ce_source": f"{SOURCE}/dead-letters",
        "ce_type": REPLAYED,
        "ce_time": at.isoformat(),
        "replayed-partition": str(partition),
        "replayed-offset": str(offset),
        "replayed-to": to,
        "replayed-at": at.isoformat(),
    }
    return [(name, value.encode()) for name, value in said.items()]


def is_mark(headers: Iterable[tuple[str, bytes]]) -> bool:
    """
    Return whether a message of ticket-dead-letters with *headers* is a mark, and no letter.

    A letter has headers of ours, whatever type its publisher gave it.
    """
    headers = list(headers)
    return header(headers, "ce_type") == REPLAYED and header(headers, _FIRST_OF_OURS) is None


def marked(headers: Iterable[tuple[str, bytes]]) -> Place | None:
    """Return where the letter lies that a mark with *headers* is about; None if it does not say."""
    headers = list(headers)
    said = (header(headers, "replayed-partition"), header(headers, "replayed-offset"))
    try:
        return place_of("-".join(part or "" for part in said))
    except ValueError:
        return None
