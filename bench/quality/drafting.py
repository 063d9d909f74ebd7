"""
All figures of the documentation about readings, drafts, verdicts, retrieval and triage, anew.

    python -m bench.quality.drafting [--data ../shared/data] [--quick]

* the sample's tickets through all stages, with the embedded backends, beside people's labels
* the messages of tests/cases/reading through all stages, by kind
* the drafts of tests/cases/drafts and companies through the policy stage, by language and by kind
* what becomes of wrong pointing, and which rules keep drafts back (`bench.quality.verifier`)
* tickets that give orders, with a model that obeys (`bench.quality.attacks`, on --data)
* tokens of drafts, and how a scripted model does in the exam of pointing (`bench.quality.pointing`)
* how well personal data is found (`bench.quality.policy`, on --data), how well evidence is told
  from what is none (`bench.quality.retrieval`, on --data), and how well tickets are triaged
  (`bench.quality.triage`, on --data)
* CPU milliseconds of a ticket (`bench.load.stages`)

What is not there is named and left out. --quick takes a few tickets and drafts of each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from streams.cli.evaluate.json_rows import InputRow, rows_at

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "deploy" / "sample"
DRAFTS = ROOT / "tests" / "cases" / "drafts"
READINGS = ROOT / "tests" / "cases" / "reading"
COMPANIES = ROOT / "tests" / "cases" / "companies"
OWN_DRAFTS = tuple(
    ROOT / "tests" / "evidence" / "verification" / name for name in ("twins.jsonl", "pairs.yaml")
)
"""More drafts whose verdict is known, made of lines."""
QUICK_TICKETS, QUICK_EVERY = 4, 40
"""What --quick takes: tickets, and one of so many drafts and attacks."""
_OF_DRAFTS = {
    "wrong_passed": ("≤", 0.0),
    "honest_not_failed": ("≥", 0.9),
    "must_pass": ("≥", 0.95),
}
GOALS: Mapping[str, Mapping[str, tuple[str, float]]] = {
    "tickets": {"right_passed": ("≥", 16 / 34), "wrong_passed": ("≤", 0)},
    "reading": {"right": ("≥", 1)},
    "drafts": _OF_DRAFTS,
    "companies": _OF_DRAFTS,
}
"""What is to be reached, by what is measured and by figure."""
BEFORE: Mapping[str, Mapping[str, float]] = {
    "tickets": {
        "right_first": 0.794,
        "right_found": 0.824,
        "answered": 0.353,
        "right_passed": 0.176,
        "right_of_passed": 0.583,
        "wrong_passed": 0.104,
        "passed": 0.25,
        "holding": 0.354,
        "escalated": 0.688,
    },
    "reading": {"right": 17 / 78},
    "drafts": {
        "wrong_passed": 0.286,
        "wrong_failed": 0.471,
        "honest_passed": 0.673,
        "honest_not_failed": 0.893,
        "must_pass": 0.779,
        "right": 0.729,
    },
    "companies": {
        "wrong_passed": 0.047,
        "wrong_failed": 0.488,
        "honest_passed": 0.303,
        "honest_not_failed": 0.904,
        "must_pass": 0.75,
        "right": 0.896,
    },
}
"""The same figures at commit 7abcf5b, when drafts were not yet made of lines; of the companies at
95b3c74, when nobody had seen a verdict on them; of readings at a129239."""
SHOWN = {
    "tickets": (
        *("right_first", "right_found", "answered", "right_passed", "right_of_passed"),
        *("wrong_passed", "passed", "ready", "holding", "escalated", "seconds_p50", "seconds_p95"),
    ),
}
"""Figures that are shown; all of those that are not listed."""
_OTHER_SETTINGS = "TICKETSTREAM_"


@dataclass(frozen=True)
class Program:
    """A program that measures."""

    title: str
    module: str
    arguments: tuple[str, ...] = ()
    needs: tuple[Path, ...] = ()


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"))
@click.option("--drafts", type=click.Path(path_type=Path), default=DRAFTS)
@click.option("--quick", is_flag=True)
def main(data: Path, drafts: Path, quick: bool) -> None:
    """Measure and print."""
    console = Console()
    with TemporaryDirectory() as folder:
        cases = _some(drafts, Path(folder)) if quick and drafts.exists() else drafts
        for title, what, arguments in _evaluations(Path(folder), cases, quick=quick):
            _heading(console, title)
            if arguments:
                _evaluate(console, what, arguments)
            else:
                console.print(f"skipped: {what} is not there", soft_wrap=True)
        for program in _programs(data, drafts, quick=quick):
            _heading(console, program.title)
            if missing := [str(one) for one in program.needs if not one.exists()]:
                console.print(f"skipped: {', '.join(missing)} is not there", soft_wrap=True)
            else:
                _print_program(console, program.module, *program.arguments)


def _programs(data: Path, drafts: Path, *, quick: bool) -> Iterator[Program]:
    """Yield the programs that measure beside the evaluations."""
    public = ("--data", str(data))
    some = ("--every", str(QUICK_EVERY)) if quick else ()
    known = (drafts, *OWN_DRAFTS)
    yield Program(
        "wrong pointing, and rules that kept drafts back",
        "bench.quality.verifier",
        (*map(str, known), *(("--quick",) if quick else ())),
        known,
    )
    yield Program(
        "tokens of drafts, and the exam of pointing",
        "bench.quality.pointing",
        ("--tickets", str(QUICK_TICKETS)) if quick else (),
    )
    yield Program(
        "attacks in tickets, and a model that obeys them",
        "bench.quality.attacks",
        (*public, *some),
        (data / "injection",),
    )
    yield Program(
        "personal data, and answers' length",
        "bench.quality.policy",
        (str(data),),
        (data / "halueval", data / "pii"),
    )
    yield Program(
        "evidence",
        "bench.quality.retrieval",
        public,
        (data / "docs_qa", data / "stackfaq", data / "banking77"),
    )
    yield Program("triage", "bench.quality.triage", public, (data / "banking77",))
    yield Program(
        "CPU milliseconds of a ticket, embedded",
        "bench.load.stages",
        ("--tickets", "20" if quick else "480"),
    )


def _evaluations(
    folder: Path, cases: Path, *, quick: bool
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield title, kind and arguments of each evaluation; what lacks, and no arguments."""
    tickets = _first(SAMPLE / "tickets.jsonl", folder) if quick else SAMPLE / "tickets.jsonl"
    labels = ("--labels", str(SAMPLE / "expected.jsonl"), "--kb", str(SAMPLE / "kb"))
    yield "sample tickets, embedded", "tickets", ("tickets", str(tickets), *labels)
    title = "messages whose right reading is known, embedded"
    yield title, "reading", ("reading", str(READINGS))
    title = "drafts whose verdict is known"
    arguments = ("verifier", str(cases), "--by", "lang")
    yield (title, "drafts", arguments) if cases.exists() else (title, str(cases), ())
    if not quick:
        title = "drafts about other companies"
        yield title, "companies", ("verifier", str(COMPANIES), "--by", "lang")


