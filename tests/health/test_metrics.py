"""What is counted: for people as JSON, for Prometheus as text."""

from __future__ import annotations

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

from health.calls.figures import Tally
from schemas import IncomingTicket, Meta, StageReport
from streams.service.probe_server import OpsServer
from streams.settings import Settings
from tests.health.conftest import Client, a_ticket
from tests.support.echo_pipeline import EchoPipeline, result


async def test_the_metrics_call(client: Client, pipeline: EchoPipeline) -> None:
    """
    Results are counted by outcome and by what they say, with the seconds of each stage.
    """
    await client.process(a_ticket())
    await client.process(a_ticket())
    await client.process(a_ticket(metadata={"echo": "dead-letter"}))

    assert (await client.get("/api/v1/tickets/metrics")).body == {
        "total": 3,
        "outcomes": {"processed": 2, "dead_letter": 1},
        "priority": {"P2": 2},
        "category": {"Billing": 2},
        "compliance": {"warning": 2},
        "stages": {"triage": {"count": 2, "mean": 0.25, "p50": 0.25, "p95": 0.25, "max": 0.25}},
    }


async def test_prometheus(client: Client, pipeline: EchoPipeline) -> None:
    """
    `/metrics` counts requests by the template of their route, in Prometheus' text form.
    """
    await client.process(a_ticket())
    await client.get("/wp-login.php")

    answer = await client.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    samples = {
        (s.labels["route"], s.labels["status"])
        for family in parse_text(answer.body)
        for s in family.samples
        if s.name == "ticketstream_http_requests_total"
    }
    assert ("/api/v1/tickets/process", "200") in samples
    assert ("unmatched", "404") in samples
    assert "wp-login" not in answer.body


async def test_openmetrics(client: Client) -> None:
    """
    Who asks for OpenMetrics gets it.
    """
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}

    answer = await client.get("/metrics", headers=accept)

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    families = parse_openmetrics(answer.body)  # type: ignore[no-untyped-call]  # has no types
    assert "ticketstream_process_waiting" in {family.name for family in families}


@pytest.mark.parametrize("version", ["abc", "1.x", "", "9.0.\N{SNOWMAN}"])
@pytest.mark.parametrize("of", ["sidecar", "worker"])
async def test_a_version_that_is_none(client: Client, version: str, of: str) -> None:
    """
    Who asks for a version that there is not gets the metrics all the same.
    """
    settings = Settings(worker_http_port=0)
    async with OpsServer(settings, live=dict, ready=dict, health=dict) as worker:
        url = (worker if of == "worker" else client).url
        for accept in ("application/openmetrics-text", "text/plain"):
            headers = {"Accept": f"{accept}; version={version}"}
            async with client.session.get(f"{url}/metrics", headers=headers) as answer:
                assert answer.status == 200
                assert "ticketstream_process_waiting" in await answer.text()


def test_quantiles() -> None:
    """
    p50 and p95 are durations that were seen: the nearest rank.
    """
    tally = Tally()
    for number in range(1, 101):
        meta = Meta(stages={"triage": StageReport(backend="b", seconds=number)})
        tally.processed(result(IncomingTicket(ticket_id="T", raw_message="x"), meta))

    found = tally.figures().stages["triage"]

    assert (found.count, found.mean, found.p50, found.p95, found.max) == (100, 50.5, 50, 95, 100)
