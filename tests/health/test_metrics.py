"""What is counted: for people as JSON, for Prometheus as text."""

from __future__ import annotations

from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

from tests.health.conftest import Client, a_ticket
from tests.support.echo_pipeline import EchoPipeline


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
