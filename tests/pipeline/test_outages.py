"""What becomes of tickets while something is away or wrong, on a broker."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import subprocess
import urllib.error
import urllib.request
from collections import Counter
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import NewTopic
from structlog.testing import capture_logs

from schemas import IncomingTicket, TriagedTicket
from schemas.topics import ARTICLES, DEAD_LETTERS, INCOMING, PROCESSED, TRIAGED
from streams import metrics
from streams.backends.kafka import admin, names
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.cli.bulk_publisher import publishing
from streams.delivery.entry import Entry, Partition
from streams.delivery.window import Window
from streams.errors import Refused, Unavailable
from streams.ports import OnOutage
from streams.settings import Settings
from tests.backends.test_fallback import ARTICLE
from tests.pipeline.test_pipeline import publish_sample_articles
from tests.support.kafka import RealKafka
from tests.support.llm import LlmServer, Say
from tests.support.machine import needs_real_servers
from tests.support.process import said, ticketstream
from tests.support.stages import (
    all_done,
    committed,
    dead_letters,
    eventually,
    on_one_partition,
    publish,
    read,
    running,
    ticket,
    triaged,
)
from tests.support.weaviate import RealWeaviate


@pytest.mark.real
async def test_a_log_that_has_lost_its_end_is_read_anew() -> None:
    """
    A power cut took messages from the only broker: what comes at their offsets is not passed over.
    """
    needs_real_servers()
    with RealKafka() as own:
        settings = Settings(kafka_brokers=own.brokers, worker_http_port=0)
        with own.admin() as client:
            made = client.create_topics([NewTopic(INCOMING.name, 1, 1)])[INCOMING.name]
            await asyncio.to_thread(made.result)
        await admin.create_topics(settings)
        async with running(settings):
            await publish(settings, *(ticket(n) for n in range(30)))
            await all_done(settings, 30)
            own.kill()
            own.lose_end(INCOMING.name, 20)
            own.restart()
            await publish(settings, *(ticket(n) for n in range(100, 105)))

            found = await read(settings, TRIAGED, 35)

    assert Counter(record.key for record in found) == Counter(
        f"T-{n}".encode() for n in (*range(30), *range(100, 105))
    )


@pytest.mark.parametrize(
    "session_kafka", [pytest.param("kafka", marks=pytest.mark.real)], indirect=True
)
async def test_what_is_gone_before_it_is_read_holds_up_nothing(
    settings: Settings, brokers: RealKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A message was fetched and dropped, and retention takes it before it is read again.
    """
    sent = [on_one_partition(ticket(n)) for n in range(30)]
    await publish(settings, *sent)
    (record, *_) = await read(settings, INCOMING, 30)
    place = TopicPartition(names.topic(settings, INCOMING), record.partition, 15)
    enter, dropped = Window.enter, False

    def drops(window: Window, partition: Partition, offset: int, generation: int) -> Entry | None:
        nonlocal dropped
        if offset == 10 and not dropped:
            dropped = True
            with brokers.admin() as admin:
                admin.delete_records([place])[place].result(20)
            return None
        return enter(window, partition, offset, generation)

    monkeypatch.setattr(Window, "enter", drops)
    async with running(settings):
        await publish(settings, on_one_partition(ticket(30)))

        found = await read(settings, TRIAGED, 26)

    assert Counter(json.loads(r.value)["ticket"]["ticket_id"] for r in found) == Counter(
        f"T-{n}" for n in (*range(10), *range(15, 31))
    )


@pytest.mark.parametrize(
    "session_kafka", [pytest.param("kafka", marks=pytest.mark.real)], indirect=True
)
async def test_what_retention_took_before_it_was_read_is_said(
    settings: Settings, brokers: RealKafka
) -> None:
    """
    Nobody was there to read: how many messages are lost stands in the log and in a metric.
    """
    lost = metrics.STAGE_LOST.labels("triage")
    sent = [on_one_partition(ticket(n)) for n in range(31)]
    async with running(settings):
        await publish(settings, *sent[:10])
        await all_done(settings, 10)
    await publish(settings, *sent[10:30])
    record = (await read(settings, INCOMING, 30))[-1]
    place = TopicPartition(names.topic(settings, INCOMING), record.partition, 25)
    with brokers.admin() as admin:
        admin.delete_records([place])[place].result(20)
    before = lost._value.get()

    with capture_logs() as logs:
        async with running(settings):
            await publish(settings, sent[30])
            await read(settings, TRIAGED, 16)

    assert [entry["messages"] for entry in logs if "retention" in entry["event"]] == [15]
    assert lost._value.get() - before == 15


