"""
A draft as sentences, each with its place, its citations, and the number of its list item.

A citation belongs to its sentence and to those before it in the paragraph that have none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from schemas import AnswerDraft
from streams.text.citations import cited, uncited
from streams.text.sentences import split

PARTS = ("greeting", "body", "closing")
LIST_MARK = re.compile(r"^\s*(?:[-*•]|(\d{1,3})[.)])\s+")


@dataclass(frozen=True)
class DraftSentence:
    """`draft.<part>[start:end]`; `text` is that without citations and without a list's mark."""

    part: str
    start: int
    end: int
    text: str
    ids: tuple[str, ...] = ()
    """Documents that it cites itself."""
    cites: tuple[str, ...] = ()
    """Those, or those of the next sentence of its paragraph that cites."""
    number: int = 0
    paragraph: int = 0


def sentences_of(draft: AnswerDraft) -> list[DraftSentence]:
    """Return the sentences of all parts of *draft*, in order."""
    return [sentence for part in PARTS for sentence in _of_part(part, getattr(draft, part))]


def as_one(run: Sequence[DraftSentence]) -> DraftSentence:
    """Return the neighbours *run* as one."""
    if len(run) == 1:
        return run[0]
    return replace(
        run[0],
        end=run[-1].end,
        text=" ".join(sentence.text for sentence in run),
        ids=tuple(dict.fromkeys(i for sentence in run for i in sentence.ids)),
        cites=tuple(dict.fromkeys(i for sentence in run for i in sentence.cites)),
    )


def _of_part(part: str, text: str) -> list[DraftSentence]:
    found: list[DraftSentence] = []
    cites: tuple[str, ...] = ()
    after = None
    for paragraph, begin, end in reversed(_places(text)):
        written = text[begin:end]
        mark = LIST_MARK.match(written)
        ids = cited(written)
        cites = ids or (cites if paragraph == after else ())
        after = paragraph
        found.append(
            DraftSentence(
                part=part,
                start=begin,
                end=end,
                text=uncited(written[mark.end() :] if mark else written).strip(),
                ids=ids,
                cites=cites,
                number=int(mark[1]) if mark and mark[1] else 0,
                paragraph=paragraph,
            )
        )
    return found[::-1]


def _places(text: str) -> list[tuple[int, int, int]]:
    """Return the number of its paragraph, the begin and the end of each sentence of *text*."""
    found: list[tuple[int, int, int]] = []
    at = paragraph = 0
    for piece in split(text):
        begin, end = at + len(piece) - len(piece.lstrip()), at + len(piece.rstrip())
        at += len(piece)
        if begin < end:
            found.append((paragraph, begin, end))
        paragraph += begin >= end or piece.count("\n") > 1
    return found
