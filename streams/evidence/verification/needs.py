"""
What the quoted lines need: conditions, lead-ins and earlier steps stand in the draft, in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streams.evidence.line_rules import rules_of
from streams.evidence.lines import PassageLines
from streams.evidence.verification.alternatives import CaseGroups, Cases, is_of_another
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.findings import Issue
from streams.evidence.verification.matter import matter
from streams.evidence.verification.names import without_lacking
from streams.evidence.verification.own_case import OwnCase
from streams.evidence.verification.verbatim import normal
from streams.ports import LineRef
from streams.text.words import coverage

_SAID_BY_CUSTOMER = 0.75
"""Share of a condition's words from which it is what the customer says of their own case."""
_SAME_MATTER = 2
"""Words in common from which an exception speaks of what a line speaks of."""


def of_needs(
    classified: Sequence[Classified], lines: PassageLines, *, said: str, language: str
) -> Iterator[Issue]:
    """
    Yield what the lines among *classified* need and the draft lacks, or has in another order.

    Args:
        said: what the customer wrote.
        language: of the draft.
    """
    quoted = [c for c in classified if c.rests_on == "line"]
    used = [c.ref for c in quoted if c.ref]
    at = {ref: n for n, ref in reversed(list(enumerate(used)))}
    asked = matter(without_lacking(said), language)
    for one in quoted:
        if one.ref:
            yield from _of_line(one, one.ref, at, lines)
    if used:
        cases = CaseGroups(lines.values())
        theirs = cases.named(said)
        yield from _of_restrictions(quoted, lines, asked, language, cases, theirs)
        yield from OwnCase(cases, theirs, asked, language).issues(quoted, lines)
    yield from _of_procedures(quoted, lines)
    yield from _of_headings(quoted, lines, asked, language)


def _of_restrictions(
    quoted: Sequence[Classified],
    lines: PassageLines,
    asked: frozenset[str],
    language: str,
    cases: CaseGroups,
    theirs: Cases,
) -> Iterator[Issue]:
    """
    Yield lines whose condition or exception is missing, if it may concern the customer.

    It does if it has a word of theirs that no quoted line has, if it leans on the line, or if
    both speak of the same; but not if it is about another case than theirs. What stands before a
    line may be the very case that the customer tells.
    """
    used = {one.ref for one in quoted if one.ref}
    told = frozenset[str]().union(*(matter(one.sentence.text, language) for one in quoted))
    rules = rules_of(language)
    for one in quoted:
        if one.ref is None:
            continue
        own = matter(lines[one.ref].text, language)
        for n in lines[one.ref].restricted_by:
            ref = LineRef(one.ref.doc_id, n)
            if ref in used or ref not in lines:
                continue
            text = lines[ref].text
            if is_of_another(cases.holds_for(text), theirs):
                continue
            beside = matter(text, language)
            leans = rules is None or (rules.leans(text) and one.ref.n in lines[ref].needs)
            is_told = n < one.ref.n and len(beside & asked) >= _SAME_MATTER
            same = len(beside & own) >= _SAME_MATTER and not is_told
            if leans or (beside & asked) - told or same:
                yield one.issue(
                    "needs-restriction",
                    "A condition or an exception beside a line is missing.",
                    ("warning",),
                )
                break


def _of_procedures(quoted: Sequence[Classified], lines: PassageLines) -> Iterator[Issue]:
    """Yield the last step, or the lead-in, after which the draft leaves its list unfinished."""
    used = {one.ref for one in quoted}
    for one in quoted:
        if one.ref is None:
            continue
        line, after = lines[one.ref], LineRef(one.ref.doc_id, one.ref.n + 1)
        following = lines.get(after)
        goes_on = following is not None and (
            (line.number and following.number == line.number + 1)
            or (line.text.rstrip().endswith((":", "：")) and line.n in following.needs)
        )
        if goes_on and after not in used:
            yield one.issue("unfinished", "A procedure or a list is cut off.", ("warning",))


def _of_line(
    one: Classified, ref: LineRef, at: dict[LineRef, int], lines: PassageLines
) -> Iterator[Issue]:
    line = lines[ref]
    if not line.quotable:
        yield one.issue("not-quotable", "A line points at what cannot come along.", ("warning",))
    if lines.missing((ref,)):
        yield one.issue(
            "needs-unknown-line", "A line needs another one that was not retrieved.", ("warning",)
        )
    if any(need not in at for need in lines.understood((ref,))):
        yield one.issue(
            "needs-line",
            "What a line leans on is missing: a lead-in, an earlier step, the sentence before it.",
            ("warning",),
        )
    needs = [LineRef(ref.doc_id, n) for n in line.needs]
    if any(need in at and (at[need] < at[ref]) != (need.n < ref.n) for need in needs):
        yield one.issue("order", "Steps or conditions stand in another order.", ("failed",))


def _of_headings(
    quoted: Sequence[Classified], lines: PassageLines, asked: frozenset[str], language: str
) -> Iterator[Issue]:
    """
    Yield lines without the condition that is their heading, if the customer does not say that
    it is their case, and headings of other lines.
    """
    shown: list[str] = []
    before: Classified | None = None
    for one in quoted:
        if one.is_heading:
            words = normal(one.sentence.text)
            shown = [*shown, words] if before and before.is_heading else [words]
        elif one.ref:
            line = lines[one.ref]
            own = set(map(normal, (*line.headings, *line.conditions)))
            if before and before.is_heading and not set(shown) <= own:
                yield _other_heading(before)
            unsaid = (
                heading
                for heading in line.conditions
                if coverage(matter(heading, language), asked) < _SAID_BY_CUSTOMER
            )
            if not set(map(normal, unsaid)) <= set(shown):
                yield one.issue(
                    "needs-heading", "A line's condition, its heading, is missing.", ("warning",)
                )
            shown = [words for words in shown if words in own]
        before = one
    if before and before.is_heading:
        yield _other_heading(before)


def _other_heading(heading: Classified) -> Issue:
    return heading.issue(
        "other-heading", "A heading stands before lines that are not its own.", ("warning",)
    )
