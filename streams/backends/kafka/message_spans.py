"""
Spans of messages, and the header that carries a trace from one process to the next.

    with sending(topic, headers) as onward:      a producer's span; *onward* has its `traceparent`
    with receiving(message's place, headers):    a consumer's span, part of the sender's trace

Names and attributes: OpenTelemetry's conventions for messaging. Keys and values are not among
them. While nobody records spans, headers stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from schemas.envelope import Headers, header
from streams import tracing
from streams.tracing import TRACEPARENT, Attribute, TraceSpan

_SYSTEM = "messaging.system"
_TOPIC = "messaging.destination.name"
_OPERATION = "messaging.operation.name"
_OPERATION_TYPE = "messaging.operation.type"


def sending(topic: str, headers: Headers) -> AbstractContextManager[Headers]:
    """
    Return a block that has *headers* as they go out to *topic* in it.

    Its span is part of the current one, or of the trace in *headers* if there is none.
    """
    return _sending(topic, headers) if tracing.is_recorded() else nullcontext(headers)


@contextmanager
def _sending(topic: str, headers: Headers) -> Iterator[Headers]:
    attributes: dict[str, Attribute] = {
        _SYSTEM: "kafka",
        _TOPIC: topic,
        _OPERATION: "send",
        _OPERATION_TYPE: "send",
    }
    with tracing.span(f"send {topic}", "producer", attributes, parent=_parent(headers)) as span:
        yield onward(headers, span)


def receiving(
    topic: str,
    partition: int,
    offset: int,
    headers: Sequence[tuple[str, bytes]],
    *,
    group: str,
) -> AbstractContextManager[TraceSpan]:
    """Return the span of what a block does with a message that *group* was given."""
    attributes: dict[str, Attribute] = {
        _SYSTEM: "kafka",
        _TOPIC: topic,
        "messaging.destination.partition.id": str(partition),
        "messaging.kafka.offset": offset,
        "messaging.consumer.group.name": group,
        _OPERATION: "process",
        _OPERATION_TYPE: "process",
    }
    came = header(headers, TRACEPARENT)
    return tracing.span(f"process {topic}", "consumer", attributes, parent=came)


def onward(headers: Headers, span: TraceSpan) -> Headers:
    """Return *headers* with the trace of *span* in place of theirs."""
    if span.context is None:
        return headers
    others = [(name, value) for name, value in headers if name != TRACEPARENT]
    return [*others, (TRACEPARENT, span.context.traceparent.encode())]


def _parent(headers: Headers) -> str | None:
    """Return the trace in *headers*, unless there is a current span to be part of."""
    return None if tracing.current().context else header(headers, TRACEPARENT)
