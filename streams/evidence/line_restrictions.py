"""
Which conditions and exceptions restrict which lines.

A line needs the exception that stands beside it, two lines on, or elsewhere in its section if
both speak of the same. Entries of a list need the conditions in the paragraph before it. Without
them a line would promise too much.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from streams.evidence.line_places import PlacedLine
from streams.evidence.line_rules import LineRules
from streams.evidence.line_structure import Need

BESIDE = 2
"""Units within which an exception restricts a line, whatever it speaks of."""
FAR = 8
"""Units within which it does if both speak of the same."""
MOST_IN_LIST = 24
"""Lines before and after an entry of a list among which it restricts others of the list."""
_LABEL = re.compile(r"[^.:;!?]{1,80}: ")
"""Begins an entry that speaks of its own case: "LK-PAY-03: the card has expired."."""


def restricting_needs(lines: Sequence[PlacedLine], rules: LineRules) -> Iterator[Need]:
    """Yield which of *lines* need which, since it restricts them; none that is unsafe is here."""
    for _, section in groupby(lines, key=lambda one: one.section):
        told = [_Told(one, rules) for one in section if not one.is_heading]
        for n, restricting in enumerate(told):
            if restricting.restricts_others:
                yield from _restricted(told, n)


@dataclass(frozen=True, eq=False)
class _Told:
    """A line, and what the rules tell of it, once it is asked."""

    one: PlacedLine
    rules: LineRules

    @cached_property
    def is_exception(self) -> bool:
        return self.rules.restricts(self.main_clause)

    @cached_property
    def is_order(self) -> bool:
        return self.rules.orders(self.one.line.text)

    @cached_property
    def main_clause(self) -> str:
        """The text without the case that it begins with: "If it shows only after a reload, "."""
        text = self.one.line.text
        return text.partition(", ")[2] or text if self.is_scope else text

    @cached_property
    def is_limit(self) -> bool:
        text = self.one.line.text
        return self.rules.limits(text) and not self.rules.away(text)

    @cached_property
    def is_condition(self) -> bool:
        return self.rules.conditions(self.one.line.text)

    @cached_property
    def is_scope(self) -> bool:
        return self.rules.scopes(self.one.line.text)

    @cached_property
    def leans(self) -> bool:
        return self.rules.leans(self.one.line.text)

    @property
    def restricts_others(self) -> bool:
        """Whether it may restrict a line; a row is looked up, and tells of its own case alone."""
        return (
            not self.one.is_in_table
            and self.one.block.kind != "code"
            and (
                self.is_exception
                or self.is_order
                or self.is_limit
                or self.is_scope
                or self.is_condition
            )
        )

    def is_exception_to(self, line: _Told) -> bool:
        """Return whether it restricts *line* if that is near; no row is an action."""
        return self.is_exception or (self.is_order and not line.one.is_in_table)


def _restricted(told: Sequence[_Told], n: int) -> Iterator[Need]:
    """Yield the lines that *told[n]* restricts."""
    restricting = told[n]
    reach = FAR if restricting.is_exception or restricting.is_order else BESIDE
    most = MOST_IN_LIST if restricting.one.is_in_list else len(told)
    for step in (-1, 1):
        at = n + step
        while (
            0 <= at < len(told)
            and abs(at - n) <= most
            and abs(told[at].one.unit - restricting.one.unit) <= reach
        ):
            if _restricts(restricting, told[at]):
                yield told[at].one.n, restricting.one.n
            at += step


def _restricts(restricting: _Told, line: _Told) -> bool:
    away = restricting.one.unit - line.one.unit
    if away == 0:
        return _restricts_entry(restricting, line)
    if restricting.one.is_in_list:
        return False
    if line.is_exception and not line.one.is_grouped:
        return away == 1 and restricting.is_exception_to(line) and _goes_on(restricting, line)
    shared = line.one.shares(restricting.one)
    is_exception = restricting.is_exception_to(line)
    if _heads_list(restricting, line) and (restricting.is_condition or is_exception):
        return True
    if is_exception:
        return 1 <= away <= BESIDE or (away == -1 and shared > 0) or (away > 0 and shared >= 2)
    if restricting.is_scope and away in (1, 2):
        return shared >= 2
    close = away == 1 or _heads_list(restricting, line)
    return restricting.is_limit and close and shared >= 2 and not line.one.is_in_table


def _goes_on(restricting: _Told, line: _Told) -> bool:
    """Return whether an exception belongs to the one before it."""
    return restricting.leans or restricting.one.block is line.one.block


def _heads_list(restricting: _Told, line: _Told) -> bool:
    """Return whether *restricting* stands in the paragraph right before *line*'s list or code."""
    if not line.one.is_grouped or line.one.is_in_table or restricting.one.is_grouped:
        return False
    return 0 < line.one.unit - restricting.one.unit <= BESIDE


def _restricts_entry(restricting: _Told, line: _Told) -> bool:
    """Return whether one entry of a list restricts another, two places away at most."""
    if not restricting.one.is_in_list or not line.one.is_in_list:
        return False
    mine, other = restricting.one.block.entries[-1], line.one.block.entries[-1]
    if mine.list_id != other.list_id or abs(mine.place - other.place) > BESIDE:
        return False
    if _LABEL.match(restricting.one.line.text):
        return False
    shared = line.one.shares(restricting.one)
    if restricting.is_exception_to(line):
        return shared >= (1 if mine.place > other.place else 2)
    return restricting.is_scope and mine.place > other.place and shared >= 2
