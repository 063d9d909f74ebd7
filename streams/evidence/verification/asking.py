"""What a question asks to be told, sentence by sentence: steps, or something else."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from schemas import Line
from streams.text.sentences import split
from streams.text.tables import table, words_of

_FEWEST_WORDS = 3
_CACHED = 8_192
"""Lines of which it is kept whether they instruct."""


def asks_of(question: str) -> tuple[str, ...]:
    """Return *question*, and each sentence of it that asks something if there are several."""
    asks = asking(question)
    return tuple(dict.fromkeys((question, *asks))) if len(asks) > 1 else (question,)


def asking(text: str) -> list[str]:
    """Return the sentences of *text* that ask something, and say what."""
    sentences = [s.strip() for s in split(text, any_case=True)]
    return [s for s in sentences if s.endswith(("?", "？")) and len(s.split()) >= _FEWEST_WORDS]


@cache
def _instructions() -> re.Pattern[str]:
    verbs = "|".join(sorted(map(re.escape, words_of(table("verification")["instructs"]))))
    return re.compile(
        rf"(?:^|[,;:]\s|\b(?:and|und|et|y|e|en|then|dann)\s)(?:{verbs})\b|\s>\s|\S@\S", re.I
    )


def instructs(line: Line) -> bool:
    """Return whether *line* tells what to do: a step, a path through menus, an order."""
    return line.number > 0 or _is_instruction(line.text)


@lru_cache(maxsize=_CACHED)
def _is_instruction(text: str) -> bool:
    return bool(_instructions().search(text))


@cache
def _how() -> re.Pattern[str]:
    lines = "|".join(line for lines in table("verification")["asks_how"].values() for line in lines)
    return re.compile(lines, re.I)


def asks_how(text: str) -> bool:
    """Return whether *text* asks how something is done, which steps answer."""
    return bool(_how().search(text))
