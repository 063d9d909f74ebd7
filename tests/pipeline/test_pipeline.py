"""The whole route, as worker processes run it, on the embedded broker and on a real Kafka."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from aiokafka import ConsumerRecord

from schemas import Article, IncomingTicket, ProcessedTicket
from schemas.envelope import event_id, header, input_identity
from schemas.topics import ARTICLES, DEAD_LETTERS, PROCESSED
from streams.backends.kafka import clients, names
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.knowledge import article_files
from streams.settings import Settings
from tests.support.kafka import Broker
from tests.support.process import ticketstream
from tests.support.stages import eventually, publish, read

SAMPLE = Path(__file__).parents[2] / "deploy" / "sample"


def sample_tickets() -> list[IncomingTicket]:
    """Return the sample tickets in the order in which they were written."""
    lines = (SAMPLE / "tickets.jsonl").read_text().splitlines()
    return [IncomingTicket.model_validate_json(line) for line in lines]


async def publish_sample_articles(settings: Settings) -> None:
    """Load the sample knowledge base."""
    async with clients.producer(settings) as producer:
        for article in article_files.articles_in(SAMPLE / "kb"):
            assert isinstance(article, Article)
            key, value = article.doc_id.encode(), article.model_dump_json().encode()
            await producer.send_and_wait(names.topic(settings, ARTICLES), value=value, key=key)


async def publish_tickets(settings: Settings, tickets: Sequence[IncomingTicket]) -> None:
    """Publish *tickets*, as a ticketing system would."""
    sent = [(t.ticket_id.encode(), t.model_dump_json().encode(), ()) for t in tickets]
    await publish(settings, *sent)


def result_id(ticket: IncomingTicket) -> str:
    """Return the id that the result of *ticket* always has."""
    return event_id(PROCESSED.ce_type, ticket, input_identity(ticket, []))


def ids(records: Sequence[ConsumerRecord]) -> set[str]:
    """Return the event ids of *records*."""
    return {header(record.headers, "ce_id") or "" for record in records}


async def test_every_sample_ticket_comes_out(settings: Settings) -> None:
    """
    Each with team, verdict and a draft that cites only articles that customers may see.
    """
    tickets = sample_tickets()
    found = [a for a in article_files.articles_in(SAMPLE / "kb") if isinstance(a, Article)]
    public = {article.doc_id for article in found if article.audience == "public"}
    with ticketstream("worker", settings=settings):
        await publish_sample_articles(settings)
        await publish_tickets(settings, tickets)
        out = await read(settings, PROCESSED, len(tickets))
        assert await read(settings, DEAD_LETTERS, 0) == []

    assert ids(out) == {result_id(ticket) for ticket in tickets}
    for record in out:
        done = ProcessedTicket.model_validate_json(record.value)
        assert {c.doc_id for c in done.citations} <= public
        assert all(f"[{c.doc_id}]" in done.answer_draft.body for c in done.citations)
        assert done.meta is not None
        assert list(done.meta.stages) == ["triage", "retrieval", "drafting", "policy"]


async def test_a_ticket_without_evidence_is_escalated(settings: Settings) -> None:
    """
    With an empty knowledge base the draft says so, cites nothing, and may not just be sent.
    """
    ticket = IncomingTicket(ticket_id="T-1", raw_message="How do I export my board as CSV?")
    with ticketstream("worker", settings=settings):
        await publish_tickets(settings, [ticket])
        (record,) = await read(settings, PROCESSED, 1)

    done = ProcessedTicket.model_validate_json(record.value)
    assert done.citations == ()
    assert done.policy_check.escalation_needed
    assert done.policy_check.compliance != "passed"


async def test_a_stage_can_have_a_worker_of_its_own(settings: Settings) -> None:
    """
    Any subset of the stages runs in one worker, and together they are the pipeline.
    """
    tickets = sample_tickets()[:5]
    early, late = ("--stage", "triage", "--stage", "retrieval"), ("--stage", "drafting")
    with (
        ticketstream("worker", *early, settings=settings),
        ticketstream("worker", *late, settings=settings),
        ticketstream("worker", "--stage", "policy", settings=settings),
    ):
        await publish_tickets(settings, tickets)
        out = await read(settings, PROCESSED, 5)

    assert ids(out) == {result_id(ticket) for ticket in tickets}


async def test_nothing_is_lost_when_a_worker_is_killed(settings: Settings, brokers: Broker) -> None:
    """
    kill -9 in the middle of the work: every ticket comes out, a repeat with the same id.

    On a real Kafka a second worker takes over; the embedded one has groups of one member
    only, so there it is the next worker.
    """
    alone = isinstance(brokers, EmbeddedBroker)
    tickets = [
        sample.model_copy(update={"ticket_id": f"{sample.ticket_id}-{copy}", "message_id": None})
        for copy in range(8)
        for sample in sample_tickets()
    ]
    expected = {result_id(ticket) for ticket in tickets}

    async def some_are_out() -> bool:
        return len(await read(settings, PROCESSED, 0)) > 20

    async def all_are_out() -> bool:
        return ids(await read(settings, PROCESSED, 0)) >= expected

    with ticketstream("worker", settings=settings) as victim:
        if alone:
            await publish_tickets(settings, tickets)
            await kill_in_the_middle(victim, some_are_out)
            with ticketstream("worker", settings=settings):
                await eventually(all_are_out, seconds=90)
        else:
            with ticketstream("worker", settings=settings):
                await publish_tickets(settings, tickets)
                await kill_in_the_middle(victim, some_are_out)
                await eventually(all_are_out, seconds=90)

    out = await read(settings, PROCESSED, len(expected))
    assert ids(out) == expected
    assert await read(settings, DEAD_LETTERS, 0) == []


async def kill_in_the_middle(
    victim: subprocess.Popen[str], when: Callable[[], Awaitable[bool]]
) -> None:
    """Kill *victim* as soon as *when* says so."""
    await eventually(when, every=0.01)
    victim.send_signal(signal.SIGKILL)
    assert await asyncio.to_thread(victim.wait, 10) == -signal.SIGKILL


async def test_sigterm_drains_and_ends_well(settings: Settings) -> None:
    """
    A worker that is asked to end commits what it did, and a next one repeats none of it.
    """
    tickets = sample_tickets()
    with ticketstream("worker", settings=settings) as worker:
        await publish_tickets(settings, tickets)
        await read(settings, PROCESSED, len(tickets))
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(worker.wait, 20) == 0

    with ticketstream("worker", settings=settings):
        await publish_tickets(settings, [IncomingTicket(ticket_id="last", subject="Hello")])
        out = await read(settings, PROCESSED, len(tickets) + 1)
    assert len(out) == len(tickets) + 1
