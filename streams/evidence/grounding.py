"""
Is each claim of a draft supported by the passage that it cites?

In: a draft's body with inline citations, and the passages. Out: the sentences that are not
supported, and why. A verbatim quote is. Anything else must have its words, its numbers with
their units, and its yes or no in common with what it cites. A sentence that claims something
must cite something; greetings, apologies and questions need not, but what stands beside one
must. `support` is the measure below; `bench/quality/policy.py` says how well it tells right from
made-up answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from schemas import Passage
from streams.text.citations import cited, uncited
from streams.text.numbers import numbers
from streams.text.pleasantries import only_asks, repeated, without_pleasantries
from streams.text.sentences import split
from streams.text.words import content, coverage, stems

ENOUGH = 0.5
"""Least `support` of a supported claim."""
NEAR = 2
"""Neighbouring sentences that are searched together for a claim's words."""
SAME_SENTENCE = 0.75
"""Share of common words from which two sentences are about the same thing."""

Reason = Literal["no_citation", "unknown_document", "words", "numbers", "negation"]

_SAYS = {
    "no_citation": "claims something and cites nothing",
    "unknown_document": "cites a document that was not found for the ticket",
    "words": "is not in what it cites",
    "numbers": "has a number that is not in what it cites",
    "negation": "says the contrary of what it cites",
}


@dataclass(frozen=True)
class Unsupported:
    """The *sentence*-th sentence of a draft's body, counted from 1, and what is wrong with it."""

    sentence: int
    reason: Reason

    def __str__(self) -> str:
        return f"Sentence {self.sentence} of the draft {_SAYS[self.reason]}."


def unsupported(
    body: str,
    passages: Sequence[Passage],
    *,
    asked: str = "",
    language: str = "en",
    source_language: str | None = None,
    names: tuple[str, ...] = (),
) -> list[Unsupported]:
    """
    Return the sentences of *body* that *passages* do not support, in order.

    Args:
        asked: the customer's words. A sentence that repeats them needs no citation; one
            that cites must rest on the passages alone.
        language: of *body*.
        source_language: of *passages*, if it is another. Then a sentence cannot be compared
            but for its citation and its numbers.
        names: by which the customer may be called.
    """
    evidence: dict[str, str] = {}
    for passage in passages:
        evidence[passage.doc_id] = f"{evidence.get(passage.doc_id, '')}\n{passage.text}"
    draft = _Draft(evidence, asked, language, source_language or language, names)
    faults = (draft.fault(sentence, ids) for sentence, ids in _with_citations(body))
    return [Unsupported(n, fault) for n, fault in enumerate(faults, start=1) if fault]


def support(claim: str, evidence: str, language: str = "en") -> float:
    """
    Return how well *evidence* supports *claim*, both in *language*, 0 to 1; a verbatim quote has 1.

    The mean of two shares: of the claim's words (stems) that stand close together in the
    evidence, and of its pairs of neighbouring words that the evidence has in this order.
    It halves for a number that is not there, and again for a contradiction.
    """
    if _normal(claim) in _quotable(evidence):
        return 1.0
    found = (_near(content(claim), evidence) + _in_order(claim, evidence)) / 2
    if numbers(claim, language) - numbers(evidence, language):
        found /= 2
    return found / 2 if _contradicts(claim, evidence) else found


def _with_citations(body: str) -> list[tuple[str, tuple[str, ...]]]:
    """
    Return each sentence of *body* without citations, and the ids that it rests on: its own,
    else those of the next sentence of its paragraph that has some, else of the one before.
    """
    found: list[tuple[str, tuple[str, ...]]] = []
    for paragraph in re.split(r"\n\s*\n", body):
        sentences = [s.strip() for s in split(paragraph) if s.strip()]
        own = [cited(s) for s in sentences]
        for n, sentence in enumerate(sentences):
            near = [*own[n:], *reversed(own[:n])]
            ids = next((i for i in near if i), ())
            found.append((uncited(_MARK.sub("", sentence)).strip(), ids))
    return found


_MARK = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+")


