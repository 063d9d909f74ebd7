"""
What the stages themselves cost: CPU milliseconds a ticket in each, without Kafka.

    python -m bench.stages --tickets 480

Takes the sample tickets through the route in this process. Every ticket is another one: a
number of its own goes into each of its sentences, so that no cache knows them. Prints a line
of JSON.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import click

from schemas import Article, Event, IncomingTicket
from streams.assembly import Assembly
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.knowledge import article_files
from streams.settings import Settings

SAMPLE = Path(__file__).parents[1] / "deploy" / "sample"
WARM_UP = 20


@click.command()
@click.option("--tickets", default=480, show_default=True, type=click.IntRange(min=1))
def main(tickets: int) -> None:
    """Measure the stages."""
    click.echo(json.dumps(asyncio.run(measure(tickets))))


async def measure(tickets: int) -> dict[str, float]:
    """Return the CPU milliseconds a ticket of each stage, and of all."""
    kb = EmbeddedKnowledge()
    await kb.put([a for a in article_files.articles_in(SAMPLE / "kb") if isinstance(a, Article)])
    stages = Assembly(Settings(), kb).route.stages
    spent: defaultdict[str, float] = defaultdict(float)
    for number, value in enumerate(distinct(tickets + WARM_UP)):
        event: Event = IncomingTicket.model_validate(value)
        for stage in stages:
            began = process_time()
            event = await stage.run(event)
            if number >= WARM_UP:
                spent[stage.name] += process_time() - began
    per_ticket = {name: round(1000 * cpu / tickets, 3) for name, cpu in spent.items()}
    return {**per_ticket, "all": round(sum(per_ticket.values()), 3)}


def distinct(tickets: int) -> Iterator[dict[str, Any]]:
    """Yield sample tickets again and again, each with other words in every sentence."""
    samples = [json.loads(line) for line in (SAMPLE / "tickets.jsonl").read_text().splitlines()]
    for number in range(tickets):
        ticket = dict(samples[number % len(samples)], ticket_id=f"B-{number}")
        marked = re.sub(r"(?<=\w)(?=[.!?,\n])", f" {number}x", ticket.get("raw_message", ""))
        yield {**ticket, "raw_message": marked, "message_id": None}


if __name__ == "__main__":
    main()
