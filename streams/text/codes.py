"""
Error codes and the like in a text (`LK-PAY-02`, `error 429`), and which of them another text lacks.
"""

from __future__ import annotations

import re
from functools import lru_cache

_CODE = re.compile(
    r"(?<![A-Za-z0-9_-])(?=[A-Za-z_-]*+\d)[A-Za-z][A-Za-z0-9]*+(?:[-_][A-Za-z0-9]++)++"
)
"""A code such as `LK-PAY-02`. It looks at each character a few times at most."""


_AFTER_ERROR = re.compile(
    r"\b(?:errors?|status|code|fehler(?:code)?|erreur|errore|fout(?:code)?)\b[\s:#]{1,3}"
    r"(?:(?:code|number|no\.|nr\.)[\s:#]{1,3})?([A-Za-z]{0,8}-?\d{3,5}|0x[0-9A-Fa-f]+)\b",
    re.I,
)
"""A number after a word that makes it a code: `error 1000`."""
_GROUP = re.compile(
    r"(?<![A-Za-z0-9_-])([A-Z][A-Z0-9]{0,15}(?:[-_][A-Z0-9]{1,15}){0,3})[-_](?:…|\.{3}|\*|[xX]{2})"
)
"""A whole family of codes: `LK-PAY-…`."""
_DOCUMENT_NUMBER = re.compile(r"\d{6}")


@lru_cache(maxsize=4_096)
def codes(text: str) -> frozenset[str]:
    """Return what looks like an error code or a document number in *text*: `lk-pay-02`, `429`.

    A family of them, `LK-PAY-…`, is `lk-pay-…`.
    """
    groups = (f"{family}-…" for family in _GROUP.findall(text))
    found = (*_CODE.findall(text), *_AFTER_ERROR.findall(text), *groups)
    return frozenset(c.lower() for c in found)


def without_codes(text: str) -> str:
    """Return *text* with a blank for each code in it."""
    return _AFTER_ERROR.sub(" ", _CODE.sub(" ", text))


def share_code(some: frozenset[str], others: frozenset[str]) -> bool:
    """Return whether *some* and *others* have a code in common; `429` is `lk-429`, too."""
    return any(a == b or _last(a) == b or a == _last(b) for a in some for b in others)


def share_family(some: frozenset[str], others: frozenset[str]) -> bool:
    """Return whether one of *some* is of a family in *others*: `lk-pay-02` of `lk-pay-…`."""
    return bool({f"{_family(code)}-…" for code in some} & others)


def missing_codes(said: str, text: str) -> frozenset[str]:
    """
    Return the error codes in *said* that *text* has not.

    In small letters, where it could be any word, a code counts if *text* has others of its
    family (`lk-999`, where *text* has `LK-500`). Numbers of documents do not count.
    """
    if not codes(said):
        return frozenset()
    have = frozenset(code for code in codes(text) if not code.endswith("…"))
    families = {_family(code) for code in have} - {""}
    sure = {c.lower() for c in _CODE.findall(said) if c.isupper()}
    sure |= {c.lower() for c in _AFTER_ERROR.findall(said)}
    return frozenset(
        code
        for code in codes(said)
        if (code in sure or _family(code) in families)
        and not _DOCUMENT_NUMBER.search(code)
        and not share_code(frozenset((code,)), have)
    )


def _family(code: str) -> str:
    return code.rpartition("-")[0]


def _last(code: str) -> str:
    return code.rpartition("-")[2]
