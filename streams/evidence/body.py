"""
The body of a draft, question by question, from the lines that were chosen for each.

What a line needs comes with it; a procedure comes whole. A body has at most 12 lines and 1,200
characters: a procedure that does not fit is named with its article's title and link. A line that
an earlier reply had does not come again, and none comes twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from schemas import Line
from streams.definitions.speech import Speech
from streams.definitions.voice_phrases import ORDINALS
from streams.evidence.lines import PassageLines
from streams.evidence.paragraphs import paragraphs_of, written_length
from streams.evidence.rows import quoted_text
from streams.evidence.standing import can_stand
from streams.evidence.thread import Thread
from streams.ports import Choice, LineRef
from streams.text.citations import cite

MOST_LINES = 12
MOST_CHARACTERS = 1_200
_KEPT_FREE = 120
"""Characters, and one line, that an answer leaves for each later one."""


@dataclass(frozen=True)
class Body:
    """What a body says, its lines in order, and the questions that it leaves to a person."""

    text: str
    lines: tuple[LineRef, ...]
    unanswered: tuple[str, ...]
    answered_before: bool
    """Whether earlier replies had all that answers any question."""


def body_of(
    choices: Sequence[Choice], lines: PassageLines, thread: Thread, speech: Speech, sentiment: str
) -> Body:
    """Return the body that answers by *choices*, in their order."""
    opening = _opening(thread, speech, sentiment)
    called = choices[:ORDINALS]
    room = _Room(lines, thread, MOST_CHARACTERS - _frame(opening, len(choices), thread, speech))
    groups = list(_together(called, lines))
    parts = [
        _part(refs, span, room.left_for(sum(bool(r) for _, r in groups[n:])), speech)
        for n, (span, refs) in enumerate(groups, 1)
    ]
    open_ones = [called[n].question for part in parts if part.is_open for n in part.questions]
    unanswered = (*open_ones, *(choice.question for choice in choices[ORDINALS:]))
    if not any(part.answers for part in parts):
        before = any(part.state == "before" for part in parts)
        said = thread.pick_or_last(speech.answered_before if before else speech.holding)
        return Body(_paragraph(opening, said), (), unanswered, before)
    used = tuple(ref for part in parts for ref in part.refs)
    return Body(_filled(opening, parts, len(choices), thread, speech), used, unanswered, False)


def _together(
    choices: Sequence[Choice], lines: PassageLines
) -> Iterator[tuple[range, tuple[LineRef, ...]]]:
    """
    Yield *choices* with their places, neighbours as one that have a line in common, be it chosen
    or needed: what belongs together stands together, in the order of its article.
    """
    wholes = [frozenset(lines.whole(choice.lines)) for choice in choices]
    n = 0
    while n < len(choices):
        end, refs, whole = n + 1, choices[n].lines, wholes[n]
        while end < len(choices) and whole & wholes[end]:
            refs, whole = (*refs, *choices[end].lines), whole | wholes[end]
            end += 1
        yield range(n, end), tuple(dict.fromkeys(refs))
        n = end


def _opening(thread: Thread, speech: Speech, sentiment: str) -> str | None:
    """Return what the body begins with; from the second reply on there are no thanks."""
    if thread.is_first:
        return thread.pick(speech.opening(sentiment))
    return thread.pick(speech.empathy) if sentiment == "frustrated" else None


def _filled(
    opening: str | None, parts: Sequence[_Part], asked: int, thread: Thread, speech: Speech
) -> str:
    """Return the text of a body with an answer."""
    if asked == len(parts[0].questions):
        first = _paragraph(opening, thread.pick(speech.introductions))
        return "\n\n".join(filter(None, (first, parts[0].text)))
    said = [_called(run, speech) for run in _runs(parts)]
    rest = speech.open_rest if asked > ORDINALS else None
    return "\n\n".join(filter(None, (opening, *said, rest)))


def _runs(parts: Sequence[_Part]) -> Iterator[_Part]:
    """Yield *parts*, neighbours as one of which the same is said."""
    at = 0
    while at < len(parts):
        part, end = parts[at], at + 1
        while end < len(parts) and not part.answers and _alike(part, parts[end]):
            end += 1
        last = parts[end - 1].questions.stop
        yield replace(part, questions=range(part.questions.start, last))
        at = end


def _alike(one: _Part, other: _Part) -> bool:
    return (one.is_open and other.is_open) or (one.state == other.state == "above")


def _called(part: _Part, speech: Speech) -> str:
    """Return what a body says to some of several questions."""
    if part.answers:
        return f"{speech.lead_in(part.questions)}\n{part.text}"
    if part.state == "above":
        return speech.as_above(part.questions)
    return speech.open_question(part.questions)


def _paragraph(*said: str | None) -> str:
    return " ".join(filter(None, said))


def _frame(opening: str | None, asked: int, thread: Thread, speech: Speech) -> int:
    """Return how many characters a body has beside its lines, at most."""
    begins = len(opening or "") + 2
    if asked == 1:
        return begins + max(map(len, speech.introductions)) + 2
    said = (speech.lead_in, speech.as_above, speech.open_question)
    each = (max(len(say(range(n, n + 1))) for say in said) + 2 for n in range(min(asked, ORDINALS)))
    return begins + sum(each) + (len(speech.open_rest) + 2 if asked > ORDINALS else 0)


# The answer to one question.


@dataclass(frozen=True)
class _Part:
    """What answers questions: lines, or where a procedure stands; or why nothing does."""

    questions: range
    state: Literal["answers", "above", "before", "open"]
    refs: tuple[LineRef, ...] = ()
    text: str = ""

    @property
    def answers(self) -> bool:
        return self.state == "answers"

    @property
    def is_open(self) -> bool:
        return self.state in ("before", "open")


class _Room:
    """What of the lines is used, and how many more there is room for."""

    def __init__(self, lines: PassageLines, thread: Thread, characters: int) -> None:
        self.lines, self.thread = lines, thread
        self.used: set[LineRef] = set()
        self.said: set[str] = set()
        self._characters = characters
        self._kept = 0

    def left_for(self, later: int) -> _Room:
        """Return this, with room kept for so many answers after the next one."""
        self._kept = later
        return self

    def takes(self, unit: Sequence[LineRef]) -> bool:
        """Use the lines of *unit*, all of them or none; return whether there was room."""
        new = [ref for ref in unit if ref not in self.used]
        length = sum(written_length(ref, self.lines[ref]) for ref in new)
        if len(self.used) + len(new) > MOST_LINES - self._kept or not self.has(length):
            return False
        self.used.update(new)
        self.said.update(self.lines[ref].text for ref in new)
        self._characters -= length
        return True

    def has(self, length: int) -> bool:
        """Return whether there is room for so many characters."""
        return length <= self._characters - self._kept * _KEPT_FREE

    def takes_text(self, text: str) -> bool:
        """Use the room of *text*; return whether there was any."""
        room = self.has(len(text) + 2)
        self._characters -= len(text) + 2 if room else 0
        return room


def _part(chosen: Sequence[LineRef], span: range, room: _Room, speech: Speech) -> _Part:
    """Return what the lines *chosen* say to the questions of *span*, as far as there is *room*."""
    lines = room.lines
    units = {ref: _unit(ref, lines) for ref in chosen if ref in lines}
    stand = [ref for ref, unit in units.items() if can_stand(unit, lines)]
    if not stand:
        return _Part(span, "open")
    fresh = [ref for ref in stand if ref not in room.used and lines[ref].text not in room.said]
    if not fresh:
        return _Part(span, "above")
    new = [ref for ref in fresh if not _was_said(lines[ref], room.thread)]
    if not new:
        return _Part(span, "before")
    before = frozenset(room.used)
    refused = [
        ref for ref in new if lines[ref].text not in room.said and not room.takes(units[ref])
    ]
    refs = tuple(ref for ref in lines.whole(room.used - before) if ref not in before)
    articles = _articles([ref for ref in refused if _has_steps(units[ref], lines)], room, speech)
    text = "\n\n".join([*([paragraphs_of(refs, lines)] if refs else []), *articles])
    return _Part(span, "answers", refs, text) if text else _Part(span, "open")


def _was_said(line: Line, thread: Thread) -> bool:
    return thread.has(quoted_text(line)) or thread.has(line.text)


def _unit(ref: LineRef, lines: PassageLines) -> tuple[LineRef, ...]:
    """Return *ref* with what it needs, and what it announces or begins: a list, a procedure."""
    found, n = [ref], ref.n
    number, headings = lines[ref].number, lines[ref].headings
    if number or lines[ref].text.endswith(":"):
        while (after := LineRef(ref.doc_id, n + 1)) in lines:
            line = lines[after]
            is_next_step = number > 0 and line.number == number + 1
            belongs = line.headings == headings and {f.n for f in found} & {*line.needs}
            if not is_next_step and not belongs:
                break
            found.append(after)
            n, number = n + 1, line.number or number
    return lines.whole(found)


def _has_steps(unit: Sequence[LineRef], lines: PassageLines) -> bool:
    return any(lines[ref].number for ref in unit)


def _articles(refs: Sequence[LineRef], room: _Room, speech: Speech) -> list[str]:
    """Return where the procedures of *refs* stand, each article once."""
    passages = {ref.doc_id: room.lines.passage(ref) for ref in refs}
    said = [
        cite(speech.long_article(p.title, p.url), doc_id)
        for doc_id, p in passages.items()
        if _NAMEABLE.fullmatch(p.title) and _LINK.fullmatch(p.url)
    ]
    return [text for text in said if room.takes_text(text)]


_NAMEABLE = re.compile(r"[^\[\]<>\n]{1,200}")
"""A title that reads as neither a citation nor markup."""
_LINK = re.compile(r"(?:https?://[^\s\[\]<>()\"']{1,500})?")
