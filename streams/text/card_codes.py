"""
Security codes and dates of cards, by the card's number or by a code's name in the same message.

People put any words between a card and its code, so words do not tell which number it is. Near a
card or a code's name each number of three or four digits counts as a code, and each month with a
year as a date, but not amounts, dates of days, and what a word says is another number. Too many
hidden numbers cost a model some sense; a code that it gets is worse. Texts are `evened`. Every
pattern is bounded, so that time grows with the length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from babel import Locale

from streams.text.patterns import finder, finditer_in_pieces
from streams.text.personal_data import Span
from streams.text.tables import spaced_alternatives, table

CARD_REACH, NAME_REACH, REPLY_REACH = 600, 250, 60
"""
Characters within which a number counts: around a card, around a code's name, and from the
beginning of a message whose ticket names a code elsewhere, such as a reply to a question for it.
"""
_TABLE = table("card_codes")
_LETTER = r"A-Za-zÀ-ɏͰ-ӿ"
_MONTH_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "cs", "tr", "ru")


def _any_of(section: str) -> str:
    """Return the expression of any word of *section*."""
    return spaced_alternatives(_TABLE[section])


_SHORT_NAMES = r"c[ ._-]{0,2}v[ ._-]{0,2}[cvn](?:[ .]?2)?|c[ .]{0,2}s[ .]{0,2}c"
_NAMES = rf"{_SHORT_NAMES}|{_any_of('code_names')}"
_NAME = re.compile(rf"(?<![{_LETTER}\d])(?:{_NAMES})(?![{_LETTER}])", re.I)
_may_have_name = finder(rf"(?i)(?:{_NAMES})")
_may_have_number = finder(
    r"\d[.,/]\d[.,/]\d|\d[ -]{0,2}\d[ -]{0,2}\d|\d\d ?[/.-] ?\d\d|\d['’]?\d|年"
)
_CODE = re.compile(
    rf"(?:(?<![{_LETTER}\d])|(?<=[a-z]{{3}})|(?<=(?i:code|.c[vs]c|.cvv|cvv2)))"
    r"(?<!\d[.,:/-])(?!(?:19|20)\d\d[/-]\d)"
    r"(?:\d(?:[ -]{0,2}\d){2,3}|\d(?:[.,/]\d){2,3})(?!\d|[.:-]\d|,\d{2,3}(?![\d/])|[A-Za-z])"
)
_SPELLED = re.compile(
    rf"(?<![{_LETTER}])(?:(?:{_any_of('digits')})[\s,-]{{1,3}}){{2,3}}(?:{_any_of('digits')})"
    rf"(?![{_LETTER}])",
    re.I,
)
_may_be_spelled = finder(rf"(?i)(?:{_any_of('digits')})[\s,-]{{1,3}}(?:{_any_of('digits')})")
_EXPIRY = re.compile(
    r"(?<!\d)(?<!\d[./-])((?:0?[1-9]|1[0-2]) ?[/.-] ?(?:20)?[2-4]\d)(?!\d)(?![./-]\d\d?(?!\d))"
    r"(?:\W{1,5}(\d{3,4})(?!\d))?"
    r"|(?<!\d)(20[2-4]\d ?[/-] ?(?:0[1-9]|1[0-2]))(?!\d|[/-]\d)"
    r"|(?<!\d)((?:20)?[2-4]\d年 ?\d{1,2}月|\d{1,2}月 ?(?:20)?[2-4]\d年)"
)
_CURRENCY = r"[€$£¥₽₩]|(?:EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|HUF|INR)\b"
_IS_COUNTED = re.compile(rf" ?(?:{_CURRENCY}|%|-?(?:{_any_of('units')})\b)", re.I)
_IS_OTHER = re.compile(
    rf"(?:(?:[€$£¥₽₩]|\b(?:EUR|USD|GBP|CHF)) ?"
    rf"|\b(?:{_any_of('other_numbers')})(?:[ -](?:{_any_of('number_words')})){{0,2}}"
    r"[ .:#]{1,3})$",
    re.I,
)
_DIGITS = re.compile(r"\d{1,20}")
_LONGEST_BEFORE = 40


def code_names(text: str) -> list[Span]:
    """Return where a security code is named in *text*."""
    return [match.span() for match in _NAME.finditer(text)] if _may_have_name(text) else []


def around(cards: Iterable[Span], names: Iterable[Span]) -> list[Span]:
    """Return where numbers count as codes: near *cards* and near *names* of codes."""
    zones = [(begin - CARD_REACH, end + CARD_REACH) for begin, end in cards]
    return zones + [(begin - NAME_REACH, end + NAME_REACH) for begin, end in names]


def numbers_within(text: str, zones: Sequence[Span]) -> Iterator[Span]:
    """Yield the places of what may be a card's code or date in *zones* of *text*."""
    if not zones or not (_may_have_number(text) or _may_be_spelled(text)):
        return
    for begin, end in _joined(zones):
        rest = _DIGITS.match(text, min(end, len(text)))
        yield from _numbers(text, max(0, begin), rest.end() if rest else end)


