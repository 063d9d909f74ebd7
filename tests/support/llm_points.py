"""
How the LLM server of our tests points at lines: honestly, by the words that it shares, or wrongly.

It reads the prompt as a model does: lines of text, each with its code in brackets behind it, under
titles and headings; it knows of decoys only what their titles say.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from streams.evidence.line_codes import CODES
from streams.text.tables import table

Json = dict[str, Any]
QUESTIONS = tuple(f"Q{n}" for n in range(1, 9))
ENOUGH = 0.34
"""Share of a question's weight that a line must have to answer it."""
_UNKNOWN = 0.4
"""Weight of a word that no line has, beside one that few lines have."""
_MADE_UP = frozenset(title for articles in table("decoys").values() for title in articles)
_LINE = re.compile(r"(.*) \[([A-Z][A-Z0-9])\]$")


@dataclass(frozen=True)
class Offered:
    """A line that may be chosen, with its code."""

    code: str
    text: str
    title: str
    headings: str

    @property
    def is_decoy(self) -> bool:
        """Return whether its article is made up. Only lies use it, not the honest choice."""
        return self.title in _MADE_UP


def offered(text: str) -> list[Offered]:
    """Return the lines in the prompt's *text*, in order."""
    found, title, headings, begun = [], "", "", ""
    for row in text.splitlines():
        if row.startswith("# "):
            title, headings = row[2:], ""
        elif row.startswith("## "):
            headings = row[3:]
        elif match := _LINE.match(row):
            found.append(Offered(match[2], f"{begun}{match[1]}", title, headings))
            begun = ""
        elif row:
            begun += f"{row}\n"
    return found


def points(given: Json, how: str = "honest") -> Json:
    """
    Return the answer to *given*: `lines`, and `questions` by their names.

    Raises:
        KeyError: There is no such *how*: see `WAYS`.
    """
    lines, asked = offered(given.get("lines") or ""), given.get("questions") or {}
    way = WAYS[how]
    return {
        name: {"lines": way(asked[name], lines)} if name in asked else None for name in QUESTIONS
    }


def _honest(question: str, lines: Sequence[Offered]) -> list[str]:
    """Return those that share the most of the question's words, the rare ones first."""
    weights = _weights(lines)
    asked = _stems(question)
    whole = sum(weights(stem) for stem in asked) or 1.0
    scores = {
        line.code: sum(weights(stem) for stem in asked & _stems(f"{line.text} {line.headings}"))
        + 0.3 * sum(weights(stem) for stem in asked & _stems(line.title))
        for line in lines
    }
    best = max(scores.values(), default=0.0)
    if best < ENOUGH * whole:
        return []
    return [code for code, score in scores.items() if score >= 0.9 * best][:4]


def _weights(lines: Sequence[Offered]) -> Callable[[str], float]:
    known = Counter(s for line in lines for s in _stems(f"{line.text} {line.headings}"))
    whole = math.log(2 + len(lines))
    return lambda stem: whole - math.log(1 + known[stem]) if stem in known else _UNKNOWN * whole


def _stems(text: str) -> set[str]:
    words = {word[:5] for word in re.findall(r"\w{3,}", text.lower())}
    return words - _EVERYWHERE


_EVERYWHERE = frozenset(
    word[:5]
    for word in re.findall(
        r"\w+",
        "the and you your what does how long can will with for from this that are have has may one"
        " der die das und ist was wie man sich ein eine einer einem bei kann mich noch auch ihnen"
        " gibt bis wann our not when where which why who there them they their would could",
    )
)


def _unknown(_: str, lines: Sequence[Offered]) -> list[str]:
    shown = {line.code for line in lines}
    return [next(code for code in CODES if code not in shown)]


def _decoy(_: str, lines: Sequence[Offered]) -> list[str]:
    return [line.code for line in lines if line.is_decoy][1:2]


def _first(_: str, lines: Sequence[Offered]) -> list[str]:
    return [line.code for line in lines][:1]


def _random(question: str, lines: Sequence[Offered]) -> list[str]:
    dice = Random(f"{question}{lines}")  # noqa: S311  # the same call gets the same answer
    return dice.sample([line.code for line in lines], min(len(lines), dice.randint(1, 3)))


def _counting(_: str, lines: Sequence[Offered]) -> list[str]:
    first = CODES.index(lines[0].code) if lines else 0
    return [CODES[(first + n) % len(CODES)] for n in range(3)]


def _all(_: str, lines: Sequence[Offered]) -> list[str]:
    return [line.code for line in lines]


def _irrelevant(question: str, lines: Sequence[Offered]) -> list[str]:
    """Return the real line that shares the fewest words with the question."""
    asked = _stems(question)
    real = [line for line in lines if not line.is_decoy]
    return [line.code for line in sorted(real, key=lambda one: len(asked & _stems(one.text)))][:1]


def _half(question: str, lines: Sequence[Offered]) -> list[str]:
    return _honest(question, lines)[:1]


WAYS: dict[str, Callable[[str, Sequence[Offered]], list[str]]] = {
    "honest": _honest,
    "unknown": _unknown,
    "decoy": _decoy,
    "first": _first,
    "random": _random,
    "counting": _counting,
    "all": _all,
    "empty": lambda *_: [],
    "irrelevant": _irrelevant,
    "half": _half,
}
"""How a model may choose the codes for one question."""