@pytest.mark.parametrize(
    "session_kafka", [pytest.param("kafka", marks=pytest.mark.real)], indirect=True
)
async def test_gaps_that_transactions_leave_are_no_loss(
    settings: Settings, brokers: RealKafka
) -> None:
    """
    The marker behind each transaction of a publisher has an offset as well.
    """
    producer = Producer({"bootstrap.servers": brokers.brokers, "transactional.id": "publisher"})
    producer.init_transactions()
    with capture_logs() as logs:
        async with running(settings):
            for n in range(4):
                key, value, _ = on_one_partition(ticket(n))
                producer.begin_transaction()
                producer.produce(names.topic(settings, INCOMING), value, key)
                producer.flush()
                producer.commit_transaction()
                await read(settings, TRIAGED, n + 1)

    assert [entry for entry in logs if "retention" in entry["event"]] == []


async def test_a_stage_that_fails_at_everything_waits(settings: Settings) -> None:
    """
    After some tickets in a row it makes no more dead letters: it says so, and goes on when mended.
    """
    mended = False

    async def buggy(ticket: IncomingTicket) -> TriagedTicket:
        if not mended:
            raise KeyError("a bug")
        return await triaged(ticket)

    settings = settings.model_copy(update={"fault_limit": 5, "concurrency": 1})
    async with running(settings, buggy) as agent:
        await publish(settings, *(ticket(n) for n in range(30)))
        await dead_letters(settings, 5)
        await asyncio.sleep(1)
        assert agent.trouble
        assert "waits" in agent.trouble
        mended = True
        await read(settings, TRIAGED, 25)
        assert agent.trouble is None
        assert len(await dead_letters(settings, 5)) == 5


async def test_a_bug_now_and_then_does_not_stop_a_stage(settings: Settings) -> None:
    """
    Only faults in a row count; a ticket that goes through in between starts the count anew.
    """

    async def buggy(ticket: IncomingTicket) -> TriagedTicket:
        if int(ticket.ticket_id[2:]) % 3:
            raise KeyError("a bug")
        return await triaged(ticket)

    settings = settings.model_copy(update={"fault_limit": 8, "concurrency": 1})
    async with running(settings, buggy):
        await publish(settings, *(ticket(n) for n in range(60)))
        assert len(await dead_letters(settings, 40)) == 40


async def test_what_publishers_send_is_never_the_stages_fault(settings: Settings) -> None:
    """
    Any number of broken messages become dead letters.
    """
    settings = settings.model_copy(update={"fault_limit": 2})
    async with running(settings) as agent:
        await publish(settings, *((b"x", b"broken", ()) for _ in range(20)))
        assert len(await dead_letters(settings, 20)) == 20
        assert agent.trouble is None


@pytest.mark.parametrize("error", [Unavailable("away"), Refused("no key"), TimeoutError()])
async def test_what_is_held_is_let_go_at_once_when_the_worker_ends(
    settings: Settings, error: Exception
) -> None:
    """
    A held ticket is uncommitted, and the next worker does it.
    """

    async def depends(ticket: IncomingTicket) -> TriagedTicket:
        raise error

    settings = settings.model_copy(update={"grace_seconds": 60.0})
    await publish(settings, *(ticket(n) for n in range(20)))
    async with running(settings, depends) as agent:

        async def all_held() -> bool:
            return len(agent._waiting) == 20

        await eventually(all_held)
        async with asyncio.timeout(30):  # not the grace time
            await agent.partitions.settle()
    assert await committed(settings) == 0
    async with running(settings):
        out = await read(settings, TRIAGED, 20)
    assert Counter(r.key for r in out) == Counter(f"T-{n}".encode() for n in range(20))


# The whole worker, as a process, whose language model is away.


