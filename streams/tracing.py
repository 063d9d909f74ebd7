"""
Traces: what was done for a ticket, where and for how long, as OpenTelemetry's spans.

    with tracing.span("chat gpt", "client", {"gen_ai.operation.name": "chat"}) as span:
        span.set("gen_ai.usage.input_tokens", 12)

Nothing is recorded until `service/trace_export.py` has a recorder here. Until then a trace that
comes with a message only travels along, and log lines name it. Attributes are names, numbers and
ids of ours: never what a customer wrote, never a key, and of an exception its class alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, Protocol

FLUSH_SECONDS = 3.0
"""Seconds that the end of a process waits for its last spans to be sent, at most."""
TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?P<trace>(?!0{32})[0-9a-f]{32})-(?P<span>(?!0{16})[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?:-[!-~]*)?"
)
"""https://www.w3.org/TR/trace-context/#traceparent-header; later versions may be longer."""

SpanKind = Literal["client", "consumer", "producer", "server"]
Attribute = str | int | float | bool
Attributes = Mapping[str, Attribute]


@dataclass(frozen=True)
class TraceContext:
    """Where a span stands: its trace, itself, and flags that say whether it is recorded."""

    trace_id: str
    span_id: str
    flags: str

    @property
    def traceparent(self) -> str:
        """Return it as W3C's header has it."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


class TraceSpan(Protocol):
    """Something that is being done."""

    @property
    def context(self) -> TraceContext | None:
        """Return where it stands; None if there is no trace."""

    def set(self, name: str, value: Attribute) -> None:
        """Say something of it."""

    def event(self, name: str, attributes: Attributes) -> None:
        """Say that something happened now."""

    def failed(self, error: str) -> None:
        """Say that it failed, and of which class the error is."""

    def end(self) -> None:
        """Say that it is done."""


class Recorder(Protocol):
    """What makes spans that are sent to somebody."""

    def start(
        self, name: str, kind: SpanKind, attributes: Attributes, parent: TraceContext | None
    ) -> TraceSpan:
        """Return a span that begins now, in *parent*'s trace or in one of its own."""

    def close(self, seconds: float) -> None:
        """Send what is left, for *seconds* at most."""


class Unrecorded:
    """A span that nobody records. Its trace is that of whoever called us."""

    __slots__ = ("_traceparent",)

    def __init__(self, traceparent: str = "") -> None:
        self._traceparent = traceparent

    @property
    def context(self) -> TraceContext | None:
        """Return where it stands; None if there is no trace."""
        return parse_traceparent(self._traceparent) if self._traceparent else None

    def set(self, name: str, value: Attribute) -> None:
        """Do nothing."""

    def event(self, name: str, attributes: Attributes) -> None:
        """Do nothing."""

    def failed(self, error: str) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


_NONE = Unrecorded()
_current: ContextVar[TraceSpan] = ContextVar("span", default=_NONE)
_recorder: Recorder | None = None


def record_with(recorder: Recorder) -> None:
    """Have *recorder* make the spans of this process from now on."""
    global _recorder
    _recorder = recorder


def stop_recording() -> None:
    """Record no more, and send what was, for FLUSH_SECONDS at most."""
    global _recorder
    recorder, _recorder = _recorder, None
    if recorder:
        recorder.close(FLUSH_SECONDS)


def is_recorded() -> bool:
    """Return whether spans are recorded in this process."""
    return _recorder is not None


def current() -> TraceSpan:
    """Return the innermost span that is under way here."""
    return _current.get()


def span(
    name: str, kind: SpanKind, attributes: Attributes, *, parent: str | None = None
) -> AbstractContextManager[TraceSpan]:
    """
    Return the span of what a `with` block does. An exception that leaves the block is its failure.

    Args:
        parent: a `traceparent`, valid or not, that came from outside. By default, the span is
            part of the current one.
    """
    if _recorder:
        return _recorded(_recorder, name, kind, attributes, parent)
    return _unrecorded(parent) if parent else nullcontext(_current.get())


@contextmanager
def _recorded(
    recorder: Recorder, name: str, kind: SpanKind, attributes: Attributes, parent: str | None
) -> Iterator[TraceSpan]:
    context = parse_traceparent(parent) if parent else _current.get().context
    made = recorder.start(name, kind, attributes, context)
    before = _current.set(made)
    try:
        yield made
    except BaseException as error:
        # Who is told to stop has not failed; what it asked of others has.
        if isinstance(error, Exception) or kind == "client":
            made.failed(type(error).__name__)
        raise
    finally:
        _current.reset(before)
        made.end()


@contextmanager
def _unrecorded(parent: str) -> Iterator[TraceSpan]:
    """Yield a span that only says which trace log lines are of."""
    made = Unrecorded(parent)
    before = _current.set(made)
    try:
        yield made
    finally:
        _current.reset(before)


def parse_traceparent(value: str) -> TraceContext | None:
    """Return what a `traceparent` says, or None if it is not valid."""
    found = _TRACEPARENT.fullmatch(value)
    return TraceContext(found["trace"], found["span"], found["flags"]) if found else None
