"""What every test starts from: no setting of the machine's, and a Kafka of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import hypothesis
import pytest

from schemas import topics
from streams.backends.kafka import admin
from streams.backends.kafka.embedded_broker import MAX_PARTITIONS, EmbeddedBroker
from streams.settings import Settings
from tests.support.kafka import Broker, RealKafka
from tests.support.long_first import pytest_collection_modifyitems
from tests.support.machine import needs_real_servers
from tests.support.process_state import (
    pytest_runtest_setup,
    pytest_runtest_teardown,
    pytest_runtestloop,
)
from tests.support.session_kafka import SessionKafka
from tests.support.weaviate import RealWeaviate

__all__ = [  # hooks
    "pytest_collection_modifyitems",
    "pytest_runtest_setup",
    "pytest_runtest_teardown",
    "pytest_runtestloop",
]

# The same examples each time; HYPOTHESIS_PROFILE=long searches for new ones, for some minutes.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.register_profile("long", max_examples=5_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# A shell that runs the tests in the background has them, and what they start, ignore Ctrl-C.
# SIGTERM ends a run as Ctrl-C does: fixtures take away the servers that they have started.
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away every setting that the machine's environment has, and every collector."""
    for name in os.environ:
        if name.startswith(("TICKETSTREAM_", "OTEL_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", params=["embedded", pytest.param("kafka", marks=pytest.mark.real)])
def session_kafka(request: pytest.FixtureRequest) -> Iterator[SessionKafka]:
    """Return what starts the tests' Kafka: the embedded one, in `make test-real` a real one."""
    if request.param == "kafka":
        needs_real_servers()
    kafkas: dict[str, Callable[[], Broker]] = {
        "embedded": lambda: EmbeddedBroker(Settings(), wanted=()),
        "kafka": RealKafka,
    }
    kafka = SessionKafka(kafkas[request.param])
    plugins = request.config.pluginmanager
    plugins.register(kafka)
    yield kafka
    plugins.unregister(kafka)
    kafka.stop()


@pytest.fixture
def brokers(session_kafka: SessionKafka) -> Broker:
    """Return the running Kafka."""
    return session_kafka.running()


@pytest.fixture(scope="session")
def weaviate() -> Iterator[RealWeaviate]:
    """Return a running Weaviate, with `make test-real`."""
    needs_real_servers()
    with RealWeaviate() as running:
        yield running


@pytest.fixture
async def settings(brokers: Broker) -> Settings:
    """Return settings for *brokers* with topics and groups that no other test sees."""
    own = Settings(
        kafka_brokers=brokers.brokers,
        topic_prefix=f"t{uuid4().hex[:8]}-",
        session_seconds=6,  # the embedded cluster's rebalances last as long
        grace_seconds=3,
        loop_messages=0,  # many messages of one ticket are what some tests are about
    )
    fewer = [replace(t, partitions=min(t.partitions, MAX_PARTITIONS)) for t in topics.ALL]
    await admin.create_topics(own, fewer)
    return own


@pytest.fixture
def limits(brokers: Broker) -> None:
    """Skip on a broker that takes messages of any size."""
    if isinstance(brokers, EmbeddedBroker):
        pytest.skip("the embedded cluster knows no largest message")


@pytest.fixture
def groups(brokers: Broker) -> None:
    """Skip a test that needs a consumer group of several members where there is none."""
    if isinstance(brokers, EmbeddedBroker):
        pytest.skip("the embedded cluster answers SyncGroup only in a group of one member")
