"""Dead letters as stages write them, and stages with a bug that is mended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas import IncomingTicket, ProcessedTicket, TriagedTicket
from schemas.topics import DEAD_LETTERS, INCOMING, PROCESSED, TRIAGED, Topic
from streams.agents import Agent
from streams.backends.kafka import clients, connection, names
from streams.settings import Settings
from streams.stage import Route
from tests.support.stages import Sent, read, triaged

NOW = datetime.now(UTC)
SECRET = "4111 1111 1111 1111"
BROKEN: Sent = (b"T-1", b'{"ticket_id": "T-1", "raw_message": "%s"' % SECRET.encode(), ())


@dataclass(frozen=True)
class Done:
    """How a command ended: exit code, JSON Lines of standard output, standard error."""

    code: int
    rows: list[dict[str, Any]]
    said: str


Call = Callable[..., Awaitable[Done]]


class Bug:
    """Two stages, from incoming-tickets to ticket-processed; one has a bug until it is mended."""

    def __init__(self, stage: str) -> None:
        self.in_stage: str | None = stage

    def mend(self) -> None:
        """Have no bug any more."""
        self.in_stage = None

    async def triage(self, ticket: IncomingTicket) -> TriagedTicket:
        """Return what a stage makes of *ticket*, or fail as one with a bug does."""
        if self.in_stage == "triage":
            raise KeyError(ticket.raw_message)
        return await triaged(ticket)

    async def policy(self, event: TriagedTicket) -> ProcessedTicket:
        """Return what the last stage might make of *event*, or fail as one with a bug does."""
        if self.in_stage == "policy":
            raise KeyError(event.ticket.raw_message)
        (example,) = PROCESSED.carries.model_json_schema()["examples"]
        return ProcessedTicket(**{**example, "ticket_id": event.ticket.ticket_id})


@asynccontextmanager
async def two_stages(settings: Settings, bug: Bug) -> AsyncIterator[None]:
    """Run the stages of *bug* until the block ends."""
    route = (
        Route(INCOMING).then("triage", bug.triage, TRIAGED).then("policy", bug.policy, PROCESSED)
    )
    agents = [Agent(stage, settings) for stage in route.stages]
    await asyncio.gather(*(agent.app.start() for agent in agents))
    try:
        yield
    finally:
        await asyncio.gather(*(agent.app.stop() for agent in agents))


async def on(settings: Settings, topic: Topic[Any], count: int) -> list[ConsumerRecord]:
    """Return what is on *topic* in the order in which it was put there."""
    return sorted(await read(settings, topic, count), key=lambda record: record.timestamp)


def a_letter(key: bytes | None, value: bytes, *headers: tuple[str, bytes], **more: str) -> Sent:
    """Return a dead letter as a stage writes it."""
    said = {
        "error-stage": "triage",
        "error-class": "Unprocessable",
        "error-message": "raw_message: Field required",
        "error-attempts": "1",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return key, value, [*headers, *((name, text.encode()) for name, text in said.items())]


async def bury(settings: Settings, *letters: Sent) -> None:
    """Put *letters* on ticket-dead-letters, in this order."""
    async with clients.producer(settings) as producer:
        for key, value, headers in letters:
            await producer.send_and_wait(
                names.topic(settings, DEAD_LETTERS), value, key, headers=list(headers)
            )


async def limit_topic(settings: Settings, topic: Topic[Any], name: str, value: str) -> None:
    """Set the policy *name* of *topic*."""
    admin = AIOKafkaAdminClient(**connection.options(settings))
    await admin.start()
    try:
        where = names.topic(settings, topic)
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, where, {name: value})])
    finally:
        await admin.close()
