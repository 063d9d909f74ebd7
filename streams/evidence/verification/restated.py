"""
What a sentence in other words restates: one line or row of what it cites, and the lines beside it.

It has to keep their numbers with units, names, yes or no, conditions, and may promise nothing that
they do not. It is never good enough to be sent unread; what fails here must not be sent at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from schemas import Line
from streams.evidence.lines import PassageLines
from streams.evidence.verification.matter import matter
from streams.evidence.verification.names import names_subject
from streams.evidence.verification.quantities import lacks, quantities, units_of
from streams.evidence.verification.sentences import DraftSentence
from streams.ports import LineRef
from streams.text.patterns import finder
from streams.text.tables import of_language, table, words_of
from streams.text.words import coverage

ENOUGH = 0.5
"""Least share of a sentence's words that the lines it restates have."""
MOST_RESTATED = 3
"""Neighbouring lines that one sentence may sum up."""
_SAME_MATTER = 0.75
"""Share of common words (Dice) from which two clauses are about the same thing."""

_IS_MET = 0.75
"""Share of a condition's words from which it is what the customer tells of their own case."""

WhyUnsupported = Literal[
    "no-citation",
    "unknown-document",
    "words",
    "numbers",
    "negation",
    "name",
    "promise",
    "condition",
]

_TABLE = table("verification")


@dataclass(frozen=True)
class Restated:
    """The line that a sentence restates, if any, and why it does not support it, if so."""

    ref: LineRef | None
    fault: WhyUnsupported | None


