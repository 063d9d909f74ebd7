"""The probes, with Kafka there and away, and with stages in every state."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError
from confluent_kafka.admin import AclOperation
from structlog.testing import capture_logs

from health.calls.probes import STAGES, Heart
from health.sidecar import Sidecar
from schemas.topics import INCOMING, PROCESSED
from streams.backends.kafka import admin, names, rights, rights_watch
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.backends.kafka.rights import Right
from streams.settings import Settings
from tests.health.conftest import Client, a_ticket
from tests.health.waiting import until, until_ready, until_status
from tests.support.echo_pipeline import EchoPipeline
from tests.support.kafka import RealKafka


async def test_all_is_well(client: Client) -> None:
    """
    With Kafka there, all three probes answer 200.
    """
    await until_ready(client)

    for path in ("/health", "/health/ready", "/health/live"):
        answer = await client.get(path)
        assert answer.status == 200 or path == "/health"
        assert answer.body["environment"] == "development"


def test_the_stages_are_the_routes() -> None:
    """
    Health tells of each stage that there is, and of no other.
    """
    from streams import pipeline  # the one place in the sidecar's tests that knows a stage

    assert STAGES == pipeline.STAGES


# Kafka away. A broker of our own: pausing the one that tests share would disturb others.


@pytest.fixture
def own() -> Iterator[EmbeddedBroker]:
    """Return an embedded broker that may be paused."""
    with EmbeddedBroker(Settings()) as broker:
        yield broker


@pytest.fixture
async def alone(own: EmbeddedBroker) -> AsyncIterator[tuple[Client, Settings]]:
    """Return a client of a sidecar on *own*, and the settings of both."""
    settings = Settings(
        kafka_brokers=own.brokers, sidecar_http_port=0, grace_seconds=0.1, process_seconds=20
    )
    async with Sidecar(settings) as sidecar, aiohttp.ClientSession() as session:
        yield Client(sidecar.url, session), settings


async def test_kafka_away_and_back(own: EmbeddedBroker, alone: tuple[Client, Settings]) -> None:
    """
    In an outage live stays 200, ready and process say 503; after it, all goes on by itself.
    """
    client, settings = alone
    async with EchoPipeline(settings):
        assert (await client.process(a_ticket())).status == 200
    own.pause()

    answer = await client.process(a_ticket())
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert (await client.get("/health/ready")).status == 503
    assert (await client.get("/health/live")).status == 200
    assert (await client.get("/health")).body["services"] == {
        "kafka": "unhealthy",
        **dict.fromkeys(STAGES, "unknown"),
    }

    own.resume()
    await until_ready(client)
    async with EchoPipeline(settings):
        assert (await client.process(a_ticket())).status == 200


async def test_a_result_of_an_outage_is_not_missed(
    own: EmbeddedBroker, alone: tuple[Client, Settings]
) -> None:
    """
    A caller who waits through an outage gets its result when Kafka is back.
    """
    client, settings = alone
    async with EchoPipeline(settings) as pipeline:
        ticket = a_ticket()
        pipeline.hold()
        call = asyncio.create_task(client.process(ticket))
        await until(lambda: pipeline.taken[ticket["ticket_id"]] == 1)
        own.pause()
        await until_status(client, "/health/ready", 503)

        own.resume()
        pipeline.release()

        assert (await call).status == 200


async def test_started_while_kafka_is_away(session: aiohttp.ClientSession) -> None:
    """
    A sidecar listens before Kafka is there.
    """
    nowhere = Settings(kafka_brokers="127.0.0.1:1", sidecar_http_port=0, grace_seconds=0.1)
    async with Sidecar(nowhere) as sidecar:
        client = Client(sidecar.url, session)

        assert (await client.get("/health/live")).status == 200
        assert (await client.get("/health/ready")).status == 503
        assert (await client.process(a_ticket())).status == 503


async def test_a_missing_topic_is_not_made(
    own: EmbeddedBroker, session: aiohttp.ClientSession
) -> None:
    """
    Without its topics the sidecar is not ready, and it does not create them by accident.
    """
    settings = Settings(
        kafka_brokers=own.brokers, sidecar_http_port=0, grace_seconds=0.1, topic_prefix="none-"
    )
    async with Sidecar(settings) as sidecar:
        client = Client(sidecar.url, session)

        assert (await client.process(a_ticket())).status == 503
        assert (await client.get("/health/ready")).status == 503

        await admin.create_topics(settings)
        await until_ready(client)


class Acls:
    """What Kafka tells this user to be allowed: everything, but for the rights that are taken."""

    def __init__(self) -> None:
        self.taken: set[Right] = set()

    async def tell(self, _: object, wanted: Collection[Right]) -> Mapping[tuple[str, str], Any]:
        """Return what may be done to each topic and group."""
        return {
            (one.kind, one.name): SimpleNamespace(
                authorized_operations={
                    AclOperation[right.operation.upper()]
                    for right in set(wanted) - self.taken
                    if right.name == one.name
                }
            )
            for one in wanted
        }


@pytest.fixture
def acls(monkeypatch: pytest.MonkeyPatch) -> Acls:
    """Have the embedded broker tell of rights."""

    async def no(_: Settings) -> bool:
        return False

    acls = Acls()
    monkeypatch.setattr(admin, "is_embedded", no)
    monkeypatch.setattr(rights, "tell", acls.tell)
    monkeypatch.setattr(rights_watch, "REST_SECONDS", 0.05)
    return acls


async def test_a_right_is_taken_from_a_sidecar_at_work(
    acls: Acls, quick: Settings, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The first ticket that Kafka refuses has the sidecar look for the right at once: its log names
    it, it is not ready, and the metric is 1, until the right is there again. The caller hears that
    an operator must mend it, and not how.
    """
    write = Right("topic", names.topic(quick, INCOMING), "Write")
    lacks = f"lacks Write on topic {write.name}"
    async with EchoPipeline(quick), Sidecar(quick) as sidecar:
        client = Client(sidecar.url, session)
        await until_ready(client)
        assert (await client.process(a_ticket())).status == 200
        assert await _refuses(client) == 0

        with capture_logs() as logs:
            acls.taken = {write}
            with monkeypatch.context() as patched:
                patched.setattr(AIOKafkaProducer, "send_and_wait", _forbidden)
                answer = await client.process(a_ticket())
            await until_status(client, "/health/ready", 503)

        assert (answer.status, int(answer.headers["Retry-After"]) > 0) == (503, True)
        assert "an operator must mend that" in answer.body["detail"]
        assert "Kafka does not answer" not in answer.body["detail"]
        assert write.name not in answer.body["detail"]
        assert any(lacks in line.get("lacks", "") and line["mend"] for line in logs)
        assert (await client.get("/health")).body["services"]["kafka"] == "unhealthy"
        assert (await client.get("/health/live")).status == 200
        assert await _refuses(client) == 1

        acls.taken = set()
        sidecar._rights.doubt()  # else it looks in half a minute
        await until_ready(client)
        assert await _refuses(client) == 0


