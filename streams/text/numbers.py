"""
The numbers in a text, each with its unit where it has one.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NUMBER = re.compile(r"(?<![\w.-])(\d[\d,.'’]*\d|\d)(%?)(?:[ -]?([^\W\d_]+))?")
_RANGE = re.compile(
    r"(\d)\s*(?:-|–|to|or|and)\s*(\d[\d,.]*)([ -]?)(business |working )?([a-z]+)", re.I
)
_SPELLED = {
    word: str(n)
    for n, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
    if n != 1  # "one" is mostly no number
}
_SPELLED_OUT = re.compile(rf"\b({'|'.join(_SPELLED)})\b", re.I)
_QUALIFIER = re.compile(r"\b(?:business|working|calendar|full|more|additional|us) (?=[a-z])", re.I)
_UNITS = {
    "second": "s", "minute": "min", "hour": "h", "h": "h", "day": "d", "week": "w", "month": "m",
    "year": "y", "percent": "%", "dollar": "$", "usd": "$", "euro": "€", "eur": "€", "mb": "mb",
    "gb": "gb", "kb": "kb", "tb": "tb", "min": "min", "hr": "h", "sec": "s",
}  # fmt: skip


@lru_cache(maxsize=4_096)
def numbers(text: str) -> frozenset[str]:
    """Return the numbers in *text*, and each with its unit where it has one: `5`, `5 d`."""
    text = _SPELLED_OUT.sub(lambda m: _SPELLED[m[1].lower()], text)
    text = _RANGE.sub(r"\1\3 \2\3", _QUALIFIER.sub("", text))
    found = set()
    for number, percent, word in _NUMBER.findall(text):
        value = re.sub(r"[,'’](?=\d{3}\b)", "", number).rstrip(".")
        value = value.rstrip("0").rstrip(".") if "." in value else value
        unit = "%" if percent else _UNITS.get(word.lower()) or _UNITS.get(word.lower().rstrip("s"))
        found |= {value, f"{value} {unit}"} if unit else {value}
    return frozenset(found)
