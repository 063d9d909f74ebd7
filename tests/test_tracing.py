"""Spans as the rest of the product makes them, recorded or not."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from streams import tracing
from tests.support.recorded_spans import CALLER, SPAN_ID, TRACE_ID, recorded


def test_spans_inside_one_another() -> None:
    """
    A span is part of the one around it, and the first one of the trace that came from outside.
    """
    with recorded() as spans, tracing.span("outer", "consumer", {}, parent=CALLER) as outer:
        with tracing.span("inner", "client", {"n": 1}) as inner:
            inner.set("m", True)
            tracing.current().event("happened", {"k": 2})
        assert tracing.current() is outer

    first, second = spans
    assert (first.trace_id, first.parent_id) == (TRACE_ID, SPAN_ID)
    assert (second.trace_id, second.parent_id) == (TRACE_ID, first.span_id)
    assert (second.kind, second.attributes) == ("client", {"n": 1, "m": True})
    assert second.events == (("happened", {"k": 2}),)


async def test_what_runs_at_the_same_time_is_kept_apart() -> None:
    """
    Each task has a current span of its own.
    """

    async def does(name: str) -> None:
        with tracing.span(name, "consumer", {}):
            await asyncio.sleep(0.01)
            with tracing.span(f"{name} inside", "client", {}):
                await asyncio.sleep(0.01)

    with recorded() as spans:
        await asyncio.gather(does("a"), does("b"))

    ids = {span.name: span.span_id for span in spans}
    parents = {span.name: span.parent_id for span in spans}
    assert parents == {"a": "", "b": "", "a inside": ids["a"], "b inside": ids["b"]}


def test_a_failure_is_known_by_its_class_alone() -> None:
    """
    Neither the words nor the places of an exception are recorded: both may quote a customer.
    """
    with (
        recorded() as spans,
        pytest.raises(ValueError, match="card"),
        tracing.span("a", "client", {}),
    ):
        raise ValueError("my card is 4111 1111")

    (span,) = spans
    assert (span.failed, span.attributes, span.events) == (True, {"error.type": "ValueError"}, ())


@pytest.mark.parametrize(
    ("kind", "failed"), [("consumer", False), ("server", False), ("client", True)]
)
async def test_what_is_told_to_stop_has_not_failed(kind: tracing.SpanKind, failed: bool) -> None:
    """
    A call that is given up has failed; who gives it up, because it was told to, has not.
    """

    async def waits() -> None:
        with tracing.span("a", kind, {}):
            await asyncio.sleep(5)

    with recorded() as spans, pytest.raises(TimeoutError):
        await asyncio.wait_for(waits(), 0.01)

    assert [span.failed for span in spans] == [failed]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "none",
        "00-0-0-0",
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        CALLER.upper(),
        CALLER + "\n",
    ],
)
def test_a_trace_that_is_none(given: str) -> None:
    """
    What is not a valid `traceparent` begins a trace of its own.
    """
    with recorded() as spans, tracing.span("a", "consumer", {}, parent=given):
        pass

    assert tracing.parse_traceparent(given) is None
    assert spans[0].parent_id == ""
    assert spans[0].trace_id != TRACE_ID


def test_a_trace_of_a_later_version() -> None:
    """
    A later version of the header may have more parts.
    """
    found = tracing.parse_traceparent("01" + CALLER[2:] + "-more")

    assert found
    assert found.traceparent == CALLER


def test_without_a_recorder_a_trace_is_only_carried() -> None:
    """
    Nothing is recorded, no context is made up, and what came is known for log lines.
    """
    with tracing.span("a", "consumer", {}, parent=CALLER) as span:
        with tracing.span("b", "client", {}) as inner:
            inner.set("a", 1)
            inner.event("e", {})
            inner.failed("E")
        assert span.context
        assert span.context.traceparent == CALLER
        assert tracing.current().context == span.context
    with tracing.span("a", "consumer", {}) as span:
        assert span.context is None


def test_nothing_is_loaded_while_traces_are_off() -> None:
    """
    A worker, a sidecar and `publish` load no part of OpenTelemetry unless a collector is named.
    """
    modules = "health.sidecar, streams.worker, streams.cli.publish.tickets"
    program = (
        f"import sys, {modules}\n"
        "from streams.service.trace_export import traces_exported\n"
        "with traces_exported('worker'): pass\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
