"""`ticketstream evaluate verifier`: what the policy stage says of drafts whose verdict is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from streams.cli import terminal
from streams.cli.evaluate.case_check import CaseCheck, CaseVerdict
from streams.cli.evaluate.draft_case import DraftCase
from streams.cli.evaluate.draft_cases import cases_at
from streams.cli.evaluate.figures import Figure, share
from streams.cli.evaluate.goals import Goal
from streams.cli.evaluate.json_rows import BrokenRow
from streams.cli.evaluate.reason_counts import reasons_of
from streams.cli.evaluate.report import ended, show_figures
from streams.cli.exit_codes import DONE, PARTLY
from streams.errors import ConfigurationError
from streams.near_names import names_like
from streams.settings import Settings


@dataclass
class _Judged:
    """The verdicts on all cases of a path, and how many rows were no case."""

    verdicts: list[CaseVerdict] = field(default_factory=list)
    broken: int = 0


async def evaluate_verifier(
    settings: Settings, path: Path, goals: Sequence[Goal], *, by: str, as_json: bool
) -> int:
    """
    Judge the cases at *path*, and show the verdicts and how many are right, *by* a field of theirs.

    Returns 1 if a case was broken or one of *goals* was missed.

    Raises:
        ConfigurationError: There is no case, none has the field *by*, or taxonomy or policy are
            not valid.
    """
    found = list(cases_at(path))
    cases = [one for one in found if not isinstance(one, BrokenRow)]
    if cases:
        _check_field(by, cases)
    judged = await _judged(settings, found)
    if not judged.verdicts:
        raise ConfigurationError(f"{path}: no case that can be read")
    figures = figures_of(judged.verdicts)
    if as_json:
        terminal.json_line(
            {
                "figures": [vars(figure) for figure in figures],
                "groups": [*groups_of(judged.verdicts, by)],
                "reasons": [*reasons_of(judged.verdicts)],
                "cases": [verdict_row(verdict) for verdict in judged.verdicts],
                "broken": judged.broken,
            }
        )
    elif terminal.is_read_by_person():
        _show(judged.verdicts, figures, by)
    else:
        for verdict in judged.verdicts:
            terminal.json_line(verdict_row(verdict))
        show_figures(figures)
    return PARTLY if ended(goals, figures) or judged.broken else DONE


def _check_field(by: str, cases: Sequence[DraftCase]) -> None:
    """Refuse the field *by* if none of *cases* has it; say which there are."""
    fields = list(dict.fromkeys(name for case in cases for name in case.groupable))
    if by not in fields:
        near = names_like(by, fields)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise ConfigurationError(f"--by {by}: choose among {', '.join(fields)}.{meant}")


async def _judged(settings: Settings, found: Sequence[DraftCase | BrokenRow]) -> _Judged:
    judged = _Judged()
    async with CaseCheck(settings) as check:
        with terminal.progress(len(found), "drafts") as bar:
            for case in found:
                if isinstance(case, BrokenRow):
                    terminal.complain(str(case))
                    judged.broken += 1
                else:
                    judged.verdicts.append(await check.verdict(case))
                bar.update()
    return judged


def figures_of(verdicts: Sequence[CaseVerdict]) -> list[Figure]:
    """Return the shares of right verdicts, by what the drafts are."""
    honest = [one.verdict for one in verdicts if one.case.label == "honest"]
    wrong = [one.verdict for one in verdicts if one.case.label == "wrong"]
    must_pass = [one.verdict for one in verdicts if one.case.must == "passed"]
    return [
        share("wrong_passed", (verdict == "passed" for verdict in wrong)),
        share("wrong_failed", (verdict == "failed" for verdict in wrong)),
        share("honest_passed", (verdict == "passed" for verdict in honest)),
        share("honest_not_failed", (verdict != "failed" for verdict in honest)),
        share("must_pass", (verdict == "passed" for verdict in must_pass)),
        share("right", (one.is_right for one in verdicts if one.is_right is not None)),
    ]


def groups_of(verdicts: Sequence[CaseVerdict], by: str) -> Iterator[terminal.Row]:
    """Yield a row for each value of the field *by*: how many drafts, and what became of them."""
    groups: dict[tuple[str, str], list[CaseVerdict]] = {}
    for one in verdicts:
        groups.setdefault((one.case.label, one.case.group(by)), []).append(one)
    for (label, value), own in sorted(groups.items(), reverse=True):
        counted = Counter(one.verdict for one in own)
        yield {
            "drafts": len(own),
            **{name: counted[name] for name in ("passed", "warning", "failed")},
            "not right": sum(one.is_right is False for one in own),
            "label": label,
            by: value,
        }


def verdict_row(one: CaseVerdict) -> terminal.Row:
    """Return what a program reads of a verdict."""
    return {
        "id": one.case.id,
        "kind": one.case.kind,
        "must": one.case.must,
        "verdict": one.verdict,
        "right": one.is_right,
        "reasons": one.reasons,
    }


def _show(verdicts: Sequence[CaseVerdict], figures: Sequence[Figure], by: str) -> None:
    terminal.show_rows(groups_of(verdicts, by))
    if not_right := [one for one in verdicts if one.is_right is False]:
        print()
        terminal.show_rows(map(_not_right, not_right), title="Not right:")
    if reasons := list(reasons_of(verdicts)):
        print()
        terminal.show_rows(map(_spelled, reasons), title="Drafts that each reason stopped:")
    print()
    show_figures(figures)


def _spelled(row: terminal.Row) -> terminal.Row:
    return {name.replace("_", " "): value for name, value in row.items()}


def _not_right(one: CaseVerdict) -> terminal.Row:
    return {
        "id": one.case.id,
        "verdict": one.verdict,
        "must": one.case.must,
        "first reason": next(iter(one.reasons), ""),
    }
