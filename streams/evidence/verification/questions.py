"""
Which of the customer's questions the quoted lines answer: fully, partly, or not.

Lines answer a question if they bear on it about as well as any line of the passages could; if they
have what it names (a plan, a code, a version) and the kind of number that it asks for; and if what
it asks to be shown is shown whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from schemas import AnsweredQuestion, DraftedTicket, Line
from streams.definitions.policy_rules import Effect
from streams.evidence import amounts
from streams.evidence.lines import PassageLines
from streams.evidence.verification.bearing import Bearing, QuestionLines
from streams.evidence.verification.findings import LOOK, Issue
from streams.evidence.verification.matter import matter
from streams.evidence.verification.names import (
    is_row_of,
    lacks_code,
    lacks_name,
    lacks_negation,
    other_row,
)
from streams.ports import LineRef
from streams.text.codes import codes, share_code
from streams.text.sentences import split
from streams.text.tables import table, words_of

_FEWEST_WORDS = 3

Gap = Literal["no-line", "missing-name", "other-row", "missing-number", "not-bearing", "no-steps"]
_SAYS: dict[Gap, str] = {
    "no-line": "No line of the draft answers a question of the customer's.",
    "missing-name": "The customer names something of which no quoted line speaks.",
    "other-row": "A row of a table is not that of what the customer names.",
    "missing-number": "A question turns on a number that the draft does not give.",
    "no-steps": "The customer asks how something is done, and no line says so.",
    "not-bearing": "Other lines of the articles answer a question better.",
}


@dataclass(frozen=True)
class QuestionAnswer:
    """What becomes of a question, and why it is not answered fully."""

    answer: AnsweredQuestion
    gap: Gap | None


@dataclass(frozen=True)
class QuestionAnswers:
    """What becomes of each question, and a quoted line that has to do with none."""

    each: tuple[QuestionAnswer, ...] = ()
    stray: LineRef | None = None
    lacks_code: bool = False
    """Whether the message has an error code that no quoted line has."""


def answered_questions(
    questions: Sequence[str],
    used: Sequence[LineRef],
    lines: PassageLines,
    *,
    said: str = "",
    language: str = "en",
) -> QuestionAnswers:
    """
    Return for each of *questions* which of the *used* lines answer it, and whether they do.

    Args:
        said: all that the customer wrote.
        language: of the questions.
    """
    if not used:
        none = (
            QuestionAnswer(AnsweredQuestion(question=q, answered="not"), "no-line")
            for q in questions
        )
        return QuestionAnswers(tuple(none))
    bearing = Bearing(lines, language)
    compared = [bearing.on(question) for question in questions]
    quoted = _Quoted(used, lines, bearing, said)
    each = (
        _answer(question, whole, quoted)
        for question, whole in zip(questions, compared, strict=True)
    )
    return QuestionAnswers(
        tuple(each), _stray(used, lines, compared, said), lacks_code(said, used, lines)
    )


def _stray(
    used: Sequence[LineRef], lines: PassageLines, compared: Sequence[QuestionLines], said: str
) -> LineRef | None:
    """
    Return a line of *used* that has to do with no question, and that no other one needs.

    What stands in the section of a line that answers best may be there for the sake of that, and
    an error code that the customer *said* is explained where codes are.
    """
    named = codes(said)
    best = {one.best(used) for one in compared} - {None}
    near = {(ref.doc_id, lines[ref].headings) for ref in best if ref}
    strays = [
        ref
        for ref in used
        if (ref.doc_id, lines[ref].headings) not in near
        and not share_code(named, codes(lines[ref].text))
        and all(one.strays(ref) for one in compared)
    ]
    needed = {need for ref in used if ref not in strays for need in lines.whole((ref,))}
    return next((ref for ref in strays if ref not in needed), None)


def of_answers(
    answered: QuestionAnswers, used: Sequence[LineRef], ticket: DraftedTicket
) -> Iterator[Issue]:
    """Yield what the draft leaves open of what was asked."""
    holding = any(finding.type == "holding_answer" for finding in ticket.meta.findings)
    if holding or not used:
        yield Issue("no-evidence", "Nothing in the draft answers this ticket.", LOOK)
        return
    gaps = [one.gap for one in answered.each if one.gap]
    if answered.lacks_code:
        gaps.insert(0, "missing-name")
    for gap in dict.fromkeys(gaps):
        effects: tuple[Effect, ...] = LOOK if gap in ("no-line", "missing-name") else ("warning",)
        yield Issue(gap, _SAYS[gap], effects)
    if answered.stray:
        yield Issue(
            "stray-line", "A line of the draft answers none of the questions.", ("warning",)
        )
    if ticket.unanswered:
        yield Issue(
            "part-unanswered", "Part of the message is not answered by the knowledge base.", LOOK
        )


@dataclass(frozen=True)
class _Quoted:
    """The lines that a draft quotes, those it could have quoted, and all that the customer said."""

    used: Sequence[LineRef]
    lines: PassageLines
    bearing: Bearing
    said: str


def _answer(question: str, whole: QuestionLines, quoted: _Quoted) -> QuestionAnswer:
    named, floor = codes(question), quoted.bearing.floor
    found = [
        ref
        for ref in dict.fromkeys(quoted.used)
        if whole.scores.get(ref, 0.0) >= floor
        or share_code(named, codes(quoted.lines[ref].text))
        or _is_whole_row(question, quoted.lines[ref], quoted.bearing.language)
    ]
    gap = _gap(question, whole, quoted)
    if not found and gap in (None, "not-bearing", "no-steps"):
        gap = "no-line"
    return QuestionAnswer(
        AnsweredQuestion(
            question=question,
            answered="partly" if gap and found else "not" if gap else "fully",
            lines=tuple((ref.doc_id, ref.n) for ref in found),
        ),
        gap,
    )


def _is_whole_row(question: str, row: Line, language: str) -> bool:
    """Return whether *row* is that of what *question* names, with a column that it asks for."""
    asked = matter(question, language)
    headers = frozenset[str]().union(*(matter(header, language) for header, _ in row.cells[1:]))
    return is_row_of(question, row) and any(
        word[:_BEGIN] == header[:_BEGIN] for word in asked for header in headers
    )


_BEGIN = 4
"""Letters by which "kostet" is "Kosten"."""


def _gap(question: str, whole: QuestionLines, quoted: _Quoted) -> Gap | None:
    """Return what keeps the quoted lines from answering *question*."""
    used, lines = quoted.used, quoted.lines
    if lacks_name(question, used, lines):
        return "missing-name"
    if other_row(question, used, lines, quoted.said):
        return "other-row"
    if lacks_negation(question, used, lines):
        return "not-bearing"
    for text in asks_of(question):
        compared = whole if text == question else quoted.bearing.on(text)
        if gap := _gap_of(text, compared, quoted):
            return gap
    return None if whole.are_enough(used) and whole.stand_out(used) else "not-bearing"


def _gap_of(text: str, compared: QuestionLines, quoted: _Quoted) -> Gap | None:
    used, lines = quoted.used, quoted.lines
    spoken = quoted.bearing.language
    decisive = amounts.turns_on(text, spoken)
    if decisive and not any(decisive & _kinds(lines[ref], spoken) for ref in used):
        return "missing-number"
    kinds = amounts.asked_kinds(text)
    able = [ref for ref in compared.scores if not kinds or kinds & _kinds(lines[ref], spoken)]
    steps = [ref for ref in able if instructs(lines[ref])]
    if asks_how(text) and steps and not any(instructs(lines[ref]) for ref in used):
        return "no-steps"
    named = [ref for ref in used if is_row_of(text, lines[ref])]
    if compared.is_answered(used, able, named):
        return None
    if asks_how(text) and compared.is_answered(used, steps):
        return None
    return "not-bearing"


def _kinds(line: Line, language: str) -> frozenset[amounts.NumberKind]:
    return amounts.answerable_kinds(line.text, language)


def asks_of(question: str) -> tuple[str, ...]:
    """Return *question*, and each sentence of it that asks something if there are several."""
    sentences = [s.strip() for s in split(question, any_case=True)]
    asks = [s for s in sentences if s.endswith(("?", "？")) and len(s.split()) >= _FEWEST_WORDS]
    return tuple(dict.fromkeys((question, *asks))) if len(asks) > 1 else (question,)


@cache
def _instructions() -> re.Pattern[str]:
    verbs = "|".join(sorted(map(re.escape, words_of(table("verification")["instructs"]))))
    return re.compile(
        rf"(?:^|[,;:]\s|\b(?:and|und|et|y|e|en|then|dann)\s)(?:{verbs})\b|\s>\s|\S@\S", re.I
    )


def instructs(line: Line) -> bool:
    """Return whether *line* tells what to do: a step, a path through menus, an order."""
    return bool(line.number or _instructions().search(line.text))


@cache
def _how() -> re.Pattern[str]:
    lines = "|".join(line for lines in table("verification")["asks_how"].values() for line in lines)
    return re.compile(lines, re.I)


def asks_how(text: str) -> bool:
    """Return whether *text* asks how something is done, which steps answer."""
    return bool(_how().search(text))