@dataclass(frozen=True)
class _Draft:
    """What the sentences of a draft are compared with; `evidence` is by document."""

    evidence: Mapping[str, str]
    asked: str
    language: str
    source_language: str
    names: tuple[str, ...]

    def fault(self, sentence: str, ids: tuple[str, ...]) -> Reason | None:
        """Return why the documents *ids* do not support *sentence*, or None."""
        if set(ids) - self.evidence.keys():
            return "unknown_document"
        text = "\n".join(self.evidence[i] for i in ids)
        if _normal(sentence) in _quotable(text):
            return None
        sentence = without_pleasantries(sentence, self.names)
        if _normal(sentence) in _quotable(text) or not self._claims(sentence, ids):
            return None
        if not ids:
            return "no_citation"
        if numbers(sentence, self.language) - numbers(text, self.source_language):
            return "numbers"
        if self.language != self.source_language:
            return None
        if _contradicts(sentence, text):
            return "negation"
        return "words" if support(sentence, text, self.language) < ENOUGH else None

    def _claims(self, sentence: str, ids: tuple[str, ...]) -> bool:
        """Return whether *sentence* says something that could be wrong."""
        if _says_little(sentence, self.language) or only_asks(sentence):
            return False
        if _COMMITS.search(sentence):
            return True
        if sentence.endswith((":", "：")) and len(sentence.split()) <= _LONGEST_HEADING:
            return not self._is_heading(sentence)
        if back := repeated(sentence):
            what, said = back
            return not self._repeats(said, self.asked if what == "asked" else _told(self.asked))
        return bool(ids) or not self._repeats(sentence, _told(self.asked))

    def _is_heading(self, sentence: str) -> bool:
        """Return whether *sentence*, which ends in a colon, says what the texts are about."""
        if self.language != self.source_language:
            return True
        texts = "\n".join((self.asked, *self.evidence.values()))
        return coverage(content(sentence), content(texts)) >= SAME_SENTENCE

    def _repeats(self, sentence: str, asked: str) -> bool:
        """Return whether *sentence* is the customer's own words."""
        if numbers(sentence, self.language) - numbers(asked, self.language):
            return False
        if _contradicts(sentence, asked):
            return False
        return coverage(content(sentence), content(asked)) >= SAME_SENTENCE


# What is a claim?

_COMMITS = re.compile(
    r"\brefund|\bcredit|\bcompensat|\bdiscount|\bfree\b|\bguarante|\bapprov|\bwaive"
    r"|\bwill\b(?! be (?:happy|glad))|\bhave (?:been|already)\b|\bhas been\b|\bpromis",
    re.I,
)
_FEWEST_WORDS = 2
_LONGEST_HEADING = 12
"""Words of a line that says what the following lines are about."""


def _says_little(sentence: str, language: str) -> bool:
    """Return whether *sentence* has too few words to say anything."""
    few = (
        len(content(sentence)) < _FEWEST_WORDS
        and len(_UNSPACED.findall(sentence)) < _UNSPACED_WORDS
    )
    return few and not numbers(sentence, language) and not _COMMITS.search(sentence)


_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Characters of scripts that put no blanks between words."""
_UNSPACED_WORDS = 5
"""Such characters that may say something, as two words do."""


@lru_cache(maxsize=1_024)
def _told(asked: str) -> str:
    """Return what the customer told: *asked* without its questions."""
    return "".join(s for s in split(asked, any_case=True) if not s.rstrip().endswith(("?", "？")))


# Words, yes and no.


@lru_cache(maxsize=4_096)
def _normal(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold().strip()


@lru_cache(maxsize=4_096)
def _quotable(text: str) -> frozenset[str]:
    """Return the sentences of *text*. Less than a whole one may turn its meaning round."""
    return frozenset(_normal(_MARK.sub("", sentence)) for sentence in split(text))


def _near(words: frozenset[str], evidence: str) -> float:
    """Return the share of *words* that the best few neighbouring sentences have."""
    sentences = split(evidence)
    windows = ("".join(sentences[n : n + NEAR]) for n in range(max(1, len(sentences) - NEAR + 1)))
    return max((coverage(words, content(w)) for w in windows), default=0.0)


def _in_order(claim: str, evidence: str) -> float:
    """Return the share of the claim's word pairs that *evidence* has, with one word between."""
    said, pairs = stems(claim), _pairs(evidence)
    if len(said) < 2:
        return coverage(frozenset(said), frozenset(stems(evidence)))
    return sum(pair in pairs for pair in pairwise(said)) / (len(said) - 1)


@lru_cache(maxsize=4_096)
def _pairs(text: str) -> frozenset[tuple[str, str]]:
    words = stems(text)
    return frozenset((*pairwise(words), *zip(words, words[2:], strict=False)))


_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nothing|nobody|neither|nor|cannot|without|unable|impossible)\b|n['’]t\b",
    re.I,
)
_CLAUSE = re.compile(r"[,;:()]|\b(?:and|but|because|so that|however|although|which)\b")


def _contradicts(claim: str, evidence: str) -> bool:
    """Return whether the clause of *evidence* that says the same as *claim* denies it."""
    for part in _clauses(claim):
        words = content(part)
        if len(words) < _FEWEST_WORDS:
            continue
        best = max(_clauses(evidence), key=lambda c: _alike(words, content(c)), default="")
        same = _alike(words, content(best)) >= SAME_SENTENCE
        if same and bool(_NEGATION.search(part)) != bool(_NEGATION.search(best)):
            return True
    return False


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of words in common (Dice), 0 to 1."""
    whole = len(one) + len(other)
    return 2 * len(one & other) / whole if whole else 0.0


@lru_cache(maxsize=4_096)
def _clauses(text: str) -> tuple[str, ...]:
    parts = (part.strip() for s in split(text) for part in _CLAUSE.split(s))
    return tuple(p for p in parts if p)
