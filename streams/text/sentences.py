"""
A text as sentences: cut at their ends and at the ends of lines, with nothing lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from streams.text.citations import CITATION
from streams.text.dates import after_ordinals, months

_END = re.compile(
    r"[\n.!?…。！？](?:"  # beginning with a set of characters, it is searched fast
    r"(?<=\n)\s*"  # a line's end is a sentence's
    rf"|(?<=[.!?…])[.!?…]*[\"'”’»)]*(?:[ \t]*{CITATION})*(?:\s+|$)"
    rf"|(?<=[。！？])[。！？]*[」』”’）]*(?:[ \t]*{CITATION})*[ \t]*)"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“])(?:[A-Za-z]|e\.g|i\.e|z\.B|d\.h|etc|vs|Mr|Mrs|Ms|Dr|Prof|St|No|Nr|approx|incl"
    r"|Inc|Ltd|Fig|bzw|ca|ggf|inkl)\.$"
)
_ORDINAL = re.compile(r"(?<!\w)\d{1,2}\.\Z")
_WORD = re.compile(r"\w+")
_MARKER = re.compile(r"(?:^|\n)\s*\d{1,3}\.\s*$")


def split(text: str, *, any_case: bool = False) -> list[str]:
    """
    Return *text* cut after each sentence and each line; joined, the pieces are *text* again.

    A citation after the full stop belongs to the sentence before it.

    Args:
        any_case: whether a sentence may begin with a small letter, as in mail. In articles and
            drafts it does not: what goes on so after a full stop is the same sentence.
    """
    ends = [*_ends(text, any_case), len(text)]
    pieces = [text[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    return [p for p in pieces if p]


def sentences(text: str) -> list[str]:
    """Return the sentences of a mail's *text*, without blanks around them and empty ones."""
    return [piece for part in split(text, any_case=True) if (piece := part.strip())]


def _ends(text: str, any_case: bool) -> Iterator[int]:
    begin = 0
    for match in _END.finditer(text):
        if match.end() > begin and not _goes_on(text, begin, match, any_case):
            yield match.end()
            begin = match.end()


def _goes_on(text: str, begin: int, match: re.Match[str], any_case: bool) -> bool:
    """Return whether what looks like an end is an abbreviation, a number of a list, or `...`."""
    if "\n" in match[0] or not match[0].startswith((".", "…")):
        return False
    if "[" in match[0] or text[begin : match.start()].endswith("]"):
        return False  # what cites is whole
    if not any_case and text[match.end() : match.end() + 1].islower():
        return True
    if text[match.start() - 1].isdecimal():
        return _is_numeral(text, begin, match)
    return bool(_ABBREVIATION.search(text[max(begin, match.start() - 12) : match.start() + 1]))


def _is_numeral(text: str, begin: int, match: re.Match[str]) -> bool:
    """Return whether the digits before *match* are an ordinal ("28. Tag"), or a list's mark."""
    if _ORDINAL.search(text, max(begin, match.start() - 3), match.start() + 1):
        following = _WORD.match(text, match.end())
        word = following[0].casefold() if following else ""
        if word in months() or word in after_ordinals():
            return True
    return bool(_MARKER.search(text[begin : match.end()]))


def different(texts: Iterable[str]) -> list[str]:
    """Return *texts* in order, without empty ones and those that repeat one but for blanks."""
    found: dict[str, str] = {}
    for text in texts:
        if words := " ".join(text.split()):
            found.setdefault(words, text.strip())
    return list(found.values())
