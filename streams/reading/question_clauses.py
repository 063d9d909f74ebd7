"""
Tells the questions and requests of a sentence, each by itself.

"What is the limit, and is it per token?" asks two things, "Please correct the invoice and refund
six seats" wants two. A sentence is cut only before words that begin a question, or a request after
another one, so what is cut off says what it asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from streams.reading.phrase_lists import PhraseList, Section, any_of
from streams.text.patterns import Pattern

_ASKS = re.compile(r"[?？؟][\W_]*$")
_QUOTED = re.compile(r"[\"“„«][^\"“”„«»]*[?？؟][\"”“»][\s.!]*$")
_NUMBER = re.compile(r"[^\w¿]*(?:\d{1,2}[.)]\s+)?")
_EDGES = " \t,;:–—-()…"
_FEWEST = 2
"""Words of a clause that asks by itself. "When and how" asks one thing."""
_RUN_ON = 12
"""Words of a sentence from which a question may stand in its midst without any mark."""
_READ = 1_000
"""Characters of a sentence that are read. No sentence of a person's is as long."""


class QuestionPhrases(Section):
    """How people ask and request."""

    question_words: PhraseList
    open_words: PhraseList
    verbs: PhraseList
    direct: PhraseList
    inverted: PhraseList
    indirect: PhraseList
    joins: PhraseList
    alternatives: PhraseList
    requests: PhraseList
    request_verbs: PhraseList
    no_requests: PhraseList
    wishes: PhraseList
    announces: PhraseList
    contentless: PhraseList


@dataclass(frozen=True)
class _Clause:
    text: str
    asks: bool


