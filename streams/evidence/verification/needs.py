"""
What the quoted lines need: conditions, lead-ins and earlier steps stand in the draft, in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from streams.evidence.line_rules import rules_of
from streams.evidence.lines import PassageLines
from streams.evidence.verification.alternatives import CaseGroups
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.findings import Issue
from streams.evidence.verification.matter import matter
from streams.evidence.verification.names import without_lacking
from streams.evidence.verification.own_case import OwnCase
from streams.evidence.verification.restrictions import Restrictions
from streams.evidence.verification.verbatim import normal
from streams.ports import LineRef
from streams.text.words import coverage

_SAID = 0.75
"""Share of a condition's words from which it is what the customer says of their own case."""


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
        yield from Restrictions(quoted, lines, asked, language, cases, theirs).issues()
        yield from OwnCase(cases, theirs, asked, language).issues(quoted, lines)
    yield from _of_procedures(quoted, lines)
    yield from _of_headings(quoted, lines, asked, language)


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
    Yield lines without the condition that is their heading, unless the customer says that it is
    their case, or the line begins with it; and headings of other lines.
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
                if not _is_said(heading, line.text, asked, language)
            )
            if not set(map(normal, unsaid)) <= set(shown):
                yield one.issue(
                    "needs-heading", "A line's condition, its heading, is missing.", ("warning",)
                )
            shown = [words for words in shown if words in own]
        before = one
    if before and before.is_heading:
        yield _other_heading(before)


def _is_said(heading: str, line: str, asked: frozenset[str], language: str) -> bool:
    """Return whether the condition *heading* is the customer's case, or *line* says it itself."""
    words = matter(heading, language)
    return coverage(words, asked) >= _SAID or _begins_with(words, line, language)


def _begins_with(condition: frozenset[str], line: str, language: str) -> bool:
    """Return whether *line* begins with when it holds, in some words of the *condition*."""
    rules = rules_of(language)
    case, comma, _ = line.partition(", ")
    return bool(comma and rules and rules.conditions(case) and condition & matter(case, language))


def _other_heading(heading: Classified) -> Issue:
    return heading.issue(
        "other-heading", "A heading stands before lines that are not its own.", ("warning",)
    )
