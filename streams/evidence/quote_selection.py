"""
Chooses from passages the quotes that answer each problem.

A passage is evidence for a problem by `relevance.py`'s absolute score. Within such passages
quotes are only put in order: by meaning, by the rare words that they share with the problem,
by the heading that they stand under, and by error codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from schemas import Passage
from streams.evidence import amounts, relevance
from streams.evidence.quotes import Quote, joined, quotes
from streams.text.codes import codes, missing_codes, share_code, share_family
from streams.text.embedding import Vector, Vectors, embed
from streams.text.sentences import split
from streams.text.words import stems

ENOUGH_EVIDENCE = 0.25
"""
Least score of a passage that is evidence for one problem of several. It is below retrieval's
floor, because retrieval also knows the knowledge base's own words. Where a ticket has only one
problem, retrieval has already decided.
"""
MEANING, CONTEXT, WORDS, EVIDENCE = 0.4, 0.15, 0.3, 0.15
"""Weights that put quotes in order: of their own vector, of the vector of title and heading,
of shared rare words, and of their passage's score."""
SAME_CODE = 0.15
"""Bonus of a quote with the problem's error code. A quote with another code is no answer."""
NEARLY_AS_GOOD = 0.8
"""Share of the best quote's relevance that a further quote needs."""
MOST_LINES = 8
"""Sentences and steps in total. The first quote may be longer: a procedure is never cut."""
MOST_QUESTIONS = 4
"""Questions of one problem that are answered one by one."""
CACHED_PASSAGES = 4_096
"""Passages whose quotes and vectors are cached, about 20 kB each."""


