"""Spans of messages, and how a trace goes from one process to the next."""

from __future__ import annotations

from schemas.envelope import Headers, header
from streams import tracing
from streams.backends.kafka.message_spans import receiving, sending
from tests.support.recorded_spans import CALLER, SPAN_ID, TRACE_ID, recorded

HEADERS: Headers = [("ce_id", b"1"), ("traceparent", CALLER.encode()), ("tracestate", b"v=1")]


def test_a_message_passes_through() -> None:
    """
    What is sent is part of what was received, and carries the sending's place in the trace.
    """
    with (
        recorded() as spans,
        receiving("in", 3, 7, HEADERS, group="g"),
        sending("out", HEADERS) as onward,
    ):
        pass

    came, sent = spans
    assert (came.name, came.kind, came.trace_id, came.parent_id) == (
        "process in",
        "consumer",
        TRACE_ID,
        SPAN_ID,
    )
    assert (sent.name, sent.kind, sent.parent_id) == ("send out", "producer", came.span_id)
    assert onward == [
        ("ce_id", b"1"),
        ("tracestate", b"v=1"),
        ("traceparent", f"00-{TRACE_ID}-{sent.span_id}-01".encode()),
    ]


def test_attributes() -> None:
    """
    They are those of OpenTelemetry's conventions. Key and value are not among them.
    """
    with (
        recorded() as spans,
        receiving("in", 3, 7, HEADERS, group="g"),
        sending("out", HEADERS),
    ):
        pass

    came, sent = spans
    assert came.attributes == {
        "messaging.system": "kafka",
        "messaging.destination.name": "in",
        "messaging.destination.partition.id": "3",
        "messaging.kafka.offset": 7,
        "messaging.consumer.group.name": "g",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
    }
    assert sent.attributes == {
        "messaging.system": "kafka",
        "messaging.destination.name": "out",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
    }


def test_a_publisher_goes_on_with_the_trace_that_it_was_given() -> None:
    """
    Where no span is under way, a message's own header says which trace it is of.
    """
    with recorded() as spans, sending("in", HEADERS) as given, sending("in", []) as none:
        pass

    first, second = spans
    assert (first.trace_id, first.parent_id) == (TRACE_ID, SPAN_ID)
    assert second.parent_id == first.span_id
    assert TRACE_ID in (header(given, "traceparent") or "")
    assert TRACE_ID in (header(none, "traceparent") or "")


def test_a_header_that_is_no_text() -> None:
    """
    A broken header begins a new trace.
    """
    broken: Headers = [("traceparent", b"\xff" + CALLER.encode())]
    with recorded() as spans, receiving("in", 0, 0, broken, group="g"):
        pass

    assert spans[0].parent_id == ""


def test_headers_stay_as_they_are_while_nobody_records() -> None:
    """
    Whatever a publisher set travels on, valid or not.
    """
    broken: Headers = [("traceparent", b"x"), ("traceparent", CALLER.encode())]
    with receiving("in", 0, 0, broken, group="g") as span, sending("out", broken) as onward:
        assert onward is broken
        assert span.context == tracing.parse_traceparent(CALLER)
