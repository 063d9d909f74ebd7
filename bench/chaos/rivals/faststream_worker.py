"""
A FastStream subscriber with `max_workers=8`: python -m bench.chaos.rivals.faststream_worker

Without an argument it acknowledges as FastStream does by default with several workers, at most
once; with `ack` it uses the way that the documentation gives for at least once.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage

from bench.chaos.rivals.answering import (
    BROKERS,
    CONCURRENCY,
    GROUP,
    READS,
    SESSION_SECONDS,
    WRITES,
    answered,
)

broker = KafkaBroker(BROKERS.split(","), acks="all")
app = FastStream(broker)


@broker.subscriber(
    READS,
    group_id=GROUP,
    auto_offset_reset="earliest",
    session_timeout_ms=int(SESSION_SECONDS * 1000),
    heartbeat_interval_ms=int(SESSION_SECONDS * 250),
    max_workers=CONCURRENCY,
    ack_policy=AckPolicy.ACK if "ack" in sys.argv else AckPolicy.ACK_FIRST,
)
async def answer(ticket: dict[str, Any], message: KafkaMessage) -> None:
    """Answer a ticket."""
    raw = message.raw_message
    assert not isinstance(raw, tuple)  # it is no batch
    await broker.publish(await answered(ticket), WRITES, key=raw.key)


@app.after_startup
async def said() -> None:
    """Say that the worker has started."""
    print("started", flush=True)


if __name__ == "__main__":
    asyncio.run(app.run())
