"""A worker, a sidecar and a model's server as processes on a real Kafka, and calls of them."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

import aiohttp

from schemas import IncomingTicket
from schemas.topics import INCOMING
from streams.backends.kafka import admin, clients
from streams.settings import Settings
from tests.support.documents import ROOT
from tests.support.figures_of import Labels, scraped
from tests.support.kafka import RealKafka
from tests.support.llm import LlmServer
from tests.support.machine import free_ports
from tests.support.process import environment

LETTERS = (
    "ticketstream_stage_out_total",
    frozenset({("stage", "triage"), ("outcome", "dead_letter")}),
)
_NUMBERS = itertools.count()
SAMPLE = ROOT / "deploy" / "sample"


@dataclass(frozen=True)
class UnderLoad:
    """Where the processes listen, and what they share."""

    worker: str
    sidecar: str
    settings: Settings
    llm: LlmServer
    worker_process: subprocess.Popen[bytes]
    session: aiohttp.ClientSession

    async def calls(self, count: int, *, each: float) -> None:
        """Make *count* process calls with sample tickets, one every *each* seconds."""
        tickets = sample_tickets()
        made = []
        for number in itertools.islice(_NUMBERS, count):
            ticket = tickets[number % len(tickets)]
            made.append(asyncio.create_task(self._call(ticket, number)))
            await asyncio.sleep(each)
        await asyncio.gather(*made)

    async def spoil(self) -> None:
        """Have the worker make a dead letter, of a ticket whose id is a number."""
        async with clients.producer(self.settings) as producer:
            broken = b'{"raw_message": "Help.", "ticket_id": 7}'
            await producer.send_and_wait(INCOMING.name, broken, b"7")
        async with asyncio.timeout(30):
            while not (await self._figures())[LETTERS]:  # noqa: ASYNC110  # nothing tells us
                await asyncio.sleep(0.2)

    async def _figures(self) -> dict[tuple[str, Labels], float]:
        return await asyncio.to_thread(scraped, f"http://{self.worker}/metrics")

    def stop_worker(self) -> None:
        """Return when the worker has drained and left its groups."""
        self.worker_process.send_signal(signal.SIGTERM)
        self.worker_process.wait(30)

    async def _call(self, ticket: IncomingTicket, number: int) -> None:
        body = json.loads(ticket.model_dump_json(exclude_defaults=True))
        body |= {"ticket_id": f"T-{number}", "message_id": None}
        body |= {"customer_name": "John Doe", "customer_email": "john.doe@example.com"}
        url = f"http://{self.sidecar}/api/v1/tickets/process"
        async with self.session.post(url, json=body) as answer:
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def under_load(**more: object) -> AsyncIterator[UnderLoad]:
    """Run all of them with *more* settings until the block ends; tickets can be taken."""
    with ExitStack() as stack:
        kafka = stack.enter_context(RealKafka())
        async with LlmServer() as llm, aiohttp.ClientSession() as session:
            worker, sidecar = free_ports(2)
            given = {
                "kafka_brokers": kafka.brokers,
                "worker_http_port": worker,
                "sidecar_http_port": sidecar,
                "llm": "openai",
                "openai_base_url": llm.url,
                "openai_model": "gpt-4o-mini",
                "grace_seconds": 3,
                **more,
            }
            settings = Settings.model_validate(given)
            prices = {"TICKETSTREAM_OPENAI_PRICES": '{"gpt-4o-mini": [0.15, 0.6]}'}
            await admin.create_topics(settings)
            working = stack.enter_context(_process(["worker"], settings, prices))
            stack.enter_context(_process(["sidecar"], settings, prices))
            load = ["kb", "load", str(SAMPLE / "kb")]
            done = await asyncio.to_thread(_run, load, environment(settings, **prices))
            assert done == 0
            for port in (worker, sidecar):
                await _ready(session, f"http://127.0.0.1:{port}/health/ready")
            at = [f"127.0.0.1:{port}" for port in (worker, sidecar)]
            yield UnderLoad(at[0], at[1], settings, llm, working, session)


def sample_tickets() -> list[IncomingTicket]:
    """Return the sample tickets that the HTTP call takes: those whose mail has a text."""
    lines = (SAMPLE / "tickets.jsonl").read_text().splitlines()
    tickets = map(IncomingTicket.model_validate_json, lines)
    return [ticket for ticket in tickets if ticket.raw_message]


PROGRAM = (sys.executable, "-c", "from streams.cli.main import main; main()")


def _run(arguments: Sequence[str], variables: dict[str, str]) -> int:
    return subprocess.run(
        [*PROGRAM, *arguments], env=variables, stdout=subprocess.DEVNULL, check=False
    ).returncode


@contextmanager
def _process(
    arguments: Sequence[str], settings: Settings, more: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [*PROGRAM, *arguments], env=environment(settings, **more), stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _ready(session: aiohttp.ClientSession, url: str) -> None:
    async with asyncio.timeout(90):
        while True:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)
