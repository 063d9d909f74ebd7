"""What topics and groups are called."""

from __future__ import annotations

from schemas.topics import INCOMING
from streams.backends.kafka import names
from streams.settings import Settings


def test_prefix_goes_before_topics_and_groups() -> None:
    """
    One prefix keeps two installations on one Kafka apart.
    """
    settings = Settings(topic_prefix="eu.")

    assert names.topic(settings, INCOMING) == "eu.incoming-tickets"
    assert names.group(settings, "triage") == "eu.ticketstream-triage"
