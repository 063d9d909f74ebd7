"""
A model's own prose, snapped to lines: a sentence that copies a line *is* that line.

A copy has the same words in the same order, but for articles, "is" and "are", and punctuation. It
becomes the line, word for word, with its citation. What is no copy keeps its words and the citation
that it has.
"""

from __future__ import annotations

import re
import unicodedata

from schemas import Line
from streams.evidence.lines import PassageLines
from streams.ports import LineRef
from streams.text.citations import cite, cited, uncited
from streams.text.sentences import split
from streams.text.tables import table, words_of

_SENTENCE = re.compile(r"(\s*(?:[-*•–]|\d{1,3}[.)])?\s*)(.*?)(\s*)", re.S)
"""What stands before a sentence, as in a list; the sentence; what follows it."""
_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*|\w+|[^\w\s.,;:!()'\"“”„«»…*]")
_EVEN = str.maketrans({**dict.fromkeys("’‘‛`", "'"), **dict.fromkeys("‐‑–—−", "-")})
_NO_SENTENCE = re.compile(r"[\n\[\]]")
_ENDS = (".", "!", "?", "…", "。", "！", "？")


def snapped(prose: str, lines: PassageLines) -> str:
    """Return *prose* with each sentence that copies one of *lines* as that line, cited."""
    by_words = _by_words(lines)
    pieces = split(prose)
    return "".join(
        _snapped_piece(piece, after, by_words, lines)
        for piece, after in zip(pieces, [*pieces[1:], ""], strict=False)
    )


def _by_words(lines: PassageLines) -> dict[tuple[str, ...], list[LineRef]]:
    """Return the lines that a sentence may be, by their words; the best article's first."""
    found: dict[tuple[str, ...], list[LineRef]] = {}
    for ref, line in lines.items():
        if _can_stand(line) and (words := words_in_order(line.text)):
            found.setdefault(words, []).append(ref)
    return found


def _can_stand(line: Line) -> bool:
    """Return whether *line* is one sentence, whatever stands before and behind it."""
    text = line.text
    return line.quotable and text == text.strip() and not _NO_SENTENCE.search(text)


def _snapped_piece(
    piece: str,
    after: str,
    by_words: dict[tuple[str, ...], list[LineRef]],
    lines: PassageLines,
) -> str:
    """Return *piece*, or the line that it copies; *after* is the piece that follows it."""
    begins, sentence, ends = _parts(piece)
    refs = by_words.get(words_in_order(uncited(sentence))) if sentence else None
    if not refs:
        return piece
    named = cited(sentence)
    ref = next((ref for ref in refs if ref.doc_id in named), refs[0])
    text = lines[ref].text
    if after and "\n" not in ends and not text.endswith(_ENDS):
        text += "."
    made = f"{begins}{cite(text, ref.doc_id)}{ends}"
    return made if split(f"{made}{after}")[0] == made else piece


def _parts(piece: str) -> tuple[str, str, str]:
    match = _SENTENCE.fullmatch(piece)
    assert match  # noqa: S101
    return match[1], match[2], match[3]


def words_in_order(text: str) -> tuple[str, ...]:
    """
    Return the words, numbers and signs of *text* that a copy must have, in its order.

    Case counts in abbreviations alone, short forms of "not" are whole, and words that carry no
    meaning of their own are left out: `tables/snapping.yaml` has them.
    """
    even = unicodedata.normalize("NFC", text).translate(_EVEN)
    even = _SHORT_FORMS.sub(lambda match: _WHOLE[match[0].casefold()], even)
    return tuple(
        token if token.isupper() and len(token) > 1 else token.casefold()
        for n, token in enumerate(_TOKEN.findall(even))
        if not _is_empty(token, n)
    )


_TABLE = table("snapping")
_WHOLE: dict[str, str] = _TABLE["whole"]
_SHORT_FORMS = re.compile(rf"\b(?:{'|'.join(map(re.escape, _WHOLE))})\b", re.I)
_EMPTY = words_of(_TABLE["empty"])


def _is_empty(token: str, place: int) -> bool:
    """Return whether *token* says nothing; with a capital inside a sentence it may be a name."""
    return (token.islower() or place == 0) and token.casefold() in _EMPTY
