"""A trace drawn as text: a line a span, with a bar from its beginning to its end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.support.otlp_collector import SentSpan

WIDTH = 32
_MS = 1_000_000
_TIMES = re.compile(r"\s+\d+ ms +\d+ ms +\|.*$")


def picture(spans: Sequence[SentSpan], root: str) -> str:
    """Return the picture of *spans* below *root*: milliseconds since the first one began."""
    rows = branches(spans, root)
    began = min(span.began for _, span in rows)
    whole = max(span.ended for _, span in rows) - began
    longest = max(len(label) for label, _ in rows)
    return "\n".join(
        f"{label:{longest}}  {(span.began - began) / _MS:6.0f} ms {_length(span):>7} "
        f" |{_bar(span.began - began, span.ended - began, whole)}|"
        for label, span in rows
    )


def labels(drawn: str) -> list[str]:
    """Return what a picture says of each span beside its times."""
    return [_TIMES.sub("", line) for line in drawn.splitlines()]


def branches(spans: Sequence[SentSpan], root: str, depth: int = 0) -> list[tuple[str, SentSpan]]:
    """Return the spans below *root* in the order of a tree, each with its label."""
    found: list[tuple[str, SentSpan]] = []
    for span in sorted(spans, key=lambda span: span.began):
        if span.parent_id == root:
            part = span.service.removeprefix("ticketstream-")
            found.append((f"{part:7}  {'  ' * depth}{span.name}", span))
            found += branches(spans, span.span_id, depth + 1)
    return found


def _length(span: SentSpan) -> str:
    return f"{(span.ended - span.began) / _MS:.0f} ms"


def _bar(began: int, ended: int, whole: int) -> str:
    first = min(WIDTH - 1, began * WIDTH // whole)
    size = max(1, round((ended - began) * WIDTH / whole))
    return f"{' ' * first}{'=' * min(size, WIDTH - first)}".ljust(WIDTH)
