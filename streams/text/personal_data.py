"""
Personal data in a text, to find or to mask: e-mail addresses, card numbers, IBANs, telephone
numbers.

Card numbers and IBANs are checked by their check digits, so an order number is none. Names
and addresses are not looked for. `bench/quality/policy.py` measures what is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from stdnum import iban, luhn

from streams.text.patterns import Pattern, finder

PersonalDataKind = Literal["email", "card", "iban", "phone"]
Span = tuple[int, int]
"""Where something begins and ends in a text."""

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,30}\.[^\W\d_][\w-]{1,62}")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){11,18}(?![\w-])")
_IBAN = re.compile(
    r"\b(?:[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?"
    r"|[A-Za-z]{2}\d{2}[A-Za-z0-9]{11,30})\b"
)
_DAY, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:19|20)\d\d"
_TIME = r"(?:[ T,]{1,3}\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)?"
_GROUPED = r"[1-9]\d{0,2}(?:[ .,]\d{3}){1,4}(?:[.,]\d\d?)?"
_UNITS = (
    r"[€$£¥%]|(?:EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|HUF|INR|euros?|dollars?|pounds?|rows|lines"
    r"|records|items|users|requests|seconds|ms|pieces|pcs|Zeilen|Datensätze|Stück|lignes|filas"
    r"|[kmgt]i?b|bytes)\b"
)
_OF_SOMETHING = (
    r"\b(?:order|invoice|ticket|tracking|serial|bestellung|rechnung|commande|facture|pedido|factura)"
    r"(?:[ -]?(?:no|nr|number|nummer|id))?[.:# ]{1,3}"
)
_LOOKALIKE = re.compile(
    r"(?<![\w+(])(?<![\d)][/.-])(?:"
    rf"{_DAY}(?P<one>[./-]) ?{_DAY}(?P=one) ?{_YEAR}(?!\d|[/.-]\d){_TIME}"
    rf"|{_YEAR}(?P<other>[./-]){_DAY}(?P=other){_DAY}(?!\d){_TIME}"
    r"|\d{1,3}(?:\.\d{1,3}){3}(?:/\d\d?(?!\d)|:\d{1,5})?(?!\.?\d)"
    r"|(?!1(?:\.\d{3}){2}\.\d{4})(?=(?:\d{1,6}\.){0,3}\d(?!\d))\d{1,5}(?:\.\d{1,6}){3}(?!\.?\d)"
    rf"|{_GROUPED} ?(?:{_UNITS})|(?:\b(?:EUR|USD|GBP|CHF)|[€$£¥]) ?{_GROUPED}(?![ .,]?\d)"
    rf"|{_OF_SOMETHING}\d[\d-]{{4,20}}(?![\d-]))",
    re.I,
)
"""Dates, addresses of machines, versions, amounts, numbers of orders: no telephone numbers."""
_NO_CARD = re.compile(
    r"^\d{5,}(?:\D+\d{5,}){2,}$|^\d{5,}[,;] ?\d{5,}$"
    r"|(?<!\d)(?:(?:19|20)\d\d([-/.])\d\d\1\d\d|\d\d([-/.])\d\d\2(?:19|20)\d\d)(?!\d)"
    r"|(?<!\d)\d{1,3}[.,]\d{3}[.,]\d\d(?!\d)"
)
"""Numbers in a list, dates, amounts: what only together has as many digits as a card."""
_PAIRS = re.compile(r"0[1-9](?P<gap>[ .-])\d\d(?:(?P=gap)\d\d){3}$")
_AREA = re.compile(r"[2-9]\d\d [2-9]\d{6}$")
_PHONE = re.compile(r"(?<![\w.+-])(?:\+|\(|\+\()?\d[\d ()./-]{6,20}\d(?:x\d{1,5})?(?!\w)")
_SECURITY_CODE = Pattern(
    r"(?i)\b(?:c[vs][cv]2?|cvn|csc|(?:card )?security code|card code|prüf(?:nummer|ziffer|code)"
    r"|karten(?:prüf|sicherheits)\w+|sicherheitscode|cryptogramme(?: visuel)?|code de sécurité"
    r"|código de seguridad|codice di sicurezza|beveiligingscode|código de segurança)"
    r"(?:[ :=#/.-]|\b(?:is|code|number|nr|ist|lautet|est|es|è|é)\b){0,6}[0-9]{3,4}\b"
)
MASK = "•••"
"""Replaces personal data."""


@dataclass(frozen=True)
class PersonalData:
    """A piece of personal data; `value` without spaces and punctuation, in lower case."""

    kind: PersonalDataKind
    value: str


def find(text: str) -> Iterator[PersonalData]:
    """Yield the personal data in *text*, e-mail addresses first. One number is of one kind."""
    for kind, (begin, end) in places(text):
        yield PersonalData(kind, _plain(text[begin:end]))


def masked(text: str) -> str:
    """Return *text* with `MASK` for what `find` finds, and for the security code of a card."""
    found = [place for _, place in places(text)]
    rest = _blanked(text, sorted(found))
    codes = [match.span() for match in _SECURITY_CODE.finditer(rest)]
    found += codes
    found += (place for _, place in places(_blanked(rest, codes)))  # what stood beside a code
    return _replaced(text, sorted(found), lambda length: MASK)


def is_card_number(written: str) -> bool:
    """
    Return whether the digits of *written* pass the Luhn check and are not one digit only.

    A list of numbers, a date and an amount are no card's, whatever their digits are.
    """
    digits = "".join(filter(str.isdecimal, written))
    if not digits.isascii():
        digits = "".join(str(int(digit)) for digit in digits)
    if len(digits) < len(written) and _NO_CARD.search(written):
        return False
    return len(set(digits)) > 1 and luhn.is_valid(digits)


def places(text: str) -> Iterator[tuple[PersonalDataKind, Span]]:
    """Yield the kind and the place of all personal data in *text*, none overlapping another."""
    for kind, may_have, pattern, check in _KINDS:
        if not may_have(text):
            continue
        if kind == "phone":
            text = without_lookalikes(text)
        found = [match.span() for match in pattern.finditer(text) if check(match[0])]
        for place in found:
            yield kind, place
        text = _blanked(text, found)


def without_lookalikes(text: str) -> str:
    """Return *text*, as long as it was, without numbers that are no telephone's."""
    return _blanked(text, (match.span() for match in _LOOKALIKE.finditer(text)))