def health(url: str, path: str = "/health") -> tuple[int, dict[str, Any]]:
    """Return status and body of a worker's probe."""
    try:
        with urllib.request.urlopen(url + path, timeout=10) as answer:  # noqa: S310  # a worker's
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def _with_model(broker: EmbeddedBroker, llm: LlmServer) -> Settings:
    """Return settings of a worker that asks the model at *llm*, and soon gives up."""
    return Settings(
        kafka_brokers=broker.brokers,
        llm="openai",
        openai_base_url=llm.url,
        openai_model="test-model",
        stage_seconds=2,
        worker_http_port=0,
        log_format="json",
    )


async def test_a_worker_says_what_it_lacks_and_no_ticket_is_lost() -> None:
    """
    Away: results are marked as degraded, and health says so. Key refused: tickets wait, the worker
    is not ready, and they go through when the key is taken again.
    """
    with EmbeddedBroker(Settings()) as broker:
        async with LlmServer() as llm:
            settings = _with_model(broker, llm)
            with ticketstream("worker", settings=settings, stderr=subprocess.PIPE) as worker:
                url = await asyncio.to_thread(said, worker, "url", "worker started")
                drain = asyncio.create_task(asyncio.to_thread(lambda: list(worker.stderr or ())))
                await publish(settings, ticket(1, "How do I change the card that I pay with?"))
                (first,) = await read(settings, PROCESSED, 1)
                assert json.loads(first.value)["meta"]["degraded"] == []

                llm.default = Say.status(503)
                await publish(settings, *(ticket(n, f"I cannot pay, {n}.") for n in range(2, 8)))
                found = await read(settings, PROCESSED, 7)
                assert json.loads(found[-1].value)["meta"]["degraded"]
                status, shown = await asyncio.to_thread(health, url)
                assert (status, shown["status"], shown["services"]["llm"]) == (
                    200,
                    "degraded",
                    "is down",
                )
                assert (await asyncio.to_thread(health, url, "/health/ready"))[0] == 200

                llm.default, llm.keys = Say.answer(), {"another"}
                numbers = itertools.count(8)

                async def refused() -> bool:
                    await publish(settings, ticket(next(numbers), "Where is my invoice?"))
                    return (await asyncio.to_thread(health, url, "/health/ready"))[0] == 503

                await eventually(refused, seconds=60, every=0.5)
                _, shown = await asyncio.to_thread(health, url)
                assert "KEY" in shown["services"]["llm"]
                assert (await asyncio.to_thread(health, url, "/health/live"))[0] == 200

                llm.keys = None
                sent = next(numbers) - 1
                out = await read(settings, PROCESSED, sent, seconds=120)
                assert {r.key for r in out} == {f"T-{n}".encode() for n in range(1, sent + 1)}
                last = next(r for r in out if r.key == f"T-{sent}".encode())
                assert json.loads(last.value)["meta"]["degraded"] == []
                assert await read(settings, DEAD_LETTERS, 0) == []
                worker.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(worker.wait, 40) == 0
                await drain


async def test_a_worker_starts_without_its_model() -> None:
    """
    The exam of pointing waits for the model, and the start does not: tickets degrade meanwhile.
    Once the model is back it sits the exam, and points.
    """
    with EmbeddedBroker(Settings()) as broker:
        async with LlmServer() as llm:
            settings = _with_model(broker, llm)
            await llm.stop()
            await publish_sample_articles(settings)
            with ticketstream("worker", settings=settings, stderr=subprocess.PIPE) as worker:
                url = await asyncio.to_thread(said, worker, "url", "worker started")
                drain = asyncio.create_task(asyncio.to_thread(lambda: list(worker.stderr or ())))
                await publish(settings, ticket(1, "How do I change the card that I pay with?"))
                more = itertools.count(2)
                (first,) = await read(settings, PROCESSED, 1)
                degraded = json.loads(first.value)["meta"]["degraded"]
                _, shown = await asyncio.to_thread(health, url)
                assert "not sat" in shown["services"]["pointing"]
                await llm.start()

                async def points() -> bool:
                    await publish(settings, ticket(next(more), "How do I change my card?"))
                    await asyncio.sleep(0.5)
                    _, shown = await asyncio.to_thread(health, url)
                    return bool(shown["services"]["pointing"] == "healthy")

                async with asyncio.timeout(60):
                    while not await points():
                        pass
            await drain
    assert degraded == ["triage", "drafting"]


