"""A ticket's trace, across the processes that it passes, as a collector is sent it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from schemas.envelope import header
from schemas.topics import ARTICLES, PROCESSED
from streams.backends.kafka import clients, names
from streams.settings import Settings
from tests.support.documents import ROOT
from tests.support.drafts import RETURN
from tests.support.llm import LlmServer
from tests.support.machine import free_ports
from tests.support.otlp_collector import OtlpCollector
from tests.support.process import ticketstream
from tests.support.recorded_spans import CALLER, SPAN_ID, TRACE_ID
from tests.support.stages import read
from tests.support.trace_picture import labels, picture

TICKET = {
    "customer_name": "Jo Ray",
    "customer_email": "jo@example.com",
    "raw_message": "I was charged twice this month. When is the duplicate charge returned?",
}
ARTICLE = {
    "doc_id": "KB-1001",
    "title": "How a duplicate charge is returned",
    "url": "https://help.example/duplicate",
    "body": RETURN,
}
SHOWN = ROOT / "docs" / "run" / "trace.txt"
"""What the documentation shows of a trace."""
WORKERS = (("triage", "retrieval"), ("drafting", "policy"))


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtlpCollector]:
    """Return a collector that processes started by the test send their spans to."""
    with OtlpCollector() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        yield running


async def test_from_the_caller_to_the_result(settings: Settings, collector: OtlpCollector) -> None:
    """
    The spans of a sidecar and two workers are one tree in the caller's trace: the call, each
    message, each stage, and the model's calls inside. The result carries the trace on.
    """
    (port,) = free_ports(1)
    await publish_article(settings)
    with ExitStack() as stack:
        async with LlmServer() as llm:
            asked = asking(settings, llm, sidecar_http_port=port)
            for stages in WORKERS:
                options = [part for stage in stages for part in ("--stage", stage)]
                stack.enter_context(ticketstream("worker", *options, settings=asked))
            stack.enter_context(ticketstream("sidecar", settings=asked))
            await process_call(port, "TKT-0")  # the next one waits for no process's start
            await process_call(port, "TKT-1", traceparent=CALLER, tracestate="vendor=1")
            results = await read(settings, PROCESSED, 2)
            spans = await asyncio.to_thread(collector.wait_for, 24)

    (result,) = [result for result in results if result.key == b"TKT-1"]
    other = next(span.trace_id for span in spans)
    assert {span.trace_id for span in spans} == {other, TRACE_ID}
    mine = [replace(s, name=s.name.replace(settings.topic_prefix, "")) for s in spans]
    drawn = picture(mine, SPAN_ID)
    assert labels(drawn) == [
        "sidecar  POST /api/v1/tickets/process",
        "sidecar    send incoming-tickets",
        "worker       process incoming-tickets",
        "worker         chat test-model",
        "worker         send triaged-tickets",
        "worker           process triaged-tickets",
        "worker             send grounded-tickets",
        "worker               process grounded-tickets",
        "worker                 chat test-model",
        "worker                 send drafted-tickets",
        "worker                   process drafted-tickets",
        "worker                     send ticket-processed",
    ]
    assert labels(SHOWN.read_text()) == labels(drawn), drawn
    assert not [span.name for span in spans if span.failed]
    last = spans[-1]
    assert last.name.endswith(PROCESSED.name)
    assert header(result.headers, "traceparent") == f"00-{TRACE_ID}-{last.span_id}-01"
    assert header(result.headers, "tracestate") == "vendor=1"
    instances = {resource["service.instance.id"] for resource in collector.resources}
    assert len(instances) == len(WORKERS) + 1


def asking(settings: Settings, llm: LlmServer, **more: Any) -> Settings:
    """Return *settings* with *llm* as their model."""
    model = {
        "llm": "openai",
        "openai_base_url": llm.url,
        "openai_model": "test-model",
        "drafts": "pointed",
    }
    return Settings.model_validate(settings.model_dump(exclude_unset=True) | model | more)


async def publish_article(settings: Settings) -> None:
    """Put the article that answers the ticket on kb-articles."""
    async with clients.producer(settings) as producer:
        name = names.topic(settings, ARTICLES)
        value = json.dumps(ARTICLE).encode()
        await producer.send_and_wait(name, key=ARTICLE["doc_id"].encode(), value=value)


async def process_call(port: int, ticket_id: str, **headers: str) -> None:
    """Have a ticket processed, as soon as somebody answers there."""
    url = f"http://127.0.0.1:{port}/api/v1/tickets/process"
    ticket = TICKET | {"ticket_id": ticket_id}
    async with aiohttp.ClientSession() as session, asyncio.timeout(90):
        while True:
            try:
                async with session.post(url, json=ticket, headers=headers) as answer:
                    assert answer.status == 200, await answer.text()
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)