def _blanked(text: str, places: Iterable[Span]) -> str:
    """Return *text* with the same length and nothing at *places* that a pattern could match."""
    return _replaced(text, places, lambda length: "\n" * length)


def _replaced(text: str, places: Iterable[Span], by: Callable[[int], str]) -> str:
    """Return *text* with other text, made from its length, at each of *places*, in order."""
    parts, done = [], 0
    for begin, end in places:
        parts += [text[done:begin], by(end - begin)]
        done = end
    return "".join((*parts, text[done:]))


def _plain(value: str) -> str:
    return re.sub(r"[^\w@.+]|(?<=\d)\.(?=\d)", "", value).lower().strip(".")


def _is_iban(value: str) -> bool:
    """Return whether *value* has its country's form and the right check digits (ISO 13616)."""
    return bool(iban.is_valid(value, check_country=False))


def _is_phone(value: str) -> bool:
    """
    Return whether *value* is written as a telephone number (E.164 allows 15 digits).

    Either with a country code, or in brackets, or with a trunk zero, or in three groups or
    more, or in pairs as the French write it, or with seven digits behind an area code.
    """
    number = value.split("x")[0]
    digits = sum(map(str.isdigit, number))
    groups = [len(g) for g in re.split(r"\D+", number) if g]
    if value.startswith(("+", "00")):
        return 8 <= digits <= 15
    if _PAIRS.match(value) or _AREA.match(value):
        return True
    if "(" in value or value.startswith("0"):
        return 8 <= digits <= 14 and max(groups) > 2
    return len(groups) >= 3 and 9 <= digits <= 13 and max(groups) <= 5


def _is_any(_: str) -> bool:
    return True


_Test = Callable[[str], bool]
_KINDS: tuple[tuple[PersonalDataKind, _Test, re.Pattern[str], _Test], ...] = (
    ("email", finder(r"@"), _EMAIL, _is_any),
    ("iban", finder(r"[A-Za-z]{2}\d{2}[ -]?[A-Za-z0-9]{4}"), _IBAN, _is_iban),
    ("card", finder(r"\d(?:[ -]?\d){11}"), _CARD, is_card_number),
    ("phone", finder(r"\d[\d ()./-]{6}"), _PHONE, _is_phone),
)
"""Each with a quick test. Every text with such data passes it; few others do."""
