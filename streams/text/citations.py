"""
Inline citations `[DOC-ID]` in a text: which there are, the text without them, how to write one.
"""

from __future__ import annotations

import re
from collections.abc import Collection

CITATION = r"\[[A-Za-z0-9._-]{1,64}\]"
"""Pattern of a citation, to be part of a larger pattern."""
_CITATION = re.compile(r"\[([A-Za-z0-9._-]{1,64})\]")
_CITATION_WITH_SPACE = re.compile(rf"[ \t]?{CITATION}")


def cited(text: str) -> tuple[str, ...]:
    """Return the ids that *text* cites, each once, in the order of first citation."""
    return tuple(dict.fromkeys(_CITATION.findall(text)))


def in_our_form(text: str, ids: Collection[str]) -> str:
    """Return *text* with citations of *ids* as `[ID]`, however they were written: `(id, ID)`."""
    by_name = {i.casefold(): i for i in ids}

    def ours(match: re.Match[str]) -> str:
        named = [by_name.get(name.casefold()) for name in _BETWEEN.split(match[1])]
        return "".join(f"[{i}]" for i in dict.fromkeys(named)) if all(named) else match[0]

    return _ODD_CITATION.sub(ours, text)


_ODD_CITATION = re.compile(
    r"[\[(【]\s{0,3}(?:(?:see|source|cf\.?):?\s)?"
    r"([A-Za-z0-9._-]{1,64}(?:\s{0,3}[,;&]\s{0,3}[A-Za-z0-9._-]{1,64}){0,9})\s{0,3}[\])】]",
    re.I,
)
_BETWEEN = re.compile(r"\s{0,3}[,;&]\s{0,3}")


def alike(text: str, ids: Collection[str]) -> set[str]:
    """Return what in *text* looks like one of *ids* but for its digits and case, and is none."""
    shapes = {_shape(i) for i in ids}
    words = {word.strip(".-_") for word in _NAME.findall(text)}
    return {word for word in words.difference(ids) if _shape(word) in shapes}


_NAME = re.compile(r"[A-Za-z0-9._-]{2,64}")


def _shape(name: str) -> str:
    return _DIGITS.sub("9", name.casefold())


_DIGITS = re.compile(r"\d+")


def uncited(text: str) -> str:
    """Return *text* without its citations and the space before each."""
    return _CITATION_WITH_SPACE.sub("", text) if "[" in text else text


def cite(sentence: str, doc_id: str) -> str:
    """Return *sentence* citing *doc_id*, before its final stop: it is clear whose claim it is."""
    body = sentence.rstrip()
    if body and body[-1] in ".,!?:;。！？":
        return f"{body[:-1]} [{doc_id}]{body[-1]}"
    return f"{body} [{doc_id}]"
