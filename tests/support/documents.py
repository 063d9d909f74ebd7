"""
The Markdown pages: which there are, the commands in them, and what `make docs-generated` writes.

Between `<!-- begin:NAME -->` and `<!-- end -->` of a page stands a table that is made from the
code. NAME is one of `TABLES`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Literal, get_args, get_origin

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from health import metrics as sidecar_metrics
from schemas import Event, topics
from streams import metrics as worker_metrics
from streams.backends.kafka import rights
from streams.cli.capacity import measured
from streams.cli.capacity import plan as capacity
from streams.cli.evaluate.options import OF_READING, OF_TICKETS, OF_VERIFIER
from streams.delivery.backlog import BACKLOGS, BacklogCollector
from streams.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
"""Everything that a reader may open."""
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
_RUNBOOK = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_TABLE = re.compile(r"(<!-- begin:(\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_CODE = re.compile(r"^ +(\d+) +(.+)$", re.MULTILINE)


def commands(page: str) -> list[str]:
    """Return the blocks of shell commands in *page*, a path from the top of the repository."""
    return [block.strip() for block in _BLOCK.findall((ROOT / page).read_text())]


def commands_by_heading(page: str) -> dict[str, list[str]]:
    """Return the blocks of shell commands under each heading of the second level of *page*."""
    found = _RUNBOOK.findall((ROOT / page).read_text())
    return {heading: [b.strip() for b in _BLOCK.findall(under)] for heading, under in found}


def written(text: str) -> str:
    """Return *text* with each of its generated tables as it is now."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{_table(TABLES[found[2]]())}\n\n{found[3]}", text)


def exit_codes() -> dict[str, str]:
    """Return what each exit code means, in the words of `ticketstream --help`."""
    program = Path(sys.executable).with_name("ticketstream")
    helped = subprocess.run([program, "--help"], check=True, capture_output=True, text=True)
    return dict(_CODE.findall(helped.stdout.partition("Exit codes:")[2]))


Rows = Iterator[tuple[str, ...]]


def _table(rows: Rows) -> str:
    """Return *rows* as a Markdown table; the first one is its head."""
    head, *others = rows
    lines = (head, ("---",) * len(head), *others)
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)


def _settings() -> Rows:
    yield "setting", "default", "what it is"
    for name, field in Settings.model_fields.items():
        yield f"`{PREFIX}{name.upper()}`", _default(field), _about(field)


def _default(field: FieldInfo) -> str:
    default = field.default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if default in (None, "", (), {}):
        return ""
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def _about(field: FieldInfo) -> str:
    """Return the description, and the values that there are where they are few."""
    about = (field.description or "").replace("|", "\\|")
    if get_origin(field.annotation) is Literal:
        values = ", ".join(f"`{value}`" for value in get_args(field.annotation))
        return f"{about} ({values})"
    return about


def _topics() -> Rows:
    yield "topic", "partitions", "kept", "largest message"
    for topic in topics.ALL:
        kept = f"{days} days" if (days := kept_days(topic)) else "the last version of each article"
        yield f"`{topic.name}`", str(topic.partitions), kept, f"{topic.max_message_bytes:,} bytes"


def kept_days(topic: topics.Topic[Event]) -> int | None:
    """Return for how many days *topic* keeps a message; None if it is compacted."""
    return None if topic.retention_ms is None else topic.retention_ms // topics.DAYS_MS


def _rights() -> Rows:
    yield "stage or command", "topics", "consumer groups"
    for part in rights.PARTS:
        if needed := [*rights.resources(rights.needed(Settings(), part))]:
            yield f"`{part}`", *(_resources(needed, kind) for kind in ("topic", "group"))
    for part in ("retrieval", "kb-prune"):
        needed = [*rights.resources(rights.needed(Settings(knowledge="weaviate"), part))]
        more = f"`{part}` with Weaviate"
        yield more, *(_resources(needed, kind) for kind in ("topic", "group"))
    limited = Settings(llm="openai", daily_dollars=1)
    for part, how, settings in (
        ("check", "Weaviate", Settings(knowledge="weaviate")),
        *((p, "TICKETSTREAM_DAILY_DOLLARS", limited) for p in ("triage", "drafting", "check")),
    ):
        mine, all_of_it = (rights.needed(s, part) for s in (Settings(), settings))
        needed = [*rights.resources(set(all_of_it) - set(mine))]
        more = f"`{part}` with {how}, in addition"
        yield more, *(_resources(needed, kind) for kind in ("topic", "group"))


