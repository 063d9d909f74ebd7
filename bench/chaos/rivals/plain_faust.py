"""
A plain Faust agent with `concurrency=8`: python -m bench.chaos.rivals.plain_faust worker

Commits and acks are Faust's own. It waits until the broker has confirmed a result.
"""

from __future__ import annotations

import tempfile
from typing import Any

import faust

from bench.chaos.rivals.answering import (
    BROKERS,
    CONCURRENCY,
    GROUP,
    READS,
    SESSION_SECONDS,
    WRITES,
    answered,
)

app = faust.App(
    GROUP,
    broker=[f"kafka://{broker}" for broker in BROKERS.split(",")],
    broker_session_timeout=SESSION_SECONDS,
    broker_heartbeat_interval=SESSION_SECONDS / 4,
    consumer_auto_offset_reset="earliest",
    producer_acks=-1,
    topic_allow_declare=False,
    topic_disable_leader=True,
    web_enabled=False,
    datadir=tempfile.gettempdir(),
)
incoming = app.topic(READS, key_type=bytes, key_serializer="raw", value_serializer="json")
processed = app.topic(WRITES, key_type=bytes, key_serializer="raw", value_serializer="json")


@app.agent(incoming, concurrency=CONCURRENCY)  # type: ignore[untyped-decorator]  # faust is not typed
async def answer(tickets: Any) -> None:
    """Answer each ticket."""
    async for key, ticket in tickets.items():
        sent = await processed.send(key=key, value=await answered(ticket))
        await sent


@app.on_partitions_assigned.connect  # type: ignore[untyped-decorator]  # faust is not typed
async def said(*_: object, **__: object) -> None:
    """Say that the worker takes part in its group."""
    print("started", flush=True)


if __name__ == "__main__":
    app.main()
