"""
The last days that a text names: "from 1 October to 30 November 2025" ends on the second.

How a language calls months is CLDR's knowledge, which babel brings along. Only days with a year
count, and only behind a word such as "until", a dash, or the begin of a range.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import cache, lru_cache

from babel import Locale

from streams.text.tables import table, words_of

_TABLE = table("dates")
_LANGUAGES = tuple(_TABLE["until"])
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_GAP = r"[\s.,-]*(?:de[lr]? )?"


@lru_cache(maxsize=4_096)
def last_days(text: str) -> tuple[date, ...]:
    """Return the days until which something holds, in the order in which *text* names them."""
    return tuple(
        day
        for match in _pattern().finditer(text.replace("’", "'"))
        if (day := _day(match)) is not None
    )


def years(text: str) -> frozenset[int]:
    """Return the years that *text* names."""
    return frozenset(int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", text))


def _day(match: re.Match[str]) -> date | None:
    year = int(match["iso_year"] or match["num_year"] or match["year"] or match["year2"])
    if match["month"] or match["month2"]:
        month = months()[(match["month"] or match["month2"]).casefold()]
    else:
        month = int(match["iso_month"] or match["num_month"])
    if not 1 <= month <= _MONTHS_IN_YEAR:
        return None
    given = match["iso_day"] or match["num_day"] or match["day"] or match["day2"]
    most = calendar.monthrange(year, month)[1]
    day = int(given) if given else most
    return date(year, month, day) if 1 <= day <= most else None


_MONTHS_IN_YEAR = 12


def _words(name: str) -> str:
    """Return the alternatives of all languages' words in the section *name*."""
    found = {re.escape(word) for words in _TABLE[name].values() for word in words.split()}
    return "|".join(sorted(found))


@cache
def months() -> dict[str, int]:
    """Return the number of each month, from 1, by its names in our languages, casefolded."""
    found: dict[str, int] = {}
    for language in _LANGUAGES:
        for form in ("format", "stand-alone"):
            for number, name in Locale.parse(language).months[form]["wide"].items():
                found[name.casefold()] = number
    return found


@cache
def after_ordinals() -> frozenset[str]:
    """Return the words before which a number with a full stop is an ordinal, casefolded."""
    return words_of(_TABLE["after_ordinals"])


@cache
def _pattern() -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, months()), key=len, reverse=True))
    until = _words("until")
    joining = _words("joining")
    return re.compile(
        rf"(?:(?<!\w)(?:{until})(?:\s+(?:{joining}))*\s+|[–—-]\s*)(?:"
        r"(?P<iso_year>(?:19|20)\d\d)-(?P<iso_month>\d\d)-(?P<iso_day>\d\d)"
        r"|(?P<num_day>\d{1,2})[./](?P<num_month>\d{1,2})[./](?P<num_year>(?:19|20)\d\d)"
        rf"|(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º)?{_GAP})?(?P<month>{names}){_GAP}{_YEAR}"
        rf"|(?P<month2>{names}) (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year2>(?:19|20)\d\d)"
        r")",
        re.IGNORECASE,
    )
