"""
A Faust app and consumer group for a stage, with our consumer in it.

Faust's and aiokafka's private parts are touched in this package alone. Each change is for a fact
of faust-streaming 0.15.3 and aiokafka 0.14.0. All versions are pinned, and
tests/faust_driver/test_app.py fails when one of these parts changes.

docs/design/delivery.md, "Faust's settings"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata
from faust import App
from faust.auth import Credentials, OAuthCredentials, SASLCredentials, SSLCredentials
from faust.exceptions import ProducerSendError
from faust.transport.drivers import aiokafka as driver

from schemas.envelope import Headers
from streams.backends.kafka import connection, names
from streams.delivery.entry import Partition
from streams.faust_driver.consumer import Consumer
from streams.faust_driver.consumer_thread import ConsumerThread
from streams.faust_driver.hooks import Delivery
from streams.settings import Settings

MAX_REQUEST_BYTES = 100_000_000
"""aiokafka measures before compression, the broker, which is to decide, after it."""
HEARTBEAT_SECONDS = 1.0
"""Seconds until a worker hears of a rebalance, at most."""
METADATA_AGE_MS = 30_000
"""Milliseconds until a worker sees partitions that were added to a topic, at most."""


def stage_app(stage: str, settings: Settings, delivery: Delivery) -> StageApp:
    """Return the Faust app of *stage*, whose offsets are committed as *delivery* says."""
    rebalance = settings.grace_seconds + settings.session_seconds + 30
    options = connection.options(settings)
    return StageApp(
        names.group(settings, stage),
        delivery=delivery,
        fetch_wait_ms=settings.fetch_wait_ms,
        broker=[f"kafka://{broker}" for broker in options["bootstrap_servers"]],
        broker_credentials=credentials(options),
        datadir=str(Path.cwd()),  # nothing is written: no stage has tables
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        processing_guarantee="at_least_once",
        stream_wait_empty=True,  # and what "empty" means is ours, in consumer.py
        stream_buffer_maxsize=64,
        broker_max_poll_records=12,  # a fifth of the buffer, or full queues stop the fetch
        broker_max_poll_interval=86_400,  # a full buffer counts as idle
        broker_commit_interval=0.5,
        broker_session_timeout=settings.session_seconds,
        broker_heartbeat_interval=min(HEARTBEAT_SECONDS, settings.session_seconds / 3),
        broker_request_timeout=max(90.0, settings.session_seconds + 10),
        broker_rebalance_timeout=rebalance,
        consumer_group_instance_id=settings.instance_id or None,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=1_048_576,
        consumer_metadata_max_age_ms=METADATA_AGE_MS,
        producer_metadata_max_age_ms=METADATA_AGE_MS,
        producer_acks=-1,
        producer_linger=0.0,  # delivery/linger.py knows when more is to come
        producer_compression_type="lz4",
        producer_max_request_size=MAX_REQUEST_BYTES,
        producer_request_timeout=60.0,
    )


class Transport(driver.Transport):  # type: ignore[misc]  # faust is not typed
    """Faust's transport with our consumer."""

    Consumer = Consumer


class StageApp(App):  # type: ignore[misc]  # faust is not typed
    """A Faust app whose offsets are committed as its *delivery* says."""

    def __init__(self, *args: Any, delivery: Delivery, fetch_wait_ms: int, **options: Any) -> None:
        self.delivery = delivery
        self.fetch_wait_ms = fetch_wait_ms
        self.drain_error: Exception | None = None
        """What kept the app from giving back its work in order when it was stopped."""
        super().__init__(*args, **options)

    async def publish(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers
    ) -> RecordMetadata:
        """
        Publish a message and return where it lies when the broker has it.

        Raises:
            KafkaError: The broker did not confirm it. It may have it all the same.
        """
        try:
            there = await self.producer.send_and_wait(topic, key, value, None, None, headers)
        except ProducerSendError as error:
            raise (error.__cause__ or KafkaError()) from None
        return cast(RecordMetadata, there)

    def ends(self, partitions: Iterable[Partition]) -> Mapping[Partition, int]:
        """Return the offsets behind the last messages of *partitions*, as of the last fetch."""
        thread: ConsumerThread = self.consumer._thread
        return thread.ends(partitions)

    async def commit_of(self, partition: Partition) -> bool:
        """Commit what the window says, and return whether the broker has it of *partition*."""
        await self.consumer.force_commit()
        return partition not in self.delivery.positions()

    # Upstream: no issue is known: the consumer's class is not a setting
    def _new_transport(self) -> Transport:
        return Transport(self.conf.broker_consumer, self)

    # Upstream: no issue is known: makes folders for tables that are not there
    def _create_directories(self) -> None:
        """Create none: they are for tables, which no stage has."""


def group_alive(app: StageApp) -> bool:
    """Return False if *app* was started and no longer takes part in its consumer group."""
    consumer = app.consumer._thread._consumer
    coordinator = getattr(consumer, "_coordinator", None)
    task = getattr(coordinator, "_coordination_task", None)
    return task is None or not task.done()


def credentials(connection: Mapping[str, Any]) -> Credentials | None:
    """Return aiokafka's *connection* options in Faust's form; None for plain text."""
    context = connection.get("ssl_context")
    if tokens := connection.get("sasl_oauth_token_provider"):
        return OAuthCredentials(oauth_cb=tokens, ssl_context=context)
    if "sasl_mechanism" in connection:
        return SASLCredentials(
            username=connection["sasl_plain_username"],
            password=connection["sasl_plain_password"],
            mechanism=connection["sasl_mechanism"],
            ssl_context=context,
        )
    return SSLCredentials(context) if context else None
