"""
Splits a customer's own words into one search query for each problem.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from streams.reading.courtesy import Courtesy
from streams.reading.phrase_lists import PhraseList, Section, WordList, all_words, any_of
from streams.text.patterns import Pattern
from streams.text.sentences import sentences

MOST = 4
"""Queries for one message. Each costs a search; a fifth problem needs its own ticket."""
_LONGEST = 300
"""Characters of a query, about 50 words. A longer query blurs the question."""
_CONSIDERED = 8_000
"""Characters of a message that are searched for problems. Later text is context: logs, traces."""

_ITEM = re.compile(r"\s*(?:[-*•–·▪]|\(?\d{1,2}[.)]|\(?[a-h]\))\s+")
_WORD = re.compile(r"\w+")


class ProblemPhrases(Section):
    """How people ask, and how they come to another problem."""

    asks: PhraseList
    another: PhraseList
    contentless_words: WordList


class Questions:
    """Tells what a message asks."""

    def __init__(self, phrases: ProblemPhrases, *, courtesy: Courtesy) -> None:
        """
        Args:
            phrases: how people ask.
        """
        self._courtesy = courtesy
        self._asks = Pattern(rf"(?i)[?？؟]|\b{any_of(phrases.asks)}\b")
        self._another = re.compile(rf"\W*{any_of(phrases.another)}\b", re.I)
        self._contentless = all_words(phrases.contentless_words)

    def queries(self, text: str) -> tuple[str, ...]:
        """
        Return what to ask a knowledge base, one query for each problem in *text*, at most 4.

        A new problem begins at a list item, at a word such as "also", and after a question
        that says what it is about; all else belongs to the problem at hand.
        """
        found = [_Problem()]
        for line in text[:_CONSIDERED].split("\n"):
            item = _ITEM.match(line[:20])
            for n, sentence in enumerate(sentences(line[item.end() :] if item else line)):
                said = self._courtesy.without_greeting(sentence)
                if not _WORD.search(said) or self._courtesy.is_polite(said):
                    continue
                if item and n == 0 and found[-1].leads_in():
                    found[-1] = _Problem()
                content, starts_item = self._content(said), bool(item) and n == 0
                if content and self._begins_another(found[-1], said, starts_item=starts_item):
                    found.append(_Problem())
                found[-1].add(said, content)
        made = (_shortened(" ".join(problem.said)) for problem in found if problem.said)
        return tuple(dict.fromkeys(made))[:MOST]

    def _begins_another(self, problem: _Problem, sentence: str, *, starts_item: bool) -> bool:
        """Return whether *sentence* speaks of another problem than *problem*."""
        if problem.content < 2:
            return False
        asks_too = problem.asked and self._asks.is_in(sentence)
        return starts_item or asks_too or bool(self._another.match(sentence[:40]))

    def _content(self, sentence: str) -> int:
        """Return how many words say something. A long one of CJK, without spaces, counts as two."""
        said = _WORD.findall(sentence.casefold()[:_LONGEST])
        words = [w for w in said if w not in self._contentless]
        return sum(2 if w[0] > "\u2e7f" and len(w) > 3 else 1 for w in words)


@dataclass
class _Problem:
    """The sentences about one problem, in order."""

    said: list[str] = field(default_factory=list)
    content: int = 0
    asked: bool = False

    def add(self, sentence: str, content: int) -> None:
        self.said.append(sentence)
        self.content += content
        self.asked = sentence.endswith(("?", "？", "؟"))

    def leads_in(self) -> bool:
        """Return whether this is only a heading, as in "Two things:"."""
        return len(self.said) == 1 and self.said[0].endswith((":", "："))


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return text[:_LONGEST].rsplit(" ", 1)[0]