def _resources(needed: Iterable[tuple[str, str, list[rights.Right]]], kind: str) -> str:
    """Return the rights to topics or groups; those to which they are the same stand together."""
    names: dict[str, list[str]] = {}
    for found, _, same in needed:
        if found == kind:
            to = f"`{same[0].pattern}`"
            names.setdefault(", ".join(one.operation for one in same), []).append(to)
    return "; ".join(f"{operations}: {', '.join(them)}" for operations, them in names.items())


def _exit_codes() -> Rows:
    yield "code", "meaning"
    yield from exit_codes().items()


def _metrics(of: ModuleType, *more: BacklogCollector) -> Callable[[], Rows]:
    """Return what makes the table of the metrics that the module *of* defines, and *more*."""

    def rows() -> Rows:
        yield "metric", "type", "labels", "what it counts"
        for said, names in described(of, *more):
            name = f"{said.name}_total" if said.type == "counter" else said.name
            labels = ", ".join(f"`{label}`" for label in names)
            yield f"`{name}`", said.type, labels, said.documentation

    return rows


def described(of: ModuleType, *more: BacklogCollector) -> Iterator[tuple[Metric, Sequence[str]]]:
    """Yield each metric that the module *of* defines, then those of *more*, with its labels."""
    for metric in vars(of).values():
        if isinstance(metric, Counter | Gauge | Histogram):
            yield next(iter(metric.describe())), metric._labelnames
    for collector in more:
        for said in collector.describe():
            yield said, said._labelnames


LOADS = ((1, 64, 256), (100, 64, 256), (10_000, 512, 1_024))
"""Tickets a second, and the slots and the window of a worker for them."""


def _evaluation(figures: Mapping[str, str]) -> Rows:
    yield "figure", "what it is"
    yield from ((f"`{name}`", what) for name, what in figures.items())


def _capacity() -> Rows:
    """Yield what each of LOADS needs, with a model that takes 3 s and 100,000 passages."""
    plans = [
        {str(row["what"]): row["needed"] for row in capacity.plan(_load(*load))} for load in LOADS
    ]
    yield "", *(f"{tickets:,} ticket{'s' if tickets > 1 else ''}/s" for tickets, _, _ in LOADS)
    yield "`TICKETSTREAM_CONCURRENCY`", *(f"{slots:,}" for _, slots, _ in LOADS)
    yield "`TICKETSTREAM_WINDOW`", *(f"{window:,}" for _, _, window in LOADS)
    for what in plans[0]:
        yield what, *(_short(plan[what]) for plan in plans)


def _load(tickets: int, slots: int, window: int) -> capacity.Load:
    return capacity.Load(tickets, 3.0, slots, window, 3, passages=100_000)


def _short(figure: object) -> str:
    assert isinstance(figure, int | float)
    if 0 < figure < 0.01:
        return "< 0.01"
    return f"{figure:,.0f}" if figure >= 10 or figure == int(figure) else f"{figure:,.2g}"


def _capacity_stages() -> Rows:
    yield "process", "CPU a ticket", "tickets/s of a core, at most"
    for name, ms in {**measured.CPU_MS, "sidecar": measured.FOLLOWING_MS}.items():
        yield name, f"{ms:g} ms", f"{1000 / ms:.0f}"


def _capacity_bytes() -> Rows:
    yield "topic", "bytes a ticket", "for each byte that it is longer"
    for name, (at, more) in measured.STORED.items():
        yield f"`{name}`", f"{at:,}", f"{more:g}"


TABLES: dict[str, Callable[[], Rows]] = {
    "settings": _settings,
    "evaluate-tickets": lambda: _evaluation(OF_TICKETS),
    "evaluate-reading": lambda: _evaluation(OF_READING),
    "evaluate-verifier": lambda: _evaluation(OF_VERIFIER),
    "capacity": _capacity,
    "capacity-stages": _capacity_stages,
    "capacity-bytes": _capacity_bytes,
    "topics": _topics,
    "rights": _rights,
    "exit-codes": _exit_codes,
    "worker-metrics": _metrics(worker_metrics, BACKLOGS),
    "sidecar-metrics": _metrics(sidecar_metrics),
}
"""What makes each table, by its name."""


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(written(page.read_text()))
