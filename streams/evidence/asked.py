"""
What a ticket asks, question by question, and what each question is compared by.

"Does it cost something?" says little by itself. A question that refers back, or has few words of
its own, is compared together with what the customer said around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from schemas import Reading
from streams.text.sentences import sentences
from streams.text.tables import table, words_of
from streams.text.words import content

CONSIDERED = 1_000
"""Characters of a message that a question is compared with, if it is the only one."""
_AROUND = 300
"""Characters around one of several questions that are its context."""
_SAYS_ENOUGH = 4
"""Words with a meaning of their own from which a question needs no context."""
_EARLY = 6
"""Words within which one refers to what was said before; a later one refers to the question."""
_ENDS = (".", "!", "?", ":", "？", "！", "。")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class AskedQuestion:
    """A question in the customer's words, and what they said around it."""

    text: str
    context: str = ""

    @property
    def compared(self) -> str:
        """The text by which it is compared with lines."""
        return f"{self.context} {self.text}".strip()


def questions_of(reading: Reading) -> tuple[str, ...]:
    """
    Return what needs an answer, in the customer's order; one at least.

    A reading of an older worker has no questions, but queries.
    """
    return reading.questions or reading.queries or (reading.text,)


def compared_questions(reading: Reading) -> tuple[AskedQuestion, ...]:
    """Return the same, each with its context. A single one is about all of the message."""
    asked = questions_of(reading)
    whole = " ".join(reading.text.split())
    if len(asked) == 1:
        return (AskedQuestion(asked[0], _without(whole, asked[0])[:CONSIDERED]),)
    return tuple(_in_context(n, asked, whole) for n in range(len(asked)))


def _without(whole: str, question: str) -> str:
    return " ".join(whole.replace(question, " ", 1).split())


@lru_cache(maxsize=64)
def _in_context(n: int, asked: Sequence[str], whole: str) -> AskedQuestion:
    text, place = asked[n], whole.find(asked[n])
    says_enough = len(content(text)) >= _SAYS_ENOUGH
    refers = _refers_back(text, _EARLY if says_enough else None)
    if says_enough and not refers:
        return AskedQuestion(text)
    before, after = (whole, "") if place < 0 else (whole[:place], whole[place + len(text) :])
    told = [s for s in sentences(before) if not _asks(s, asked)]
    if n and (refers or not before.rstrip().endswith(_ENDS)):
        told.append(asked[n - 1])
    near = _nearest(reversed(told)) or _nearest(s for s in sentences(after) if not _asks(s, asked))
    if n + 1 < len(asked) and not text.endswith(_ENDS):
        near = f"{near} {asked[n + 1]}".strip()
    return AskedQuestion(text, near)


def _asks(sentence: str, asked: Sequence[str]) -> bool:
    return any(question in sentence or sentence in question for question in asked)


def _nearest(told: Iterator[str]) -> str:
    """Return as many of the sentences *told*, the nearest first, as a context has, in order."""
    found: list[str] = []
    room = _AROUND
    for sentence in told:
        room -= len(sentence)
        if room < 0 and found:
            break
        found.insert(0, sentence[:_AROUND])
    return " ".join(found)


def _refers_back(question: str, within: int | None) -> bool:
    """Return whether a word of *question*, *within* its first so many, refers back."""
    return not _words().isdisjoint(_WORD.findall(question.casefold())[:within])


@cache
def _words() -> frozenset[str]:
    return words_of(table("asked")["refers_back"])
