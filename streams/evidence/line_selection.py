"""
Chooses from the lines of passages those that answer each question.

Retrieval has decided which passages are evidence. Here lines are put in order, and few are taken:
the best one, and what beside it says more of what is asked. A question that no line comes close to
gets none: better an open question than a wrong line.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from schemas import Passage
from streams.evidence import amounts
from streams.evidence.asked import AskedQuestion
from streams.evidence.lacking import lacked, needs_lacked
from streams.evidence.line_units import LineUnit, line_units
from streams.evidence.lines import PassageLines
from streams.evidence.table_rows import asks_for_all, is_meant, is_of_code, rows_for
from streams.evidence.unit_closeness import closeness
from streams.evidence.verification.asking import asks_how
from streams.evidence.verification.names import names_subject
from streams.ports import LineRef
from streams.text.codes import codes, missing_codes, share_code, share_family
from streams.text.words import content

CLOSE = 0.3
"""Least closeness of a line that answers a question."""
NAMED = 0.15
"""Bonus of the row of what a question names, or of a table of what it asks for."""
WITHOUT = 0.15
"""Bonus of what holds for those who lack what the customer lacks."""
FITTING = 0.7
"""Share of the best unit's closeness from which one of the kind that is asked for comes first: one
that says how something is done, or has the kind of number."""
NEARLY_AS_CLOSE, BESIDE = 0.85, 0.8
"""Share of the best unit's closeness that a further one needs: one of its section, and the very
next one."""
CLEAR = 0.5
"""Score of an article from which it bears clearly on a message with a single question."""
MOST_FURTHER = 2
"""Further units for one question."""
MOST_CHOSEN = 8
"""Lines for one question. The first choice may be longer: a procedure is never cut."""


def choose_lines(
    questions: Sequence[AskedQuestion], said: str, passages: Sequence[Passage], lines: PassageLines
) -> list[tuple[LineRef, ...]]:
    """
    Return for each of *questions* the lines that answer it, or none.

    Args:
        said: all that the customer wrote.
    """
    units = line_units(lines)
    things = lacked(said)
    named = codes(said)
    refused = {ref for unit in units if _misleads(unit, said, named) for ref in unit.refs}
    able = [
        unit
        for unit in units
        if not refused.intersection(unit.all)
        and not (things and needs_lacked(_text(unit, lines), things))
    ]
    if not able:
        return [()] * len(questions)
    articles: dict[str, float] = {}
    for passage in passages:
        articles[passage.doc_id] = max(articles.get(passage.doc_id, 0.0), passage.score)
    alone = len(questions) == 1
    told = said
    for question in questions:
        told = told.replace(question.text, " ")
    around = _Around(able, told, lacked(told), _headers(able), articles)
    chosen = [_chosen(question, around, alone=alone) for question in questions]
    return _with_code(chosen, able, said)


def _with_code(
    chosen: list[tuple[LineRef, ...]], units: Sequence[LineUnit], said: str
) -> list[tuple[LineRef, ...]]:
    """Return *chosen* with the line of the error code that was *said*, if they leave it out."""
    named = codes(said)
    coded = [unit for unit in units if share_code(unit.signs.codes, named)]
    there = {ref for refs in chosen for ref in refs}
    if not coded or any(there.intersection(unit.refs) for unit in coded):
        return chosen
    for n, refs in enumerate(chosen):
        of_article = [u for u in coded if refs and u.doc_id == refs[0].doc_id]
        if of_article:
            chosen[n] = (*refs, *of_article[0].refs)
            break
    return chosen


def _text(unit: LineUnit, lines: PassageLines) -> str:
    return " ".join(lines[ref].text for ref in unit.all)


def _misleads(unit: LineUnit, said: str, named: frozenset[str]) -> bool:
    """Return whether *unit* is about an error code, and *said* has *named* another one."""
    own = unit.signs.codes
    if not own or share_code(own, named) or share_family(named, own):
        return False
    return bool(missing_codes(said, unit.signs.text))


_Headers = Mapping[tuple[str, tuple[str, ...], str], frozenset[str]]
"""The words of all headers of each table."""


@dataclass(frozen=True)
class _Around:
    """What all questions of a message have in common."""

    units: Sequence[LineUnit]
    said: str
    """All but the questions."""
    lacks: frozenset[frozenset[str]]
    headers: _Headers
    articles: Mapping[str, float]


def _chosen(question: AskedQuestion, around: _Around, *, alone: bool) -> tuple[LineRef, ...]:
    units, said, things = around.units, around.said, around.lacks
    headers, articles = around.headers, around.articles
    close = closeness(question, units, articles).tolist()
    value = {
        unit.refs: near
        + NAMED * _is_named(unit, question.text, headers)
        + WITHOUT * bool(things and things & lacked(unit.signs.text))
        for unit, near in zip(units, close, strict=True)
        if not unit.is_row or _may_answer(unit, question.text, said)
    }
    ordered = sorted((u for u in units if u.refs in value), key=lambda unit: -value[unit.refs])
    if not ordered or value[ordered[0].refs] < CLOSE:
        return ()
    first = _first(question.text, ordered, value)
    wider = question.compared if alone else question.text
    clear = frozenset(doc_id for doc_id, score in articles.items() if alone and score >= CLEAR)
    picked = [
        first,
        *_further(wider, first, ordered, value, clear | {first.doc_id} if alone else None),
    ]
    picked += _deciding(question, picked, ordered)
    shown = [
        one
        for unit in picked
        for one in (rows_for(unit, units, question.text, said) if unit.is_row else [unit])
    ]
    return tuple(dict.fromkeys(ref for unit in shown for ref in unit.refs))


def _headers(units: Sequence[LineUnit]) -> _Headers:
    """Return the words of all headers of each table."""
    found: dict[tuple[str, tuple[str, ...], str], frozenset[str]] = {}
    for unit in units:
        if unit.is_row:
            own = content(" ".join(header for header, _ in unit.line.cells))
            found[unit.table] = found.get(unit.table, frozenset()) | own
    return found


def _is_named(
    unit: LineUnit,
    asked: str,
    headers: _Headers,
) -> bool:
    """Return whether *asked* names the row *unit* and a column, or asks for its whole table."""
    if not unit.is_row:
        return False
    words, subject = content(asked), content(unit.line.cells[0][1])
    column = headers[unit.table] | content(" ".join((*unit.line.headings, unit.title)))
    named = names_subject(asked, unit.line) or bool(words & subject)
    about = bool((words - subject) & column) or bool(amounts.asked_kinds(asked))
    return (named and about) or asks_for_all(unit, asked)


def _may_answer(row: LineUnit, asked: str, said: str) -> bool:
    """Return whether the row of a table may answer: that of a code only if it is asked for."""
    if not is_of_code(row):
        return True
    named = codes(f"{asked} {said}")
    return is_meant(row, named) if named else asks_for_all(row, asked)


_Values = dict[tuple[LineRef, ...], float]


def _first(asked: str, ordered: Sequence[LineUnit], value: _Values) -> LineUnit:
    """Return the best of *ordered* that is of the kind asked for if one is near, else the best."""
    near = [u for u in ordered if value[u.refs] >= FITTING * value[ordered[0].refs]]
    kinds = amounts.asked_kinds(asked)
    if kinds:
        fitting = [u for u in near if kinds & amounts.answerable_kinds(u.signs.text)]
    elif asks_how(asked):
        fitting = [u for u in near if u.instructs]
        steps = [u for u in fitting if u.line.number and not u.line.text.endswith(":")]
        if fitting and steps and value[steps[0].refs] >= BESIDE * value[fitting[0].refs]:
            return steps[0]
        of_code = [u for u in near if is_meant(u, codes(asked))]
        return next(iter((*fitting, *of_code, *near)))
    else:
        fitting = []
    return (fitting or near)[0]


def _further(
    asked: str,
    first: LineUnit,
    ordered: Sequence[LineUnit],
    value: _Values,
    articles: Collection[str] | None,
) -> list[LineUnit]:
    """Return what in the section of *first*, or anywhere in *articles*, says more of *asked*."""
    words = content(asked)
    said = words & first.signs.words
    found: list[LineUnit] = []
    for unit in sorted(ordered, key=lambda unit: not _is_beside(unit, first)):
        if unit is first or len(found) == MOST_FURTHER:
            continue
        if not (unit.doc_id in articles if articles else _is_of_section(unit, first)):
            continue
        share, own = value[unit.refs] / value[first.refs], words & unit.signs.words
        beside = _is_beside(unit, first) and bool(own)
        near = BESIDE if beside or articles else NEARLY_AS_CLOSE
        if share >= near and (beside or own - said):
            found.append(unit)
            said |= own
    return found


def _is_beside(unit: LineUnit, first: LineUnit) -> bool:
    """Return whether *unit* goes on where *first* ends."""
    return _is_of_section(unit, first) and unit.refs[0].n == first.refs[-1].n + 1


def _is_of_section(unit: LineUnit, first: LineUnit) -> bool:
    return unit.doc_id == first.doc_id and unit.line.headings == first.line.headings


def _deciding(
    question: AskedQuestion, picked: Sequence[LineUnit], ordered: Sequence[LineUnit]
) -> list[LineUnit]:
    """
    Return the best of *ordered* that has the kind of number that decides *question*, if none of
    *picked* has it: a row of the same article if there is one.
    """
    kinds = amounts.turns_on(question.text)
    if not kinds or any(kinds & amounts.answerable_kinds(u.signs.text) for u in picked):
        return []
    able = [
        unit
        for unit in ordered
        if unit.doc_id == picked[0].doc_id and kinds & amounts.answerable_kinds(unit.signs.text)
    ]
    return [next((unit for unit in able if unit.is_row), able[0])] if able else []
