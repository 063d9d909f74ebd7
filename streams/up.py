"""
`ticketstream up`: everything in one process, to be tried out.

An embedded Kafka, the sample knowledge base, all stages and the sidecar are the same parts
that run for themselves in production. The sample tickets go through, and after that any
ticket that comes over HTTP or Kafka. Nothing is kept when it ends.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

from aiokafka.structs import ConsumerRecord

from health.sidecar import Sidecar
from schemas import IncomingTicket, ProcessedTicket
from schemas.envelope import CORRELATION_ID, event_id, header, input_identity
from schemas.topics import ARTICLES, DEAD_LETTERS, INCOMING, PROCESSED
from streams import articles, shutdown, state
from streams.backends import kafka
from streams.backends.embedded_kafka import EmbeddedBroker
from streams.commands import DONE, PARTLY
from streams.commands.publisher import JSON, publishing
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings
from streams.showing import Showing
from streams.worker import Worker

FETCH_WAIT_MS = 20
"""The embedded cluster answers a fetch only when its wait is over."""


async def run(settings: Settings, *, once: bool, port: int | None) -> int:
    """
    Run everything until Ctrl-C, or with *once* until every sample ticket is out.

    Returns the process's exit code: 1 if a sample ticket became a dead letter or a stage
    does not run any more.

    Raises:
        ConfigurationError: A setting is wrong, or a port is taken.
    """
    stop = shutdown.requested()
    with EmbeddedBroker(settings) as broker:
        settings = _everything_here(settings, broker.brokers, port)
        await _publish_articles(settings)
        async with _running(settings) as (worker, sidecar):
            tour = asyncio.create_task(_tour(settings, sidecar.url, once=once))
            waits = {
                tour,
                failing := asyncio.create_task(worker.failed()),
                stopping := asyncio.create_task(stop.wait()),
            }
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for task in (failing, stopping, tour):
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
    if failing.done() and not failing.cancelled():
        raise Unavailable(failing.result())
    return DONE if tour.cancelled() else tour.result()


def _everything_here(settings: Settings, brokers: str, port: int | None) -> Settings:
    """Return *settings* for parts that are all in this process."""
    own: dict[str, object] = {"kafka_brokers": brokers, "kafka_security_protocol": "PLAINTEXT"}
    if port is not None:
        own["sidecar_http_port"] = port
    if "worker_http_port" not in settings.model_fields_set:
        own["worker_http_port"] = 0
    return settings.model_copy(update=own)


@asynccontextmanager
async def _running(settings: Settings) -> AsyncIterator[tuple[Worker, Sidecar]]:
    """Yield worker and sidecar at work; other commands find them until the block ends."""
    async with Sidecar(settings) as sidecar, Worker(settings, in_step=True) as worker:
        with state.announced(state.Up(os.getpid(), settings.kafka_brokers, sidecar.url)):
            yield worker, sidecar


async def _tour(settings: Settings, url: str, *, once: bool) -> int:
    """Send the sample tickets through, show them and what comes after. Returns the exit code."""
    showing = Showing()
    consumer = await kafka.follower(
        settings, [PROCESSED, DEAD_LETTERS], since="beginning", fetch_max_wait_ms=FETCH_WAIT_MS
    )
    try:
        sent = await _publish_tickets(settings)
        with showing.samples(len(sent)):
            dead = 0
            while sent:
                record = await consumer.getone()
                began = sent.pop(header(record.headers, CORRELATION_ID) or "", None)
                dead += await _shown(showing, record, began)
        showing.one_draft()
        if once:
            return PARTLY if dead else DONE
        showing.addresses(url, settings.kafka_brokers)
        while True:
            await _shown(showing, await consumer.getone(), None)
    finally:
        await consumer.stop()


async def _shown(showing: Showing, record: ConsumerRecord, began: float | None) -> bool:
    """Show what came out, in a thread: a slow reader of standard output holds up nothing else."""
    return await asyncio.to_thread(_show, showing, record, began)


def _show(showing: Showing, record: ConsumerRecord, began: float | None) -> bool:
    """Show what came out, and say whether it is a dead letter."""
    seconds = None if began is None else monotonic() - began
    error = header(record.headers, "error-class")
    if error:
        showing.dead_letter((record.key or b"").decode(errors="replace"), error)
    else:
        showing.processed(record.value, ProcessedTicket.model_validate_json(record.value), seconds)
    return bool(error)


async def _publish_articles(settings: Settings) -> None:
    async with publishing(settings, ARTICLES) as publisher:
        for article in articles.read(_sample() / "kb"):
            if isinstance(article, articles.Broken):
                raise ConfigurationError(str(article))
            value = article.model_dump_json(exclude_none=True).encode()
            await publisher.send(article.doc_id.encode(), value, [JSON])


async def _publish_tickets(settings: Settings) -> dict[str, float]:
    """Publish the sample tickets. Returns the id of each one's result, and when it was sent."""
    sent: dict[str, float] = {}
    async with publishing(settings, INCOMING) as publisher:
        for line in (_sample() / "tickets.jsonl").read_bytes().splitlines():
            ticket = IncomingTicket.model_validate_json(line)
            result = event_id(PROCESSED.ce_type, ticket, input_identity(ticket, []))
            headers = [JSON, (CORRELATION_ID, result.encode())]
            sent[result] = monotonic()
            await publisher.send(ticket.ticket_id.encode(), line, headers)
    return sent


def _sample() -> Path:
    """Return the folder of the sample: in a wheel beside this file, in a checkout in deploy."""
    here = Path(__file__).parent
    found = here / "sample"
    return found if found.is_dir() else here.parent / "deploy" / "sample"
