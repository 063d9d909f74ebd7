"""
How long the process call takes, one call after the other.

    python -m bench.load.http_latency --url http://127.0.0.1:8080 --tickets 200

Every ticket is another one, so that no answer comes from memory. Prints n, median and
95th percentile of the milliseconds from request to answer, as one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from math import ceil
from uuid import uuid4

import aiohttp
import click
from rich.console import Console
from rich.progress import track

PATH = "/api/v1/tickets/process"


@click.command()
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="of the sidecar")
@click.option("--tickets", default=100, show_default=True, type=click.IntRange(min=1))
@click.option("--warm-up", default=5, show_default=True, help="calls before, not counted")
def main(url: str, tickets: int, warm_up: int) -> None:
    """Measure the process call's latency."""
    milliseconds = sorted(asyncio.run(measure(url, tickets, warm_up)))
    p95 = milliseconds[ceil(0.95 * tickets) - 1]
    median = milliseconds[ceil(0.5 * tickets) - 1]
    click.echo(json.dumps({"n": tickets, "median_ms": round(median, 1), "p95_ms": round(p95, 1)}))


async def measure(url: str, tickets: int, warm_up: int = 0) -> list[float]:
    """Return the milliseconds of each of *tickets* calls; ends the program if one fails."""
    run, found = uuid4().hex[:8], []
    async with aiohttp.ClientSession() as session:
        calls = range(warm_up + tickets)
        console, hidden = Console(stderr=True), not sys.stderr.isatty()
        for number in track(calls, "calls", console=console, disable=hidden):
            began = time.perf_counter()
            async with session.post(url + PATH, json=a_ticket(f"{run}-{number}")) as answer:
                body = await answer.read()
            found.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                sys.exit(f"{answer.status}: {body.decode()[:500]}")
    return found[warm_up:]


def a_ticket(ticket_id: str) -> dict[str, str]:
    """Return a ticket with this id."""
    return {
        "ticket_id": f"BENCH-{ticket_id}",
        "raw_message": f"I was charged twice for my subscription, order {ticket_id}. Please help!",
        "customer_name": "John Doe",
        "customer_email": "john.doe@example.com",
    }


if __name__ == "__main__":
    main()
