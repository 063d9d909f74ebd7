"""`/metrics` in the form that is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

from streams import metrics
from streams.service import metrics_endpoint

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Return where the metrics of this process are served."""
    app = web.Application()
    app.router.add_get("/metrics", metrics_endpoint.serve_metrics)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/metrics"
    await runner.cleanup()


async def test_text(url: str, session: aiohttp.ClientSession) -> None:
    """
    Without a wish it is Prometheus' text, with what was counted until now.
    """
    metrics.STAGE_IN.labels("of-this-test").inc(3)

    async with session.get(url) as answer:
        said = await answer.text()

    assert answer.content_type == "text/plain"
    samples = [s for family in parse_text(said) for s in family.samples]
    assert [
        s.value
        for s in samples
        if s.name == "ticketstream_stage_in_total" and s.labels == {"stage": "of-this-test"}
    ] == [3]


async def test_openmetrics(url: str, session: aiohttp.ClientSession) -> None:
    """
    Who asks for OpenMetrics gets it, also among other wishes in several headers.
    """
    for headers in ([("Accept", OPENMETRICS)], [("Accept", "text/html"), ("Accept", OPENMETRICS)]):
        async with session.get(url, headers=headers) as answer:
            said = await answer.text()

        assert answer.content_type == "application/openmetrics-text"
        families = parse_openmetrics(said)  # type: ignore[no-untyped-call]  # has no types
        assert "ticketstream_stage_in" in {family.name for family in families}


@pytest.mark.parametrize("version", ["abc", "1.x", "", "9.0.\N{SNOWMAN}"])
@pytest.mark.parametrize("form", ["application/openmetrics-text", "text/plain"])
async def test_a_version_that_is_none(
    url: str, session: aiohttp.ClientSession, form: str, version: str
) -> None:
    """
    Who asks for a version that there is not gets the metrics all the same.
    """
    async with session.get(url, headers={"Accept": f"{form}; version={version}"}) as answer:
        assert answer.status == 200
        assert "ticketstream_stage_in_total" in await answer.text()
