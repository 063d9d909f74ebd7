"""Drafts whose verdict is known: the files of `tests/cases/drafts`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.quality.given_drafts import drafted_case, given_drafts
from schemas import DraftedTicket
from tests.support.readings import PHRASES

CASES = Path(__file__).parents[1] / "cases" / "drafts"
TWINS = Path(__file__).parents[1] / "evidence" / "verification" / "twins.jsonl"


def cases_of(name: str) -> list[dict[str, Any]]:
    """Return the cases of the file *name*."""
    return list(given_drafts([CASES / f"{name}.jsonl"]))


def own_twins() -> list[dict[str, Any]]:
    """Return drafts made of lines, one for each honest one of `given.jsonl`."""
    return list(given_drafts([TWINS]))


def a_drafted_case(case: dict[str, Any]) -> DraftedTicket:
    """Return the drafted ticket of *case*, as the stages before policy would have made it."""
    return drafted_case(case, PHRASES)
