"""
The questions of a message, numbered, in the customer's own words.

What counts is each question and each request. A part of a message that begins anew ("Also …", an
item of a list of problems) and asks nothing is a question by its trouble; a whole message that asks
nothing is one. Courtesy, code, quotations, and what only announces a list are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from streams.reading.courtesy import Courtesy
from streams.reading.message_blocks import MessageBlock, blocks_of
from streams.reading.phrase_lists import any_of
from streams.reading.question_clauses import QuestionClauses, QuestionPhrases
from streams.reading.questions import ProblemPhrases
from streams.text.patterns import Pattern
from streams.text.sentences import sentences

MOST_NUMBERED = 8
"""Questions of one message that have a number. Any more are for a person."""
_CONSIDERED = 8_000
"""Characters of a message that are searched for questions. Later text is context: logs, traces."""
_FEWEST, _FEWEST_OF_ITEM = 2, 4
"""Words that say something in a part which is a question by its trouble."""
_ASKS = re.compile(r"[?？؟][\W_]*$")
_WORD = re.compile(r"\w+")
_LONG = 3


@dataclass
class _Part:
    """What is said about one thing."""

    begins: Literal["", "item", "listed", "another"] = ""
    """With an item of a list, or of an announced one; anew; or without any sign."""
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def has_begun(self) -> bool:
        return bool(self.said)


class NumberedQuestions:
    """Tells what a message asks."""

    def __init__(
        self, phrases: QuestionPhrases, problems: ProblemPhrases, *, courtesy: Courtesy
    ) -> None:
        """
        Args:
            phrases: how people ask and request.
            problems: how they come to another problem.
        """
        self._courtesy = courtesy
        self._clauses = QuestionClauses(phrases)
        self._announces = Pattern(rf"(?i)\b{any_of(phrases.announces)}")
        self._wishes = Pattern(rf"(?i)\b{any_of(phrases.wishes)}\b")
        self._contentless = re.compile(rf"\W*{any_of(phrases.contentless)}[\W_]*", re.I)
        self._another = re.compile(rf"\W*{any_of(problems.another)}\b", re.I)

    def of(self, subject: str, body: str) -> tuple[str, ...]:
        """
        Return what the message *body* under *subject* asks, at most nine questions.

        The ninth says that there are more than are numbered. A question of the subject counts if
        the message does not ask it again; each is a piece of the text, but for blanks.
        """
        parts = list(self._parts(body[:_CONSIDERED]))
        asked = [text for part in self._with_troubles(parts) for text in part.asked]
        asked = [*self._of_subject(subject, asked), *asked]
        unique = list({text.casefold(): text for text in reversed(asked)}.values())[::-1]
        real = [text for text in unique if not self._contentless.fullmatch(text)]
        return tuple(real[: MOST_NUMBERED + 1]) or self._about(parts, subject)

    def _of_subject(self, subject: str, asked: Sequence[str]) -> list[str]:
        if not _ASKS.search(subject):
            return []
        words = _long_words(subject)
        said = [w for text in asked for w in _long_words(text)]
        again = [w for w in words if any(other.startswith(w[:5]) for other in said)]
        return [] if asked and 2 * len(again) >= len(words) else [" ".join(subject.split())]

    def _about(self, parts: Sequence[_Part], subject: str) -> tuple[str, ...]:
        """Return what a message that asks nothing is about: its wish, or what it says first."""
        said = [sentence for part in parts for sentence in part.said]
        telling = [s for s in said if len(_WORD.findall(s)) > _FEWEST] or said
        wish = next((s for s in telling if self._wishes.is_in(s)), None)
        text = wish or next(iter(telling), " ".join(subject.split()))
        return (text,) if text else ()

    # The parts of a message.

    def _parts(self, body: str) -> Iterator[_Part]:
        """Yield the parts of *body*, each with what it asks in so many words."""
        part, announced = _Part(), False
        blocks = [*blocks_of(body), MessageBlock("")]
        for block, following in pairwise(blocks):
            sentences_said = list(self._told(block.text))
            if block.is_item:
                yield part
                part = _Part("listed" if announced else "item")
            elif following.is_item and sentences_said:
                announced = self._announces.is_in(sentences_said[-1])
                if announced or sentences_said[-1].endswith((":", "：")):
                    sentences_said.pop()
            elif part.begins in ("listed", "item"):
                yield part
                part = _Part()
            for said in sentences_said:
                if part.has_begun and self._another.match(said[:40]):
                    yield part
                    part = _Part("another")
                part.said.append(said)
                part.asked += self._clauses.of(said)
        yield part

    def _told(self, block: str) -> Iterator[str]:
        """Yield the sentences of *block* that are more than courtesy, without a greeting."""
        for sentence in sentences(block):
            said = self._courtesy.without_greeting(sentence)
            if _WORD.search(said) and not self._courtesy.is_polite(said):
                yield said

    def _with_troubles(self, parts: Sequence[_Part]) -> Iterator[_Part]:
        """Yield *parts*, each with its trouble if it asks nothing and counts."""
        asks_in_list = any(part.asked for part in parts if part.begins == "item")
        for part, after in pairwise([*parts, _Part()]):
            if not part.asked and part.said and self._counts(part, after, asks_in_list):
                wish = next((s for s in part.said if self._wishes.is_in(s)), part.said[0])
                part.asked += self._clauses.items(wish) if part.begins == "listed" else [wish]
            yield part

    def _counts(self, part: _Part, after: _Part, asks_in_list: bool) -> bool:
        """Return whether *part*, which asks nothing, is a question by its trouble."""
        words = len(_WORD.findall(" ".join(part.said)))
        if part.begins == "listed":
            return True
        if part.begins == "item":
            return asks_in_list and words >= _FEWEST_OF_ITEM
        if part.begins == "another":
            return words > _FEWEST and not part.said[0].istitle()
        return after.begins == "another" and words >= _FEWEST_OF_ITEM


def _long_words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if len(word) > _LONG]
