"""
The names in a question that decide whose line answers it: error codes, versions, rows of tables.

The answer for another plan, role, version or error code is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from urllib.parse import urlsplit

from schemas import Line
from streams.evidence.lines import PassageLines
from streams.evidence.verification.alternatives import tier_words
from streams.evidence.verification.plan_names import PlanEvidence
from streams.ports import LineRef
from streams.text.codes import missing_codes
from streams.text.tables import table, words_of
from streams.text.words import content, stems

_NUMBER = r"\d{1,4}(?:\.\d{1,4}){0,3}"


def _after(words: Iterable[str]) -> str:
    names = "|".join(sorted(map(re.escape, words)))
    return rf"(?<!\w)({names})[ -]?({_NUMBER})(?![\w.]*\d)"


_VERSION = re.compile(
    rf"{_after(words_of(table('verification')['versioned']))}|(?<![\w.])(v)({_NUMBER})(?!\w)", re.I
)
_OF_PLATFORM = re.compile(_after(words_of(table("verification")["platforms"])), re.I)


def lacks_name(said: str, used: Sequence[LineRef], lines: PassageLines) -> bool:
    """
    Return whether *said* names a code, a version, a plan or the like that neither *used* nor their
    headings and titles have.
    """
    evidence = "\n".join(_texts(used, lines))
    if _lacks_version(said, evidence) or _lacks_platform(said, used, lines):
        return True
    return bool(missing_codes(said, evidence)) or (
        _plans(used, lines).lacks(said) and _beside_named(said, used, lines) is None
    )


def lacks_code(said: str, used: Sequence[LineRef], lines: PassageLines) -> bool:
    """
    Return whether *said*, a whole message, has an error code or a version that no line of *used*
    has, or plans of which they have none though they tell plans apart.
    """
    evidence = "\n".join(_texts(used, lines))
    return (
        bool(missing_codes(said, evidence))
        or _lacks_version(said, evidence)
        or (_plans(used, lines).lacks_theirs(said) and _beside_named(said, used, lines) is None)
    )


def _lacks_version(said: str, evidence: str) -> bool:
    """Return whether *said* names a version of which *evidence* has not the number."""
    found = {number for groups in _VERSION.findall(said) for number in groups[1::2] if number}
    return bool(found) and not found <= set(re.findall(r"\d+(?:\.\d+)*", evidence))


def _lacks_platform(said: str, used: Sequence[LineRef], lines: PassageLines) -> bool:
    """
    Return whether *said* names a version of a platform that *used* lack, though their articles
    tell versions of that platform apart.
    """
    found = {(name.casefold(), number) for name, number in _OF_PLATFORM.findall(said)}
    if not found:
        return False
    articles = {ref.doc_id for ref in used}
    told = "\n".join(_texts([ref for ref in lines if ref.doc_id in articles], lines))
    known = {name.casefold() for name, _ in _OF_PLATFORM.findall(told)}
    numbers = set(re.findall(r"\d+(?:\.\d+)*", "\n".join(_texts(used, lines))))
    return any(name in known and number not in numbers for name, number in found)


def _plans(used: Sequence[LineRef], lines: PassageLines) -> PlanEvidence:
    """Return what *used* say of plans. A table tells of those that are its columns."""
    rows = [lines[ref] for ref in used if lines[ref].cells]
    columns = {
        header
        for line in lines.values()
        if line.cells and any(_alike(line, row) for row in rows)
        for header, _ in line.cells[1:]
    }
    urls = {lines.passage(ref).url or "" for ref in used}
    return PlanEvidence(
        (*_texts(used, lines), *sorted(columns)),
        [row.cells[0][1] for row in rows if row.cells[0][0].strip().casefold() in tier_words()],
        " ".join(sorted(urlsplit(url).netloc for url in urls)),
    )


def _texts(used: Sequence[LineRef], lines: PassageLines) -> Iterator[str]:
    for ref in used:
        yield lines[ref].text
        yield from lines[ref].headings
        yield lines.passage(ref).title


def lacks_negation(said: str, used: Sequence[LineRef], lines: PassageLines) -> bool:
    """
    Return whether *said* lacks something ("no recovery codes") for which there is a line that none
    of *used* is: what holds for those who have it helps nobody who does not.
    """
    lacking = _lacking(said)
    if not lacking:
        return False
    meant = {ref for ref, line in lines.items() if line.quotable and lacking & _lacking(line.text)}
    return bool(meant) and not meant & set(used)


@lru_cache(maxsize=4_096)
def _lacking(text: str) -> frozenset[tuple[str, ...]]:
    """Return what follows upon "no", "without" and the like in *text*: one or two stems each."""
    after = re.findall(rf"(?<!\w)(?:{_without()})\s+(\w+(?:[ -]\w+)?)", text.lower())
    return frozenset(tuple(stems(words)) for words in after if content(words))


def without_lacking(text: str) -> str:
    """Return *text* without what it says that somebody lacks: "no locker", "keine Rechnung"."""
    return _lack().sub(" ", text)


@cache
def _lack() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_without()})\s+\w+", re.I)


@cache
def _without() -> str:
    return "|".join(sorted(map(re.escape, words_of(table("verification")["lacking"]))))


def other_row(
    asked: str, used: Sequence[LineRef], lines: PassageLines, said: str = ""
) -> LineRef | None:
    """
    Return a line of *used* that is the row of another than is named; None if there is none.

    A row is that of another if its table has a row of what the question *asked*, or else the whole
    message *said*, names, which is not *used*; and if they name none of its table, where others are
    left out.
    """
    chosen = [ref for ref in used if lines[ref].cells]
    for ref in chosen:
        siblings = _siblings(ref, lines)
        named = _named(asked, siblings, lines) or _named(said, siblings, lines)
        if named and ref not in named and not any(r in used for r in named):
            return ref
        if (
            not named
            and not _shares_words(f"{asked} {said}", lines[ref])
            and not set(siblings) <= set(used)
        ):
            return ref
    return None


def _beside_named(asked: str, used: Sequence[LineRef], lines: PassageLines) -> LineRef | None:
    """Return a row of *used* in whose table others, and none of *used*, are named by *asked*."""
    for ref in used:
        named = _named(asked, _siblings(ref, lines), lines) if lines[ref].cells else []
        if named and not any(r in used for r in named):
            return ref
    return None


def _siblings(ref: LineRef, lines: PassageLines) -> list[LineRef]:
    """Return the rows of the table of the row *ref*."""
    return [r for r in lines if r.doc_id == ref.doc_id and _alike(lines[r], lines[ref])]


def _named(said: str, rows: Iterable[LineRef], lines: PassageLines) -> list[LineRef]:
    """Return those of *rows* whose subject *said* names; as it is written, or else in any case."""
    for flags in (re.NOFLAG, re.IGNORECASE):
        found = [ref for ref in rows if names_subject(said, lines[ref], flags)]
        if found:
            return found
    return []


def names_subject(said: str, row: Line, flags: re.RegexFlag = re.IGNORECASE) -> bool:
    """Return whether *said* has a subject of *row* as whole words."""
    return bool(row.cells and _any_subject(row.cells[0][1], flags).search(said))


@lru_cache(maxsize=4_096)
def _any_subject(cell: str, flags: re.RegexFlag) -> re.Pattern[str]:
    """Return what finds a subject of a row whose first cell is *cell*."""
    any_of = "|".join(map(re.escape, subjects(cell)))
    return re.compile(rf"(?<!\w)(?:{any_of})(?!\w)" if any_of else "(?!)", flags)


def is_row_of(said: str, row: Line) -> bool:
    """Return whether *said* names what *row* is about, or has most of its words."""
    if not row.cells:
        return False
    about = content(row.cells[0][1])
    return names_subject(said, row) or len(about & content(said)) >= _MOST_WORDS


_MOST_WORDS = 2


def subjects(cell: str) -> list[str]:
    """Return what a row is about: *cell*, its first one, and each of several that it lists."""
    parts = re.split(r"\s*[,/]\s+|\s+(?:and|or|und|oder|et|ou|y|o|e)\s+", cell)
    return list(dict.fromkeys(part for part in (cell, *parts) if part.strip()))


def _alike(one: Line, other: Line) -> bool:
    """Return whether two rows are of one table."""
    if not one.cells or one.cells[0][0] != other.cells[0][0]:
        return False
    return one.headings == other.headings


def _shares_words(said: str, row: Line) -> bool:
    return bool(content(said) & content(" ".join(row.cells[0])))