def _joined(zones: Iterable[Span]) -> Iterator[Span]:
    """Yield *zones*, those that overlap as one."""
    begin, end = 0, -1
    for first, last in sorted(zones):
        if first > end:
            if end >= 0:
                yield begin, end
            begin = first
        end = max(end, last)
    if end >= 0:
        yield begin, end


def _numbers(text: str, begin: int, end: int) -> Iterator[Span]:
    days = [match.span() for match in finditer_in_pieces(_day(), text, begin, end)]
    for pattern in (_EXPIRY, _month()):
        for match in finditer_in_pieces(pattern, text, begin, end):
            yield from (match.span(n) for n in range(1, pattern.groups + 1) if match[n])
    yield from (match.span() for match in finditer_in_pieces(_SPELLED, text, begin, end))
    for match in _CODE.finditer(text, begin, end):
        place = match.span()
        is_of_a_day = any(first <= place[0] < last for first, last in days)
        if not is_of_a_day and not _is_something_else(text, place):
            yield place


def _is_something_else(text: str, place: Span) -> bool:
    """Return whether a number is counted or called something by the words beside it."""
    before = max(0, place[0] - _LONGEST_BEFORE)
    return bool(_IS_COUNTED.match(text, place[1]) or _IS_OTHER.search(text[before : place[0]]))


@cache
def _months() -> str:
    """Return the expression of any month's name, whole or short, as CLDR has it."""
    locales = [Locale(language) for language in _MONTH_LANGUAGES]
    forms = (
        (kind, width) for kind in ("format", "stand-alone") for width in ("wide", "abbreviated")
    )
    names = {
        name.rstrip(".").casefold()
        for kind, width in forms
        for locale in locales
        for name in locale.months[kind][width].values()
    }
    known = sorted((n for n in names if len(n) > 2 and n.isalpha()), key=lambda n: (-len(n), n))
    return rf"(?<![{_LETTER}])(?:{'|'.join(map(re.escape, known))}|sept)(?![{_LETTER}])\.?"


@cache
def _month() -> re.Pattern[str]:
    """Return the pattern of a month with its year; of two digits behind a word such as "valid"."""
    until = rf"(?<![{_LETTER}])(?:{_any_of('valid_until')})"
    some_words = rf"\W{{1,3}}(?:[{_LETTER}]{{1,6}}\W{{1,2}}){{0,2}}"
    return re.compile(
        rf"(?<!\d)(?<!\d[ .])(?<!\d[.] )({_months()}(?: de| of| do)?[ ,/-]{{0,2}}"
        r"(?:20[2-4]\d|['’`][2-4]\d))(?!\d)"
        rf"|{until}{some_words}({_months()}[ ,/-]{{0,2}}[2-4]\d)(?!\d)",
        re.I,
    )


@cache
def _day() -> re.Pattern[str]:
    """Return the pattern of a day with its year, in words."""
    return re.compile(
        rf"(?<!\d)\d{{1,2}}(?:st|nd|rd|th|\.)?[ -](?:of |de )?{_months()}(?: de)?,?[ -]20\d\d(?!\d)"
        rf"|{_months()} \d{{1,2}}(?:st|nd|rd|th)?,? 20\d\d(?!\d)",
        re.I,
    )
