"""Reads processed tickets as they come out, each once."""

import json
import os

from confluent_kafka import Consumer, KafkaException

consumer = Consumer(
    {
        "bootstrap.servers": os.environ.get("KAFKA_BROKERS", "localhost:9092"),
        "group.id": "helpdesk",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
consumer.subscribe(["ticket-processed"])
seen = set()  # in a help desk: a unique column beside the draft

while True:
    message = consumer.poll(1.0)
    if message is None:
        continue
    if message.error():
        raise KafkaException(message.error())
    event_id = dict(message.headers() or [])["ce_id"]
    if event_id not in seen:
        seen.add(event_id)
        ticket = json.loads(message.value())
        triage, verdict = ticket["triage"], ticket["policy_check"]["compliance"]
        print(
            ticket["ticket_id"], triage["priority"], triage["suggested_team"], verdict, flush=True
        )
    consumer.commit(message)  # only now: what is not committed comes again
