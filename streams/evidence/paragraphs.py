"""
Lines of articles as paragraphs and lists, each line with its `[DOC-ID]`.

A sentence ends with a full stop; beyond that no line is changed. Steps keep their numbers. A row
of several columns is a paragraph of its own: what it is about, and a list of its values. A
heading that is a condition stands above its lines, word for word and with a colon.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas import Line
from streams.evidence.lines import PassageLines
from streams.evidence.rows import quoted_text
from streams.ports import LineRef
from streams.text.citations import cite

_ENDS = tuple(".!?:;…。！？：；")
_CLOSERS = "\"'”’»)」』）"
"""What may stand behind a full stop."""
_LISTED = frozenset(("item", "row"))


def paragraphs_of(refs: Sequence[LineRef], lines: PassageLines) -> str:
    """Return the lines *refs*, in this order, as paragraphs with an empty line between them."""
    text = ""
    before: LineRef | None = None
    for at, ref in enumerate(refs):
        after = refs[at + 1] if at + 1 < len(refs) else None
        said = _said(ref, lines, listed=_is_listed(ref, before, after, lines))
        join = _join(before, ref, lines, listed=said.startswith("- "))
        if before is None or join == "\n\n":
            said = "\n".join([*(f"{c}:" for c in _conditions(before, ref, lines)), said])
        text += join + said
        before = ref
    return text


def written_length(ref: LineRef, line: Line) -> int:
    """Return how many characters a line takes in a body, at most."""
    conditions = sum(len(condition) + 2 for condition in line.conditions)
    return len(quoted_text(line)) + len(ref.doc_id) + len(" [].") + len("100. ") + 2 + conditions


def _said(ref: LineRef, lines: PassageLines, *, listed: bool) -> str:
    line = lines[ref]
    if line.kind == "code":
        return f"{line.text} [{ref.doc_id}]"
    text = quoted_text(line)
    if line.number:
        return f"{line.number}. {cite(text, ref.doc_id)}"
    if listed:
        return f"- {cite(text, ref.doc_id)}"
    ends = text.rstrip(_CLOSERS).endswith(_ENDS) or _is_list(line)
    return cite(text if ends else f"{text}.", ref.doc_id)


def _is_listed(
    ref: LineRef, before: LineRef | None, after: LineRef | None, lines: PassageLines
) -> bool:
    """Return whether an item or a row stands in a list: with others of its kind, or a lead-in."""
    if not _is_entry(lines[ref]):
        return False
    beside = [n for n in (before, after) if n and _one_section(n, ref, lines)]
    return any(_is_entry(lines[n]) for n in beside) or _leads(before, ref, lines)


def _is_entry(line: Line) -> bool:
    """Return whether *line* may be an entry of a list."""
    return line.kind in _LISTED and not _is_list(line)


def _is_list(line: Line) -> bool:
    """Return whether *line* is a row whose values are a list."""
    return bool(line.cells) and "\n" in quoted_text(line)


def _join(before: LineRef | None, ref: LineRef, lines: PassageLines, *, listed: bool) -> str:
    """Return what parts a line from the one before it."""
    if before is None:
        return ""
    if not _one_section(before, ref, lines):
        return "\n\n"
    line, last = lines[ref], lines[before]
    if _is_list(line) or _is_list(last):
        return "\n\n"
    if line.number or listed or line.kind == "code":
        goes_on = last.number or last.kind in _LISTED or _leads(before, ref, lines)
        return "\n" if goes_on else "\n\n"
    whole = last.kind == "sentence" and not last.text.endswith(":")
    return " " if whole or last.kind == line.kind else "\n\n"


def _one_section(one: LineRef, other: LineRef, lines: PassageLines) -> bool:
    return one.doc_id == other.doc_id and lines[one].headings == lines[other].headings


def _leads(before: LineRef | None, ref: LineRef, lines: PassageLines) -> bool:
    """Return whether the line *before* announces *ref*."""
    return (
        before is not None
        and before.doc_id == ref.doc_id
        and lines[before].text.endswith(":")
        and before.n in lines[ref].needs
    )


def _conditions(before: LineRef | None, ref: LineRef, lines: PassageLines) -> Sequence[str]:
    """Return the conditions of a line that do not stand above the one before it already."""
    own = lines[ref].conditions
    if before is None or before.doc_id != ref.doc_id:
        return own
    return own if own != lines[before].conditions else ()
