"""
Structure that an article's markup only implies: bold paragraphs that are headings, typed lists.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count, zip_longest

from streams.evidence.block import INNER, Block, ListEntry

LONGEST_BOLD_HEADING = 80
"""Characters of a bold paragraph that may be a heading."""


def with_implied(found: list[Block]) -> list[Block]:
    """Return *found* with bold paragraphs as headings, and marked ones as entries of lists."""
    return _with_bold_headings(_with_typed_lists(found))


def _with_bold_headings(found: list[Block]) -> list[Block]:
    """Return *found* with bold paragraphs as headings where they head something."""
    made = []
    for block, after in zip_longest(found, found[1:]):
        heads = (
            block.is_bold
            and not block.entries
            and len(block.text) <= LONGEST_BOLD_HEADING
            and block.text[-1] not in ".!:;,…"
            and after is not None
            and not after.is_bold
            and after.kind not in ("heading", "end")
        )
        made.append(replace(block, kind="heading", level=INNER) if heads else block)
    return made


_TYPED_IDS = 1_000_000  # the first id of a list that is only typed
_TYPED = re.compile(r"(?:[-*•–·]|(\d{1,3})[.)])\s+(?=\S)")


def _with_typed_lists(found: list[Block]) -> list[Block]:
    """Return *found* with paragraphs that are marked as entries of one list made entries."""
    made: list[Block] = []
    marks = [_mark(block) for block in found]
    ids = count(_TYPED_IDS)
    for n, (block, mark) in enumerate(zip(found, marks, strict=True)):
        if mark and n and _goes_on(marks[n - 1], mark):
            before = made[-1].entries[0]
            made.append(_typed(block, mark, ListEntry(before.list_id, before.place + 1)))
        elif mark and n + 1 < len(found) and _goes_on(mark, marks[n + 1]):
            made.append(_typed(block, mark, ListEntry(next(ids), 0)))
        else:
            made.append(block)
    return made


def _mark(block: Block) -> re.Match[str] | None:
    plain = block.kind == "paragraph" and not block.entries
    return _TYPED.match(block.text) if plain else None


def _goes_on(mark: re.Match[str] | None, following: re.Match[str] | None) -> bool:
    """Return whether *following* is the mark of the entry after that of *mark*."""
    if mark is None or following is None or bool(mark[1]) != bool(following[1]):
        return False
    return not mark[1] or int(following[1]) == int(mark[1]) + 1


def _typed(block: Block, mark: re.Match[str], entry: ListEntry) -> Block:
    return replace(
        block,
        text=block.text[mark.end() :],
        prefix=mark[0],
        entries=(replace(entry, number=int(mark[1] or 0)),),
        begins_entry=True,
        is_bold=False,
    )
