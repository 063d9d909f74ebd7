"""Reads processed tickets as they come out, each once, until Ctrl-C."""

import contextlib
import json
import os
from typing import Any

from confluent_kafka import Consumer, KafkaException

consumer = Consumer(
    {
        "bootstrap.servers": os.environ.get("KAFKA_BROKERS", "localhost:9092"),
        "group.id": "helpdesk-python",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
seen = set()  # in a help desk: a unique column beside the draft


def handle(message: Any) -> None:
    """Print a result, unless it has come before."""
    event_id = dict(message.headers() or [])["ce_id"]
    if event_id in seen:
        return
    seen.add(event_id)
    ticket = json.loads(message.value())
    triage, verdict = ticket["triage"], ticket["policy_check"]["compliance"]
    print(ticket["ticket_id"], triage["priority"], triage["suggested_team"], verdict, flush=True)


consumer.subscribe(["ticket-processed"])
with contextlib.closing(consumer), contextlib.suppress(KeyboardInterrupt):
    while True:
        message = consumer.poll(1.0)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        handle(message)
        consumer.commit(message)  # only now: a message that is not committed comes again
