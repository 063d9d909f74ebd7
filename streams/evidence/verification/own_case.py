"""
Whether a draft tells the customer's own case, where the lines tell cases apart.

A line for another plan or platform is no answer. Where the line beside a quoted one begins with
what the customer says of their case, and no quoted line has it, that line is the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from streams.evidence.lines import PassageLines
from streams.evidence.verification.alternatives import (
    CaseGroups,
    Cases,
    is_of_another,
    is_of_theirs,
    tier_words,
)
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.findings import Issue
from streams.evidence.verification.matter import matter
from streams.evidence.verification.restrictions import telling_matter
from streams.ports import LineRef
from streams.text.words import rarity, words

BEGIN = 5
"""Words of a line that say whose case it tells."""
RARE = 8.4
"""Rarity of a word from which it may name a case: "students", but not "shown"."""
BESIDE = (-2, -1, 1, 2)
"""Where a line stands beside another one."""


@dataclass(frozen=True)
class OwnCase:
    """What a customer says of their case: the cases of `cases` that are `theirs`, and all words."""

    cases: CaseGroups
    theirs: Cases
    asked: frozenset[str]
    language: str

    def issues(self, quoted: Sequence[Classified], lines: PassageLines) -> Iterator[Issue]:
        """Yield lines for another case than the customer's, and those beside theirs."""
        used = {one.ref: one for one in quoted if one.ref}
        texts = [_told(ref, lines) for ref in used]
        told = frozenset[str]().union(*(matter(text, self.language) for text in texts))
        untold = self._untold(texts)
        brought = {need for ref in used for need in lines.whole((ref,)) if need != ref}
        for ref, one in used.items():
            if lines[ref].cells:
                continue
            holds_for = self.cases.holds_for(lines[ref].text)
            if ref not in brought and is_of_another(holds_for, untold):
                yield one.issue(
                    "other-case",
                    "A line is about another plan, platform or the like than the customer's.",
                    ("warning",),
                )
            elif any(
                self._is_theirs(near, lines, untold, told) for near in _near(ref, used, lines)
            ):
                yield one.issue(
                    "own-case",
                    "The line beside a quoted one speaks of the customer's own case.",
                    ("warning",),
                )

    def _untold(self, texts: Sequence[str]) -> Cases:
        """Return the customer's cases of those groups of which *texts* have none."""
        named = [self.cases.named(text) for text in texts]
        return {
            group: members
            for group, members in self.theirs.items()
            if not any(members & one.get(group, frozenset()) for one in named)
        }

    def _is_theirs(
        self, near: LineRef, lines: PassageLines, untold: Cases, told: frozenset[str]
    ) -> bool:
        line = lines[near]
        holds_for = self.cases.holds_for(line.text)
        if is_of_theirs(holds_for, untold):
            return True
        if line.kind != "sentence" or is_of_another(holds_for, self.theirs):
            return False
        begin = " ".join(word for word in words(line.text)[:BEGIN] if rarity(word.lower()) >= RARE)
        named = telling_matter(begin, self.language) & self.asked
        return bool(named - told - _generic(self.language))


def _told(ref: LineRef, lines: PassageLines) -> str:
    return "\n".join((lines.passage(ref).title, *lines[ref].headings, lines[ref].text))


def _near(ref: LineRef, used: Collection[LineRef], lines: PassageLines) -> Iterator[LineRef]:
    """Yield the lines beside *ref*, in its section, that are not *used*; rows are looked up."""
    for step in BESIDE:
        near = LineRef(ref.doc_id, ref.n + step)
        line = lines.get(near)
        if line and near not in used and not line.cells and line.headings == lines[ref].headings:
            yield near


@lru_cache(maxsize=32)
def _generic(language: str) -> frozenset[str]:
    """Return the stems of words that name no case by themselves: "plan"."""
    return matter(" ".join(tier_words()), language)
