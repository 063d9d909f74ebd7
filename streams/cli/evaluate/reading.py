"""`ticketstream evaluate reading`: how many inputs are read rightly, and which checks fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streams.cli import terminal
from streams.cli.evaluate.figures import Figure, share
from streams.cli.evaluate.goals import Goal
from streams.cli.evaluate.json_rows import BrokenRow
from streams.cli.evaluate.reading_cases import reading_cases_at
from streams.cli.evaluate.reading_outcome import ReadingOutcome
from streams.cli.evaluate.reading_run import PlacedCase, outcomes_of
from streams.cli.evaluate.report import ended, show_figures
from streams.cli.evaluate.route_run import NotThrough
from streams.cli.exit_codes import DONE, PARTLY
from streams.cli.up.sources import sample_folder
from streams.errors import ConfigurationError
from streams.settings import Settings


@dataclass(frozen=True)
class ReadingAsked:
    """What is to be evaluated, and how it is shown."""

    path: Path
    kb: Path | None = None
    by: str = "kind"
    at_once: int = 1
    as_json: bool = False
    show: bool = False
    goals: tuple[Goal, ...] = ()


@dataclass
class _Read:
    """What came out, and how many inputs were broken or did not come through."""

    outcomes: list[ReadingOutcome] = field(default_factory=list)
    faults: int = 0


async def evaluate_reading(settings: Settings, asked: ReadingAsked) -> int:
    """
    Send the inputs through the route, and show how many are read rightly, and what fails.

    Returns 1 if an input was broken or did not come through, or a goal was missed.

    Raises:
        Unavailable: A backend refuses us.

        ConfigurationError: There is no input, or a setting or file is wrong.
    """
    read = await _read(settings, asked)
    figures = figures_of_reading(read.outcomes)
    groups = list(reading_groups(read.outcomes, asked.by))
    rows = [one.row(show=asked.show) for one in read.outcomes]
    if asked.as_json:
        found = {"figures": [vars(figure) for figure in figures], "groups": groups}
        terminal.json_line({**found, "cases": rows, "faults": read.faults})
    elif terminal.is_read_by_person():
        _show(read.outcomes, groups, figures, show=asked.show)
    else:
        for row in rows:
            terminal.json_line(row)
        show_figures(figures)
    return PARTLY if ended(asked.goals, figures) or read.faults else DONE


async def _read(settings: Settings, asked: ReadingAsked) -> _Read:
    read, good = _Read(), list[PlacedCase]()
    for made in reading_cases_at(asked.path):
        if isinstance(made, BrokenRow):
            _complain(made, read)
        else:
            good.append(made)
    if not good:
        raise ConfigurationError(f"{asked.path}: no input that can be read")
    kb = asked.kb or sample_folder() / "kb"
    with terminal.progress(len(good), "inputs") as bar:
        read.outcomes = await outcomes_of(
            settings, good, kb, at_once=asked.at_once, done=bar.update
        )
    for one in read.outcomes:
        if isinstance(one.made, NotThrough):
            _complain(one.made, read)
    return read


def _complain(fault: BrokenRow | NotThrough, read: _Read) -> None:
    read.faults += 1
    terminal.complain(str(fault))


def figures_of_reading(outcomes: Sequence[ReadingOutcome]) -> list[Figure]:
    """Return the shares of inputs that are read rightly, and of checks that hold."""
    holds = [check not in one.failed for one in outcomes for check in one.case.expected]
    return [share("right", (one.is_right for one in outcomes)), share("checks", holds)]


def reading_groups(outcomes: Sequence[ReadingOutcome], by: str) -> Iterator[terminal.Row]:
    """Yield a row for each value of the field *by*: how many inputs, and how many are right."""
    groups: dict[str, list[bool]] = {}
    for one in outcomes:
        groups.setdefault(one.case.value_of(by), []).append(one.is_right)
    for value, own in sorted(groups.items()):
        right = share("right", own)
        yield {
            "inputs": len(own),
            "right": sum(own),
            "share": right.value,
            "low": right.low,
            "high": right.high,
            by: value,
        }


def _show(
    outcomes: Sequence[ReadingOutcome],
    groups: Sequence[terminal.Row],
    figures: Sequence[Figure],
    *,
    show: bool,
) -> None:
    terminal.show_rows(map(_with_interval, groups))
    failed = [
        {"id": one.case.id, **row, "found": row.get("found", "")}
        for one in outcomes
        for row in one.failed_rows(show=show)
    ]
    if failed:
        print()
        terminal.show_rows(failed, title="Checks that fail:")
    print()
    show_figures(figures)


def _with_interval(group: terminal.Row) -> terminal.Row:
    counts = {name: group[name] for name in ("inputs", "right")}
    rest = {name: group[name] for name in group if name not in (*counts, "share", "low", "high")}
    return {**counts, "95 % interval": f"{group['low']:g} to {group['high']:g}", **rest}
