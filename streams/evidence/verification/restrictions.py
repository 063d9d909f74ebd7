"""
Which conditions and exceptions beside the quoted lines a draft must not leave out.

An article restricts a line by others that stand near it, and the renderer brings them all. A draft
without one misleads only if it concerns this customer: if it has a word of theirs that the draft
does not have, if it leans on the line, or if both speak of the same. Words are in
`text/tables/restrictions.yaml`, and in `line_rules.yaml` beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from streams.evidence.line_rules import LineRules, rules_of
from streams.evidence.lines import PassageLines
from streams.evidence.verification.alternatives import CaseGroups, Cases, is_of_another
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.findings import Issue
from streams.evidence.verification.matter import matter
from streams.ports import LineRef
from streams.text.patterns import Pattern
from streams.text.tables import of_language, table
from streams.text.words import coverage

SAME_MATTER = 2
"""Words in common from which an exception speaks of what a line speaks of."""
_MOST = 0.5
"""Share of the words of a bound above which a line says the same without it."""

_TABLE = table("restrictions")
_NAME = "[A-ZÀ-Þ][\\w’'-]*"
_SMALL = "(?: [a-zß-ÿ][\\w’'-]*)"
_MENU = re.compile(f"{_NAME}{_SMALL}{{0,2}}(?: > {_NAME}{_SMALL}{{0,3}})+")
"""A way through menus: "Settings > Billing"."""


@dataclass(frozen=True)
class Restrictions:
    """Compares what restricts the `quoted` lines with them, and with what the customer says."""

    quoted: Sequence[Classified]
    lines: PassageLines
    asked: frozenset[str]
    """The words of the customer's message."""
    language: str
    cases: CaseGroups
    theirs: Cases

    def issues(self) -> Iterator[Issue]:
        """Yield the quoted lines of which a restriction is missing that concerns the customer."""
        for one in self.quoted:
            if one.ref and any(self._concerns(one.ref, ref) for ref in self._left_out(one.ref)):
                yield one.issue(
                    "needs-restriction",
                    "A condition or an exception beside a line is missing.",
                    ("warning",),
                )

    def _left_out(self, ref: LineRef) -> Iterator[LineRef]:
        """Yield what restricts the line *ref*, is not quoted, and is about no other case."""
        for n in self.lines[ref].restricted_by:
            beside = LineRef(ref.doc_id, n)
            if beside in self._used or beside not in self.lines:
                continue
            if not is_of_another(self.cases.holds_for(self.lines[beside].text), self.theirs):
                yield beside

    def _concerns(self, ref: LineRef, beside: LineRef) -> bool:
        """Return whether *beside*, which restricts the line *ref*, concerns the customer."""
        line, other, rules = self.lines[ref], self.lines[beside], self._rules
        if rules is None or (rules.leans(other.text) and ref.n in other.needs):
            return not (rules and self._says_the_reverse(other.text, line.text, rules))
        said = telling_matter(_MENU.sub(" ", other.text), self.language)
        if (said & self.asked) - self._told_by(ref):
            return True
        is_told = beside.n < ref.n and len(said & self.asked) >= SAME_MATTER
        own = telling_matter(line.text, self.language)
        if is_told or len(said & own) < SAME_MATTER or self._only_denies(line.text, rules):
            return False
        return coverage(said, own) > _MOST or not _only_bounds(other.text, rules)

    def _says_the_reverse(self, other: str, line: str, rules: LineRules) -> bool:
        """Return whether *other* only says that beyond the bound that *line* has it does not go."""
        has_bound = self._has("until", line) or rules.bounds(line)
        return has_bound and self._has("beyond", other)

    def _only_denies(self, line: str, rules: LineRules) -> bool:
        """Return whether *line* says that something is not so, and promises nothing."""
        return rules.denies(line) and not self._has("promises_too", line)

    def _has(self, name: str, text: str) -> bool:
        return _pattern(name, self.language).is_in(text)

    def _told_by(self, ref: LineRef) -> frozenset[str]:
        """Return what the draft says, and what the headings of the line *ref* do."""
        headings = (self.lines.passage(ref).title, *self.lines[ref].headings)
        return self._told | matter("\n".join(headings), self.language)

    @cached_property
    def _told(self) -> frozenset[str]:
        texts = (one.sentence.text for one in self.quoted)
        return frozenset[str]().union(*(matter(text, self.language) for text in texts))

    @cached_property
    def _used(self) -> frozenset[LineRef]:
        return frozenset(one.ref for one in self.quoted if one.ref)

    @cached_property
    def _rules(self) -> LineRules | None:
        return rules_of(self.language)


def telling_matter(text: str, language: str) -> frozenset[str]:
    """Return the stems of *text* that tell what it is about: no numbers, units and the like."""
    words = matter(text, language) - _says_little(language)
    return frozenset(word for word in words if not word.isdecimal())


def _only_bounds(text: str, rules: LineRules) -> bool:
    """Return whether *text* only says how far something goes: "can be restored for 30 days"."""
    restricts = rules.restricts(text) or rules.orders(text)
    return not (restricts or rules.denies(text) or rules.demands(text))


@cache
def _pattern(name: str, language: str) -> Pattern:
    return Pattern(*of_language(_TABLE[name], language), flags="(?i)")


@cache
def _says_little(language: str) -> frozenset[str]:
    return matter(of_language(_TABLE["says_little"], language), language)
