"""
Which of the customer's questions the quoted lines answer: fully, partly, or not.

Lines answer a question if they bear on it about as well as any line of the passages could; if they
have what it names (a plan, a code, a version) and the kind of number that it asks for; and if what
it asks to be shown is shown whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas import AnsweredQuestion, DraftedTicket, Line
from streams.definitions.policy_rules import Effect
from streams.evidence import amounts
from streams.evidence.asked import AskedQuestion
from streams.evidence.lines import PassageLines
from streams.evidence.verification.asking import asking, asks_how, asks_of, instructs
from streams.evidence.verification.bearing import MOST_BETTER, Bearing, QuestionLines
from streams.evidence.verification.findings import LOOK, Issue
from streams.evidence.verification.matter import matter
from streams.evidence.verification.names import (
    is_row_of,
    lacks_code,
    lacks_name,
    lacks_negation,
    other_row,
)
from streams.evidence.verification.own_words import OwnWords, own_words, said_by
from streams.ports import LineRef
from streams.text.codes import codes, share_code
from streams.text.tables import table, words_of
from streams.text.words import words

MOST_MISSING = 2 / 3
"""Share of a question's own words of which no line needs to speak; by the strict measure none."""
MOST_BETTER_AROUND = 1
"""Better lines that may be left out of the answer to a question that has no words of its own."""
LEAST = 0.02
"""Least score of a line that answers a question beside others that its article answers."""

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
    """What becomes of each question."""

    each: tuple[QuestionAnswer, ...] = ()
    lacks_code: bool = False
    """Whether the message has an error code that no quoted line has."""


def answered_questions(
    questions: Sequence[AskedQuestion],
    used: Sequence[LineRef],
    lines: PassageLines,
    *,
    said: str = "",
    language: str = "en",
    strict: bool = False,
) -> QuestionAnswers:
    """
    Return for each of *questions* which of the *used* lines answer it, and whether they do.

    Args:
        said: all that the customer wrote.
        language: of the questions.
        strict: each question by itself, whatever else their article answers, and in all the words
            that say what it is about.
    """
    if not used:
        none = (
            QuestionAnswer(AnsweredQuestion(question=q.text, answered="not"), "no-line")
            for q in questions
        )
        return QuestionAnswers(tuple(none))
    quoted = _Quoted(used, lines, Bearing(lines, language), said, strict)
    each = [_answer(question, quoted) for question in questions]
    sure = {ref for one in each if not one.gap and not strict for ref, _ in one.answer.lines}
    return QuestionAnswers(
        tuple(
            _with_least(question, one, quoted, sure)
            for question, one in zip(questions, each, strict=True)
        ),
        lacks_code(said, used, lines),
    )


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
    strict: bool

    def lacks(self, own: OwnWords) -> bool:
        """Return whether they speak of too few of the words that say what a question is about."""
        return len(own.missing) > (0 if self.strict else MOST_MISSING) * len(own.all)


def _answer(asked: AskedQuestion, quoted: _Quoted) -> QuestionAnswer:
    whole, floor = quoted.bearing.on(asked.compared), quoted.bearing.floor
    named = codes(asked.compared)
    found = [
        ref
        for ref in dict.fromkeys(quoted.used)
        if whole.scores.get(ref, 0.0) >= floor
        or share_code(named, codes(quoted.lines[ref].text))
        or _is_whole_row(asked.compared, quoted.lines[ref], quoted.bearing.language)
    ]
    gap = _gap(asked, whole, quoted)
    best = whole.best(quoted.used)
    if best and not found and not gap and not quoted.strict and _is_covered(asked.text, quoted):
        found = [best]
    if not found and gap in (None, "not-bearing", "no-steps"):
        gap = "no-line"
    return _made(asked, [] if gap == "no-line" else found, gap)


def _is_covered(asked: str, quoted: _Quoted) -> bool:
    """Return whether quoted lines have all words of *asked* that mean something, two at least."""
    language = quoted.bearing.language
    little = words_of(table("asked")["says_little"])
    telling = " ".join(word for word in words(asked) if word.lower() not in little)
    asks = matter(telling, language)
    return len(asks) > 1 and asks <= matter(said_by(quoted.used, quoted.lines), language)


