"""
What of an article is compared with a question and chosen as one.

That is a line by itself, but a procedure, and a list with the line that announces it, together:
half of either misleads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from streams.evidence.body import MOST_CHARACTERS, MOST_LINES
from streams.evidence.lines import PassageLines
from streams.evidence.paragraphs import written_length
from streams.evidence.rows import labelled
from streams.evidence.standing import can_stand
from streams.evidence.verification.asking import instructs
from streams.ports import LineRef
from streams.text.codes import codes
from streams.text.embedding import Vector, embed
from streams.text.words import stems

_FRAME = 200
"""Characters of a draft that its lines do not have."""
CACHED_UNITS = 32_768
"""Lines whose vectors are cached, about 3 kB each."""


def line_units(lines: PassageLines) -> list[LineUnit]:
    """Return the units of *lines* that can stand in a draft, in reading order."""
    units = (LineUnit(refs, lines) for refs in _grouped(lines))
    return [unit for unit in units if unit.stands]


def _grouped(lines: PassageLines) -> Iterator[list[LineRef]]:
    """Yield *lines* one by one, but a procedure, or a list with its lead-in, together."""
    group: list[LineRef] = []
    for ref in lines:
        if group and not _goes_on(group, ref, lines):
            yield group
            group = []
        group.append(ref)
    if group:
        yield group


def _goes_on(group: Sequence[LineRef], ref: LineRef, lines: PassageLines) -> bool:
    """Return whether *ref* belongs to the procedure or the announced list of *group*."""
    first, last, line = lines[group[0]], lines[group[-1]], lines[ref]
    if ref.doc_id != group[0].doc_id or ref.n != group[-1].n + 1:
        return False
    if line.number > 1:
        return last.number == line.number - 1
    if line.headings != first.headings:
        return False
    if line.number:
        return _announces(group[0], lines, ref)
    in_list = first.number > 0 or _announces(group[0], lines, ref)
    return in_list and bool({r.n for r in group} & {*line.needs}) and line.kind != "sentence"


def _announces(lead: LineRef, lines: PassageLines, ref: LineRef) -> bool:
    return lines[lead].text.endswith(":") and lead.n in lines[ref].needs


class LineUnit:
    """Lines that are compared and chosen as one, with what that needs."""

    def __init__(self, refs: Sequence[LineRef], lines: PassageLines) -> None:
        own = [lines[ref] for ref in refs]
        passage = lines.passage(refs[0])
        self.refs = tuple(refs)
        numbers = {ref.n for ref in refs}
        needs_more = not all(numbers.issuperset(line.needs) for line in own)
        self.all = lines.whole(refs) if needs_more else self.refs
        self.stands = can_stand(self.all, lines) and self._fits(lines)
        self.is_row = len(own) == 1 and own[0].kind == "row"
        self.line, self.doc_id = own[0], refs[0].doc_id
        self.table = (self.doc_id, own[0].headings, own[0].cells[0][0] if own[0].cells else "")
        self.title = passage.title
        self.instructs = any(map(instructs, own))
        self.signs = _signs(
            " ".join(labelled(line.cells) if line.cells else line.text for line in own),
            f"{passage.title}: {own[0].headings[-1]}" if own[0].headings else passage.title,
        )

    def _fits(self, lines: PassageLines) -> bool:
        """Return whether there is room for it in a draft, or for the name of its procedure."""
        length = sum(written_length(ref, lines[ref]) for ref in self.all)
        fits = len(self.all) <= MOST_LINES and length <= MOST_CHARACTERS - _FRAME
        return fits or any(lines[ref].number for ref in self.all)


@dataclass(frozen=True)
class _Signs:
    """What comparing a text under a heading with a problem needs."""

    text: str
    vector: Vector
    context: Vector
    words: frozenset[str]
    codes: frozenset[str]


@lru_cache(maxsize=CACHED_UNITS)
def _signs(text: str, context: str) -> _Signs:
    own, around = embed([text, context])
    return _Signs(text, own, around, frozenset(stems(text)), codes(text))