class Restatement:
    """Compares sentences with the lines that they cite."""

    def __init__(self, lines: PassageLines, *, language: str, source_language: str, asked: str):
        """
        Take *lines* and how to read them.

        Args:
            language: of the draft; in another one than the lines', words cannot be compared.
            asked: the customer's words: a name that they use may be repeated.
        """
        self._lines = lines
        self._language, self._sources = language, source_language
        self._by_article: dict[str, list[LineRef]] = {}
        for ref in lines:
            self._by_article.setdefault(ref.doc_id, []).append(ref)
        self._said = asked
        self._asked = frozenset(re.findall(r"\w+", asked.casefold()))

    def of(self, sentence: DraftSentence) -> Restated:
        """Return what *sentence* restates of what it cites."""
        if not sentence.cites:
            return Restated(None, "no-citation")
        if any(doc_id not in self._by_article for doc_id in sentence.cites):
            return Restated(None, "unknown-document")
        refs = [ref for doc_id in sentence.cites for ref in self._by_article[doc_id]]
        said = without_yes_or_no(sentence.text)
        if self._language != self._sources:
            done = tells_of_done(said) - tells_of_done("\n".join(self._lines[r].text for r in refs))
            return Restated(None, "promise" if done else self._numbers(said, refs))
        chosen = self._restated(matter(said, self._language), self._of_named_rows(said, refs))
        if not chosen:
            return Restated(None, "words")
        return Restated(chosen[0], self._fault(said, chosen, refs))

    def _of_named_rows(self, said: str, refs: Sequence[LineRef]) -> list[LineRef]:
        """Return *refs* without the rows of others, where *said* names the subject of a row."""
        named = {ref for ref in refs if names_subject(said, self._lines[ref])}
        return [ref for ref in refs if not self._lines[ref].cells or not named or ref in named]

    def _restated(self, words: frozenset[str], refs: Sequence[LineRef]) -> list[LineRef]:
        """Return the line that has most of *words*, then those that add most; [] if too few."""
        own = {ref: self._words(ref) for ref in refs}
        left, chosen = words, list[LineRef]()
        while left and len(chosen) < MOST_RESTATED:
            best = max(own, key=lambda ref: (len(left & own[ref]), -len(own[ref])), default=None)
            if best is None or not left & own[best]:
                break
            chosen.append(best)
            left -= own.pop(best)
        return chosen if words and 1 - len(left) / len(words) >= ENOUGH else []

    def _words(self, ref: LineRef) -> frozenset[str]:
        line = self._lines[ref]
        context = (*line.headings[-1:], *(h for h, _ in line.cells), self._lines.passage(ref).title)
        return matter(line.text, self._language).union(
            *(matter(text, self._language) for text in context)
        )

    def _fault(
        self, said: str, chosen: Sequence[LineRef], refs: Sequence[LineRef]
    ) -> WhyUnsupported | None:
        lines = [self._lines[ref] for ref in chosen]
        texts = [line.text for line in lines]
        if fault := self._numbers(said, self._of_named_rows(said, refs)):
            return fault
        if self._is_of_another_column(said, lines):
            return "numbers"
        if _contradicts(said, [_with_headers(line) for line in lines], self._language):
            return "negation"
        if self._has_foreign_name(said, refs):
            return "name"
        if promises(said) - promises("\n".join(texts)):
            return "promise"
        if tells_of_done(said) - tells_of_done("\n".join(texts)):
            return "promise"
        drops = _drops_condition(said, lines[0], self._language, self._said)
        return "condition" if drops else None

    def _numbers(self, said: str, refs: Sequence[LineRef]) -> WhyUnsupported | None:
        claim = quantities(_of_two().sub(" ", said), self._language)
        if not claim:
            return None
        lines = [self._lines[ref] for ref in refs]
        there = [q for line in lines for q in quantities(line.text, self._sources)]
        headers = {header for line in lines for header, _ in line.cells}
        units = frozenset(u for header in headers for u in units_of(header, self._sources))
        return "numbers" if lacks(claim, there, units) else None

    def _is_of_another_column(self, said: str, lines: Iterable[Line]) -> bool:
        """Return whether a number of *said* stands in a column whose header is not meant."""
        words = matter(said, self._language)
        for line in lines:
            if sum(bool(set(quantities(said)) & set(quantities(v))) for _, v in line.cells[1:]) > 1:
                continue  # it tells of several columns
            for header, value in line.cells[1:]:
                if not set(quantities(said)) & set(quantities(value)):
                    continue
                others = [h for h, v in line.cells[1:] if h != header and quantities(v)]
                own = matter(header, self._language)
                if any(
                    words & (other - own) and not words & (own - other)
                    for other in (matter(h, self._language) for h in others)
                ):
                    return True
        return False

    def _has_foreign_name(self, said: str, refs: Sequence[LineRef]) -> bool:
        """Return whether *said* has a word with a capital that nobody else has."""
        if self._language in words_of(_TABLE["capital_nouns"]):
            return False
        known = self._asked.union(
            *(_folded(self._lines[ref].text) for ref in refs),
            *(_folded(" ".join(self._lines[ref].headings)) for ref in refs),
            *(_folded(self._lines.passage(ref).title) for ref in refs),
        )
        names = re.findall(r"(?<=[\w,;:] )[A-Z][\w'’-]+", said)
        return any(not _folded(name) <= known for name in names)


@cache
def _of_two() -> re.Pattern[str]:
    phrases = (p for one in table("quantities")["of_two"].values() for p in one.split(", "))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases))})(?!\w)", re.I)


@lru_cache(maxsize=4_096)
def _folded(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


# Yes and no.


@cache
def _yes_or_no() -> re.Pattern[str]:
    words = words_of(_TABLE["affirms"]) | words_of(_TABLE["denies"])
    forms = "|".join(
        re.escape(w).replace("_", r"\s+") for w in sorted(words, key=len, reverse=True)
    )
    return re.compile(rf"^\s*(?:{forms})\b\s*(?:[,;:.!–—-]\s*|$)", re.I)


def without_yes_or_no(said: str) -> str:
    """Return *said* without a yes or no at its beginning; "" if it is no more."""
    match = _yes_or_no().match(said)
    return said[match.end() :] if match else said


@cache
def _any_word(section: str, language: str) -> re.Pattern[str]:
    """Return what finds any word of *language* in a section of the table."""
    by_language: Mapping[str, str] = _TABLE[section]
    words = of_language(by_language, language).split()
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.I)


