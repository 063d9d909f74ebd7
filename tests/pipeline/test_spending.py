"""Two workers share the day's dollars through Kafka, and a loop costs no more than it may."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from typing import Any

import pytest

from schemas import IncomingTicket, ProcessedTicket
from schemas.topics import PROCESSED
from streams.backends.kafka import clients
from streams.backends.openai.usage import cost
from streams.settings import Settings
from streams.worker import Worker
from tests.pipeline.test_pipeline import publish_sample_articles, publish_tickets
from tests.support.figures_of import counted
from tests.support.llm import LlmServer, Say
from tests.support.process import ticketstream
from tests.support.stages import read

PRICES = {"test-model": (1e4, 1e4)}
"""A cent a token."""
SLOTS, CALL_SECONDS, KNOWN_SECONDS = 2, 0.25, 1.0
"""Slots of a stage, seconds that a call takes, and seconds until all know what was paid."""
TEXT = "I was charged twice for my subscription, order {0}. How do I get the money of {0} back?"
LONGEST_ANSWER = 200
"""Tokens, a dollar for a hundred: more than the server's answers have."""
SPLIT = (("triage", "retrieval"), ("drafting", "policy"))
"""Stages of each worker, on a broker whose groups have one member at most."""


def tickets(count: int, name: str = "T") -> list[IncomingTicket]:
    """Return tickets that take two calls each."""
    return [
        IncomingTicket(ticket_id=f"{name}-{n}", message_id=f"m{n}", raw_message=TEXT.format(n))
        for n in range(count)
    ]


def limited(settings: Settings, llm: LlmServer, **more: Any) -> Settings:
    """Return *settings* with a model that costs something, and limits."""
    llm.seconds = CALL_SECONDS
    changes: dict[str, Any] = {
        "llm": "openai",
        "openai_base_url": llm.url,
        "openai_model": "test-model",
        "openai_prices": PRICES,
        "drafts": "pointed",
        "concurrency": SLOTS,
        "loop_messages": Settings().loop_messages,
        "worker_http_port": 0,
    }
    return Settings(
        **{name: getattr(settings, name) for name in settings.model_fields_set} | changes | more
    )


@asynccontextmanager
async def two_workers(settings: Settings) -> AsyncIterator[None]:
    """Run two workers, each with half of the stages."""
    async with AsyncExitStack() as stack:
        workers = [Worker(settings, stages) for stages in SPLIT]
        for worker in workers:
            await stack.enter_async_context(worker)
        async with asyncio.timeout(60):
            while any(worker.waits_for() for worker in workers):  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.1)
        yield


def results(records: Sequence[object]) -> list[ProcessedTicket]:
    """Return what came out."""
    return [ProcessedTicket.model_validate_json(r.value) for r in records]  # type: ignore[attr-defined]


def costs(out: Sequence[ProcessedTicket]) -> list[float]:
    """Return what each stage of each ticket has paid."""
    return [s.cost_usd for t in out if t.meta for s in t.meta.stages.values() if s.cost_usd]


def overshoot(paid: Sequence[float], slots: int) -> float:
    """Return by how much workers may exceed a limit, as docs/run/budget.md states it."""
    return max(paid) * slots * (1 + math.ceil(KNOWN_SECONDS / CALL_SECONDS))


def assert_bounded(out: Sequence[ProcessedTicket], limit: float, slots: int) -> None:
    """Fail unless the bill is within *limit* and the overshoot, and the rest went on without."""
    paid = costs(out)
    assert limit <= sum(paid) <= limit + overshoot(paid, slots)
    without = [t for t in out if t.meta and set(t.meta.degraded) & {"triage", "drafting"}]
    assert len(without) > len(out) / 3
    assert all(t.policy_check.compliance != "passed" for t in without)
    assert all(t.policy_check.escalation_needed for t in without)


async def test_two_workers_stay_within_the_day(settings: Settings) -> None:
    """
    One pays for triage, the other one for drafting. When the day's dollars are spent, no call is
    made any more; the tickets come out all the same, marked, and a person looks at them.
    """
    async with LlmServer() as llm:
        own = limited(settings, llm, daily_dollars=100.0)
        await publish_sample_articles(settings)
        async with two_workers(own):
            await publish_tickets(settings, tickets(60))
            out = results(await read(settings, PROCESSED, 60))
            calls = len(llm.calls)
            assert counted("ticketstream_budget_spent_dollars") == pytest.approx(sum(costs(out)))
            await publish_tickets(settings, tickets(5, "later"))
            await read(settings, PROCESSED, 65)
            assert len(llm.calls) == calls
    assert_bounded(out, 100.0, slots=2 * SLOTS)


