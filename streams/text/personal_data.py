"""
Personal data in a text, to find or to mask: e-mail addresses, card numbers, IBANs, telephone
numbers.

Card numbers and IBANs are checked by their check digits, so an order number is none. Names
and addresses are not looked for. `bench/policy_quality.py` measures what is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from streams.text.patterns import Pattern, finder

Kind = Literal["email", "card", "iban", "phone"]

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){11,18}(?![\w-])")
_IBAN = re.compile(
    r"\b(?:[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?"
    r"|[A-Za-z]{2}\d{2}[A-Za-z0-9]{11,30})\b"
)
_NO_PHONE = re.compile(r"\d{4}-\d\d-\d\d\b|\d{1,3}(?:\.\d{1,3}){3}$")  # a date, an IP address
_PHONE = re.compile(r"(?<![\w.+-])(?:\+|\(|\+\()?\d[\d ()./-]{6,20}\d(?:x\d{1,5})?(?!\w)")
_SECURITY_CODE = Pattern(
    r"(?i)\b(?:c[vs][cv]2?|cvn|cid|(?:card )?security code|card code|prüf(?:nummer|ziffer|code)"
    r"|karten(?:prüf|sicherheits)\w+|sicherheitscode|cryptogramme(?: visuel)?|code de sécurité"
    r"|código de seguridad|codice di sicurezza|beveiligingscode|código de segurança)"
    r"(?:[ :=#/.-]|\b(?:is|code|number|nr|ist|lautet|est|es|è|é)\b){0,6}[0-9]{3,4}\b"
)
MASK = "•••"
"""Stands for personal data."""


@dataclass(frozen=True)
class Found:
    """A piece of personal data; `value` without spaces and punctuation, in lower case."""

    kind: Kind
    value: str


def find(text: str) -> Iterator[Found]:
    """Yield the personal data in *text*, e-mail addresses first. One number is of one kind."""
    for kind, match in _matches(text):
        yield Found(kind, _plain(match))


def masked(text: str) -> str:
    """Return *text* with `MASK` for what `find` finds, and for the security code of a card."""
    for code in _SECURITY_CODE.finditer(text):
        text = text.replace(code[0], MASK)
    for _, match in _matches(text):
        text = text.replace(match, MASK)
    return text


def _matches(text: str) -> Iterator[tuple[Kind, str]]:
    """Yield personal data as it is written in *text*, and its kind."""
    for kind, may_have, pattern, check in _KINDS:
        for match in pattern.findall(text) if may_have(text) else ():
            if check(match):
                yield kind, match
                text = text.replace(match, " ")


def _plain(value: str) -> str:
    return re.sub(r"[^\w@.+]|(?<=\d)\.(?=\d)", "", value).lower().strip(".")


def _is_card(value: str) -> bool:
    """Return whether *value* passes the Luhn check (ISO/IEC 7812-1) and is not one digit only."""
    digits = [int(c) for c in value if c.isdigit()]
    doubled = [d * 2 - 9 * (d > 4) if n % 2 else d for n, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0 and len(set(digits)) > 1


def _is_iban(value: str) -> bool:
    """Return whether *value* has the remainder 1 by 97 (ISO 13616)."""
    plain = re.sub(r"[ -]", "", value)
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _is_phone(value: str) -> bool:
    """
    Return whether *value* is written as a telephone number (E.164 allows 15 digits).

    Either with a country code, or in brackets, or with a trunk zero, or in three groups or
    more, which a date has too, but with fewer digits.
    """
    if _NO_PHONE.match(value):
        return False
    number = value.split("x")[0]
    digits = sum(map(str.isdigit, number))
    groups = [len(g) for g in re.split(r"\D+", number) if g]
    if value.startswith(("+", "00")):
        return 8 <= digits <= 15
    if "(" in value or value.startswith("0"):
        return 8 <= digits <= 14 and max(groups) > 2
    return len(groups) >= 3 and 9 <= digits <= 13 and max(groups) <= 5


def _is_any(_: str) -> bool:
    return True


_Test = Callable[[str], bool]
_KINDS: tuple[tuple[Kind, _Test, re.Pattern[str], _Test], ...] = (
    ("email", finder(r"@"), _EMAIL, _is_any),
    ("iban", finder(r"[A-Za-z]{2}\d{2}[ -]?[A-Za-z0-9]{4}"), _IBAN, _is_iban),
    ("card", finder(r"\d(?:[ -]?\d){11}"), _CARD, _is_card),
    ("phone", finder(r"\d[\d ()./-]{6}"), _PHONE, _is_phone),
)
"""Each with a quick test that all texts pass which have one; few others do."""