def _first(file: Path, folder: Path) -> Path:
    """Return a file in *folder* with a few rows of *file*."""
    rows = [row.fields for row in rows_at(file) if isinstance(row, InputRow)]
    return _written(folder / file.name, rows[:QUICK_TICKETS])


def _some(cases: Path, folder: Path) -> Path:
    """Return a file in *folder* with some of *cases*, their names kept."""
    rows = [{"id": row.name, **row.fields} for row in rows_at(cases) if isinstance(row, InputRow)]
    return _written(folder / "drafts.jsonl", rows[::QUICK_EVERY])


def _written(file: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def _heading(console: Console, title: str) -> None:
    console.print(f"\n[bold]{title}[/bold]")


def _evaluate(console: Console, what: str, arguments: Sequence[str]) -> None:
    """Run `ticketstream evaluate` with *arguments*, and print what it says."""
    console.print(f"ticketstream evaluate {' '.join(arguments)}", soft_wrap=True)
    found = json.loads(output_of("streams.cli.main", "evaluate", *arguments, "--json"))
    table = Table("figure", "before", "value", "95 % interval", "of", "goal", box=None)
    for figure in found["figures"]:
        if figure["value"] is not None and figure["name"] in SHOWN.get(what, (figure["name"],)):
            table.add_row(*_cells(figure, what))
    console.print(table)
    for name in ("groups", "reasons"):
        if rows := found.get(name):
            counts = Table(*rows[0], box=None)
            for row in rows:
                counts.add_row(*map(str, row.values()))
            console.print(counts)


def _cells(figure: Mapping[str, Any], what: str) -> Iterator[str]:
    goal, before = GOALS[what].get(figure["name"]), BEFORE[what].get(figure["name"])
    yield figure["name"]
    yield "" if before is None else f"{before:.3g}"
    yield f"{figure['value']:g}"
    yield f"{figure['low']:g} to {figure['high']:g}"
    yield str(figure["of"])
    if goal:
        sign, bound = goal
        short = figure["value"] < bound if sign == "≥" else figure["value"] > bound
        yield f"{sign} {bound:.4g}, {'missed' if short else 'reached'}"


def _print_program(console: Console, module: str, *arguments: str) -> None:
    console.print(f"python -m {module} {' '.join(arguments)}", soft_wrap=True)
    console.print(output_of(module, *arguments), markup=False, highlight=False, soft_wrap=True)


def output_of(module: str, *arguments: str) -> str:
    """Return what *module* prints, with none of the settings of whoever measures."""
    env = {n: value for n, value in os.environ.items() if not n.startswith(_OTHER_SETTINGS)}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise click.ClickException(f"{module} ended with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    main()