def choose(problems: Sequence[str], passages: Sequence[Passage]) -> list[list[Quote]]:
    """Return for each of *problems* the quotes that answer it, in reading order, or none."""
    ready = [
        _prepared(p.doc_id, p.chunk_id, p.title, p.url, p.text) for p in _in_reading_order(passages)
    ]
    share = max(2, MOST_LINES // max(1, len(problems)))
    chosen = []
    for problem in problems:
        asks = [relevance.question(text) for text in (problem, *_questions(problem))]
        evident = [
            (one, score)
            for one, score in zip(ready, _evidence(asks[0], ready), strict=True)
            if score >= ENOUGH_EVIDENCE or len(problems) == 1
        ]
        candidates = _candidates(asks, problem, evident)
        chosen.append(_picked(candidates, share, problem))
    return chosen


def _questions(problem: str) -> list[str]:
    """Return the questions that *problem* asks in so many words."""
    sentences = dict.fromkeys(s.strip() for s in split(problem))
    return [s for s in sentences if s.endswith("?") and len(s.split()) > 2][:MOST_QUESTIONS]


@dataclass(frozen=True)
class _Prepared:
    """A passage's quotes and what comparing them needs: row n belongs to quote n."""

    chunk_id: str
    text: relevance.Comparable
    whole: Vector  # of the passage
    quotes: tuple[Quote, ...]
    vectors: Vectors
    context: Vectors
    words: tuple[frozenset[str], ...]
    codes: tuple[frozenset[str], ...]


@lru_cache(maxsize=CACHED_PASSAGES)
def _prepared(doc_id: str, chunk_id: str, title: str, url: str, text: str) -> _Prepared:
    found = tuple(quotes(doc_id, url, text))
    contexts = [f"{title}: {q.heading}" if q.heading else title for q in found]
    vectors = embed([relevance.whole(title, text), *(q.text for q in found), *contexts])
    return _Prepared(
        chunk_id=chunk_id,
        text=relevance.comparable(title, text),
        whole=vectors[0],
        quotes=found,
        vectors=vectors[1 : len(found) + 1],
        context=vectors[len(found) + 1 :],
        words=tuple(frozenset(stems(q.text)) for q in found),
        codes=tuple(codes(q.text) for q in found),
    )


def _in_reading_order(passages: Sequence[Passage]) -> list[Passage]:
    """Return articles by the rank of their best passage, each article in its own order."""
    rank: dict[str, int] = {}
    for n, passage in enumerate(passages):
        rank.setdefault(passage.doc_id, n)
    return sorted(passages, key=lambda p: (rank[p.doc_id], _number(p.chunk_id)))


def _number(chunk_id: str) -> int:
    digits = chunk_id.rpartition("-")[2]
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _evidence(problem: relevance.WeighedQuestion, ready: Sequence[_Prepared]) -> list[float]:
    """Return how good evidence each passage is for *problem*, 0 to 1."""
    vectors = np.stack([one.whole for one in ready]) if ready else embed([])
    return relevance.scores(problem, [one.text for one in ready], vectors)


@dataclass(frozen=True)
class _Candidate:
    """A quote, where it stands, and how well it answers each question of the problem."""

    quote: Quote
    chunk_id: str
    relevance: tuple[float, ...]


def _candidates(
    asks: Sequence[relevance.WeighedQuestion],
    problem: str,
    evident: Sequence[tuple[_Prepared, float]],
) -> list[_Candidate]:
    """
    Return the quotes of the passages in *evident*, each beside its score, but for those of
    error codes that *problem* does not name while it names one.

    *asks* are the problem and its questions.
    """
    named = codes(problem)
    found: list[_Candidate] = []
    for one, score in evident:
        values = _closeness(asks, one) + EVIDENCE * score
        kept = False
        for quote, own, row in zip(one.quotes, one.codes, values, strict=True):
            same = share_code(own, named)
            fits = same or not own or share_family(named, own)
            other = not fits and missing_codes(problem, quote.text)
            kept = not other and (kept or not quote.needs_previous)
            if kept:
                score_each = row + SAME_CODE * same
                _add(found, _Candidate(quote, one.chunk_id, tuple(score_each.tolist())))
    return found


def _closeness(asks: Sequence[relevance.WeighedQuestion], one: _Prepared) -> NDArray[np.float64]:
    """
    Return how close each quote is to each question, shape (quotes, questions), or to the
    problem, shape (quotes, 1), if it asks none. The problem is half of each question: "How
    long does that take?" says little by itself.
    """
    vectors = np.stack([ask.vector for ask in asks], axis=1)
    found = MEANING * (one.vectors @ vectors) + CONTEXT * (one.context @ vectors)
    shared = [[_shared(ask, words) for ask in asks] for words in one.words]
    found = found + WORDS * np.array(shared).reshape(found.shape)
    whole, questions = found[:, :1], found[:, 1:]
    blended: NDArray[np.float64] = (whole + questions) / 2 if questions.size else whole
    return blended


def _shared(ask: relevance.WeighedQuestion, words: frozenset[str]) -> float:
    """Return the share of the question's words that are in *words*, rare ones counting more."""
    whole = sum(ask.weights.values())
    shared = sum(weight for stem, weight in ask.weights.items() if stem in words)
    return shared / whole if whole else 0.0


def _add(found: list[_Candidate], new: _Candidate) -> None:
    """Append *new*; a procedure's later part joins the part before, or is left out."""
    if new.quote.number <= 1:
        found.append(new)
    elif found and _follows(found[-1].chunk_id, new.chunk_id):
        whole = joined(found[-1].quote, new.quote)
        if whole:
            best = tuple(map(max, found[-1].relevance, new.relevance))
            found[-1] = _Candidate(whole, new.chunk_id, best)


def _follows(before: str, after: str) -> bool:
    same_article = before.rpartition("-")[0] == after.rpartition("-")[0]
    return same_article and _number(after) == _number(before) + 1


def _picked(candidates: Sequence[_Candidate], share: int, problem: str) -> list[Quote]:
    """
    Return the best quote for each question, then what is nearly as good, in reading order,
    until *share* lines are taken; and what has the number that decides *problem*, if they
    have not.
    """
    if not candidates:
        return []
    best = [max(c.relevance) for c in candidates]
    by_question = zip(*(c.relevance for c in candidates), strict=True)
    firsts = {max(range(len(row)), key=row.__getitem__) for row in by_question}
    order = sorted(range(len(candidates)), key=lambda n: (n not in firsts, -best[n]))
    picked: set[int] = set()
    for n in order:
        new = picked | _with_previous(n, candidates)
        lines = sum(len(candidates[m].quote.lines) for m in new)
        good = n in firsts or best[n] >= NEARLY_AS_GOOD * max(best)
        if not picked or (good and lines <= share):
            picked = new
    kinds = amounts.turns_on(problem)
    if kinds and not any(_decides(candidates[n].quote, problem) for n in picked):
        picked |= _deciding(candidates, order, kinds)
    return [candidates[n].quote for n in sorted(picked)]


def _deciding(
    candidates: Sequence[_Candidate], order: Sequence[int], kinds: frozenset[amounts.NumberKind]
) -> set[int]:
    """
    Return the best of *candidates*, in the article of the very best, that has a number of
    *kinds*: a table if there is one, else a sentence.
    """
    article = candidates[order[0]].quote.doc_id
    able = [
        n
        for n in order
        if candidates[n].quote.doc_id == article
        and kinds & amounts.answerable_kinds(candidates[n].quote.text)
    ]
    row = next((n for n in able if candidates[n].quote.is_row), None)
    if row is not None:
        return _table(row, candidates)
    return _with_previous(able[0], candidates) if able else set()


def _decides(quote: Quote, problem: str) -> bool:
    return amounts.decides(quote.text, problem, is_row=quote.is_row)


def _table(n: int, candidates: Sequence[_Candidate]) -> set[int]:
    """Return the rows of the table that row *n* stands in, or *n* alone if they are many."""
    quote = candidates[n].quote
    rows = {
        m
        for m, other in enumerate(candidates)
        if other.chunk_id == candidates[n].chunk_id
        and other.quote.is_row
        and other.quote.columns == quote.columns
    }
    return rows if len(rows) <= MOST_LINES else {n}


def _with_previous(n: int, candidates: Sequence[_Candidate]) -> set[int]:
    """Return *n* and the quotes before it that it cannot be understood without."""
    found = {n}
    while candidates[n].quote.needs_previous and n > 0:
        n -= 1
        found.add(n)
    return found
