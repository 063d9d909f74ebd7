"""
The form of a draft: no markup, no invisible characters, not empty, not too long, nothing twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from schemas import AnswerDraft
from streams.evidence.verification.findings import Issue
from streams.evidence.verification.sentences import PARTS, DraftSentence
from streams.evidence.verification.verbatim import normal
from streams.text.citations import uncited

MOST_LINES, MOST_CHARACTERS = 12, 1_200
"""Lines of articles, and characters without citations, of a body that a customer will read."""

_MARKUP = re.compile(
    r"</?[A-Za-z!][^<>\n]{0,500}>|<(?:script|img|a|iframe|svg|style|object)\b|&(?:#\w+|[A-Za-z]{2,8});"
    r"|!?\[[^\]\n]{0,200}\]\s{0,2}\(|!\[|\]\(|\[[^\]\n]{1,200}\]:\s|\b(?:javascript|vbscript|data):(?=\S)"
    r"|~~|\d[\u0300-\u036f\u20d0-\u20ff\u2070-\u209f\u00b2\u00b3\u00b9]"
    r"|```|\*\*|(?:^|\n)\s{0,3}#{1,6}\s|\{\{|\}\}|\$\{|<\|",
    re.I,
)


def of_form(
    draft: AnswerDraft, sentences: Sequence[DraftSentence], quoted: Sequence[DraftSentence]
) -> Iterator[Issue]:
    """
    Yield what is wrong with how *draft* is written.

    Args:
        quoted: those of *sentences* that are lines: what an article shows may stand there.
    """
    if not any(re.search(r"\w", uncited(s.text)) for s in sentences if s.part == "body"):
        yield Issue("empty-draft", "The draft says nothing.", ("failed", "escalate"))
    for part in PARTS:
        text = getattr(draft, part)
        seen = text.replace("\n", "").isprintable()  # most texts are, and asking each costs
        hidden = (n for n in range(0 if seen else len(text)) if _is_hidden(text, n))
        place = next((n for n in hidden if not _is_among(part, n, quoted)), None)
        if place is not None:
            yield Issue(
                "control-character", "The draft has invisible characters.", ("failed",),
                part, place, place + 1,
            )  # fmt: skip
        for mark in _MARKUP.finditer(text):
            if not _is_among(part, mark.start(), quoted):
                yield Issue(
                    "markup", "The draft has markup that no line has.", ("failed",),
                    part, mark.start(), mark.end(), mark[0],
                )  # fmt: skip
                break
    yield from _of_length(draft, sentences, quoted)


def markup_in(text: str) -> bool:
    """Return whether *text* has markup that fails a draft."""
    return bool(_MARKUP.search(text))


def _of_length(
    draft: AnswerDraft, sentences: Sequence[DraftSentence], quoted: Sequence[DraftSentence]
) -> Iterator[Issue]:
    said = Counter(normal(s.text) for s in sentences if re.search(r"\w", s.text))
    twice = next((s for s in sentences if said[normal(s.text)] > 1), None)
    if twice:
        yield Issue(
            "repeated", "The draft says the same thing twice.", ("warning",),
            twice.part, twice.start, twice.end, twice.text,
        )  # fmt: skip
    if len(quoted) > MOST_LINES or len(uncited(draft.body)) > MOST_CHARACTERS:
        yield Issue("too-long", "The draft is too long to be sent as it is.", ("warning",))
    if any(len(getattr(draft, part)) > MOST_CHARACTERS // 2 for part in ("greeting", "closing")):
        yield Issue("greeting-or-closing", "Greeting or closing are too long.", ("failed",))


def _is_among(part: str, place: int, quoted: Sequence[DraftSentence]) -> bool:
    return any(s.part == part and s.start <= place < s.end for s in quoted)


def _is_hidden(text: str, n: int) -> bool:
    """Return whether only programs see character *n* of *text*; what joins two emoji is seen."""
    character = text[n]
    if character in _SEEN:
        return False
    if character == _JOINER and unicodedata.category(text[n - 1 : n] or " ")[0] == "S":
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")


_SEEN = frozenset("\n\t\ufe0f")
_JOINER = "\u200d"
