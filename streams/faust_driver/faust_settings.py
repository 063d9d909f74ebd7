"""
Faust's settings: one app and one consumer group a stage. docs: ARCHITECTURE.md, "Faust's settings"
"""

from __future__ import annotations

from pathlib import Path

from streams.backends.kafka import connection, names
from streams.faust_driver.app import Delivery, StageApp, credentials
from streams.settings import Settings

MAX_REQUEST_BYTES = 100_000_000
"""aiokafka measures before compression, the broker, which is to decide, after it."""
HEARTBEAT_SECONDS = 1.0
"""So late a worker may hear that partitions are shared out anew."""
METADATA_AGE_MS = 30_000
"""After which partitions that were added to a topic are seen."""


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
        stream_wait_empty=True,  # and what "empty" means is ours, in faust_driver.py
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
        producer_linger=settings.linger_ms / 1000,
        producer_compression_type="lz4",
        producer_max_request_size=MAX_REQUEST_BYTES,
        producer_request_timeout=60.0,
    )