async def test_replies_that_get_lost_are_within_the_day(settings: Settings) -> None:
    """
    A third of the replies is cut off in the middle. What the provider bills for all of them, and
    what the workers count, is within the limit and the overshoot.
    """
    async with LlmServer() as llm:
        llm.failing = (0.33, Say.disconnect())
        longest = {"max_tokens": LONGEST_ANSWER}
        own = limited(settings, llm, daily_dollars=100.0, openai_parameters=longest)
        await publish_sample_articles(settings)
        async with two_workers(own):
            await publish_tickets(settings, tickets(60))
            out = results(await read(settings, PROCESSED, 60))
            counted_dollars = counted("ticketstream_budget_spent_dollars")
        billed = cost(PRICES["test-model"], llm.tally.billed, 0)
        dearest = max(cost(PRICES["test-model"], c.characters() / 4, 0) for c in llm.calls)
        most = overshoot([dearest + LONGEST_ANSWER / 100], slots=2 * SLOTS)
    assert sum(costs(out)) < billed <= 100 + most
    assert billed <= counted_dollars <= 100 + most


@pytest.mark.usefixtures("groups")
async def test_two_processes_stay_within_the_day(settings: Settings) -> None:
    """
    Two whole workers, as processes on a real Kafka; a third one that starts when all is spent
    makes no call.
    """
    async with LlmServer() as llm:
        own = limited(settings, llm, daily_dollars=100.0)
        await publish_sample_articles(settings)
        with ExitStack() as stack:
            for _ in range(2):
                stack.enter_context(ticketstream("worker", settings=own))
            await publish_tickets(settings, tickets(100))
            out = results(await read(settings, PROCESSED, 100, seconds=200))
        calls = len(llm.calls)
        with ticketstream("worker", settings=own):
            await publish_tickets(settings, tickets(5, "later"))
            await read(settings, PROCESSED, 105, seconds=200)
        assert len(llm.calls) == calls
    assert_bounded(out, 100.0, slots=2 * 2 * SLOTS)


async def test_who_calls_no_model_has_no_account(settings: Settings) -> None:
    """
    A worker without triage and drafting neither needs the topic nor says how the day is.
    """
    async with LlmServer() as llm:
        own = limited(settings, llm, daily_dollars=5.0)
        assert "budget" not in Worker(own, ["retrieval", "policy"]).health()
        assert Worker(own, ["drafting"]).health()["budget"] != "healthy"  # not read yet


async def answer_automatically(settings: Settings, ticket_id: str) -> None:
    """Answer each draft for a ticket with one more message, as an auto-responder does."""
    consumer = await clients.follower(settings, [PROCESSED], since="beginning")
    number = 0
    try:
        async for record in consumer:
            if ProcessedTicket.model_validate_json(record.value).ticket_id != ticket_id:
                continue
            number += 1
            said = f"How do I get the money of order {number} back? Your request {number} came in."
            await publish_tickets(
                settings,
                [IncomingTicket(ticket_id=ticket_id, message_id=f"a{number}", raw_message=said)],
            )
    finally:
        await clients.stop(consumer)


async def the_loop_is_bounded(settings: Settings, llm: LlmServer) -> None:
    """Have a help desk answer each draft; fail unless the ticket waits and others go on."""
    responder = asyncio.create_task(answer_automatically(settings, "loop-0"))
    try:
        await publish_tickets(settings, tickets(1, "loop"))
        out = results(await read(settings, PROCESSED, 5, seconds=200))
        assert {t.ticket_id for t in out} == {"loop-0"}
        await publish_tickets(settings, tickets(20))
        out = results(await read(settings, PROCESSED, 25))
        calls = len(llm.calls)
        await asyncio.sleep(3)
        out = results(await read(settings, PROCESSED, 25))
    finally:
        responder.cancel()
        await asyncio.gather(responder, return_exceptions=True)
    assert [t.ticket_id for t in out].count("loop-0") == 5
    assert len(llm.calls) == calls <= 2 * 25


async def test_a_mail_loop_waits_and_costs_no_more(settings: Settings) -> None:
    """
    A help desk answers each of our drafts by itself. After five messages its ticket waits for ten
    minutes, and no model is called for it. The tickets of others go on.
    """
    async with LlmServer() as llm:
        own = limited(settings, llm, daily_dollars=1e6)
        await publish_sample_articles(settings)
        async with two_workers(own):
            await the_loop_is_bounded(settings, llm)
            assert counted("ticketstream_loops_waiting") == 1
    assert counted("ticketstream_loops_waiting") == 0


@pytest.mark.usefixtures("groups")
async def test_a_mail_loop_waits_with_two_processes(settings: Settings) -> None:
    """
    The same with two whole workers on a real Kafka: one ticket's messages have one partition.
    """
    async with LlmServer() as llm:
        own = limited(settings, llm, daily_dollars=1e6)
        await publish_sample_articles(settings)
        with ticketstream("worker", settings=own), ticketstream("worker", settings=own):
            await the_loop_is_bounded(settings, llm)


async def test_a_ticket_costs_no_more_than_it_may(settings: Settings) -> None:
    """
    Triage pays more than a ticket's dollars, so drafting, in another worker, calls no model.
    """
    async with LlmServer() as llm:
        own = limited(settings, llm, ticket_dollars=0.5)
        await publish_sample_articles(settings)
        async with two_workers(own):
            await publish_tickets(settings, tickets(3))
            out = results(await read(settings, PROCESSED, 3))
    assert len(llm.calls) == 3
    assert all(t.meta and t.meta.degraded == ("drafting",) for t in out)
    assert {t.policy_check.compliance for t in out} <= {"warning", "failed"}
