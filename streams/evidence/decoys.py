"""
Decoys: lines that answer nothing, among those that a language model chooses from.

They are lines of made-up articles (`text/tables/decoys.yaml`), in the language of the ticket's own
lines, and far from what the ticket is about. A model that picks one has not read what it chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np

from streams.text.embedding import Vectors, embed
from streams.text.tables import table

DECOYS = 4
"""Decoys in a call."""
_FARTHEST = 6
"""Made-up articles among which is dealt."""
_ELSE = "en"
"""The language of decoys where there are none in the lines' own."""


@dataclass(frozen=True)
class Decoy:
    """A line of a made-up article."""

    title: str
    text: str


def decoys_for(seed: str, about: Sequence[str], language: str = _ELSE) -> tuple[Decoy, ...]:
    """
    Return decoys of different articles, the same ones for the same arguments.

    Args:
        seed: deals them among the articles that are farthest from *about*.
        about: what the ticket and its passages say.
        language: that of the passages, by its first subtag.
    """
    articles, centres = _of_language(language if language in table("decoys") else _ELSE)
    likeness = (centres @ embed([one for one in about if one]).T).max(axis=1, initial=-1.0)
    farthest = [articles[n] for n in np.argsort(likeness, kind="stable")[:_FARTHEST]]
    dice = Random(seed)  # noqa: S311  # no secret
    return tuple(dice.choice(article) for article in dice.sample(farthest, DECOYS))


def places_of_decoys(lines: int, seed: str) -> tuple[int, ...]:
    """
    Return before which of so many *lines* each decoy stands; *lines* itself is behind the last.

    One is first and one is last, for models that look no farther. The others lie anywhere between.
    """
    dice = Random(f"places {seed}")  # noqa: S311  # no secret
    first = min(1, lines)
    inside = sorted(dice.randint(first, max(first, lines - 1)) for _ in range(DECOYS - 2))
    return (0, *inside, lines)


def load_decoys() -> None:
    """Load what the first ticket would wait for: a twentieth of a second."""
    for language in table("decoys"):
        _of_language(language)


@cache
def _of_language(language: str) -> tuple[tuple[tuple[Decoy, ...], ...], Vectors]:
    """Return the articles of *language*, and what each is about."""
    articles = table("decoys")[language]
    made = tuple(tuple(Decoy(title, text) for text in lines) for title, lines in articles.items())
    return made, embed([f"{title}. {' '.join(lines)}" for title, lines in articles.items()])
