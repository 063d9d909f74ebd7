"""
`ticketstream dead-letters replay`: tickets that could not be processed go through once more.

    which letters -> what each becomes -> publish, until the broker confirms -> mark as replayed

A letter is marked after its message is confirmed: a crash in between replays it once more, and
never loses it. Whatever is replayed twice gives results with the same `ce_id`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import BinaryIO

from aiokafka import ConsumerRecord

from schemas.dead_letters import Place, as_they_came, letter_id
from schemas.topics import DEAD_LETTERS, INCOMING, READS
from streams.backends.kafka import admin, names
from streams.cli import terminal
from streams.cli.bulk_publisher import Pace
from streams.cli.dead_letters import register as dead_letters
from streams.cli.dead_letters import replay_message
from streams.cli.dead_letters.list_show import GONE, HINT, nothing, place, read
from streams.cli.dead_letters.register import Filter, Letter, Register, reading
from streams.cli.dead_letters.replayer import Ready, replaying
from streams.cli.exit_codes import DONE, PARTLY, WRONG
from streams.errors import ConfigurationError, Unprocessable
from streams.settings import Settings
from streams.stage import Message

AT_ONCE, AT_ONCE_BYTES = 100, 4_000_000
"""Letters, and bytes of them, that are published and marked together."""
_MEND = (
    "What is broken can be mended: ticketstream dead-letters show ID --output FILE,"
    " edit it, ticketstream dead-letters replay ID --with FILE"
)
_ID, _TICKET, _DONE = 9, 24, 8
"""Columns of a terminal."""


@dataclass(frozen=True)
class Order:
    """What is to be done: which letters, and how. Where there are *ids*, *wanted* has no say."""

    ids: tuple[str, ...]
    wanted: Filter
    mended: BinaryIO | None
    from_start: bool
    other_ticket: bool
    again: bool
    dry_run: bool


async def run(settings: Settings, order: Order) -> int:
    """
    Replay the letters that *order* means, and show each one with the topic that it went to.

    What cannot be replayed is named with the reason, and the others are done.

    Raises:
        Unavailable: Kafka does not answer; the message says how many were replayed before.

        ConfigurationError: No letter has one of the IDs, or a topic is missing or wrong.
    """
    await admin.verify_topics(settings, [*READS.values(), DEAD_LETTERS])
    call = _Run(settings, order)
    ids = {place(one) for one in order.ids}
    first = {partition: min(o for p, o in ids if p == partition) for partition, _ in ids}
    async with reading(settings, first or order.wanted.since or "beginning") as consumer:
        wants = (lambda letter: letter.place in ids) if ids else order.wanted.wants
        register = Register(consumer, wants)
        await read(register)
        if missing := sorted(ids - register.letters.keys()):
            named = ", ".join(map(letter_id, missing))
            raise ConfigurationError(f"no dead letter has the ID {named}: {HINT}")
        if not register.letters:
            terminal.note(nothing(register, order.wanted))
        await call.run(register)
    return call.told()


class _Run:
    """One call of the command."""

    def __init__(self, settings: Settings, order: Order) -> None:
        self._settings, self._order = settings, order
        self._mended = None if order.mended is None else _read(order.mended)
        self._word = "ready" if order.dry_run else "replayed"
        self._done = self._refused = self._before = 0
        self._broken = False

    async def run(self, register: Register) -> None:
        """Replay what is to be replayed of the letters in *register*, and show it."""
        chosen = [letter.place for letter in self._chosen(register)]
        async with aclosing(self._replayed(register, chosen)) as parts:
            with terminal.progress(len(chosen), "letters") as bar:
                async for part in parts:
                    bar.hide()
                    self._show(part)
                    self._done += len(part)
                    bar.update(len(part))

    def told(self) -> int:
        """Say how many there were, and return the exit code."""
        counts = {self._word: self._done, "refused": self._refused}
        if self._before and not self._order.ids:
            counts["skipped"] = self._before
        terminal.count(**counts)
        if not self._refused:
            return DONE
        if self._broken and self._mended is None:
            terminal.note(_MEND)
        return PARTLY if self._done else WRONG

    def _chosen(self, register: Register) -> list[Letter]:
        if self._order.again:
            return register.chosen(self._order.wanted.replayed)
        before = register.chosen(replayed=True)
        self._before = len(before)
        for letter in before if self._order.ids else ():
            mark = register.marks[letter.place]
            self._refuse(letter.place, f"was replayed at {mark.at}; --again does it once more")
        return register.chosen(replayed=False)

    async def _replayed(
        self, register: Register, chosen: Sequence[Place]
    ) -> AsyncGenerator[list[Ready], None]:
        """Replay *chosen*, some at a time, and yield those that were."""
        async with aclosing(self._parts(chosen)) as parts:
            if self._order.dry_run or not chosen:
                async for part in parts:
                    yield part
                return
            pace = Pace(self._settings) if await admin.is_embedded(self._settings) else None
            async with replaying(self._settings, register, self._refuse) as replayer:
                async for part in parts:
                    part = await replayer.replay(part, again=self._order.again)
                    yield part
                    if pace:
                        for one in part:
                            await pace.take(one.message.topic, len(one.message.value or b""))

    async def _parts(self, chosen: Sequence[Place]) -> AsyncGenerator[list[Ready], None]:
        """Yield those of *chosen* that can be replayed, some at a time."""
        part: list[Ready] = []
        async with aclosing(dead_letters.records(self._settings, chosen)) as records:
            async for record in records:
                try:
                    part.append(await self._ready(record))
                except Unprocessable as error:
                    self._broken = True
                    self._refuse((record.partition, record.offset), str(error))
                if len(part) >= AT_ONCE or _size(part) >= AT_ONCE_BYTES:
                    yield part
                    part = []
        if part:
            yield part

    async def _ready(self, record: ConsumerRecord) -> Ready:
        """Return what the letter *record* becomes. Raises Unprocessable if that is nothing."""
        at = (record.partition, record.offset)
        origin = dead_letters.origin_of(self._settings, record)
        if origin is None:
            raise Unprocessable("it came from a topic that no stage of this installation reads")
        came = await dead_letters.original(self._settings, record)
        if came is None and self._mended is None:
            raise Unprocessable(f"{GONE}: give the value, --with FILE")
        message = replay_message.again(
            came or Message(origin.name, record.key, None, as_they_came(record.headers)),
            origin,
            letter_id=letter_id(at),
            mended=self._mended,
            from_start=self._order.from_start,
            other_ticket=self._order.other_ticket,
        )
        to = INCOMING if self._order.from_start else origin
        return Ready(at, record.key, replace(message, topic=names.topic(self._settings, to)))

    def _refuse(self, at: Place, why: str) -> None:
        self._refused += 1
        terminal.complain(f"{letter_id(at)}: {why}")

    def _show(self, part: Iterable[Ready]) -> None:
        for one in part:
            ticket = (one.message.key or b"").decode()
            row = {"id": one.id, "ticket": ticket, "to": one.message.topic, "done": self._word}
            if terminal.is_read_by_person():
                terminal.line([(one.id, _ID), (ticket, _TICKET), (self._word, _DONE)], row["to"])
            else:
                terminal.json_line(row)


def _read(file: BinaryIO) -> bytes:
    try:
        return file.read().strip().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise ConfigurationError(f"{file.name} cannot be read ({error.strerror})") from None


def _size(part: Iterable[Ready]) -> int:
    return sum(len(one.message.value or b"") for one in part)
