"""
Is it a name, or a claim that stands where a name should? By the words of many languages.
"""

from __future__ import annotations

import re

from streams.text.tables import alternatives, table, words_of

_TABLE = table("name_words")
_CLAIMS = words_of(_TABLE["claim_words"])
_CLAIM = re.compile(alternatives(_TABLE["claim_parts"]))
_GIVEN_NAMES = words_of(_TABLE["given_names"])
_PARTS = re.compile(r"[-‐‑'’.·]+|(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
"""Between the parts of a compound: `Anne-Marie`, `ForEver`."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々\uac00-\ud7af]")
_FAMILY_NAMES = {
    language: sorted(words.split(), key=len, reverse=True)
    for language, words in _TABLE["family_names"].items()
}
_LONGEST_GIVEN = {"zh": r"[\u3400-\u9fff]{1,2}", "ja": r"[\u3040-\u30ff\u3400-\u9fff々]{1,4}"} | {
    "ko": r"[\uac00-\ud7af]{1,2}"
}


def parts_of(word: str) -> list[str]:
    """Return the parts of a compound: `Premium`, `For`, `Ever` of `Premium-ForEver`."""
    return [part for part in _PARTS.split(word) if part]


def is_claim(word: str) -> bool:
    """Return whether *word* or a part of it says what is promised, owed or lost."""
    folded = word.casefold()
    if folded in _CLAIMS or _CLAIM.search(folded):
        return True
    return any(part.casefold() in _CLAIMS for part in parts_of(word) if len(part) > 2)


def is_given_name(word: str) -> bool:
    """Return whether *word*, or each part of it, is a common given name, in any case."""
    return all(part in _GIVEN_NAMES for part in parts_of(word.casefold()))


def is_unspaced(text: str) -> bool:
    """Return whether *text* is of a script in which names are written without blanks."""
    return bool(_UNSPACED.search(text))


def is_unspaced_name(text: str) -> bool:
    """Return whether *text* is a Chinese, Japanese or Korean family name with a given name."""
    return any(pattern.fullmatch("".join(text.split())) for pattern in _UNSPACED_NAMES)


_UNSPACED_NAMES = [
    re.compile(rf"(?:{'|'.join(_FAMILY_NAMES[language])}){given}")
    for language, given in _LONGEST_GIVEN.items()
]
