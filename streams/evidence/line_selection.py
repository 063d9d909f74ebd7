"""
Chooses from the lines of passages those that answer each problem.

A passage is evidence for a problem by `relevance.py`'s absolute score. Within such passages
lines are only put in order: by meaning, by the rare words that they share with the problem, by
the heading that they stand under, and by error codes. A procedure, and a list that a line
announces, is compared and chosen as a whole: half of either misleads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from schemas import Line, Passage
from streams.evidence import amounts, relevance
from streams.evidence.asked import AskedQuestion
from streams.evidence.body import MOST_CHARACTERS, MOST_LINES
from streams.evidence.lines import PassageLines
from streams.evidence.paragraphs import written_length
from streams.evidence.rows import labelled
from streams.evidence.standing import can_stand
from streams.evidence.verification.names import names_subject
from streams.evidence.verification.questions import asks_how, asks_of, instructs
from streams.ports import LineRef
from streams.text.codes import codes, missing_codes, share_code, share_family
from streams.text.embedding import Vector, embed
from streams.text.words import content, stems

ENOUGH_EVIDENCE = 0.25
"""
Least score of a passage that is evidence for one problem of several. It is below retrieval's
floor, because retrieval also knows the knowledge base's own words. Where a ticket has only one
problem, retrieval has already decided.
"""
MEANING, CONTEXT, WORDS, EVIDENCE = 0.4, 0.15, 0.3, 0.15
"""Weights that put lines in order: of their own vector, of the vector of title and heading,
of shared rare words, and of their passage's score."""
SAME_CODE = 0.15
"""Bonus of a line with the problem's error code. A line with another code is no answer."""
NEARLY_AS_GOOD = 0.8
"""Share of the best line's relevance that a further line needs."""
INSTRUCTING = 0.6
"""Share of the best line's relevance from which a line says how what is asked is done."""
CLEAR = 0.5
"""Score of a passage from which it bears clearly on a message. A further article has to."""
MOST_CHOSEN = 8
"""Lines in total. The first choice may be longer: a procedure is never cut."""
_FRAME = 200
"""Characters of a draft that its lines do not have."""
CACHED_PASSAGES = 4_096
"""Passages whose vectors are cached, about 2 kB each."""
CACHED_UNITS = 32_768
"""Lines whose vectors are cached, about 3 kB each."""


