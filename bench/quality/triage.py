"""
How well the embedded triage does: on the sample tickets, and on somebody else's taxonomy.

    python -m bench.quality.triage [--data ../shared/data] [--all]

The sample tickets are labelled by category, priority and kind (deploy/sample). banking77
(PolyAI, CC-BY-4.0, not included) makes a taxonomy of 77 subcategories, from ten examples
each and, with --all, from all 10,003.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.quality.data import require
from schemas import IncomingTicket, Reading, TriagedTicket
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.definitions.phrases import load_phrases
from streams.definitions.taxonomy import Taxonomy, load_taxonomy
from streams.triage import triage

SAMPLE = Path(__file__).parents[2] / "deploy" / "sample"
Labels = list[tuple[str, str]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.quality.triage", description=__doc__.split("\n")[1]
    )
    parser.add_argument("--data", type=Path, default=None, help="folder that holds banking77/")
    parser.add_argument("--all", action="store_true", help="also learn all of banking77's train")
    parser.add_argument("--misses", action="store_true", help="list the ids that differ")
    options = parser.parse_args()
    if options.data:
        require(parser, options.data, "banking77")
    console = Console()
    asyncio.run(_sample(console, misses=options.misses))
    if options.data:
        asyncio.run(_banking(console, options.data / "banking77", everything=options.all))


async def _sample(console: Console, *, misses: bool) -> None:
    tickets = [IncomingTicket(**row) for row in _lines(SAMPLE / "tickets.jsonl")]
    expected = _lines(SAMPLE / "expected.jsonl")
    taxonomy, read_by = load_taxonomy(), load_phrases()
    classifier = EmbeddedClassifier(taxonomy)

    async def triaged(ticket: IncomingTicket) -> TriagedTicket:
        return await triage(ticket, classifier=classifier, taxonomy=taxonomy, phrases=read_by)

    await triaged(tickets[0])  # loads the models
    began = time.perf_counter()
    made = [await triaged(t) for t in tickets]
    each = (time.perf_counter() - began) / len(made) * 1e6
    console.print(f"sample: {len(made)} tickets, {each:.0f} µs each, mail included")
    for field in ("category", "priority", "kind"):
        pairs = [(e[field], _said(m, field)) for e, m in zip(expected, made, strict=True)]
        console.print(_confusion(field, pairs))
        if misses:
            wrong = [e["ticket_id"] for e, (a, b) in zip(expected, pairs, strict=True) if a != b]
            console.print(f"{field} differs: {', '.join(wrong) or 'nowhere'}")


def _said(made: TriagedTicket, field: str) -> str:
    return made.reading.kind if field == "kind" else str(getattr(made.triage, field))


def _confusion(title: str, pairs: Labels) -> Table:
    """Return a table of *pairs* (expected, made) with the share that agree in its title."""
    counted = Counter(pairs)
    names = sorted({name for pair in pairs for name in pair})
    right = sum(n for (a, b), n in counted.items() if a == b) / len(pairs)
    table = Table("expected", *names, title=f"{title}: {right:.1%}")
    for a in names:
        table.add_row(a, *(str(counted[a, b] or "") for b in names))
    return table


async def _banking(console: Console, folder: Path, *, everything: bool) -> None:
    train, test = _rows(folder / "train.csv"), _rows(folder / "test.csv")
    table = Table("examples", "accuracy", "mean confidence", "build s", "µs a ticket")
    for name, rows in (
        ("10 an intent", _first(train, 10)),
        *([("all", train)] if everything else ()),
    ):
        began = time.perf_counter()
        classifier = EmbeddedClassifier(_taxonomy(rows))
        built = time.perf_counter() - began
        began = time.perf_counter()
        found = [await _classified(classifier, text) for text, _ in test]
        each = (time.perf_counter() - began) / len(test) * 1e6
        right = sum(f == label for (f, _), (_, label) in zip(found, test, strict=True)) / len(test)
        sure = sum(confidence for _, confidence in found) / len(test)
        table.add_row(name, f"{right:.4f}", f"{sure:.3f}", f"{built:.1f}", f"{each:.0f}")
    console.print("banking77 test (floors: logistic regression .794 and .906)", table)


async def _classified(classifier: EmbeddedClassifier, text: str) -> tuple[str, float]:
    ticket = IncomingTicket(ticket_id="1", raw_message=text)
    found = await classifier.classify(ticket, Reading(text=text, queries=(text,)))
    return found.category, found.confidence


def _taxonomy(rows: Labels) -> Taxonomy:
    """Return a taxonomy with a category of one subcategory for each label."""
    examples: dict[str, list[str]] = {}
    for text, label in rows:
        examples.setdefault(label, []).append(text)
    categories: list[dict[str, Any]] = [
        {"name": n, "team": "t", "subcategories": [{"name": n, "examples": e}]}
        for n, e in sorted(examples.items())
    ]
    levels = {p: {"sla_hours": h} for p, h in (("P1", 4), ("P2", 24), ("P3", 72))}
    return Taxonomy.model_validate(
        {
            "version": "banking77",
            "fallback": categories[0]["name"],
            "priorities": levels,
            "categories": categories,
        }
    )


def _first(rows: Labels, count: int) -> Labels:
    seen: Counter[str] = Counter()
    kept = []
    for text, label in rows:
        seen[label] += 1
        if seen[label] <= count:
            kept.append((text, label))
    return kept


def _rows(path: Path) -> Labels:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def _lines(path: Path) -> list[dict[str, Any]]:
    lines: Iterable[str] = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


if __name__ == "__main__":
    main()