_CLAUSE = re.compile(
    r"[,;:()]|\b(?:and|but|because|so that|however|although|which|if|unless|und|aber|weil"
    r"|wenn|falls|mais|et|si|pero|porque|y)\b"
)


def _contradicts(said: str, texts: Iterable[str], language: str) -> bool:
    """Return whether a clause of *texts* that says the same as one of *said* denies it."""
    denies = _denies(language)
    plain = [t.replace("’", "'") for t in texts]
    theirs = [c for text in plain for c in _clauses(text)]
    for clause in _clauses(said.replace("’", "'")):
        words = matter(clause, language)
        if len(words) < 2:
            continue
        best = max(theirs, key=lambda c: _dice(words, matter(c, language)), default="")
        same = _dice(words, matter(best, language)) >= _SAME_MATTER
        if same and denies(clause) != denies(best):
            return True
    denied = [c for text in plain for c in re.split(r"[;:]", text) if denies(c)]
    whole = matter(said, language)
    return not denies(said) and any(
        coverage(matter(c, language), whole) == 1 and matter(c, language) for c in denied
    )


def _with_headers(line: Line) -> str:
    """Return what *line* says; of a row, each value with its header as a clause."""
    if not line.cells:
        return line.text
    return "; ".join(f"{header} {value}" for header, value in line.cells)


@cache
def _denies(language: str) -> Callable[[str], bool]:
    """Return what tells whether a text in *language* denies something."""
    negation = _any_word("negations", language)
    lines = of_language(_TABLE["no_negation"], language)
    limits = re.compile("|".join(lines), re.I)
    return lambda text: bool(negation.search(limits.sub(" ", text)))


def _clauses(text: str) -> list[str]:
    return [part.strip() for part in _CLAUSE.split(text) if part.strip()]


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    whole = len(one) + len(other)
    return 2 * len(one & other) / whole if whole else 0.0


# Promises and conditions.


@cache
def _promises() -> tuple[Callable[[str], bool], ...]:
    lines = (line for lines in _TABLE["ours_to_do"].values() for line in lines)
    return tuple(finder(f"(?i){line}") for line in lines)


def promises(said: str) -> frozenset[int]:
    """Return the forms in which *said* tells what we did, do or will do, or what one will get."""
    said = said.replace("’", "'")
    found = [(n, is_in) for n, is_in in enumerate(_promises()) if is_in(said)]
    plain = _not_ours().sub(" ", said) if found else said
    return frozenset(n for n, is_in in found if is_in(plain))


@cache
def _not_ours() -> re.Pattern[str]:
    return re.compile("|".join(line for one in _TABLE["not_ours"].values() for line in one), re.I)


@cache
def _done() -> tuple[Callable[[str], bool], ...]:
    lines = (line for lines in _TABLE["done_for_them"].values() for line in lines)
    return tuple(finder(f"(?im){line}") for line in lines)


def tells_of_done(said: str) -> frozenset[int]:
    """Return the forms in which *said* tells that something was done for the customer."""
    return frozenset(n for n, is_in in enumerate(_done()) if is_in(said))


def _drops_condition(said: str, line: Line, language: str, asked: str) -> bool:
    """
    Return whether *line* holds under a condition of which *said* has neither word nor matter, and
    of which the customer, who *asked*, does not say that it is met.
    """
    limits = _any_word("conditions", language)
    if line.cells or limits.search(said) or _any_word("meets", language).search(said):
        return False
    found = limits.search(line.text)
    if not found:
        return False
    condition = matter(re.split(r"[,;.]", line.text[found.end() :], maxsplit=1)[0], language)
    if coverage(condition, matter(asked, language)) >= _IS_MET:
        return False
    return bool(condition) and coverage(condition, matter(said, language)) < ENOUGH
