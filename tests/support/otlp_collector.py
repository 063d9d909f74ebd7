"""A collector of OTLP over HTTP for tests: it keeps the spans that it is sent, on 127.0.0.1."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

KINDS = {
    trace_pb2.Span.SPAN_KIND_CLIENT: "client",
    trace_pb2.Span.SPAN_KIND_CONSUMER: "consumer",
    trace_pb2.Span.SPAN_KIND_PRODUCER: "producer",
    trace_pb2.Span.SPAN_KIND_SERVER: "server",
}


@dataclass(frozen=True)
class SentSpan:
    """A span as it was sent."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    """Empty for a root."""
    began: int
    ended: int
    """In nanoseconds since the epoch."""
    attributes: Mapping[str, Any]
    events: tuple[tuple[str, Mapping[str, Any]], ...]
    failed: bool


class OtlpCollector:
    """The collector, while the `with` block runs."""

    def __init__(self, *, status: int = 200, seconds: float = 0) -> None:
        """*status*, *seconds*: how it answers, and after how long."""
        self.bodies: list[bytes] = []
        """What was sent, byte by byte."""
        self.headers: list[Mapping[str, str]] = []
        self.resources: list[Mapping[str, Any]] = []
        self._spans: list[SentSpan] = []
        self._status, self._seconds = status, seconds
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Return what OTEL_EXPORTER_OTLP_ENDPOINT is for it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def spans(self) -> list[SentSpan]:
        """Return the spans so far, by the time at which they began."""
        return sorted(self._spans, key=lambda span: span.began)

    def wait_for(self, count: int, seconds: float = 30) -> list[SentSpan]:
        """Return the spans once there are *count* of them; fail after *seconds*."""
        return self.wait_until(lambda spans: len(spans) >= count, seconds)

    def wait_until(
        self, enough: Callable[[list[SentSpan]], bool], seconds: float = 30
    ) -> list[SentSpan]:
        """Return the spans once they are *enough*; fail after *seconds*."""
        until = time.monotonic() + seconds
        while not enough(self.spans):
            assert time.monotonic() < until, [span.name for span in self.spans]
            time.sleep(0.05)
        return self.spans

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                time.sleep(collector._seconds)
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                if collector._status == 200:
                    collector._take(body, dict(self.headers))
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(collector._status)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler

    def _take(self, body: bytes, headers: Mapping[str, str]) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        self.bodies.append(body)
        self.headers.append(headers)
        for of_one in request.resource_spans:
            resource = _said(of_one.resource.attributes)
            self.resources.append(resource)
            for scope in of_one.scope_spans:
                self._spans += [_span(resource["service.name"], span) for span in scope.spans]


def _span(service: str, span: trace_pb2.Span) -> SentSpan:
    return SentSpan(
        service,
        span.name,
        KINDS[span.kind],
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        _said(span.attributes),
        tuple((event.name, _said(event.attributes)) for event in span.events),
        span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
    )


def _said(attributes: Any) -> Mapping[str, Any]:
    def value(of: KeyValue) -> Any:
        kind = of.value.WhichOneof("value")
        return getattr(of.value, kind) if kind else None

    return {one.key: value(one) for one in attributes}
