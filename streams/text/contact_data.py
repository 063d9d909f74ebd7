"""
E-mail addresses, telephone numbers and IBANs that are oddly written, or that words point to.

It finds more than `personal_data`, which judges drafts: addresses with spaces or "(at)", numbers
without a prefix behind "call me", accounts in groups that are wide apart. Texts are `evened`. Every
pattern is bounded, so that time grows with the length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban

from streams.text.patterns import finder
from streams.text.personal_data import Span, without_lookalikes

_TOP = r"[^\W\d_][\w-]{1,62}"
_TAG = r"(?:sha\d{1,3}|v\d[\w.]{0,20}|latest|next|alpha|beta|canary|stable)(?![\w-]|\.[^\W\d])"
"""What stands behind the "@" of a package or an image."""
_EMAIL = re.compile(rf"[\w.+%-]{{1,64}}(?:@|%40|&#64;)(?!{_TAG})(?:[\w-]{{1,63}}\.){{0,5}}{_TOP}")
_may_have_email = finder(r"@|%40|&#64;")
_AT = r"(?: {0,3}@ {0,3}| {0,3}[(\[{<] ?(?:at|ät|@) ?[)\]}>] {0,3}| at )"
_DOT = r"(?: {1,2}\. {0,2}|\.| {0,3}[(\[{<] ?(?:dot|punkt|point|punto|\.) ?[)\]}>] {0,3}| dot )"
_SPELT = re.compile(
    rf"(?<![\w.+%-])[\w.+%-]{{1,64}}{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,3}}{_DOT}{_TOP}(?!\w)",
    re.I,
)
_is_spelt = re.compile(r"@|[(\[{<]| dot ", re.I).search
_may_be_spelt = finder(r"(?i)@|\bat\b|[(\[{<] ?ät")
_PHONE = re.compile(
    r"\b(?:tel\w{0,12}|(?:tele)?phone|mobile?|cell|handy|fax|whatsapp|call(?: me)?"
    r"|(?:reach|text|ring) (?:me|us)|cellulare|móvil|portable"
    r"|sms|my number|rückruf|appelez|llam\w{1,6}|chiam\w{1,6}|bel)"
    r"(?:[\s:.,+('’-]|\b(?:is|s|lautet|es|è|me|at|on|number|no|nr|unter|an|ist|au|al|op|under)\b){1,12}"
    r"(\d[\d ()./-]{4,20}\d)(?!\w)",
    re.I,
)
_may_have_phone = finder(r"\d[\d ()./-]{5}")
_IBAN = re.compile(
    r"\b[A-Z]{2}\d{2}(?:[\s.-]{0,3}[A-Z0-9]{4}){2,7}(?:[\s.-]{0,3}[A-Z0-9]{1,3})?\b", re.I
)
_may_have_iban = finder(r"[A-Za-z]{2}\d{2}[\s.-]{0,3}[A-Za-z0-9]{4}")
_MOST_WORDS_BEHIND = 4
"""Words of four letters behind an account's number that look like part of it."""


def emails(text: str) -> Iterator[Span]:
    """Yield the places of e-mail addresses, those without a top-level domain included."""
    for match in _EMAIL.finditer(text) if _may_have_email(text) else ():
        yield match.span()
    for match in _SPELT.finditer(text) if _may_be_spelt(text) else ():
        if _is_spelt(match[0]):
            yield match.span()


def phones(text: str) -> Iterator[Span]:
    """Yield the places of telephone numbers that are called so."""
    for match in _PHONE.finditer(without_lookalikes(text)) if _may_have_phone(text) else ():
        yield match.span(1)


def ibans(text: str) -> Iterator[Span]:
    """Yield the places of IBANs by their check digits."""
    for match in _IBAN.finditer(text) if _may_have_iban(text) else ():
        groups = re.findall(r"\w+", match[0])
        for most in range(len(groups), max(0, len(groups) - _MOST_WORDS_BEHIND), -1):
            if iban.is_valid("".join(groups[:most]), check_country=False):
                yield match.span()
                break