def _made(asked: AskedQuestion, found: Sequence[LineRef], gap: Gap | None) -> QuestionAnswer:
    return QuestionAnswer(
        AnsweredQuestion(
            question=asked.text,
            answered="partly" if gap and found else "not" if gap else "fully",
            lines=tuple((ref.doc_id, ref.n) for ref in found),
        ),
        gap,
    )


def _with_least(
    asked: AskedQuestion, found: QuestionAnswer, quoted: _Quoted, sure: Collection[str]
) -> QuestionAnswer:
    """
    Return *found*, or that the best line answers *asked*, too, though few of its words.

    It does if it is as good as any line, and its article is one of the *sure* ones, which answer
    another question of the message: a question that goes on about the same matter names it not.
    """
    if found.gap != "no-line" or not sure:
        return found
    compared = quoted.bearing.on(asked.compared)
    best = quoted.bearing.on(asked.text).best(quoted.used)
    if not best or best.doc_id not in sure or compared.scores[best] < LEAST:
        return found
    return found if _gap(asked, compared, quoted) else _made(asked, [best], None)


def _is_whole_row(question: str, row: Line, language: str) -> bool:
    """Return whether *row* is that of what *question* names, with a column that it asks for."""
    asked = matter(question, language)
    headers = frozenset[str]().union(*(matter(header, language) for header, _ in row.cells[1:]))
    return is_row_of(question, row) and any(
        word[:_BEGIN] == header[:_BEGIN] for word in asked for header in headers
    )


_BEGIN = 4
"""Letters by which "kostet" is "Kosten"."""


def _gap(asked: AskedQuestion, whole: QuestionLines, quoted: _Quoted) -> Gap | None:
    """Return what keeps the quoted lines from answering *asked*."""
    question, used, lines = asked.compared, quoted.used, quoted.lines
    if _lacks_number(asked, quoted):
        return "missing-number"
    if lacks_name(question, used, lines):
        return "missing-name"
    if other_row(question, used, lines, quoted.said):
        return "other-row"
    if lacks_negation(question, used, lines):
        return "not-bearing"
    if _explains_code(asked, quoted):
        return None
    own = [
        own_words(text, used, lines, quoted.bearing.language)
        for text in asking(asked.text) or [asked.text]
    ]
    if any(quoted.lacks(one) for one in own):
        return "not-bearing" if len(own) > 1 else "no-line"
    for text in asks_of(question):
        compared = whole if text == question else quoted.bearing.on(text)
        if gap := _gap_of(text, compared, quoted):
            return gap
    if any(_is_whole_row(question, lines[ref], quoted.bearing.language) for ref in used):
        return None
    most = MOST_BETTER if any(one.all for one in own) else MOST_BETTER_AROUND
    return None if whole.are_enough(used) and whole.stand_out(used, most) else "not-bearing"


def _explains_code(asked: AskedQuestion, quoted: _Quoted) -> bool:
    """Return whether a quoted line explains an error code that *asked* is about."""
    named = codes(asked.compared)
    return any(share_code(named, codes(quoted.lines[ref].text)) for ref in quoted.used)


def _gap_of(text: str, compared: QuestionLines, quoted: _Quoted) -> Gap | None:
    used, lines = quoted.used, quoted.lines
    spoken = quoted.bearing.language
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


def _lacks_number(asked: AskedQuestion, quoted: _Quoted) -> bool:
    """Return whether *asked* turns on a kind of number that no quoted line has, but others have."""
    spoken, lines = quoted.bearing.language, quoted.lines
    decisive = amounts.asked_kinds(asked.text) or amounts.kinds_with_unit(asked.compared, spoken)
    return bool(decisive) and not any(decisive & _kinds(lines[ref], spoken) for ref in quoted.used)


def _kinds(line: Line, language: str) -> frozenset[amounts.NumberKind]:
    return amounts.answerable_kinds(line.text, language)
