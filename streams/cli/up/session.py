"""
`ticketstream up`: everything at once, to be tried out.

An embedded Kafka and the sidecar in this process, and the stages in two worker processes of
their own, are the same parts that run for themselves in production. The sample tickets go
through, and after that any ticket that comes over HTTP or Kafka. Nothing is kept when it ends.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import uvloop
from aiokafka.structs import ConsumerRecord

from health.sidecar import Sidecar
from schemas import IncomingTicket, ProcessedTicket
from schemas.dead_letters import failure, is_mark, letter_id
from schemas.envelope import CORRELATION_ID, event_id, header, input_identity
from schemas.topics import ARTICLES, DEAD_LETTERS, INCOMING, PROCESSED
from streams.backends.kafka import clients
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.cli import running_up, stdio, terminal
from streams.cli.bulk_publisher import JSON, publishing
from streams.cli.exit_codes import DONE, INTERRUPTED, PARTLY
from streams.cli.up.display import Showing
from streams.errors import ConfigurationError, Unavailable
from streams.knowledge import article_files
from streams.service import logs, shutdown
from streams.settings import Settings

FETCH_WAIT_MS = 10
"""The embedded cluster answers a fetch only when its wait is over, which every stage adds."""
SHOWN_AFTER_MS = 100
"""What comes out is shown so much later at most; to look more often takes a tenth of a core."""
WORKERS = (("triage", "retrieval"), ("drafting", "policy"))
"""Which stages each worker process hosts: two, so that they use two cores."""


async def run(settings: Settings, *, once: bool, port: int | None) -> int:
    """
    Run everything until Ctrl-C, or with *once* until every sample ticket is out.

    Returns the process's exit code: 1 if a sample ticket became a dead letter, 130 if it was
    ended before the sample tickets were out.

    Raises:
        ConfigurationError: A setting is wrong, or a port is taken.

        standard.ReaderGone, standard.Unwritable: Nothing more can be shown.

        Unavailable: A worker has ended by itself.
    """
    stop = shutdown.requested()
    with EmbeddedBroker(settings) as broker:
        settings = _everything_here(settings, broker.brokers, port)
        await _publish_articles(settings)
        async with _running(settings) as (failing, url):
            showing = Showing()
            tour = asyncio.create_task(_tour(showing, settings, url, once=once))
            stopping = asyncio.create_task(stop.wait())
            unheard = asyncio.create_task(showing.failed())
            waits = {tour, failing, stopping, unheard}
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            failed = failing.done()
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
    if not unheard.cancelled():
        await unheard  # it raises
    if failed and not stop.is_set():
        raise Unavailable("a worker has ended: what it said last says why")
    if tour.cancelled():
        return DONE if showing.is_through and not once else INTERRUPTED
    return tour.result()


def _everything_here(settings: Settings, brokers: str, port: int | None) -> Settings:
    """Return *settings* for parts that are all on this machine."""
    own: dict[str, object] = {
        "kafka_brokers": brokers,
        "kafka_security_protocol": "PLAINTEXT",
        "worker_http_port": 0,  # there are two of them
        "instance_id": "",  # nothing outlives the broker
    }
    if "fetch_wait_ms" not in settings.model_fields_set:
        own["fetch_wait_ms"] = FETCH_WAIT_MS
    if port is not None:
        own["sidecar_http_port"] = port
    return settings.model_copy(update=own)


@asynccontextmanager
async def _running(settings: Settings) -> AsyncIterator[tuple[asyncio.Task[None], str]]:
    """
    Have workers and sidecar run, and other commands find them, until the block ends.

    Yields a task that is done when a worker has ended by itself, and the API's address.
    """
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_work, args=(settings, stages)) for stages in WORKERS]
    try:
        for process in workers:
            process.start()
        failing = asyncio.create_task(_ended(workers))
        async with Sidecar(settings, port_from="--port") as sidecar:
            with running_up.announced(
                running_up.Up(os.getpid(), settings.kafka_brokers, sidecar.url)
            ):
                yield failing, sidecar.url
    finally:
        for process in workers:
            process.terminate()  # SIGTERM: it drains
        for process in workers:
            await asyncio.to_thread(process.join, settings.grace_seconds + 10)
            process.kill()


def _work(settings: Settings, stages: Sequence[str]) -> None:
    """Be a worker process. It ends, too, when the process that started it is gone."""
    from streams import worker
    from streams.delivery import publishing  # only here: who waits for workers needs none of it

    stdio.prepare()
    shown = {publishing.DEAD_LETTER} if terminal.is_read_by_person() else set()
    logs.configure(settings, without=shown)
    sys.exit(uvloop.run(worker.run(settings, stages, in_step=True)))


async def _ended(workers: Sequence[BaseProcess]) -> None:
    """Return when one of *workers* has ended."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    sentinels = [process.sentinel for process in workers]
    for sentinel in sentinels:
        loop.add_reader(sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        for sentinel in sentinels:
            loop.remove_reader(sentinel)


async def _tour(showing: Showing, settings: Settings, url: str, *, once: bool) -> int:
    """Send the sample tickets through, show them and what comes after. Returns the exit code."""
    consumer = await clients.follower(
        settings,
        [PROCESSED, DEAD_LETTERS],
        since="beginning",
        fetch_max_wait_ms=SHOWN_AFTER_MS,
    )
    try:
        sent = await _publish_tickets(settings)
        with showing.samples(len(sent)):
            dead = 0
            while sent:
                record = await consumer.getone()
                sent.discard(header(record.headers, CORRELATION_ID) or "")
                dead += _show(showing, record)
        showing.one_draft()
        if once:
            await showing.flushed()
            return PARTLY if dead else DONE
        showing.addresses(url, settings.kafka_brokers)
        while True:
            _show(showing, await consumer.getone())
    finally:
        await clients.stop(consumer)


def _show(showing: Showing, record: ConsumerRecord) -> bool:
    """Show what came out, and say whether it is a dead letter."""
    if record.topic.endswith(DEAD_LETTERS.name):
        if is_mark(record.headers):
            return False
        failed = failure(record.headers)
        showing.dead_letter(
            (record.key or b"").decode(errors="replace"),
            letter_id((record.partition, record.offset)),
            failed.error_class or "without a class",
            failed.reason or "it does not say why",
        )
        return True
    showing.processed(record.value, ProcessedTicket.model_validate_json(record.value))
    return False


async def _publish_articles(settings: Settings) -> None:
    async with publishing(settings, ARTICLES) as publisher:
        for article in article_files.articles_in(_sample() / "kb"):
            if isinstance(article, article_files.Broken):
                raise ConfigurationError(str(article))
            await publisher.send(article.doc_id.encode(), article_files.as_sent(article), [JSON])


async def _publish_tickets(settings: Settings) -> set[str]:
    """Publish the sample tickets. Returns the ids of their results."""
    sent: set[str] = set()
    async with publishing(settings, INCOMING) as publisher:
        for line in (_sample() / "tickets.jsonl").read_bytes().splitlines():
            ticket = IncomingTicket.model_validate_json(line)
            result = event_id(PROCESSED.ce_type, ticket, input_identity(ticket, []))
            headers = [JSON, (CORRELATION_ID, result.encode())]
            sent.add(result)
            await publisher.send(ticket.ticket_id.encode(), line, headers)
    return sent


def _sample() -> Path:
    """Return the folder of the sample: in a wheel beside the packages, in a checkout in deploy."""
    here = Path(__file__).parents[2]
    found = here / "sample"
    return found if found.is_dir() else here.parent / "deploy" / "sample"
