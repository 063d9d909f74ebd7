"""Drafts whose verdict is known: the files of `tests/cases/drafts`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from schemas import DraftedTicket
from streams.cli.evaluate.draft_case import DraftCase
from streams.cli.evaluate.draft_cases import cases_at
from streams.cli.evaluate.drafted_case import CaseDrafting
from streams.definitions.taxonomy import load_taxonomy

CASES = Path(__file__).parents[1] / "cases" / "drafts"
_OWN = Path(__file__).parents[1] / "evidence" / "verification"
DRAFTING = CaseDrafting(load_taxonomy())


def cases_of(name: str) -> list[DraftCase]:
    """Return the cases of the file *name*."""
    return _all(CASES / f"{name}.jsonl")


def drafts_in(folder: str) -> Iterator[DraftCase]:
    """Yield the cases of *folder* below `tests/cases`, but for those that were handed over."""
    for file in sorted((CASES.parent / folder).glob("*.jsonl")):
        yield from _all(file) if file.stem != "given" else ()


def own_twins() -> list[DraftCase]:
    """Return drafts made of lines, one for each honest one of `given.jsonl`."""
    return _all(_OWN / "twins.jsonl")


def near_misses() -> list[DraftCase]:
    """Return pairs of drafts: one that is right, and one near to it that is wrong."""
    return _all(_OWN / "near_misses.jsonl")


def _all(file: Path) -> list[DraftCase]:
    return [case for case in cases_at(file) if isinstance(case, DraftCase)]


async def a_drafted_case(case: DraftCase) -> DraftedTicket:
    """Return the drafted ticket of *case*, as the stages before policy would have made it."""
    return await DRAFTING.drafted(case)
