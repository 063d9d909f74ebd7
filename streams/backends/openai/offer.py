"""
What a model chooses from: the lines of a ticket's passages as plain text, each with its code.

    # Refunds
    ## Monthly plans
    The first payment is refundable for 30 days. [KH]
    1. Go to Settings > Billing. [T7]

Decoys stand among them. Lines that cannot be quoted do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from schemas import Line
from streams.evidence.decoys import Decoy, decoys_for, places_of_decoys
from streams.evidence.line_codes import deal
from streams.evidence.lines import PassageLines
from streams.ports import LineRef

MOST_LINES, MOST_CHARACTERS = 250, 20_000
"""Lines in an offer, and their characters; retrieval brings at most 16 kB."""


@dataclass(frozen=True)
class Offer:
    """Lines among decoys, as a model reads them, and which code is which."""

    text: str
    lines: Mapping[str, LineRef]
    """By code, in the order of the text."""
    decoys: frozenset[str]
    """Their codes."""

    def chosen(self, codes: Iterable[str]) -> tuple[LineRef, ...]:
        """Return the lines of *codes*, each once, in the articles' order."""
        named = set(codes)
        return tuple(line for code, line in self.lines.items() if code in named)


@dataclass(frozen=True)
class _Piece:
    """A line or a decoy: under which headings it stands, and what a model reads."""

    headings: tuple[str, ...]
    text: str
    ref: LineRef | None = None
    """None for a decoy."""


def offer_of(
    lines: PassageLines, *, seed: str, said: Sequence[str] = (), language: str = "en"
) -> Offer:
    """
    Return the offer of *lines*, the same one for the same arguments.

    Args:
        seed: the ticket's identity: by it codes and decoys are dealt.
        said: the ticket's texts; decoys are far from them, and no code is a word in them.
        language: that of the lines.
    """
    real = list(_within_limits(_pieces(lines)))
    about = (*said, *dict.fromkeys(piece.headings[0] for piece in real))
    pieces = list(_mixed(real, decoys_for(seed, about, language), seed))
    codes = deal(len(pieces), seed, (*said, *(piece.text for piece in pieces)))
    named = list(zip(pieces, codes, strict=True))
    return Offer(
        text="\n\n".join(_sections(named)),
        lines={code: piece.ref for piece, code in named if piece.ref},
        decoys=frozenset(code for piece, code in named if not piece.ref),
    )


def _pieces(lines: PassageLines) -> Iterator[_Piece]:
    for ref, line in lines.items():
        if line.quotable:
            yield _Piece((lines.passage(ref).title, *line.headings), _marked(line), ref)


def _marked(line: Line) -> str:
    """Return the text of *line* with the mark of its list."""
    if line.kind == "step":
        return f"{line.number}. {line.text}" if line.number else line.text
    return f"- {line.text}" if line.kind == "item" else line.text


def _within_limits(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    characters = 0
    for n, piece in enumerate(pieces):
        characters += len(piece.text)
        if n == MOST_LINES or characters > MOST_CHARACTERS:
            return
        yield piece


def _mixed(real: Sequence[_Piece], decoys: Sequence[Decoy], seed: str) -> Iterator[_Piece]:
    """Yield *real* with *decoys* among them."""
    places = places_of_decoys(len(real), seed)
    for n in range(len(real) + 1):
        for place, decoy in zip(places, decoys, strict=True):
            if place == n:
                yield _Piece((decoy.title,), decoy.text)
        yield from real[n : n + 1]


def _sections(named: Iterable[tuple[_Piece, str]]) -> Iterator[str]:
    """Yield what stands together under the same headings, the title of its article first."""
    title = None
    for headings, group in groupby(named, key=lambda one: one[0].headings):
        above = [] if headings[0] == title else [f"# {headings[0]}"]
        title = headings[0]
        if headings[1:]:
            above.append(f"## {' > '.join(headings[1:])}")
        yield "\n".join([*above, *(f"{piece.text} [{code}]" for piece, code in group)])