async def test_started_without_a_right(
    acls: Acls, quick: Settings, session: aiohttp.ClientSession
) -> None:
    """
    It serves and is not ready, and the metric is 1, until it has the right. Callers hear that an
    operator must mend it.
    """
    acls.taken = {Right("topic", names.topic(quick, PROCESSED), "Read")}
    async with Sidecar(quick) as sidecar:
        client = Client(sidecar.url, session)
        answer = await client.process(a_ticket())

        assert answer.status == 503
        assert "an operator must mend that" in answer.body["detail"]
        assert (await client.get("/health/ready")).status == 503
        assert await _refuses(client) == 1

        acls.taken = set()
        await until_ready(client)
        assert await _refuses(client) == 0


async def _forbidden(*_: object, **__: object) -> None:
    raise TopicAuthorizationFailedError


async def _refuses(client: Client) -> float:
    """Return what the metric says of Kafka."""
    found = re.search(
        r'^ticketstream_backend_refuses\{backend="kafka"\} (\S+)$',
        (await client.get("/metrics")).body,
        re.MULTILINE,
    )
    assert found
    return float(found[1])


# Stages


async def test_a_stage_without_reports_is_unknown(client: Client, brokers: object) -> None:
    """
    Where the broker does not describe groups, a stage is unknown until there is a result.
    """
    if isinstance(brokers, RealKafka):
        pytest.skip("this one describes groups")
    await until_ready(client)

    services = (await client.get("/health")).body["services"]

    assert services == {"kafka": "healthy", **dict.fromkeys(STAGES, "unknown")}


async def test_a_degraded_stage(client: Client, quick: Settings, brokers: object) -> None:
    """
    A stage that fell back to the embedded backend shows as degraded; ready is not touched.
    """
    async with EchoPipeline(quick, degraded=("drafting",)), _workers(quick, brokers):
        await client.process(a_ticket())

        answer = await client.get("/health")

        assert answer.status == 200
        assert answer.body["status"] == "degraded"
        assert answer.body["services"]["triage"] == "healthy"
        assert answer.body["services"]["drafting"] == "degraded"
        assert (await client.get("/health/ready")).body["status"] == "healthy"


async def test_a_stage_without_workers(client: Client, brokers: object) -> None:
    """
    Where the broker describes groups, a group without members is a stage that stands still.
    """
    if not isinstance(brokers, RealKafka):
        pytest.skip("the embedded broker does not describe groups")
    await until_ready(client)

    answer = await client.get("/health")

    assert answer.status == 503
    assert answer.body["services"] == {"kafka": "healthy", **dict.fromkeys(STAGES, "unhealthy")}


# Live


async def test_a_stalled_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The heart stops to beat when the loop does not come round.
    """
    heart = Heart()
    assert heart.beats()

    monkeypatch.setattr("health.calls.probes.STALLED_SECONDS", 0.01)
    await asyncio.sleep(0.05)

    assert not heart.beats()


async def test_a_crashed_follower(
    quick: Settings, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A bug that ends the follower fails live: only a new start helps.
    """

    def bug(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("health.tickets.outcomes.processed", bug)
    async with EchoPipeline(quick), Sidecar(quick) as sidecar:
        client = Client(sidecar.url, session)
        assert (await client.get("/health/live")).status == 200
        await client.process(a_ticket(), headers={"Prefer": "wait=1"})

        await until_status(client, "/health/live", 503)
        assert (await client.get("/health/live")).body["services"]["follower"] == "unhealthy"


class _workers:  # noqa: N801  # reads as what it is
    """Members for the groups of all stages, where the broker tells of members."""

    def __init__(self, settings: Settings, brokers: object) -> None:
        self._settings = settings
        self._stages = STAGES if isinstance(brokers, RealKafka) else ()

    async def __aenter__(self) -> None:
        self._consumers = [
            AIOKafkaConsumer(
                names.topic(self._settings, INCOMING),
                group_id=names.group(self._settings, stage),
                client_id=uuid4().hex,
                bootstrap_servers=self._settings.kafka_brokers,
            )
            for stage in self._stages
        ]
        for consumer in self._consumers:
            await consumer.start()

    async def __aexit__(self, *_: object) -> None:
        for consumer in self._consumers:
            await consumer.stop()