class QuestionClauses:
    """Cuts sentences into what they ask."""

    def __init__(self, phrases: QuestionPhrases) -> None:
        """
        Args:
            phrases: how people ask and request.
        """
        words, direct = any_of(phrases.question_words), any_of(phrases.direct)
        self._direct = re.compile(rf"(?:{direct})\b", re.I)
        self._open = re.compile(rf"(?:{any_of(phrases.open_words)}|{direct})\b", re.I)
        self._first = re.compile(rf"(?:{words}|{any_of(phrases.verbs)}|{direct})\b", re.I)
        self._word = re.compile(rf"(?:{words}|{direct})\b", re.I)
        joins = any_of(phrases.joins)
        self._cut = re.compile(
            rf"(?:[,;(]|:[)(]|\s[–—-](?=\s))\s*({joins}\s)?\s*|\s({joins})\s+", re.I
        )
        self._join = re.compile(rf"[^\w¿]*(?:{joins}[\s,]+)?", re.I)
        self._join_at_end = re.compile(rf"\s{joins}\s*$", re.I)
        self._inverted = Pattern(rf"(?i)\b{any_of(phrases.inverted)}\b")
        self._alternative = re.compile(rf"{any_of(phrases.alternatives)}\W*$", re.I)
        self._indirect = Pattern(rf"(?i)\b{any_of(phrases.indirect)}\b")
        self._about = re.compile(rf"(?:\W*\w+){{0,3}}?\W*\b{words}\b", re.I)
        self._requests = Pattern(rf"(?i)(?:\A|[^\w]){any_of(phrases.requests)}\b")
        self._begins_request = re.compile(rf"\W*{any_of(phrases.request_verbs)}\b", re.I)
        self._open_or_verb = re.compile(
            rf"(?:{any_of(phrases.request_verbs)}|{any_of(phrases.open_words)}|{direct})\b", re.I
        )
        self._no_request = Pattern(rf"(?i)\b{any_of(phrases.no_requests)}")

    def of(self, sentence: str) -> tuple[str, ...]:
        """Return what *sentence* asks or requests, clause by clause; nothing if it only tells."""
        said = sentence[:_READ]
        if _ASKS.search(said):
            return () if _QUOTED.search(said) else self._questions(said)
        if self._no_request.is_in(said):
            return ()
        if self._is_indirect(said):
            return self._questions(said)
        if self._begins(said, self._direct):
            return self._questions(said)
        if len(said.split()) >= _RUN_ON and self._inverted.is_in(said):
            return tuple(self._run_on(said))
        return self._questions(said) if self._is_request(said) else ()

    def items(self, sentence: str) -> tuple[str, ...]:
        """Return the clauses of *sentence*, an item of a list of questions; itself at least."""
        found = self._questions(sentence[:_READ])
        return found or (sentence,)

    def _begins(self, said: str, how: re.Pattern[str]) -> bool:
        """Return whether *said* begins as *how* says, perhaps after a number or "and"."""
        begin = len(_NUMBER.match(said)[0])  # type: ignore[index]  # it matches any text
        after = self._join.match(said, begin)
        return bool(how.match(said, begin) or (after and how.match(said, after.end())))

    def _is_indirect(self, said: str) -> bool:
        return self._introduction(said) > 0

    def _introduction(self, said: str) -> int:
        """Return where the first question word after "I would like to know" ends, or 0."""
        found = next(self._indirect.finditer(said), None)
        about = self._about.match(said, found.end()) if found else None
        return about.end() if about else 0

    def _is_request(self, said: str) -> bool:
        return bool(self._requests.is_in(said) or self._begins_request.match(said))

    def _questions(self, said: str) -> tuple[str, ...]:
        """Return the clauses of *said* that ask; what only tells goes with the one after it."""
        if self._is_indirect(said):
            cut = self._cut_at(said, self._word, self._word)
        elif self._is_request(said):
            cut = self._cut_at(said, self._open_or_verb, self._direct)
        else:
            cut = self._cut_at(said, self._open, self._direct)
        return tuple(self._merged(cut))

    def _cut_at(
        self, said: str, joined: re.Pattern[str], apart: re.Pattern[str]
    ) -> Iterator[_Clause]:
        """
        Yield the clauses of *said*.

        Args:
            joined: what a clause begins with after "and" or "or".
            apart: what one begins with after a comma or a bracket alone.
        """
        begin, asks = 0, self._asks_itself(said)
        for cut in self._cut.finditer(said, self._introduction(said)):
            word = bool(cut[1] or cut[2])
            begins = joined.match(said, cut.end()) if word else None
            if begins or apart.match(said, cut.end()):
                yield _Clause(said[begin : cut.start()], asks)
                begin, asks = cut.start(), True
        yield _Clause(said[begin:], asks)

    def _asks_itself(self, said: str) -> bool:
        """Return whether *said* asks from its beginning on."""
        if self._begins(said, self._first):
            return True
        return self._is_indirect(said) or self._is_request(said)

    def _merged(self, clauses: Iterator[_Clause]) -> Iterator[str]:
        """Yield *clauses*, what says too little by itself with its neighbour."""
        found: list[str] = []
        held = ""
        for clause in clauses:
            text = held + clause.text
            if not clause.asks or len(_words(text)) < _FEWEST:
                held = text
                continue
            held = ""
            if found and self._alternative.match(clause.text.lstrip(_EDGES)):
                found[-1] += text
            else:
                found.append(text)
        if held:
            found = [*found[:-1], found[-1] + held] if found else [held]
        for n, text in enumerate(found):
            yield self._trimmed(text, self._join if n else _NUMBER)

    def _trimmed(self, clause: str, begins: re.Pattern[str]) -> str:
        """Return *clause* without how it *begins*, and without marks at its ends."""
        text = clause[len(begins.match(clause)[0]) :].strip(_EDGES)  # type: ignore[index]
        return f"{text})" if text.count("(") > text.count(")") and f"{text})" in clause else text

    def _run_on(self, said: str) -> Iterator[str]:
        """Yield the questions of a text without marks, each from its inverted verb on."""
        begins = [match.start() for match in self._inverted.finditer(said)]
        for begin, end in zip(begins, [*begins[1:], len(said)], strict=True):
            yield self._join_at_end.sub("", said[begin:end]).strip(_EDGES)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
