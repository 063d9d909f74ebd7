"""
What the pipeline adds to a language model's own time.

    python -m bench.load.llm_latency --seconds 0.5 --tickets 20

Starts a language model's server on loopback that takes a fixed time for each call, and
`ticketstream up` with it. Prints, as a line of JSON, the median milliseconds of the HTTP call in
the idle system, what of that is the model's, and the rest; then tickets a second with all slots
in use, beside the most that so many slots and so slow a model allow.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import threading
from statistics import median

import click

from bench.load.http_latency import measure
from bench.load.system import SAMPLES, running_command, throughput, up_in
from streams.settings import Settings
from tests.support.llm import LlmServer

CALLS = 2
"""Of the model for a ticket."""


@click.command()
@click.option("--seconds", default=0.5, show_default=True, type=click.FloatRange(min=0))
@click.option("--tickets", default=20, show_default=True, type=click.IntRange(min=1))
@click.option("--backlog", default=600, show_default=True, type=click.IntRange(min=1))
def main(seconds: float, tickets: int, backlog: int) -> None:
    """Measure latency and throughput with a slow model."""
    click.echo(json.dumps(asyncio.run(measured(seconds, tickets, backlog))))


async def measured(seconds: float, tickets: int, backlog: int) -> dict[str, float | None]:
    """Return the figures."""
    with tempfile.TemporaryDirectory() as state:
        async with LlmServer() as llm:
            environment = {
                **os.environ,
                "XDG_STATE_HOME": state,
                "TICKETSTREAM_LLM": "openai",
                "TICKETSTREAM_OPENAI_BASE_URL": llm.url,
                "TICKETSTREAM_OPENAI_MODEL": "test-model",
            }
            with running_command(["up", "--port", "0"], environment) as process:
                lines = iter(process.stdout or ())
                for _ in range(SAMPLES):
                    await asyncio.to_thread(next, lines)
                threading.Thread(target=lambda: list(lines), daemon=True).start()
                up = up_in(state)
                llm.seconds = seconds
                llm.calls.clear()
                taken = median(await measure(up.url, tickets))
                calls = len(llm.calls) / tickets
                rate = await throughput(Settings(kafka_brokers=up.brokers), backlog)
    model = 1000 * seconds * CALLS
    return {
        "calls_per_ticket": calls,
        "http_median_ms": round(taken, 1),
        "model_ms": model,
        "added_ms": round(taken - model, 1),
        "tickets_per_s": rate,
        "most_per_s": round(Settings().concurrency / seconds, 1) if seconds else 0.0,
    }


if __name__ == "__main__":
    main()
