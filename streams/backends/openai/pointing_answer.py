"""
The form in which a model points at lines: `{"Q1": {"lines": ["KH", "T7"]}, "Q2": …, "Q8": null}`.

It is the same for every ticket, so that providers can keep what they make of its schema. Each of
the questions asked has its lines, at most eight, or none; what was not asked is null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

MOST_CHOSEN = 8
"""Lines that answer one question, at most."""


class LinesOfQuestion(BaseModel):
    """The codes of the lines that answer a question."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})

    lines: list[str]

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        """Take the codes alone, which models like to send, and what they put around a code."""
        lines = given.get("lines") if isinstance(given, dict) else given
        if not isinstance(lines, list):
            return given
        return {"lines": [_bare(c) if isinstance(c, str) else c for c in lines]}


class PointingAnswer(BaseModel):
    """Which lines answer which question."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})

    Q1: LinesOfQuestion | None
    Q2: LinesOfQuestion | None
    Q3: LinesOfQuestion | None
    Q4: LinesOfQuestion | None
    Q5: LinesOfQuestion | None
    Q6: LinesOfQuestion | None
    Q7: LinesOfQuestion | None
    Q8: LinesOfQuestion | None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        """Take a question that is left out for one without an answer: `faults` says if it is."""
        if not isinstance(given, dict):
            return given
        return {**dict.fromkeys(cls.model_fields), **given}

    def codes(self) -> Mapping[str, Sequence[str]]:
        """Return the codes by question, without those that have no answer."""
        given = {name: getattr(self, name) for name in QUESTIONS}
        return {name: found.lines for name, found in given.items() if found is not None}

    def faults(self, asked: int, known: frozenset[str]) -> list[str]:
        """
        Return what is wrong with it, in words for the model.

        Args:
            asked: how many questions there were.
            known: all codes that the model was shown.
        """
        return list(_faults(self.codes(), QUESTIONS[:asked], known))


QUESTIONS: tuple[str, ...] = tuple(PointingAnswer.model_fields)
"""The names of questions, in order."""


def _faults(
    codes: Mapping[str, Sequence[str]], asked: Sequence[str], known: frozenset[str]
) -> Iterator[str]:
    for name in asked:
        if name not in codes:
            yield f'{name} is missing: give its lines, or {{"lines": []}} if no line answers it'
    for name, chosen in codes.items():
        if name not in asked and chosen:
            yield f"{name} was not asked: it is null"
        if len(set(chosen)) > MOST_CHOSEN:
            yield f"{name} has {len(set(chosen))} lines: choose the {MOST_CHOSEN} best at most"
        for code in dict.fromkeys(chosen):
            if code not in known:
                yield f"{name} has {code[:12]!r}, which is no line's code"


def _bare(code: str) -> str:
    return code.strip(" \t\n[]()").upper()
