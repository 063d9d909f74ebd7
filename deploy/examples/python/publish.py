"""Publishes a message of a ticket: python publish.py TICKET_ID MESSAGE_ID TEXT"""

import json
import os
import sys
from typing import Any

from confluent_kafka import Producer

ticket_id, message_id, text = sys.argv[1:]
producer = Producer(
    {
        "bootstrap.servers": os.environ.get("KAFKA_BROKERS", "localhost:9092"),
        "partitioner": "murmur2_random",  # as Java's client; librdkafka's default is another
    }
)


def confirmed(error: Any, message: Any) -> None:
    """Say where the broker has put it."""
    if error:
        sys.exit(f"not published: {error}")
    print(f"{ticket_id} is on partition {message.partition()}")


producer.produce(
    "incoming-tickets",
    key=ticket_id,  # all messages of a ticket on one partition, in order
    value=json.dumps({"ticket_id": ticket_id, "raw_message": text}),
    headers={
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_type": "ticketstream.ticket.incoming.v1",
        "ce_source": "/helpdesk",  # whose ids these are
        "ce_id": message_id,  # the same when you send it again
    },
    on_delivery=confirmed,
)
producer.flush()
