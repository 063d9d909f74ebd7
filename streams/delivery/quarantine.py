"""
Quarantine: what may have killed workers is worked on alone, and what did is not tried again.

    a worker died here     -> its messages go on together, and who dies next is counted
    three did              -> each message is suspect: alone, and the broker knows which one it is
    two died with it alone -> it is deadly: a dead letter, and so are its copies

`position.py` has the note that the broker keeps. docs: ARCHITECTURE.md, "A message that kills the
worker"
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Any

from aiorwlock import RWLock

from schemas.dead_letters import REPLAY_OF
from schemas.envelope import RUN, header
from schemas.topics import INCOMING, Topic
from streams.delivery.entry import Entry, Partition
from streams.delivery.waiting import Waiting
from streams.delivery.window import Window
from streams.errors import Unprocessable
from streams.stage import Message

DEADLY_REMEMBERED = 100
"""Deadly messages whose copies become dead letters untried: the stages before make one a death."""


class Deadly(Unprocessable):
    """Workers die over the message."""


class Quarantine:
    """The suspect and the deadly messages of a stage."""

    def __init__(
        self,
        reads: Topic[Any],
        window: Window,
        waiting: Waiting,
        company: RWLock,
        commit: Callable[[Partition], Awaitable[bool]],
    ) -> None:
        """
        Args:
            reads: where the stage's messages come from.
            company: shared by all stages of a process. Whoever works reads; whoever has to be
                alone, because workers died over such a message, writes.
            commit: commits what the window says; returns whether the broker has it of a partition.
        """
        self._reads = reads
        self._window = window
        self._waiting = waiting
        self._company = company
        self._commit = commit
        self._deadly: deque[Hashable] = deque(maxlen=DEADLY_REMEMBERED)

    def refuse_deadly(self, message: Message, entry: Entry) -> None:
        """
        Return if *message* may be tried.

        Raises:
            Deadly: Workers died over it, or over a copy of it.
        """
        if entry.deadly:
            self._deadly.append(self._sameness(message))
        if self._deadly and self._sameness(message) in self._deadly:
            raise Deadly("two workers died over it that had nothing else in hand")

    def _sameness(self, message: Message) -> Hashable:
        """
        Return what is equal in copies of *message*, whose contents were not looked at yet.

        What stages made of the same input has the same id. What others publish is the same
        only if all of it is; who replays it has mended something.
        """
        event_id, replay = (header(message.headers, name) for name in ("ce_id", REPLAY_OF))
        if event_id and self._reads is not INCOMING:
            return event_id, replay
        said = (header(message.headers, name) for name in ("ce_source", RUN))
        return message.key, message.value, event_id, *said, replay

    @asynccontextmanager
    async def apart(self, entry: Entry) -> AsyncIterator[None]:
        """Try a message beside others; alone, and with a note of that, if it is suspect."""
        if not entry.suspect:
            with self._waiting.here():
                await self._company.reader.acquire()
            try:
                yield
            finally:
                self._company.reader.release()
            return
        with self._waiting.here():
            await self._company.writer.acquire()
        try:
            await self._note(entry)
            yield
        finally:
            try:
                await self._note(entry, ended=True)
            finally:
                self._company.writer.release()

    async def _note(self, entry: Entry, *, ended: bool = False) -> None:
        """Return when the broker knows that *entry* is worked on alone, or that it is not."""
        self._window.alone(entry, ended=ended)
        for attempt in itertools.count(1):
            if self._waiting.over or await self._commit(entry.partition):
                return
            await self._waiting.pause(attempt)
