"""
Publishes replayed messages, some at a time, and marks their letters once they are confirmed.

Marks of others are looked at right before, so that of two people who replay the same letters
the second leaves out what the first has marked by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from schemas.dead_letters import Place, letter_id, mark
from schemas.envelope import Headers
from schemas.topics import DEAD_LETTERS
from streams.backends.kafka import clients, connection, message_spans, names
from streams.cli.dead_letters.register import Register
from streams.errors import Unavailable
from streams.settings import Settings
from streams.stage import Message

_CONFIRM_SECONDS = 30.0
"""Seconds for the broker to confirm what is sent together."""
_STOP_SECONDS = 10
"""For what is still on its way when an error ends the command."""


@dataclass(frozen=True)
class Ready:
    """A letter's place and key, and the message that takes its ticket through once more."""

    place: Place
    key: bytes | None
    message: Message
    """Its topic is the full name."""

    @property
    def id(self) -> str:
        """The letter's ID."""
        return letter_id(self.place)


class Replayer:
    """Replays letters. `done` counts them, those included that could not be marked."""

    def __init__(
        self,
        settings: Settings,
        producer: AIOKafkaProducer,
        register: Register,
        refuse: Callable[[Place, str], None],
    ) -> None:
        """
        Args:
            register: knows of the letters, and learns what others have marked.
            refuse: is told which letter cannot be replayed, and why.
        """
        self.done = 0
        self.unmarked: list[str] = []
        self._producer, self._register, self._refuse = producer, register, refuse
        self._dead_letters = names.topic(settings, DEAD_LETTERS)

    async def replay(self, part: Sequence[Ready], *, again: bool) -> list[Ready]:
        """
        Publish *part* and mark it. Returns what is confirmed; the rest was refused.

        With *again* it does not matter what others have replayed. Raises what aiokafka does.
        """
        carrying = asyncio.create_task(self._carry(part, again))
        try:
            return await asyncio.shield(carrying)
        except asyncio.CancelledError:  # Ctrl-C
            await carrying  # what is published is to be marked
            raise

    async def _carry(self, part: Sequence[Ready], again: bool) -> list[Ready]:
        if not again:
            part = await self._still_to_do(part)
        errors = await self._sent((one.message, None) for one in part)
        confirmed = []
        for one, error in zip(part, errors, strict=True):
            if isinstance(error, MessageSizeTooLargeError):
                self._refuse(one.place, f"it does not fit into {one.message.topic}")
            elif error is None:
                confirmed.append(one)
        self.done += len(confirmed)
        await self._mark(confirmed)
        _raise(error for error in errors if not isinstance(error, MessageSizeTooLargeError))
        return confirmed

    async def _still_to_do(self, part: Sequence[Ready]) -> list[Ready]:
        await self._register.catch_up()
        marks = self._register.marks
        for one in part:
            if one.place in marks:
                self._refuse(one.place, "somebody else has replayed it just now")
        return [one for one in part if one.place not in marks]

    async def _mark(self, replayed: Sequence[Ready]) -> None:
        """Mark letters as replayed, each on its own partition and under its own key."""
        errors = await self._sent((self._mark_of(one), one.place[0]) for one in replayed)
        self.unmarked = [one.id for one, error in zip(replayed, errors, strict=True) if error]
        _raise(errors)

    def _mark_of(self, one: Ready) -> Message:
        headers = mark(one.place, to=one.message.topic, at=datetime.now(UTC))
        no_value = None if one.key is not None else b""  # Kafka's clients want one of the two
        return Message(self._dead_letters, one.key, no_value, headers)

    async def _sent(
        self, messages: Iterable[tuple[Message, int | None]]
    ) -> list[BaseException | None]:
        """Send *messages* in this order, to a partition or by key. Returns the error of each."""
        waiting = [await self._send(message, partition) for message, partition in messages]
        if waiting:
            # aiokafka tries for ever to send to a broker that it knows and cannot reach.
            await asyncio.wait(waiting, timeout=_CONFIRM_SECONDS)
        return [each.exception() if each.done() else KafkaTimeoutError() for each in waiting]

    async def _send(self, message: Message, partition: int | None) -> asyncio.Future[object]:
        try:
            with _carrying(message, is_ticket=partition is None) as headers:
                sent: asyncio.Future[object] = await self._producer.send(
                    message.topic, message.value, message.key, partition, headers=headers
                )
        except KafkaError as error:
            sent = asyncio.get_running_loop().create_future()
            sent.set_exception(error)
        return sent


def _carrying(message: Message, *, is_ticket: bool) -> AbstractContextManager[Headers]:
    """Return the headers that *message* is sent with. A mark is of no trace."""
    if is_ticket:
        return message_spans.sending(message.topic, message.headers)
    return nullcontext(message.headers)


def _raise(errors: Iterable[BaseException | None]) -> None:
    for error in errors:
        if error:
            raise error


@asynccontextmanager
async def replaying(
    settings: Settings, register: Register, refuse: Callable[[Place, str], None]
) -> AsyncIterator[Replayer]:
    """
    Yield a replayer. *register* and *refuse*: see there.

    Raises:
        Unavailable: Kafka does not answer. The message says how many were replayed before.
    """
    producer = clients.producer(settings)
    replayer = Replayer(settings, producer, register, refuse)
    try:
        with connection.translated(settings):
            await connection.start(settings, producer)
            yield replayer
    except Unavailable as error:
        said = f"{error} {replayer.done:,} were replayed before."
        if replayer.unmarked:
            said += (
                f" Not marked as replayed, so that they would be once more, with the same ce_id:"
                f" {', '.join(replayer.unmarked)}."
            )
        raise Unavailable(said) from None
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await producer.stop()
