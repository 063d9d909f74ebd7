"""
What the customer says they have done: more than once, already, or in vain.

"I restarted the box five times" tells of a deed, "how else can I reach you" that it did not help.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from streams.evidence.verification.matter import matter
from streams.text.language import primary_language
from streams.text.patterns import Pattern
from streams.text.sentences import split
from streams.text.tables import of_language, table, words_of


@dataclass(frozen=True)
class ToldDeeds:
    """What a customer says they did."""

    deeds: Sequence[tuple[str, frozenset[str]]]
    """Clauses, each with the words that say what was done."""
    all_steps: bool
    in_vain: bool
    asked: frozenset[str]
    """The words of the questions that no clause has."""
    language: str


def told_deeds(said: str, language: str) -> ToldDeeds | None:
    """Return what the customer *said* they did, more than once, already, or in vain."""
    speaks = deed_speech(language)
    in_vain = speaks.in_vain.is_in(said)
    if not in_vain and not speaks.often.is_in(said):
        return None
    sentences = split(said, any_case=True)
    deeds = [
        (clause, _words(clause, speaks, language))
        for sentence in sentences
        for clause in _deeds(sentence, speaks, in_vain)
    ]
    all_steps = in_vain and speaks.all_of_it.is_in(said)
    if not deeds and not all_steps:
        return None
    asks = " ".join(s for s in sentences if s.rstrip().endswith(("?", "？")))
    done = frozenset[str]().union(*(words for _, words in deeds))
    return ToldDeeds(deeds, all_steps, in_vain, _words(asks, speaks, language) - done, language)


def _deeds(sentence: str, speaks: DeedSpeech, in_vain: bool) -> Iterator[str]:
    """Yield the clauses of *sentence* that tell what was done, if it was often or in vain."""
    clauses = [part.strip() for part in clauses_of(sentence) if part.strip()]
    done = [clause for clause in clauses if speaks.did.is_in(clause)]
    if in_vain or any(speaks.often.is_in(clause) for clause in done):
        yield from done


def _words(clause: str, speaks: DeedSpeech, language: str) -> frozenset[str]:
    """Return what *clause* says was done, without how often."""
    plain = re.sub(speaks.often.source, " ", clause)
    kept = (word for word in re.findall(r"\w+", plain) if word.casefold() not in speaks.doing)
    return alike_words(matter(" ".join(kept), language), language)


def alike_words(words: frozenset[str], language: str) -> frozenset[str]:
    """Return *words* with one for all that are alike."""
    first = deed_speech(language).alike
    return frozenset(first.get(word, word) for word in words)


@dataclass(frozen=True)
class DeedSpeech:
    """How a language tells of what was done; `tried.yaml` says what each part is."""

    did: Pattern
    often: Pattern
    in_vain: Pattern
    all_of_it: Pattern
    orders: Pattern
    case: Pattern
    phone: Pattern
    mail: Pattern
    doing: frozenset[str]
    alike: Mapping[str, str]


@cache
def deed_speech(language: str) -> DeedSpeech:
    """Return how *language* tells of what was done, or English, if it has no table."""
    by_language: Mapping[str, Mapping[str, Any]] = table("tried")
    code = primary_language(language)
    given = dict(of_language(by_language, code))
    doing, groups = words_of(given.pop("doing")), given.pop("alike")
    del given["joins"]
    return DeedSpeech(
        doing=doing,
        alike={stem: f"={n}" for n, words in enumerate(groups) for stem in matter(words, code)},
        **{name: Pattern(*patterns, flags="(?i)") for name, patterns in given.items()},
    )


def load_speech(language: str) -> None:
    """Compile what the first ticket in *language* would wait for."""
    deed_speech(language)


def clauses_of(text: str) -> list[str]:
    """Return the parts of *text* between its stops, dashes and words such as "and"."""
    return _ends().split(text)


@cache
def _ends() -> re.Pattern[str]:
    of_languages = (words_of(given["joins"]) for given in table("tried").values())
    joins = "|".join(sorted(frozenset[str]().union(*of_languages)))
    return re.compile(rf"[,;:()!?\n]|\.(?=\s|$)|\s[–—-]\s|\s(?:{joins})\s", re.I)
