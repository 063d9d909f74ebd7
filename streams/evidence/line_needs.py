"""
What each line of an article needs, and whether it may be quoted at all.

A line needs those without which it would mislead: the sentence that its "this" points to, the
table that it mentions, the question that it answers, and what `line_structure.py` and
`line_restrictions.py` find. A line that needs one that may not be quoted may not be, either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import groupby

from streams.evidence.line_places import PlacedLine
from streams.evidence.line_restrictions import restricting_needs
from streams.evidence.line_rules import LineRules
from streams.evidence.line_structure import (
    MOST_ANNOUNCED,
    Need,
    announcing,
    structural_needs,
    table_groups,
)
from streams.evidence.quotable import is_safe

SHORT_ANSWER = 5
"""Words of an answer that says little without its question, at most."""

_DIGIT = re.compile(r"\d")
_LABEL = re.compile(r"\w{1,10}[:.] ")
"""Begins an answer that is marked as one: "A: "."""

Needs = dict[int, set[int]]
"""The numbers of the lines that each line needs."""


def needs_of(lines: Sequence[PlacedLine], rules: LineRules | None, unsafe: set[int]) -> Needs:
    """Return what each of *lines*, all of an article, is not understood without."""
    return _by_line(lines, _dependences(lines, rules, unsafe))


def restrictions_of(
    lines: Sequence[PlacedLine], rules: LineRules | None, unsafe: set[int]
) -> Needs:
    """Return what restricts each of *lines*, all of an article; those of *unsafe* restrict none."""
    if rules is None:
        return _by_line(lines, ())
    return _by_line(lines, restricting_needs([one for one in lines if one.n not in unsafe], rules))


def _by_line(lines: Sequence[PlacedLine], pairs: Iterable[Need]) -> Needs:
    found: Needs = {one.n: set() for one in lines}
    for n, need in pairs:
        if n != need:
            found[n].add(need)
    return found


def quotable_lines(
    lines: Sequence[PlacedLine], rules: LineRules | None, needs: Needs, unsafe: set[int]
) -> set[int]:
    """Return the numbers of those of *lines* that may be quoted, with all that they need."""
    out = [
        one.n
        for one in lines
        if one.n in unsafe or not one.line.is_whole or (rules and _points_away(lines, one, rules))
    ]
    return {one.n for one in lines} - _with_needing(out, needs)


def unsafe_lines(lines: Sequence[PlacedLine], url: str) -> set[int]:
    """Return the numbers of those of *lines* that speak to a machine, or the like."""
    return {one.n for one in lines if not is_safe(one.line.text, url)}


def _with_needing(numbers: Iterable[int], needs: Mapping[int, set[int]]) -> set[int]:
    """Return *numbers* and those of all lines that need one of them, directly or not."""
    needing: dict[int, set[int]] = {}
    for n, needed in needs.items():
        for need in needed:
            needing.setdefault(need, set()).add(n)
    found: set[int] = set()
    ahead = list(numbers)
    while ahead:
        n = ahead.pop()
        if n not in found:
            found.add(n)
            ahead += needing.get(n, ())
    return found


def _dependences(
    lines: Sequence[PlacedLine], rules: LineRules | None, unsafe: set[int]
) -> Iterator[Need]:
    if rules is None:
        yield from structural_needs(lines, lambda _: True)
        yield from _questions(lines, None)
        return
    announces = rules.announces
    yield from structural_needs(lines, lambda text: announcing(text) or announces(text))
    yield from _questions(lines, rules)
    yield from _tables_mentioned(lines, rules)
    for one in lines:
        if _leans(one, rules):
            yield from ((one.n, n) for n in _antecedents(lines, one, set()))
        elif _may_lean(one) and _refers_inside(one.line.text, rules):
            yield from ((one.n, n) for n in _antecedents(lines, one, unsafe))


def _points_away(lines: Sequence[PlacedLine], one: PlacedLine, rules: LineRules) -> bool:
    """Return whether *one* points at what cannot come along."""
    if rules.away(one.line.text) or (rules.yes_or_no(one.line.text) and not _asked(lines, one)):
        return True
    if _leans(one, rules) and _before(lines, one) is None:
        return True
    return rules.table_here(one.line.text) and not any(other.is_in_table for other in lines)


def _refers_inside(text: str, rules: LineRules) -> bool:
    """
    Return whether *text* points back; "with these values:" points to what follows, and "this
    period" to the number before the semicolon.
    """
    if not rules.refers_inside(text) or announcing(text):
        return False
    head, semicolon, _ = text.partition(";")
    return not semicolon or not _DIGIT.search(head) or rules.refers_inside(head)


def _leans(one: PlacedLine, rules: LineRules) -> bool:
    return _may_lean(one) and rules.leans(one.line.text)


def _may_lean(one: PlacedLine) -> bool:
    return not one.is_heading and not one.is_in_table and one.block.kind != "code"


def _before(
    lines: Sequence[PlacedLine], one: PlacedLine, passed_over: Set[int] = frozenset()
) -> PlacedLine | None:
    """Return the line that *one* leans on: the one before it, before its list if it is an entry."""
    at = one.n - 2
    if one.line.begins_entry and not one.line.number:
        at = one.unit_begin - 2
    while at >= 0 and lines[at].n in passed_over:
        at -= 1
    return lines[at] if at >= 0 and lines[at].section == one.section else None


def _antecedents(
    lines: Sequence[PlacedLine], one: PlacedLine, passed_over: Set[int]
) -> Iterator[int]:
    """Yield what *one* leans on: a line, or the list before it; rows are told by themselves."""
    before = _before(lines, one, passed_over)
    if before is None or before.is_in_table:
        return
    if not before.is_in_list or before.unit == one.unit:
        yield before.n
        return
    heads = [
        other.n
        for other in lines[before.unit_begin - 1 : before.n]
        if other.line.begins_entry and len(other.block.entries) == 1
    ]
    yield from heads if len(heads) <= MOST_ANNOUNCED // 2 else heads[-1:]


def _questions(lines: Sequence[PlacedLine], rules: LineRules | None) -> Iterator[Need]:
    """Yield that an answer needs its question, be it a heading, where it says little without."""
    for one in lines:
        question = _asked(lines, one)
        if question and (rules is None or _is_answer(one.line.text, rules)):
            yield one.n, question.n
    if rules is None:
        yield from _whole_answers(lines)


def _whole_answers(lines: Sequence[PlacedLine]) -> Iterator[Need]:
    """Yield that all of an answer needs the question that heads it."""
    for _, section in groupby(lines, key=lambda one: one.section):
        question: PlacedLine | None = None
        for one in section:
            if one.line.kind == "question":
                question = one
            elif question:
                yield one.n, question.n


def _asked(lines: Sequence[PlacedLine], one: PlacedLine) -> PlacedLine | None:
    """Return the question right before *one*, if there is one."""
    before = lines[one.n - 2] if one.n > 1 else None
    if before is None or before.section != one.section or one.is_heading:
        return None
    return before if before.line.text.rstrip(" \"'”»)*").endswith(("?", "？")) else None


def _is_answer(text: str, rules: LineRules) -> bool:
    """Return whether *text*, which a question precedes, is not understood without it."""
    short = len(text.split()) <= SHORT_ANSWER
    return short or bool(_LABEL.match(text)) or rules.answers(text) or rules.leans(text)


def _tables_mentioned(lines: Sequence[PlacedLine], rules: LineRules) -> Iterator[Need]:
    tables = list(table_groups(lines))
    for one in lines if tables else ():
        if _mentions_table(one, rules):
            yield from ((one.n, row.n) for row in _nearest(tables, one))


def _mentions_table(one: PlacedLine, rules: LineRules) -> bool:
    return not one.is_in_table and not one.is_heading and rules.table(one.line.text)


def _nearest(tables: Sequence[list[PlacedLine]], one: PlacedLine) -> list[PlacedLine]:
    """Return the table that *one* means: of its section if there is one, else one before."""

    def farness(rows: list[PlacedLine]) -> tuple[bool, bool, int]:
        other = rows[0].section != one.section
        return other, other and rows[0].n > one.n, abs(rows[0].n - one.n)

    return min(tables, key=farness)
