"""
What of a passage can be quoted: sentences, list items and table rows, and whole lists.

In: a passage as `chunks.py` makes it, one line for each paragraph, item and row; a heading
is a line that an empty line follows. Out: quotes in reading order, verbatim. A numbered
procedure is one quote, and so is a list that its lead-in announces: half of either misleads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from streams.evidence.links import links as links
from streams.evidence.links import same_site as same_site
from streams.evidence.quotable import is_safe
from streams.text.sentences import split

_STEP = re.compile(r"(\d{1,3})[.)]\s+")
_NUMBERING = re.compile(r"^\d+[.)]\s+")
_ITEM = re.compile(r"[-*•]\s+")
_ROW = re.compile(r"[^:;.]{1,80}: .*; [^:;.]{1,80}: ")
_REFERS_BACK = re.compile(
    r"(?:\w+[ -]){1,5}then\b"
    r"|(?:This|That|These|Those|They|Them|It|Its|He|She|Then|Otherwise|However|Such|Both|Either"
    r"|If (?:that|this|not|so|it)|In (?:this|that) case|After that|The rest|For everything else)\b"
)


@dataclass(frozen=True)
class Quote:
    """
    Words of a passage that can stand in an answer.

    `lines` are verbatim, without list markers; `number` is a procedure's first step, 0 for
    what is no procedure. `needs_previous`: it refers back to the quote before it.
    """

    doc_id: str
    heading: str
    lines: tuple[str, ...]
    kind: Literal["sentence", "item", "list"]
    number: int = 0
    lead: str = ""
    needs_previous: bool = False

    @property
    def text(self) -> str:
        """All of it as one string, for comparing."""
        return " ".join(line for line in (self.lead, *self.lines) if line)

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table."""
        return self.kind == "item" and is_row(self.text)

    @property
    def columns(self) -> tuple[str, ...]:
        """What the columns of a row are called."""
        return tuple(cell.partition(": ")[0] for cell in self.text.split("; "))


def quotes(doc_id: str, url: str, text: str) -> list[Quote]:
    """Return what can be quoted of the passage *text* of the article *doc_id* at *url*."""
    found: list[Quote] = []
    for heading, lines in _sections(text):
        for block in _blocks(lines):
            found += _of_block(doc_id, heading, block)
    return list(_safe(found, url))


def is_row(line: str) -> bool:
    """Return whether *line* is a row of a table, each cell after the name of its column."""
    return bool(_ROW.match(line))


def joined(before: Quote, after: Quote) -> Quote | None:
    """Return the procedure that *after* continues from the chunk before, or None."""
    if before.number and after.number == before.number + len(before.lines):
        return replace(before, lines=(*before.lines, *after.lines))
    return None


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each heading's innermost part, and the lines below it."""
    heading, lines = "", list[str]()
    source = text.split("\n")
    for n, line in enumerate(source):
        if line.strip() and n + 1 < len(source) and not source[n + 1].strip():
            yield heading, lines
            heading, lines = _NUMBERING.sub("", line.rsplit(" > ", 1)[-1].strip()), []
        elif line.strip():
            lines.append(line)
    yield heading, lines


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield *lines* in groups: a list with its lead-in and indented lines, else line by line."""
    group: list[str] = []
    for line in lines:
        goes_on = group and (
            line.startswith("  ")
            or (_STEP.match(line) and (_STEP.match(group[-1]) or _STEP.match(group[0])))
            or (_ITEM.match(line) and _ITEM.match(group[-1]))
            or (group[-1].endswith(":") and (_STEP.match(line) or _ITEM.match(line)))
        )
        if group and not goes_on:
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _of_block(doc_id: str, heading: str, block: list[str]) -> list[Quote]:
    is_list = bool(_STEP.match(block[0]) or _ITEM.match(block[0]))
    lead = "" if is_list or len(block) == 1 else block[0]
    entries = block[1:] if lead else block
    if not lead and not is_list:
        return list(_sentences(doc_id, heading, block[0]))
    lead_in = list(_sentences(doc_id, heading, lead)) if lead else []
    whole = _whole(doc_id, heading, entries, lead_in[-1].text if lead_in else "")
    if lead or whole.number or any(e.startswith("  ") for e in entries):
        return [*lead_in[:-1], whole]
    return [Quote(doc_id, heading, (_ITEM.sub("", entry, count=1),), "item") for entry in entries]


def _whole(doc_id: str, heading: str, entries: list[str], lead: str) -> Quote:
    """Return a list as one quote; indented lines stay with the entry above them."""
    first = _STEP.match(entries[0])
    lines: list[str] = []
    for entry in entries:
        if entry.startswith("  ") and lines:
            lines[-1] += "\n" + entry
        else:
            lines.append((_STEP if first else _ITEM).sub("", entry.strip(), count=1))
    number = int(first[1]) if first else 0
    return Quote(doc_id, heading, tuple(lines), "list", number, lead)


def _sentences(doc_id: str, heading: str, line: str) -> Iterator[Quote]:
    if is_row(line):
        yield Quote(doc_id, heading, (line.strip(),), "item")
        return
    for n, sentence in enumerate(split(line)):
        refers = n > 0 and bool(_REFERS_BACK.match(sentence))
        yield Quote(doc_id, heading, (sentence.strip(),), "sentence", needs_previous=refers)


def _safe(found: Sequence[Quote], url: str) -> Iterator[Quote]:
    """Yield those of *found* that may be quoted, and none that refers back to one that may not."""
    kept = False
    for quote in found:
        kept = is_safe(quote.text, url) and (kept or not quote.needs_previous)
        if kept:
            yield quote
