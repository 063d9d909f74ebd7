"""
The numbers in a text, each with its unit where it has one.

How a language writes numbers and what it calls units is CLDR's knowledge, which babel brings
along. What it lacks stands in `tables/numbers.yaml`: small numbers in words, and signs of units.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.units import format_unit

from streams.text.patterns import Finder, finder
from streams.text.tables import alternatives, table, words_of

_SPACES = "\u00a0\u202f"
"""No-break spaces: many languages write them in large numbers."""
_NUMBER = re.compile(
    rf"(?<![\w.-])(\d+(?:[.,'’{_SPACES}]\d+)*)([ {_SPACES}]?%)?(?:[ {_SPACES}-]?([^\W\d_]+))?"
)
_DIGIT = re.compile(r"\d")
_TABLE = table("numbers")
_SPELLED, _BETWEEN = _TABLE["spelled"], _TABLE["between"]
_SIGNS = {name: unit for unit, names in _TABLE["signs"].items() for name in words_of(names)}
_QUALIFIER = re.compile(rf"\b{alternatives(_TABLE['qualifiers'])} (?=[a-z])", re.I)
_UNITS = {
    "duration-second": "s", "duration-minute": "min", "duration-hour": "h", "duration-day": "d",
    "duration-week": "w", "duration-month": "m", "duration-year": "y", "concentr-percent": "%",
    "digital-kilobyte": "kb", "digital-megabyte": "mb", "digital-gigabyte": "gb",
    "digital-terabyte": "tb",
}  # fmt: skip
"""CLDR's name of each unit and ours."""
_PLURALS = (0, 1, 2, 3, 5, 11, 100)
"""Sample numbers: together they show every plural form of every language."""


@lru_cache(maxsize=4_096)
def numbers(text: str, language: str = "en") -> frozenset[str]:
    """Return the numbers in *text*, and each with its unit where it has one: `5`, `5 d`."""
    rules = _rules(language)
    if rules.has_spelled(text):
        text = rules.spelled.sub(
            lambda match: rules.values.get(match[1].casefold(), match[1]), text
        )
    if not _DIGIT.search(text):
        return frozenset()
    text = rules.range.sub(r"\1 \3 \2 \3", _QUALIFIER.sub("", rules.in_groups(text)))
    found = set()
    for written, percent, word in _NUMBER.findall(text):
        value = _value(written, rules.group)
        unit = "%" if percent else rules.unit(word.casefold())
        found |= {value, f"{value} {unit}"} if unit else {value}
    return frozenset(found)


def load_rules() -> None:
    """Load what the first number of the common languages would wait for: a fifth of a second."""
    for language in _SPELLED:
        _rules(language)


@dataclass(frozen=True)
class _Rules:
    """How one language writes numbers; `units` are its names and English ones, casefolded."""

    group: str
    units: Mapping[str, str]
    values: Mapping[str, str]
    has_spelled: Finder
    spelled: re.Pattern[str]
    range: re.Pattern[str]

    def in_groups(self, text: str) -> str:
        """Return *text* with spaces that do not break in large numbers, if the language has any."""
        if self.group not in _SPACES:
            return text
        return re.sub(r"(?<=\d) (?=\d{3}(?!\d))", self.group, text)

    def unit(self, word: str) -> str | None:
        """Return the unit that *word* is, in any case or number, or begins with, as in Chinese."""
        if word > _CJK:
            return next((unit for name, unit in self.units.items() if word.startswith(name)), None)
        endings = range(min(_LONGEST_ENDING, len(word) - _SHORTEST_STEM) + 1)
        forms = (word, *(word[: len(word) - n] for n in endings if n))
        return next((self.units[form] for form in forms if form in self.units), None)


_CJK = "\u2e7f"
_LONGEST_ENDING, _SHORTEST_STEM = 2, 3


_NEVER = r"[^\w\W]"


@cache
def _rules(language: str) -> _Rules:
    """Return how *language* writes numbers; an unknown one is taken for English."""
    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return _rules("en")
    named = _SPELLED.get(locale.language, "").split()
    values = {word.casefold(): str(n) for n, word in enumerate(named) if word != "-"}
    spelled = rf"\b({'|'.join(word for word in named if word != '-') or _NEVER})\b"
    between = "|".join(_BETWEEN.get(locale.language, _BETWEEN["en"]).split())
    return _Rules(
        group=locale.number_symbols["latn"]["group"],
        units={**_named_units(Locale("en")), **_named_units(locale), **_SIGNS},
        values=values,
        has_spelled=finder(f"(?i){spelled}"),
        spelled=re.compile(spelled, re.I),
        range=re.compile(rf"(\d)\s*(?:-|–|{between})\s*(\d[\d,.]*)[ {_SPACES}-]?([^\W\d_]+)", re.I),
    )


def _named_units(locale: Locale) -> dict[str, str]:
    """Return the names of units in the language of *locale*, and ours of each."""
    found = {}
    for name, unit in _UNITS.items():
        for length in ("long", "short") if name.startswith("digital") else ("long",):
            for n in _PLURALS:
                written = format_unit(n, name, length=length, locale=locale)
                word = re.sub(r"[\d\W_]+", " ", written).strip().casefold()
                found[word] = unit
    return found


def _value(written: str, group: str) -> str:
    """
    Return the number *written* in digits as `1234.5`; *group* is what the language puts between
    thousands. Dates, versions and the like are left as they are.
    """
    if written.isascii() and written.isdigit():
        return written
    parts = re.split(r"(\D)", written)
    digits, signs = [_ascii(part) for part in parts[::2]], parts[1::2]
    fraction = ""
    if signs and _is_decimal(signs, digits, group):
        fraction = digits.pop().rstrip("0")
        signs.pop()
    if len(set(signs)) > 1 or any(len(part) not in (2, 3) for part in digits[1:]):
        return written
    if signs and len(digits[-1]) != _THOUSAND:
        return written
    return f"{''.join(digits)}.{fraction}" if fraction else "".join(digits)


_THOUSAND = 3
"""Digits in a group. In India all groups but the last have two."""


def _is_decimal(signs: list[str], digits: list[str], group: str) -> bool:
    """Return whether the last of *signs* in a number divides its whole from its fraction."""
    last = signs[-1]
    if last not in ".," or last in signs[:-1]:
        return False
    if len(signs) > 1 or len(digits[-1]) != _THOUSAND or digits[0] in ("", "0"):
        return True
    return len(digits[0]) > _THOUSAND or last != group


def _ascii(digits: str) -> str:
    """Return *digits* of any script as those of ours."""
    return "".join(str(int(digit)) for digit in digits)