def choose_lines(
    questions: Sequence[AskedQuestion], passages: Sequence[Passage], lines: PassageLines
) -> list[tuple[LineRef, ...]]:
    """Return for each of *questions* the lines that answer it, the best ones first, or none."""
    ready = [_prepared(p.chunk_id, p.title, p.text) for p in passages]
    at = {p.chunk_id: n for n, p in enumerate(passages)}
    units = [_Unit(refs, lines) for refs in _grouped(lines)]
    units = [unit for unit in units if unit.stands]
    share = max(3, MOST_CHOSEN // max(1, len(questions)))
    chosen = []
    for asked in questions:
        problem = asked.compared
        asks = [relevance.question(text) for text in dict.fromkeys((problem, asked.text))]
        scores = _evidence(asks[0], ready)
        evident = [
            unit
            for unit in units
            if scores[at[unit.chunk_id]] >= ENOUGH_EVIDENCE or len(questions) == 1
        ]
        candidates = _candidates(asks, problem, evident, [scores[at[u.chunk_id]] for u in evident])
        chosen.append(_picked(candidates, share, problem))
    return chosen


# What is compared.


@dataclass(frozen=True)
class _PreparedPassage:
    """What comparing a passage with a problem needs."""

    text: relevance.Comparable
    whole: Vector


@lru_cache(maxsize=CACHED_PASSAGES)
def _prepared(chunk_id: str, title: str, text: str) -> _PreparedPassage:
    whole = relevance.whole(title, text)
    return _PreparedPassage(relevance.comparable(title, text), embed([whole])[0])


def _evidence(problem: relevance.WeighedQuestion, ready: Sequence[_PreparedPassage]) -> list[float]:
    """Return how good evidence each passage is for *problem*, 0 to 1."""
    vectors = np.stack([one.whole for one in ready]) if ready else embed([])
    return relevance.scores(problem, [one.text for one in ready], vectors)


def _grouped(lines: PassageLines) -> Iterator[list[LineRef]]:
    """Yield *lines* one by one, but a procedure, or a list with its lead-in, together."""
    group: list[LineRef] = []
    for ref in lines:
        if group and not _goes_on(group, ref, lines):
            yield group
            group = []
        group.append(ref)
    if group:
        yield group


def _goes_on(group: Sequence[LineRef], ref: LineRef, lines: PassageLines) -> bool:
    """Return whether *ref* belongs to the procedure or the announced list of *group*."""
    first, last, line = lines[group[0]], lines[group[-1]], lines[ref]
    if ref.doc_id != group[0].doc_id or ref.n != group[-1].n + 1:
        return False
    if line.number > 1:
        return last.number == line.number - 1
    if line.headings != first.headings:
        return False
    if line.number:
        return _announces(group[0], lines, ref)
    in_list = first.number > 0 or _announces(group[0], lines, ref)
    return in_list and bool({r.n for r in group} & {*line.needs}) and line.kind != "sentence"


def _announces(lead: LineRef, lines: PassageLines, ref: LineRef) -> bool:
    return lines[lead].text.endswith(":") and lead.n in lines[ref].needs


class _Unit:
    """Lines that are compared and chosen as one, with what that needs."""

    def __init__(self, refs: Sequence[LineRef], lines: PassageLines) -> None:
        own = [lines[ref] for ref in refs]
        passage = lines.passage(refs[0])
        self.refs = tuple(refs)
        numbers = {ref.n for ref in refs}
        needs_more = not all(numbers.issuperset(line.needs) for line in own)
        self.all = lines.whole(refs) if needs_more else self.refs
        self.stands = can_stand(self.all, lines) and self._fits(lines)
        self.is_row = len(own) == 1 and own[0].kind == "row"
        self.line, self.doc_id = own[0], refs[0].doc_id
        self.table = (self.doc_id, own[0].headings, own[0].cells[0][0] if own[0].cells else "")
        self.chunk_id, self.score = passage.chunk_id, passage.score
        self.instructs = any(map(_instructs, own))
        self.signs = _signs(
            " ".join(labelled(line.cells) if line.cells else line.text for line in own),
            f"{passage.title}: {own[0].headings[-1]}" if own[0].headings else passage.title,
        )

    def _fits(self, lines: PassageLines) -> bool:
        """Return whether there is room for it in a draft, or for the name of its procedure."""
        length = sum(written_length(ref, lines[ref]) for ref in self.all)
        fits = len(self.all) <= MOST_LINES and length <= MOST_CHARACTERS - _FRAME
        return fits or any(lines[ref].number for ref in self.all)


@dataclass(frozen=True)
class _Signs:
    """What comparing a text under a heading with a problem needs."""

    text: str
    vector: Vector
    context: Vector
    words: frozenset[str]
    codes: frozenset[str]


@lru_cache(maxsize=CACHED_UNITS)
def _signs(text: str, context: str) -> _Signs:
    own, around = embed([text, context])
    return _Signs(text, own, around, frozenset(stems(text)), codes(text))


# How well it answers.


def _instructs(line: Line) -> bool:
    return line.number > 0 or _is_instruction(line.text)


@lru_cache(maxsize=CACHED_UNITS)
def _is_instruction(text: str) -> bool:
    return instructs(Line(n=1, text=text))


@dataclass(frozen=True)
class _Candidate:
    """Lines, and how well they answer each question of the problem."""

    unit: _Unit
    relevance: tuple[float, ...]


def _candidates(
    asks: Sequence[relevance.WeighedQuestion],
    problem: str,
    evident: Sequence[_Unit],
    scores: Sequence[float],
) -> list[_Candidate]:
    """
    Return the units in *evident*, in reading order, but for those of error codes that *problem*
    does not name while it names one, and those that need such a one.

    *asks* are the problem and its questions, *scores* those of the units' passages.
    """
    if not evident:
        return []
    named = codes(problem)
    values = _closeness(asks, evident) + EVIDENCE * np.array(scores)[:, None]
    found: list[_Candidate] = []
    refused: set[LineRef] = set()
    for unit, row in zip(evident, values, strict=True):
        own = unit.signs.codes
        same = share_code(own, named)
        fits = same or not own or share_family(named, own)
        if not fits and missing_codes(problem, unit.signs.text):
            refused.update(unit.refs)
        else:
            found.append(_Candidate(unit, tuple((row + SAME_CODE * same).tolist())))
    return [one for one in found if not refused.intersection(one.unit.all)]


def _closeness(
    asks: Sequence[relevance.WeighedQuestion], units: Sequence[_Unit]
) -> NDArray[np.float64]:
    """
    Return how close each unit is to each question, shape (units, questions), or to the
    problem, shape (units, 1), if it asks none. The problem is half of each question: "How
    long does that take?" says little by itself.
    """
    asked = np.stack([ask.vector for ask in asks], axis=1)
    meaning = np.stack([unit.signs.vector for unit in units]) @ asked
    context = np.stack([unit.signs.context for unit in units]) @ asked
    shared = np.array([[_shared(ask, unit.signs.words) for ask in asks] for unit in units])
    found = MEANING * meaning + CONTEXT * context + WORDS * shared
    whole, questions = found[:, :1], found[:, 1:]
    blended: NDArray[np.float64] = (whole + questions) / 2 if questions.size else whole
    return blended


def _shared(ask: relevance.WeighedQuestion, words: frozenset[str]) -> float:
    """Return the share of the question's words that are in *words*, rare ones counting more."""
    whole = sum(ask.weights.values())
    shared = sum(weight for stem, weight in ask.weights.items() if stem in words)
    return shared / whole if whole else 0.0


# Which are taken.


def _picked(candidates: Sequence[_Candidate], share: int, problem: str) -> tuple[LineRef, ...]:
    """
    Return the best unit for each question, then what is nearly as good, until *share* lines are
    taken; and what has the number that decides *problem*, if they have not.
    """
    if not candidates:
        return ()
    best = [max(c.relevance) for c in candidates]
    by_question = zip(*(c.relevance for c in candidates), strict=True)
    firsts = {max(range(len(row)), key=row.__getitem__) for row in by_question}
    order = sorted(range(len(candidates)), key=lambda n: (n not in firsts, -best[n]))
    picked: list[_Unit] = []
    taken: set[LineRef] = set()
    for n in order:
        unit = candidates[n].unit
        good = n in firsts or best[n] >= NEARLY_AS_GOOD * max(best)
        clear = not picked or unit.score >= CLEAR or unit.doc_id == picked[0].doc_id
        if not picked or (good and clear and len(taken.union(unit.all)) <= share):
            picked.append(unit)
            taken.update(unit.all)
    units = [candidates[n].unit for n in order]
    good_enough = [candidates[n].unit for n in order if best[n] >= INSTRUCTING * max(best)]
    picked += _instructing(good_enough, picked, problem)
    kinds = amounts.turns_on(problem)
    if kinds and not any(_decides(one, problem) for one in picked):
        picked += _deciding(units, kinds)
    shown = [one for unit in picked for one in _as_rows(unit, units, problem)]
    return tuple(dict.fromkeys(ref for one in shown or picked for ref in one.refs))


def _instructing(units: Sequence[_Unit], picked: Sequence[_Unit], problem: str) -> list[_Unit]:
    """
    Return the best of *units*, in the article of the very best, that says how something is done,
    if *problem* asks that and none of *picked* says so.
    """
    if not any(map(asks_how, asks_of(problem))) or any(unit.instructs for unit in picked):
        return []
    article = units[0].doc_id
    return [unit for unit in units if unit.doc_id == article and unit.instructs][:1]


def _as_rows(unit: _Unit, units: Sequence[_Unit], problem: str) -> list[_Unit]:
    """
    Return *unit*, or what stands for it if it is a row of a table: the rows of what *problem*
    names; or itself, if it is about what *problem* is; or all rows, if *problem* turns on a number;
    or nothing. The row of another misleads.
    """
    if not unit.is_row:
        return [unit]
    rows = _table(unit, units)
    named = [row for row in rows if names_subject(problem, row.line)]
    if named or content(problem) & content(unit.line.cells[0][1]):
        return named or [unit]
    return rows if amounts.turns_on(problem) and len(rows) <= MOST_CHOSEN else []


def _deciding(units: Sequence[_Unit], kinds: frozenset[amounts.NumberKind]) -> list[_Unit]:
    """
    Return the best of *units*, in the article of the very best, that has a number of
    *kinds*: a table if there is one, else a sentence.
    """
    article = units[0].doc_id
    able = [
        unit
        for unit in units
        if unit.doc_id == article and kinds & amounts.answerable_kinds(unit.signs.text)
    ]
    return [next((unit for unit in able if unit.is_row), able[0])] if able else []


def _decides(unit: _Unit, problem: str) -> bool:
    return amounts.decides(unit.signs.text, problem, is_row=unit.is_row)


def _table(row: _Unit, units: Sequence[_Unit]) -> list[_Unit]:
    """Return the rows of the table that *row* stands in, in its order."""
    rows = [unit for unit in units if unit.is_row and unit.table == row.table]
    return sorted(rows, key=lambda unit: unit.refs)
