"""
What each reason of the policy stage is worth: the wrong drafts that it alone stopped, and the
honest ones that it alone kept back.

A reason that stands beside a `passed` verdict, such as one that only escalates, stops nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from streams.cli.evaluate.case_check import CaseVerdict

_NUMBER = re.compile(r"\d+")


def reasons_of(verdicts: Sequence[CaseVerdict]) -> Iterator[dict[str, Any]]:
    """Yield a row for each reason, those first that alone stopped most wrong drafts."""
    harmless = {r for one in verdicts if one.verdict == "passed" for r in _reasons(one)}
    counts: dict[str, Counter[str]] = {}
    for one in verdicts:
        stopping = _reasons(one) - harmless
        for reason in stopping:
            counted = counts.setdefault(reason, Counter())
            for name in _columns(one, alone=len(stopping) == 1):
                counted[name] += 1
    for reason in sorted(counts, key=lambda reason: (*_worth(counts[reason]), reason)):
        yield {**{name: counts[reason][name] for name in _COLUMNS}, "reason": reason}


_COLUMNS = ("wrong_alone", "wrong", "honest_alone", "honest")


def _worth(counted: Counter[str]) -> list[int]:
    """Return what puts a reason first that stopped more."""
    return [-counted[name] for name in _COLUMNS]


def _columns(one: CaseVerdict, *, alone: bool) -> Iterator[str]:
    """Yield the columns in which a reason of *one* counts."""
    if one.case.label == "wrong":
        name = "wrong"
    elif one.case.label == "honest" and not one.is_right:
        name = "honest"
    else:
        return
    yield name
    if alone:
        yield f"{name}_alone"


def _reasons(one: CaseVerdict) -> set[str]:
    """Return the reasons of *one*, without the numbers of sentences."""
    return {_NUMBER.sub("N", reason) for reason in one.reasons}