@pytest.mark.parametrize("on_outage", ["degrade", "hold"])
async def test_a_model_that_flaps_loses_no_ticket(on_outage: OnOutage) -> None:
    """
    It fails in another way every third of a second; with `hold`, not one result is degraded.
    """
    flaps = (Say.status(503), Say.answer(), Say.disconnect(), Say.rate_limited(0.2), Say.answer())
    with EmbeddedBroker(Settings()) as broker:
        async with LlmServer() as llm:
            settings = Settings(
                kafka_brokers=broker.brokers,
                llm="openai",
                openai_base_url=llm.url,
                openai_model="test-model",
                on_outage=on_outage,
                stage_seconds=3,
                worker_http_port=0,
                log_format="json",
            )
            with ticketstream("worker", settings=settings, stderr=subprocess.PIPE) as worker:
                await asyncio.to_thread(said, worker, "url", "worker started")
                drain = asyncio.create_task(asyncio.to_thread(lambda: list(worker.stderr or ())))
                for number in range(60):
                    llm.default = flaps[number // 3 % len(flaps)]
                    await publish(settings, ticket(number, "Where is my invoice?"))
                    await asyncio.sleep(0.1)
                llm.default = Say.answer()
                out = await read(settings, PROCESSED, 60, seconds=120)
                assert {r.key for r in out} == {f"T-{n}".encode() for n in range(60)}
                assert await read(settings, DEAD_LETTERS, 0) == []
                degraded = [r for r in out if json.loads(r.value)["meta"]["degraded"]]
                assert not degraded or on_outage == "degrade"
                worker.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(worker.wait, 40) == 0
                await drain


@pytest.mark.real
async def test_a_worker_does_without_its_knowledge_base_and_finds_it_again(
    settings: Settings,
) -> None:
    """
    While Weaviate is away, answers hold the line and say so; when it is back, they cite again.
    """
    needs_real_servers()
    with RealWeaviate() as server:
        own = settings.model_copy(
            update={
                "knowledge": "weaviate",
                "weaviate_url": server.url,
                "weaviate_grpc_url": server.grpc_url,
                "stage_seconds": 4.0,
                "worker_http_port": 0,
                "log_format": "json",
            }
        )
        async with publishing(own, ARTICLES) as publisher:
            await publisher.send(b"KB-1001", ARTICLE.model_dump_json().encode(), [])
        with ticketstream("worker", settings=own, stderr=subprocess.PIPE) as worker:
            url = await asyncio.to_thread(said, worker, "url", "worker started")
            drain = asyncio.create_task(asyncio.to_thread(lambda: list(worker.stderr or ())))
            numbers = itertools.count(1)

            async def asked() -> dict[str, Any]:
                """Send one more ticket and return its result."""
                number = next(numbers)
                await publish(own, ticket(number, "When is a duplicate charge returned?"))
                for record in await read(own, PROCESSED, number, seconds=90):
                    if record.key == f"T-{number}".encode():
                        return dict(json.loads(record.value))
                raise AssertionError("its result is not there")

            result = await asked()
            assert [c["doc_id"] for c in result["citations"]] == ["KB-1001"]
            assert result["meta"]["stages"]["retrieval"]["backend"] == "weaviate"

            server.kill()
            result = await asked()
            assert result["meta"]["degraded"] == ["retrieval"]
            assert (result["citations"], result["policy_check"]["escalation_needed"]) == ([], True)

            async def is_said() -> bool:
                status, shown = await asyncio.to_thread(health, url)
                return (status, shown["status"]) == (200, "degraded")

            await eventually(is_said)
            assert (await asyncio.to_thread(health, url, "/health/ready"))[0] == 200

            await asyncio.to_thread(server.restart)

            async def cites() -> bool:
                return bool((await asked())["citations"])

            await eventually(cites, seconds=90, every=1)
            assert await read(own, DEAD_LETTERS, 0) == []
            worker.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(worker.wait, 60) == 0
            await drain
