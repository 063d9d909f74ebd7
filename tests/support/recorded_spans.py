"""The spans that a block makes in the test's own process, as a collector would be sent them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from streams import tracing
from streams.service.span_recorder import SpanRecorder
from tests.support.otlp_collector import SentSpan

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE_ID, SPAN_ID = CALLER.split("-")[1:3]


@contextmanager
def recorded() -> Iterator[list[SentSpan]]:
    """Yield a list that has the spans of the block, by the time at which they began, after it."""
    kept, spans = InMemorySpanExporter(), list[SentSpan]()
    tracing.record_with(SpanRecorder("test", kept))
    try:
        yield spans
    finally:
        tracing.stop_recording()
        made = sorted(kept.get_finished_spans(), key=lambda span: span.start_time or 0)
        spans += map(_sent, made)


def named(spans: Sequence[SentSpan], name: str) -> list[SentSpan]:
    """Return those of *spans* that are called *name*."""
    return [span for span in spans if span.name == name]


def _sent(span: ReadableSpan) -> SentSpan:
    at = span.context
    assert at
    return SentSpan(
        str(span.resource.attributes["service.name"]),
        span.name,
        span.kind.name.lower(),
        trace.format_trace_id(at.trace_id),
        trace.format_span_id(at.span_id),
        trace.format_span_id(span.parent.span_id) if span.parent else "",
        span.start_time or 0,
        span.end_time or 0,
        _said(span.attributes),
        tuple((event.name, _said(event.attributes)) for event in span.events),
        span.status.status_code is trace.StatusCode.ERROR,
    )


def _said(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict(attributes or {})
