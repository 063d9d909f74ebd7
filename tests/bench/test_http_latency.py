"""`bench.http_latency` in small."""

from __future__ import annotations

import asyncio

from health.sidecar import Sidecar
from streams.settings import Settings
from tests.support.bench import done, figures
from tests.support.echo_pipeline import EchoPipeline


async def test_tells_how_long_calls_take(settings: Settings) -> None:
    """
    It calls as often as it is asked to, and tells median and 95th percentile.
    """
    own = settings.model_copy(update={"sidecar_http_port": 0})
    async with Sidecar(own) as sidecar, EchoPipeline(own):
        options = ("--url", sidecar.url, "--tickets", "3", "--warm-up", "1")
        (line,) = await asyncio.to_thread(figures, "bench.http_latency", *options)

    assert line["n"] == 3
    assert 0 < line["median_ms"] <= line["p95_ms"]


async def test_an_answer_that_is_none_ends_it(settings: Settings) -> None:
    """
    It measures no errors: with the status it ends.
    """
    own = settings.model_copy(update={"sidecar_http_port": 0, "process_seconds": 0.2})
    async with Sidecar(own) as sidecar:  # and nobody who answers
        made = await asyncio.to_thread(done, "bench.http_latency", "--url", sidecar.url)

    assert made.returncode == 1
    assert "504: " in made.stderr
