"""
How long a line may be: a chunk's length. What is longer is cut where a sentence ends, else where
it must.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from schemas.knowledge import TextSpan
from streams.text.sentences import split

TARGET_WORDS = 120
"""A chunk is closed before it grows past this."""
CHARACTERS_PER_WORD = 12
"""Text without spaces (Chinese, long addresses) counts a word for each of these."""

_MOST_CHARACTERS = TARGET_WORDS * CHARACTERS_PER_WORD
_TOO_LONG = _MOST_CHARACTERS + CHARACTERS_PER_WORD
"""Characters that are more than TARGET_WORDS."""
_SPACE = re.compile(r"\s+")


def counted_words(text: str) -> int:
    """Return how many words *text* has, or would have in a language with spaces."""
    return max(text.count(" ") + 1, len(text) // CHARACTERS_PER_WORD)


def sentence_spans(text: str) -> Iterator[TextSpan]:
    """Yield where each sentence of *text* stands, without the blanks around it."""
    at = 0
    for piece in split(text):
        if shown := piece.strip():
            begin = at + piece.index(shown)
            yield begin, begin + len(shown)
        at += len(piece)


def short_spans(text: str) -> Iterator[TextSpan]:
    """Yield *text* in pieces of TARGET_WORDS at most; of the rest, only its begin is read."""
    begin = 0
    while counted_words(begins := text[begin : begin + _TOO_LONG]) > TARGET_WORDS:
        head = " ".join(begins.split(" ", TARGET_WORDS)[:TARGET_WORDS])[:_MOST_CHARACTERS]
        if shown := head.rstrip():
            yield begin, begin + len(shown)
        begin += len(head)
        if space := _SPACE.match(text, begin):
            begin = space.end()
    if begins.strip():
        yield begin, begin + len(begins.rstrip())


def code_spans(text: str) -> Iterator[TextSpan]:
    """Yield *text*, which is code, in pieces of whole lines, of TARGET_WORDS at most."""
    begin = end = 0
    for line in text.splitlines(keepends=True):
        if counted_words(line) > TARGET_WORDS:
            if text[begin:end].strip():
                yield begin, begin + len(text[begin:end].rstrip())
            yield from ((end + a, end + b) for a, b in short_spans(line))
            begin = end = end + len(line)
            continue
        if text[begin:end].strip() and counted_words(text[begin:end] + line) > TARGET_WORDS:
            yield begin, begin + len(text[begin:end].rstrip())
            begin = end
        end += len(line)
    if text[begin:end].strip():
        yield begin, begin + len(text[begin:end].rstrip())
