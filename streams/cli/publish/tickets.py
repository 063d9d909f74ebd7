"""
`ticketstream publish`: tickets from JSON Lines to `incoming-tickets`.

A line goes out as it is, unknown fields included, once it is known to be an
`IncomingTicket`. A broken one is named by its number and fields, never by its values.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from pydantic import ValidationError

from schemas import IncomingTicket
from schemas.envelope import Headers
from schemas.ticket import MAX_TICKET_BYTES, TooLarge, parse_ticket
from schemas.topics import INCOMING
from streams.backends.kafka import admin
from streams.cli import terminal
from streams.cli.bulk_publisher import JSON, Pace, publishing
from streams.cli.exit_codes import DONE, PARTLY
from streams.cli.progress_bar import BYTES
from streams.errors import ConfigurationError, Unprocessable, fields_at_fault
from streams.settings import Settings


@dataclass(frozen=True)
class FileLine:
    """A line that is a ticket: its bytes as they came, and what they say."""

    value: bytes
    ticket: IncomingTicket


@dataclass(frozen=True)
class BrokenLine:
    """A line that is no ticket. `reason` names fields, never their values."""

    number: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.reason}"


async def publish_tickets(
    settings: Settings, file: BinaryIO, headers: Sequence[tuple[str, str]]
) -> int:
    """
    Publish the tickets in *file*, one a line, and say how many there were.

    Raises:
        Unavailable: Kafka does not answer; the message says how many tickets it had taken.

        ConfigurationError: The topic does not exist or has a wrong policy.
    """
    carried: Headers = [JSON, *((name, value.encode()) for name, value in headers)]
    broken = 0
    async with publishing(settings, INCOMING) as publisher:
        pace = Pace(settings, publisher.confirm) if await admin.is_embedded(settings) else None
        with terminal.progress(_size(file), BYTES) as bar:
            async for line in lines_of(file, bar.update):
                if isinstance(line, BrokenLine):
                    broken += 1
                    terminal.complain(str(line))
                    continue
                await publisher.send(line.ticket.ticket_id.encode(), line.value, carried)
                if pace:
                    await pace.take(publisher.name, len(line.value))
    terminal.count(published=publisher.confirmed, broken=broken)
    return PARTLY if broken else DONE


async def lines_of(
    file: BinaryIO, read: Callable[[int], object] = lambda size: None
) -> AsyncIterator[FileLine | BrokenLine]:
    """
    Yield the lines of *file* as they come, empty ones left out; tell *read* the bytes of each.

    Raises:
        ConfigurationError: *file* cannot be read.
    """
    number = 0
    async for line in _lines(file):
        number += 1
        read(len(line) + 1)
        value = line.strip().removeprefix(b"\xef\xbb\xbf")
        if not value:
            continue
        try:
            yield FileLine(value, _checked(value))
        except Unprocessable as error:
            yield BrokenLine(number, str(error))


def _checked(value: bytes) -> IncomingTicket:
    try:
        return parse_ticket(value)
    except TooLarge as error:
        raise Unprocessable(str(error)) from None
    except ValidationError as error:
        raise Unprocessable(fields_at_fault(error)) from None


def _size(file: BinaryIO) -> int | None:
    return os.fstat(file.fileno()).st_size or None


async def _lines(file: BinaryIO) -> AsyncIterator[bytes]:
    """
    Yield the lines of *file* as they come, without holding up the loop.

    A pipe or terminal may say nothing for hours. The thread that waits for it reads the
    descriptor itself: one that sits in `sys.stdin` keeps Python from ending on Ctrl-C.
    """
    queue: asyncio.Queue[list[bytes] | None] = asyncio.Queue(maxsize=16)
    loop = asyncio.get_running_loop()

    failed: list[OSError] = []

    def put(lines: list[bytes] | None) -> None:
        asyncio.run_coroutine_threadsafe(queue.put(lines), loop).result()

    def feed() -> None:
        with suppress(RuntimeError, CancelledError):  # the loop has ended, nobody listens
            try:
                for lines in _read(file.fileno()):
                    put(lines)
            except OSError as error:
                failed.append(error)
            put(None)

    threading.Thread(target=feed, daemon=True).start()
    while (lines := await queue.get()) is not None:
        for line in lines:
            yield line
    if failed:
        raise ConfigurationError(f"{file.name} cannot be read ({type(failed[0]).__name__})")


def _read(descriptor: int) -> Iterator[list[bytes]]:
    """Yield the lines that there are, as they come. One that is too large is cut, but is one."""
    rest = b""
    while chunk := os.read(descriptor, 1 << 16):
        *whole, rest = (rest + chunk).split(b"\n")
        rest = rest[: MAX_TICKET_BYTES + 1]
        yield whole
    yield [rest] if rest else []
