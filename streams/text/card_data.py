"""
Card numbers in a text, however they are spaced, and the dates and codes beside them.

It finds more than `personal_data`, which judges drafts: a number within a longer run of numbers,
and a code right beside a number; `card_codes` finds those that are farther away. Texts are
`evened`. Every pattern is bounded, so that time grows with the length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from streams.text.patterns import finder
from streams.text.personal_data import Span, is_card_number

_GAP = r"(?:[\s.,*|/_·•∙-]|&nbsp;|&#160;|%20)"
_RUN = re.compile(rf"(?<!\d)(?=(\d(?:{_GAP}{{0,3}}+\d){{12,18}})(?!\d))")
_WIDE = r"(?:[\s.,:;*|/_·•∙()\[\]{}\"'“”`+~=\\>-]|&nbsp;|&#160;|%20|</?[a-z]{1,4} ?/?>){1,6}+"
_GROUPS = re.compile(
    rf"(?<!\d)(?=(\d{{4}}{_WIDE}\d{{4}}{_WIDE}\d{{4}}{_WIDE}\d{{4}}"
    rf"|\d{{4}}{_WIDE}\d{{6}}{_WIDE}\d{{4,5}}|\d{{13,19}}"
    rf"|(?:\d{{2}}{_GAP}{{1,3}}+){{7}}\d{{2}}|(?:\d{_GAP}{{1,3}}+){{15}}\d)(?!\d))"
)
"""The usual groups, also within a longer run, such as a number with the card's date behind it."""
_may_have_number = finder(
    r"\d(?:(?:[\s.,:;*|/_·•∙()\[\]{}\"'“”`+~=\\>-]|&nbsp;|&#160;|%20"
    r"|</?[a-z]{1,4} ?/?>){0,6}\d){12}"
)
_BEHIND = re.compile(
    r"(?:[\W_]|\d{1,4}(?!\d)|(?:exp\w{0,8}|valid\w{0,3}|thru|until|date|c[vs][cv]2?|cvn|cid|code"
    r"|security|and|with|the|my|its|is|gültig|bis|mit|und|prüfnummer|avec|et|con|y|e|en|met|mm|yy)\b){1,60}",
    re.I,
)
_LATER = re.compile(
    r"\d\d ?[/.-] ?(?:20)?\d\d\W{1,5}(?P<dated>\d{3,4})(?![\d.,]?\d)"
    r"|(?<!error )(?<!zip )(?<!post)\b(?:code|c[vs][cv]2?|cvn|cid|digits|prüfnummer)"
    r"(?:\W|is\b|are\b|ist\b|est\b|es\b){1,8}(\d{3,4})(?![\d.,]?\d)",
    re.I,
)
"""A date of expiry and a code, or a code by its name, some words behind a card."""
_BEFORE = re.compile(r"(?<![\d.,-])(\d{3,4}) {0,3}[/|,;] {0,3}(?:card:? )?$")
_NEAR, _BEFORE_LONGEST = 120, 20
_CODE = re.compile(r"(?<!\d)\d(?: {0,2}\d){2,3}(?! {0,2}\d)")
_NUMBER = re.compile(r"\d(?:[ /.-]{0,3}\d)*")


def card_numbers(text: str) -> Iterator[Span]:
    """Yield the places of card numbers by their check digit. They may overlap."""
    patterns = (_RUN, _GROUPS) if _may_have_number(text) else ()
    found = (match.span(1) for pattern in patterns for match in pattern.finditer(text))
    places = dict.fromkeys(found)  # both patterns find the usual groups
    sums = _CheckDigits(text if places else "")
    for begin, end in places:
        if sums.pass_between(begin, end) and is_card_number(text[begin:end]):
            yield begin, end


class _CheckDigits:
    """
    Tells which parts of a text have digits that pass the Luhn check, each in constant time.

    In a long list of numbers, a part begins at each of them, and nine in ten of these fail.
    """

    def __init__(self, text: str) -> None:
        """Add up the digits of *text*."""
        count, even, odd = 0, 0, 0
        self._before = [(count, even, odd)]
        """How many digits stand before each place; their Luhn sums, if each even or each odd
        one is doubled."""
        for character in text:
            if character.isdecimal():
                digit = int(character)
                doubled = 2 * digit - 9 * (digit > 4)
                if count % 2:
                    even, odd = even + digit, odd + doubled
                else:
                    even, odd = even + doubled, odd + digit
                count += 1
            self._before.append((count, even, odd))

    def pass_between(self, begin: int, end: int) -> bool:
        """Return whether the digits from *begin* to *end* pass the check and are not all zero."""
        count, even, odd = self._before[end]
        _, even_before, odd_before = self._before[begin]
        total = odd - odd_before if count % 2 else even - even_before
        return total > 0 and total % 10 == 0


def codes_beside(text: str, card: Span) -> Iterator[Span]:
    """Yield the numbers right beside *card*, if its security code may be among them."""
    done = card[1]
    behind = _BEHIND.match(text, card[1])
    if behind and _CODE.search(behind[0]):
        for number in _NUMBER.finditer(behind[0]):
            yield behind.start() + number.start(), behind.start() + number.end()
        done = behind.end()
    for match in _LATER.finditer(text, done, card[1] + _NEAR):
        yield match.span(match.lastindex or 0)
    if before := _BEFORE.search(text, max(0, card[0] - _BEFORE_LONGEST), card[0]):
        yield before.span(1)
