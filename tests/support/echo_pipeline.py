"""
A pipeline of one step, for tests of those who talk to the pipeline over Kafka.

It reads incoming-tickets and writes what the real one would: a result whose draft repeats
the ticket's id and message, or a dead letter. A ticket says in its metadata what it wants:
`{"echo": "dead-letter"}`, or `{"echo": "silence"}` for no outcome at all.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Self

from schemas import (
    AnswerDraft,
    IncomingTicket,
    Meta,
    PolicyCheck,
    StageReport,
    TicketOutput,
    TriageOutput,
)
from schemas.envelope import Headers, input_identity, outgoing
from schemas.topics import DEAD_LETTERS, INCOMING, PROCESSED
from streams.backends.kafka import clients, names
from streams.settings import Settings


class EchoPipeline:
    """Answers tickets until the `async with` block ends. `taken` has the messages by ticket id."""

    def __init__(self, settings: Settings, *, degraded: tuple[str, ...] = ()) -> None:
        self.taken: Counter[str] = Counter()
        self.headers: dict[str, Headers] = {}
        self.values: dict[str, bytes] = {}
        self._settings = settings
        self._meta = Meta(
            version="0",
            stages={"triage": StageReport(backend="echo", seconds=0.25)},
            degraded=degraded,
        )
        self._open = asyncio.Event()
        self._open.set()

    def hold(self) -> None:
        """Keep every outcome back until `release`."""
        self._open.clear()

    def release(self) -> None:
        """Let the outcomes go."""
        self._open.set()

    async def __aenter__(self) -> Self:
        self._consumer = await clients.follower(
            self._settings, [INCOMING], since="beginning", fetch_max_wait_ms=20
        )
        self._producer = clients.producer(self._settings)
        await self._producer.start()
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        ended = await asyncio.gather(self._task, return_exceptions=True)
        await self._consumer.stop()
        await self._producer.stop()
        assert isinstance(ended[0], asyncio.CancelledError), ended

    async def _run(self) -> None:
        async for record in self._consumer:
            ticket = IncomingTicket.model_validate_json(record.value)
            self.taken[ticket.ticket_id] += 1
            self.headers[ticket.ticket_id] = list(record.headers)
            self.values[ticket.ticket_id] = record.value
            await self._open.wait()
            await self._answer(ticket, record)

    async def _answer(self, ticket: IncomingTicket, record: Any) -> None:
        wanted = ticket.metadata.get("echo")
        if wanted == "silence":
            return
        if wanted == "dead-letter":
            errors = [
                ("error-stage", b"drafting"),
                ("error-class", b"KeyError"),
                ("error-message", b"a bug"),
                ("origin-topic", record.topic.encode()),
                ("origin-partition", str(record.partition).encode()),
                ("origin-offset", str(record.offset).encode()),
            ]
            await self._send(DEAD_LETTERS, record.key, record.value, [*record.headers, *errors])
            return
        identity = input_identity(ticket, record.headers)
        headers = outgoing(PROCESSED, ticket, identity, record.headers, source="policy")
        value = result(ticket, self._meta).model_dump_json(exclude_none=True).encode()
        await self._send(PROCESSED, record.key, value, headers)

    async def _send(
        self, topic: names.AnyTopic, key: bytes | None, value: bytes, headers: Headers
    ) -> None:
        name = names.topic(self._settings, topic)
        await self._producer.send_and_wait(name, value, key, headers=headers)


def result(ticket: IncomingTicket, meta: Meta | None = None) -> TicketOutput:
    """Return a result that shows which ticket it is of."""
    return TicketOutput(
        ticket_id=ticket.ticket_id,
        timestamp=datetime.now(UTC),
        triage=TriageOutput(
            category="Billing",
            subcategory="Duplicate Charge",
            priority="P2",
            sla_hours=24,
            suggested_team="Finance Team",
            sentiment="frustrated",
            confidence=0.9,
        ),
        answer_draft=AnswerDraft(
            greeting=f"Dear {ticket.customer_name},",
            body=f"{ticket.ticket_id}: {ticket.raw_message}",
            closing="Best regards",
        ),
        citations=(),
        policy_check=PolicyCheck(
            refund_promise=False, sla_mentioned=False, escalation_needed=True, compliance="warning"
        ),
        message_id=ticket.message_id,
        revision=ticket.revision,
        metadata=ticket.metadata,
        meta=meta,
    )
