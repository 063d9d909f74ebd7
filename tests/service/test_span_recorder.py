"""Spans of OpenTelemetry's SDK, and a collector that does not take them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from streams import tracing
from streams.service.span_recorder import SpanRecorder
from tests.support.otlp_collector import OtlpCollector


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "ticketstream-worker"),
        ({"OTEL_SERVICE_NAME": "support"}, "support"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=tickets,region=eu"}, "tickets"),
    ],
)
def test_who_sends(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str) -> None:
    """
    A service is called as OpenTelemetry's variables say, or else for its part of the product.
    """
    with OtlpCollector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        for variable, value in variables.items():
            monkeypatch.setenv(variable, value)
        recorder = SpanRecorder("ticketstream-worker")
        recorder.start("a", "server", {}, None).end()
        recorder.close(10)
        (resource,) = collector.resources

    assert resource["service.name"] == name
    assert resource["service.namespace"] == "ticketstream"
    assert resource.get("region") == ("eu" if name == "tickets" else None)
    assert resource["service.version"]
    assert not [key for key in resource if key.startswith(("process.", "host."))]


@pytest.mark.parametrize("away", [{"status": 503}, {"seconds": 60.0}])
def test_a_collector_that_is_away(monkeypatch: pytest.MonkeyPatch, away: dict[str, Any]) -> None:
    """
    Nobody waits for it: neither who makes spans, more than fit, nor the end of the process.
    """
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "600")
    with OtlpCollector(**away) as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        recorder = SpanRecorder("test")
        began = time.monotonic()
        for _ in range(2000):
            recorder.start("a", "consumer", {}, None).end()
        made = time.monotonic()
        recorder.close(0.5)
        closed = time.monotonic()

    assert made - began < 5
    assert 0.4 < closed - made < 2
    assert collector.spans == []


def test_what_is_not_sampled_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    OTEL_TRACES_SAMPLER holds: of a trace that it leaves out nothing is sent, and later processes
    are told.
    """
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    sampled = tracing.parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    with OtlpCollector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        recorder = SpanRecorder("test")
        left_out, kept = (recorder.start("a", "server", {}, parent) for parent in (None, sampled))
        for span in (left_out, kept):
            span.end()
        recorder.close(10)
        spans = collector.spans

    assert [span.span_id for span in spans] == [kept.context.span_id]
    assert [int(span.context.flags, 16) & 1 for span in (left_out, kept)] == [0, 1]
    assert int(left_out.context.trace_id, 16) > 0
