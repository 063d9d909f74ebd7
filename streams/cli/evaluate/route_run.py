"""
Tickets through the whole route, in this process: all four stages, without Kafka.

The backends are those of the settings. A ticket that cannot go through is named, as a worker
would send it to the dead letters or wait with it, and the others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from schemas import Article
from streams.assembly import Assembly
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.cli import terminal
from streams.cli.evaluate.labelled_ticket import LabelledTicket
from streams.cli.evaluate.ticket_outcome import TicketOutcome
from streams.cli.kb.connection import fill, there
from streams.errors import ConfigurationError, Refused, TicketError
from streams.knowledge.article_files import articles_in
from streams.settings import Settings


@dataclass(frozen=True)
class NotThrough:
    """A ticket that did not go through, and why, without its text."""

    ticket_id: str
    reason: str

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.reason}"


@asynccontextmanager
async def assembled(settings: Settings, kb: Path | None) -> AsyncIterator[Assembly]:
    """
    Yield the route of *settings* with the articles in *kb*, or else those that its workers have.

    Raises:
        Unavailable: The knowledge base, or Kafka that has its articles, does not answer.

        ConfigurationError: A setting is wrong, or *kb* has no article.
    """
    if kb is None and settings.knowledge != "embedded":
        async with Assembly(settings) as parts:
            yield parts
        return
    base = EmbeddedKnowledge()
    articles = [*(await there(settings)).values()] if kb is None else readable_articles(kb)
    async with Assembly(settings, base) as parts:
        await fill(base, articles)
        yield parts


def readable_articles(kb: Path) -> list[Article]:
    """
    Return the articles in *kb*, and name those that are broken.

    Raises:
        ConfigurationError: There is none.
    """
    good = []
    for found in articles_in(kb):
        if isinstance(found, Article):
            good.append(found)
        else:
            terminal.complain(str(found))
    if not good:
        raise ConfigurationError(f"{kb}: no article that can be read")
    return good


async def through_route(
    parts: Assembly, tickets: Sequence[LabelledTicket], *, at_once: int, done: Callable[[], None]
) -> list[TicketOutcome | NotThrough]:
    """
    Return what becomes of *tickets*, *at_once* of them at a time; call *done* after each.

    Raises:
        Refused: A backend refuses us, and would refuse every other ticket.
    """
    slots = asyncio.Semaphore(at_once)

    async def one(labelled: LabelledTicket) -> TicketOutcome | NotThrough:
        async with slots:
            try:
                return await _through(parts, labelled)
            finally:
                done()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(labelled)) for labelled in tickets]
    except BaseExceptionGroup as errors:
        refused, others = errors.split(Refused)
        if refused is None or others is not None:
            raise
        raise refused.exceptions[0] from None  # within `except*` it would be in a group again
    return [task.result() for task in tasks]


async def _through(parts: Assembly, labelled: LabelledTicket) -> TicketOutcome | NotThrough:
    began = perf_counter()
    events: list[Any] = [labelled.ticket]
    for stage in parts.route.stages:
        try:
            events.append(await stage.run(events[-1]))
        except Refused:
            raise
        except TicketError as error:
            reason = f"{stage.name}: {type(error).__name__}: {error}"
            return NotThrough(labelled.ticket.ticket_id, reason)
        except Exception as error:  # its own words may quote the customer
            reason = f"{stage.name}: a bug of ours, {type(error).__name__}"
            return NotThrough(labelled.ticket.ticket_id, reason)
    *_, drafted, processed = events
    return TicketOutcome(labelled, drafted, processed, perf_counter() - began)
