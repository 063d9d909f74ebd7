"""
The exam of a model: planted questions, before it points at lines of real articles.

Eleven questions of four made-up tickets, in two languages, with decoys among the lines; two have no
answer. A model passes that picks no decoy, leaves those two without a line, and answers at least
eight of the other nine right. One that points at chance, always at the first line, at all lines, by
half, or that cannot say "none" does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from schemas import GroundedTicket, IncomingTicket, Line, Passage, Reading, TriageOutput
from streams.backends.openai.pointing import Pointer
from streams.errors import BadAnswer
from streams.off_loop import off_loop
from streams.ports import LineRef
from streams.text.shipped_yaml import shipped_yaml

FILE = Path(__file__).parent / "exam.yaml"
PASS_SHARE = 0.85
"""Of the questions that have an answer, those that must be right."""


@dataclass(frozen=True)
class PlantedQuestion:
    """A question whose answer is known."""

    right: frozenset[LineRef]
    """All of them must be chosen; there are none where nothing answers."""
    allowed: frozenset[LineRef]
    """May be chosen beside them."""

    def is_right(self, chosen: Sequence[LineRef]) -> bool:
        """Return whether *chosen* answers it, with nothing that does not."""
        return self.right <= set(chosen) <= self.right | self.allowed


@dataclass(frozen=True)
class PlantedTicket:
    """A ticket that nobody sent, and what is right."""

    ticket: GroundedTicket
    questions: tuple[PlantedQuestion, ...]


@dataclass(frozen=True)
class ExamResult:
    """How a model did."""

    right: int
    answerable: int
    """Of how many questions that have an answer."""
    left_open: int
    unanswerable: int
    """Of how many that have none."""
    decoys: int

    @property
    def passed(self) -> bool:
        """Return whether the model may point."""
        enough = self.right >= PASS_SHARE * self.answerable
        return enough and self.left_open == self.unanswerable and not self.decoys

    @property
    def score(self) -> float:
        """Return the share of questions that were right; 0 with a decoy."""
        right = self.right + self.left_open
        return 0.0 if self.decoys else right / (self.answerable + self.unanswerable)

    def __str__(self) -> str:
        return (
            f"{self.right} of {self.answerable} questions right,"
            f" {self.left_open} of {self.unanswerable} left open that no line answers,"
            f" {self.decoys} decoys chosen"
        )


async def examine(pointer: Pointer) -> ExamResult:
    """
    Return how *pointer*'s model does. All tickets are asked at the same time.

    Raises:
        Unavailable, Refused, BudgetSpent: As `LanguageModel.ask`.
    """
    planted = await off_loop(planted_tickets)
    tasks = [asyncio.create_task(_sat(pointer, one)) for one in planted]
    try:
        return _sum(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()


async def _sat(pointer: Pointer, planted: PlantedTicket) -> ExamResult:
    """Return how the model does on one ticket; an answer that does not fit has nothing right."""
    try:
        pointed = await pointer.examined(planted.ticket)
    except BadAnswer:
        chosen, decoys = None, 0
    else:
        chosen, decoys = [choice.lines for choice in pointed.choices], pointed.decoys
    answerable = [bool(question.right) for question in planted.questions]
    right = [
        chosen is not None and question.is_right(chosen[n])
        for n, question in enumerate(planted.questions)
    ]
    return ExamResult(
        right=sum(a and r for a, r in zip(answerable, right, strict=True)),
        answerable=sum(answerable),
        left_open=sum(r and not a for a, r in zip(answerable, right, strict=True)),
        unanswerable=len(answerable) - sum(answerable),
        decoys=decoys,
    )


def _sum(results: Sequence[ExamResult]) -> ExamResult:
    return ExamResult(
        right=sum(one.right for one in results),
        answerable=sum(one.answerable for one in results),
        left_open=sum(one.left_open for one in results),
        unanswerable=sum(one.unanswerable for one in results),
        decoys=sum(one.decoys for one in results),
    )


@cache
def planted_tickets() -> tuple[PlantedTicket, ...]:
    """Return the tickets of the exam, in the order of its file."""
    given = shipped_yaml(FILE.read_bytes())
    return tuple(_planted(n, one) for n, one in enumerate(given["tickets"], 1))


def _planted(number: int, given: Mapping[str, Any]) -> PlantedTicket:
    passages: list[Passage] = []
    by_name: dict[str, LineRef] = {}
    for title, sections in given["articles"].items():
        passage, names = _passage(f"EXAM-{number}-{len(passages) + 1}", title, sections)
        passages.append(passage)
        by_name |= names
    asked = given["questions"]
    ticket = GroundedTicket(
        ticket=IncomingTicket(ticket_id=f"exam-{number}", raw_message=given["text"]),
        reading=Reading(
            text=given["text"],
            language=given["language"],
            questions=tuple(one["asks"] for one in asked),
        ),
        triage=_TRIAGE,
        passages=tuple(passages),
    )
    return PlantedTicket(
        ticket,
        tuple(
            PlantedQuestion(
                *(
                    frozenset(by_name[name] for name in one.get(kind, ()))
                    for kind in ("right", "allowed")
                )
            )
            for one in asked
        ),
    )


def _passage(
    doc_id: str, title: str, sections: Mapping[str, Mapping[str, str]]
) -> tuple[Passage, dict[str, LineRef]]:
    lines: list[Line] = []
    names = {}
    for heading, named in sections.items():
        for name, text in named.items():
            headings = (heading,) if heading else ()
            lines.append(Line(n=len(lines) + 1, text=text, headings=headings))
            names[name] = LineRef(doc_id, len(lines))
    passage = Passage(
        doc_id=doc_id,
        chunk_id=f"{doc_id}-c-1",
        title=title,
        text="\n".join(line.text for line in lines),
        score=1.0,
        lines=tuple(lines),
    )
    return passage, names


_TRIAGE = TriageOutput(
    category="Other",
    subcategory="General",
    priority="P3",
    sla_hours=72,
    suggested_team="Customer Support",
    sentiment="neutral",
    confidence=1.0,
)
"""Nobody reads it."""
