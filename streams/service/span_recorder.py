"""
Records spans with OpenTelemetry's SDK, and sends them by OTLP over HTTP.

A thread of the SDK sends them in batches. Nobody waits for it: when a collector is away or slow,
what does not fit into the queue (OTEL_BSP_MAX_QUEUE_SIZE) is dropped.
"""

from __future__ import annotations

import logging
import threading
from importlib.metadata import version
from uuid import uuid4

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags

from streams.tracing import Attribute, Attributes, SpanKind, TraceContext

NAME = "ticketstream"
logging.getLogger("opentelemetry.util.re").disabled = True  # it logs headers, which have keys
_KINDS: dict[SpanKind, trace.SpanKind] = {
    "client": trace.SpanKind.CLIENT,
    "consumer": trace.SpanKind.CONSUMER,
    "producer": trace.SpanKind.PRODUCER,
    "server": trace.SpanKind.SERVER,
}


class SpanRecorder:
    """Makes spans. A provider of its own, not the process's: no library adds to it."""

    def __init__(self, service: str, exporter: SpanExporter | None = None) -> None:
        """
        Args:
            service: the service's name, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES say.
            exporter: takes the spans; by default the collector of OpenTelemetry's variables.
        """
        own = {
            "service.name": service,
            "service.namespace": NAME,
            "service.version": version(NAME),
            "service.instance.id": str(uuid4()),
        }
        said = Resource.create()  # what the variables say goes before
        self._provider = TracerProvider(
            resource=Resource(own).merge(_without_default_name(said)), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer(NAME, version(NAME))

    def start(
        self, name: str, kind: SpanKind, attributes: Attributes, parent: TraceContext | None
    ) -> RecordedSpan:
        """Return a span that begins now, in *parent*'s trace or in one of its own."""
        around = trace.set_span_in_context(trace.NonRecordingSpan(_given(parent)))
        return RecordedSpan(
            self._tracer.start_span(
                name,
                context=around,
                kind=_KINDS[kind],
                attributes=attributes,
                record_exception=False,
                set_status_on_exception=False,
            )
        )

    def close(self, seconds: float) -> None:
        """Send what is left, for *seconds* at most. Spans that end later are dropped."""
        sending = threading.Thread(target=self._provider.shutdown, daemon=True)
        sending.start()
        sending.join(seconds)


class RecordedSpan:
    """A span of the SDK."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        at = span.get_span_context()
        self.context = TraceContext(
            trace.format_trace_id(at.trace_id),
            trace.format_span_id(at.span_id),
            f"{at.trace_flags:02x}",
        )

    def set(self, name: str, value: Attribute) -> None:
        """Say something of it."""
        self._span.set_attribute(name, value)

    def event(self, name: str, attributes: Attributes) -> None:
        """Say that something happened now."""
        self._span.add_event(name, attributes)

    def failed(self, error: str) -> None:
        """Say that it failed, and of which class the error is."""
        self._span.set_attribute("error.type", error)
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        """Say that it is done."""
        self._span.end()


def _given(parent: TraceContext | None) -> SpanContext:
    """Return *parent* as the SDK has it. Its `tracestate`, a text of others, stays outside."""
    if parent is None:
        return trace.INVALID_SPAN_CONTEXT
    return SpanContext(
        int(parent.trace_id, 16),
        int(parent.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(parent.flags, 16)),
    )


def _without_default_name(resource: Resource) -> Resource:
    """Return *resource* without the name that the SDK gives to what has none."""
    said = dict(resource.attributes)
    if str(said.get("service.name", "")).startswith("unknown_service"):
        del said["service.name"]
    return Resource(said)
