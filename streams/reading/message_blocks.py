"""A message as paragraphs and items of lists, each on one line, without code and quoted lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ITEM = re.compile(r"\s*(?:[-*•–·▪]|\(?\d{1,2}[.)]|\(?[a-h]\))\s+(?=\S)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_WRAPPED = 45
"""Characters of a line from which the next one may go on with its sentence."""
_ENDS = (".", "!", "?", ":", "…", "。", "！", "？", "؟", "：")


@dataclass(frozen=True)
class MessageBlock:
    """A paragraph or a list's item, with single blanks."""

    text: str
    is_item: bool = False


def blocks_of(text: str) -> Iterator[MessageBlock]:
    """Yield the blocks of *text*, in order. A sentence that a mail program wrapped is whole."""
    lines: list[str] = []
    is_item = in_code = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
        elif in_code:
            continue
        elif line.lstrip().startswith(">") or not line.strip():
            yield from _block(lines, is_item)
            lines, is_item = [], False
        else:
            item, heading = _ITEM.match(line[:20]), _HEADING.match(line[:20])
            if lines and (item or heading or not _goes_on(lines[-1])):
                yield from _block(lines, is_item)
                lines, is_item = [], False
            is_item = is_item or bool(item)
            begins = item or heading
            lines.append(line[begins.end() :] if begins else line)
    yield from _block(lines, is_item)


def _goes_on(line: str) -> bool:
    """Return whether *line* may have been wrapped: it is long and ends in no mark."""
    return len(line) >= _WRAPPED and not line.rstrip().endswith(_ENDS)


def _block(lines: list[str], is_item: bool) -> Iterator[MessageBlock]:
    text = " ".join(" ".join(lines).split())
    if text:
        yield MessageBlock(text, is_item)
