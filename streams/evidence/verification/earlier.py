"""
What the customer has had already: from an earlier message of ours, or by what they say of it.

A line is had that an earlier reply said word for word, or restated: the same numbers with units,
and most of its words. So is one whose number with its unit the customer names as told to them
("As you wrote, 5 to 7 business days") or as passed ("the 7 days are over").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from schemas import IncomingTicket
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.findings import LOOK, Issue
from streams.evidence.verification.matter import matter
from streams.evidence.verification.quantities import quantities, units_of
from streams.evidence.verification.verbatim import normal
from streams.text.citations import uncited
from streams.text.patterns import Pattern
from streams.text.sentences import split
from streams.text.tables import of_language, table

_MOST = 0.5
"""Share of the words of a line with numbers that a reply which restates it has."""
_MOST_PLAIN = 0.75
"""... of a line without numbers."""
_FEWEST = 3
"""Words of a line, at least, that may be restated."""


def of_earlier(
    ticket: IncomingTicket, classified: Sequence[Classified], *, said: str, language: str
) -> Iterator[Issue]:
    """
    Yield the first line that the customer has had.

    Args:
        said: what the customer wrote.
        language: of what they wrote.
    """
    sent = [
        uncited(message.text)
        for message in ticket.previous_messages
        if message.role.lower() != "customer" and message.visibility == "public"
    ]
    quoted = [one for one in classified if one.ref]
    had = _Had.of(sent, said, language) if quoted else None
    for one in quoted if had else ():
        if had and had.has(one.sentence.text):
            yield one.issue("already-said", "The customer has had this answer already.", LOOK)
            return


@dataclass(frozen=True)
class _Had:
    """What the customer has had: replies, and amounts that they name as told or passed."""

    sentences: frozenset[str]
    whole: str
    pieces: tuple[str, ...]
    """Two sentences of a reply in a row."""
    amounts: frozenset[tuple[str, str]]
    language: str

    @classmethod
    def of(cls, sent: Sequence[str], said: str, language: str) -> _Had:
        by_message = [split(text, any_case=True) for text in sent]
        return cls(
            sentences=frozenset(normal(one) for parts in by_message for one in parts),
            whole="\n".join(map(normal, sent)).casefold(),
            pieces=tuple(piece for parts in by_message for piece in _pairs(parts)),
            amounts=_named(said, language),
            language=language,
        )

    def has(self, text: str) -> bool:
        """Return whether the customer has had the line *text*."""
        words = normal(text)
        if words in self.sentences or words.casefold() in self.whole:
            return True
        amounts = _amounts(text, self.language)
        return bool(amounts & self.amounts) or any(
            self._restates(piece, text, amounts) for piece in self.pieces
        )

    def _restates(self, piece: str, text: str, amounts: frozenset[tuple[str, str]]) -> bool:
        own, other = (matter(one, self.language) for one in (text, piece))
        if len(own) < _FEWEST or not amounts <= _amounts(piece, self.language):
            return False
        if len(amounts) == 1:
            own -= _amount_words(text, self.language)
        return len(own & other) >= (_MOST if amounts else _MOST_PLAIN) * len(own)


def _pairs(sentences: Sequence[str]) -> Iterator[str]:
    yield from (f"{one} {other}" for one, other in pairwise(sentences))
    yield from sentences[:1] if len(sentences) == 1 else ()


def _named(said: str, language: str) -> frozenset[tuple[str, str]]:
    """Return the amounts that the customer names as told to them, or as passed."""
    told, passed = _speech(language)
    found = frozenset[tuple[str, str]]()
    before = frozenset[tuple[str, str]]()
    for sentence in split(said, any_case=True):
        amounts = _amounts(sentence, language)
        if told.is_in(sentence) or passed.is_in(sentence):
            found |= amounts or before
        before = amounts
    return found


def _amount_words(text: str, language: str) -> frozenset[str]:
    """Return the stems of *text* that are numbers or units: one amount alone proves nothing."""
    words = (w for w in text.split() if any(map(str.isdigit, w)) or units_of(w, language))
    return matter(" ".join(words), language)


def _amounts(text: str, language: str) -> frozenset[tuple[str, str]]:
    return frozenset((q.value, q.unit) for q in quantities(text, language) if q.unit)


@cache
def _speech(language: str) -> tuple[Pattern, Pattern]:
    """Return how *language* says that something was told, and that a time has passed."""
    given = of_language(table("earlier"), language)
    return Pattern(*given["told"], flags="(?i)"), Pattern(*given["passed"], flags="(?i)")


def load_told(language: str) -> None:
    """Compile what the first ticket in *language* would wait for."""
    _speech(language)
