"""
What lies on ticket-dead-letters: letters, and marks that say which of them were replayed.

A letter is a message as it came to a stage, its headers followed by ours, `error-stage` first.
What does not fit into the topic is left out: first the value, then the headers, then the key.
A mark follows it on the same partition, under the same key, when it has been replayed. It has
no value, and every reader of the topic passes over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from schemas.envelope import SOURCE, Headers, header

REPLAYED = "ticketstream.dead-letter.replayed.v1"
"""`ce_type` of a mark."""
REPLAY_OF = "replay-of"
"""Header of a replayed message and of its results: the dead letter's ID."""
ERROR_STAGE = "error-stage"
"""First of our headers in a letter. All headers before it came with the message."""
ERROR_CLASS = "error-class"
ERROR_MESSAGE = "error-message"
ERROR_ATTEMPTS = "error-attempts"
ORIGIN_TOPIC = "origin-topic"
ORIGIN_PARTITION = "origin-partition"
ORIGIN_OFFSET = "origin-offset"
FAILED_AT = "failed-at"
VALUE_OMITTED = "error-value-omitted"
KEY_OMITTED = "error-key-omitted"

MOST_SAID = 1_000
"""Characters of a header that are read: anybody may have written it."""

Place = tuple[int, int]
"""Partition and offset of a letter, or of the message that became one."""

Sent = tuple[bytes | None, bytes | None, Headers]
"""Key, value and headers of a message."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What the headers of a letter say of how a message failed. What they do not say is None."""

    stage: str | None
    error_class: str | None
    reason: str | None
    attempts: int | None
    origin_topic: str | None
    origin: Place | None
    value_omitted: int | None
    """Size in bytes of a value that was too large for the letter."""


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


def error_headers(
    *,
    stage: str,
    error_class: str,
    reason: str,
    attempts: int,
    origin_topic: str,
    origin: Place,
    at: datetime,
) -> Headers:
    """Return our headers of a letter: how a message failed, and where it lies."""
    partition, offset = origin
    said = {
        ERROR_STAGE: stage,  # first: see there
        ERROR_CLASS: error_class,
        ERROR_MESSAGE: reason,
        ERROR_ATTEMPTS: str(attempts),
        ORIGIN_TOPIC: origin_topic,
        ORIGIN_PARTITION: str(partition),
        ORIGIN_OFFSET: str(offset),
        FAILED_AT: at.isoformat(),
    }
    return [(name, value.encode()) for name, value in said.items()]


def letters(
    key: bytes | None, value: bytes | None, headers: Headers, errors: Headers
) -> Iterator[Sent]:
    """Yield a message as a dead letter: as it came, then with less and less of it."""
    value_omitted = (VALUE_OMITTED, str(len(value or b"")).encode())
    key_omitted = (KEY_OMITTED, str(len(key or b"")).encode())
    no_value = None if key is not None else b""  # Kafka's clients want one of the two
    yield key, value, headers + errors
    yield key, no_value, [*headers, *errors, value_omitted]
    yield key, no_value, [*errors, value_omitted]
    yield None, b"", [*errors, value_omitted, key_omitted]


def failure(headers: Sequence[tuple[str, bytes]]) -> Failure:
    """Return what a letter's *headers* say of how its message failed. They may say anything."""
    ours = headers[_begin_of_ours(headers) or 0 :]
    partition, offset = _number(ours, ORIGIN_PARTITION), _number(ours, ORIGIN_OFFSET)
    return Failure(
        stage=_text(ours, ERROR_STAGE),
        error_class=_text(ours, ERROR_CLASS),
        reason=_text(ours, ERROR_MESSAGE),
        attempts=_number(ours, ERROR_ATTEMPTS),
        origin_topic=_text(ours, ORIGIN_TOPIC),
        origin=None if partition is None or offset is None else (partition, offset),
        value_omitted=_number(ours, VALUE_OMITTED),
    )


def as_they_came(headers: Sequence[tuple[str, bytes]]) -> Headers:
    """Return those of a letter's *headers* that the message had when it came to the stage."""
    return list(headers[: _begin_of_ours(headers)])


def _begin_of_ours(headers: Sequence[tuple[str, bytes]]) -> int | None:
    """Return which of *headers* is the first of ours. A publisher may have set that name, too."""
    ours = [at for at, (name, _) in enumerate(headers) if name == ERROR_STAGE]
    return ours[-1] if ours else None


def _text(headers: Iterable[tuple[str, bytes]], name: str) -> str | None:
    return (header(headers, name) or "")[:MOST_SAID] or None


def _number(headers: Iterable[tuple[str, bytes]], name: str) -> int | None:
    text = header(headers, name) or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


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
    return header(headers, "ce_type") == REPLAYED and header(headers, ERROR_STAGE) is None


def marked(headers: Iterable[tuple[str, bytes]]) -> Place | None:
    """Return where the letter lies that a mark with *headers* is about; None if it does not say."""
    headers = list(headers)
    said = (header(headers, "replayed-partition"), header(headers, "replayed-offset"))
    try:
        return place_of("-".join(part or "" for part in said))
    except ValueError:
        return None
