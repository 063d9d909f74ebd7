"""
The dashboards on measured figures: what each query answers, and our own drawing of it.

`python -m tests.support.dashboard_pictures` draws them into the documentation. Grafana draws more
beautifully; this shows that each panel has something to show.
"""

from __future__ import annotations

import asyncio
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from tests.support.dashboards import ALL, ALL_NAMESPACES, Board, Panel, Query
from tests.support.documents import ROOT
from tests.support.llm import Say
from tests.support.prometheus import Prometheus
from tests.support.under_load import under_load

RATE_INTERVAL, SECONDS, STEP = "20s", 75, 3
"""For Grafana's `$__rate_interval`; how far the pictures go back, and from point to point."""
WIDE, HIGH, COLUMNS, MARGIN = 300, 170, 4, 12
COLOURS = ("#3f51b5", "#e65100", "#2e7d32", "#ad1457", "#00838f", "#6d4c41", "#757575", "#f9a825")
SHOWN = 8
"""Lines of a panel that are drawn."""


@dataclass(frozen=True)
class Line:
    """A series of a panel: what it answers, its name, and its values by the time in seconds."""

    query: Query
    name: str
    points: Sequence[tuple[float, float]]


Answers = Mapping[str, Sequence[Line]]
"""What the queries of a panel answer, by the panel's title."""


async def measure() -> dict[str, Answers]:
    """
    Return what each dashboard shows, by its id, after a minute of tickets with some faults.

    The faults: the model refuses the key for some seconds, then answers nonsense twice, and a
    ticket is broken.
    """
    async with under_load(daily_dollars=0.1) as running:
        targets = {"worker": [running.worker], "sidecar": [running.sidecar]}
        with Prometheus(targets) as server:
            await asyncio.to_thread(server.has_scraped, len(targets))
            await running.spoil()
            await running.calls(20, each=0.5)
            running.llm.default = Say.status(401)
            waiting = asyncio.create_task(running.calls(6, each=0.5))
            await asyncio.sleep(8)
            running.llm.default = Say.answer()
            await waiting
            running.llm.next(Say.answer_with("nonsense"), Say.answer_with("nonsense"))
            await running.calls(1, each=0)
            await running.calls(30, each=0.5)
            await asyncio.sleep(2)
            return {
                board.uid: {
                    panel.title: await asyncio.to_thread(lambda p=panel: list(_lines(server, p)))  # type: ignore[misc]
                    for panel in board.panels
                }
                for board in ALL
            }


def _lines(server: Prometheus, panel: Panel) -> Iterator[Line]:
    for query in panel.queries:
        expression = query.asked.replace("$__rate_interval", RATE_INTERVAL)
        expression = expression.replace("$namespace", ALL_NAMESPACES)
        for series in server.query_range(expression, SECONDS, STEP):
            name = _name(query.legend, series["metric"])
            values = [(float(at), float(value)) for at, value in series["values"]]
            points = [(at, value) for at, value in values if math.isfinite(value)]
            if points:
                yield Line(query, name, points)


def _name(legend: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"{{(\w+)}}", lambda found: labels.get(found[1], ""), legend)


def drawn(board: Board, answers: Answers) -> str:
    """Return *answers* of *board* as an SVG."""
    parts, y = [], 34.0
    for title, panels in board.rows:
        parts.append(_text(MARGIN, y + 14, title, size=14, weight="bold"))
        y += 22
        for number, panel in enumerate(panels):
            column, row = number % COLUMNS, number // COLUMNS
            x, top = MARGIN + column * (WIDE + MARGIN), y + row * (HIGH + MARGIN)
            parts += _graph(panel, answers[panel.title], x, top)
        y += math.ceil(len(panels) / COLUMNS) * (HIGH + MARGIN) + 6
    width = MARGIN + COLUMNS * (WIDE + MARGIN)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y:.0f}"'
        ' font-family="sans-serif"><rect width="100%" height="100%" fill="#f4f5f5"/>'
    )
    return "\n".join(
        (head, _text(MARGIN, 22, board.title, size=17, weight="bold"), *parts, "</svg>\n")
    )


def _graph(panel: Panel, lines: Sequence[Line], x: float, y: float) -> Iterator[str]:
    yield f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="3" fill="#fff" stroke="#ddd"/>'
    yield _text(x + 8, y + 16, panel.title, weight="bold")
    shown = sorted(lines, key=lambda line: -max(value for _, value in line.points))[:SHOWN]
    if not shown:
        yield _text(x + 8, y + 60, "no data")
        return
    every = [point for line in shown for point in line.points]
    first, last = min(at for at, _ in every), max(at for at, _ in every)
    top = max(value for _, value in every) or 1.0
    left, right, low, high = x + 46, x + WIDE - 8, y + HIGH - 44, y + 28
    for part in (0.0, 0.5, 1.0):
        level = low - part * (low - high)
        yield f'<path d="M{left} {level:.1f}H{right}" stroke="#eee"/>'
        yield _text(left - 4, level + 3, _number(part * top, panel.unit), size=9, anchor="end")
    for line, colour in zip(shown, COLOURS, strict=False):
        spots = " ".join(
            f"{left + (at - first) / ((last - first) or 1) * (right - left):.1f},"
            f"{low - value / top * (low - high):.1f}"
            for at, value in line.points
        )
        yield f'<polyline points="{spots}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
    yield from _legend(shown, x + 8, y + HIGH - 26)


def _legend(lines: Sequence[Line], x: float, y: float) -> Iterator[str]:
    columns = 1 if len(lines) <= 2 else 2 if len(lines) <= 4 else 4
    width = (WIDE - 16) / columns
    for number, (line, colour) in enumerate(zip(lines, COLOURS, strict=False)):
        at, level = x + number % columns * width, y + number // columns * 13
        yield f'<path d="M{at:.1f} {level + 5}h9" stroke="{colour}" stroke-width="3"/>'
        most = int(width / 4.6) - 3
        name = line.name if len(line.name) <= most else f"{line.name[: most - 1]}…"
        yield _text(at + 12, level + 8, name, size=8.5)


def _number(value: float, unit: str) -> str:
    if unit == "percentunit":
        return f"{value:.0%}"
    mark = {"s": " s", "reqps": "/s", "currencyUSD": " $"}.get(unit, "")
    return f"{value:.2g}{mark}" if value < 100 else f"{value:,.0f}{mark}"


def _text(
    x: float,
    y: float,
    said: str,
    *,
    size: float = 11,
    weight: str = "normal",
    anchor: str = "start",
) -> str:
    look = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="#222"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(said)}</text>'


if __name__ == "__main__":
    found = asyncio.run(measure())
    for each in ALL:
        picture = ROOT / "docs" / "run" / f"{each.uid}.svg"
        picture.write_text(drawn(each, found[each.uid]))
        empty = [title for title, lines in found[each.uid].items() if not lines]
        print(
            f"{picture.relative_to(ROOT)}: {len(each.panels)} panels, empty: {empty}",
            file=sys.stderr,
        )
