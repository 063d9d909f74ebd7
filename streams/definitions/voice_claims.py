"""
What no phrase and no brand's name may say, in any language.

In: a text of the operator's voice, and its language. Out: why it cannot stand in a draft. Phrases
are never compared with articles, so they claim nothing; and no phrase is let in that would keep
each draft from passing: markup, what nobody sees, what the included policy refuses.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from streams.definitions.policy_rules import load_policy
from streams.evidence.verification.addresses import foreign_addresses, has_mixed_letters
from streams.evidence.verification.form import markup_in
from streams.evidence.verification.quantities import quantities
from streams.text import personal_data
from streams.text.language import primary_language
from streams.text.patterns import Pattern
from streams.text.tables import table, words_of
from streams.text.words import words

_TABLE = table("voice_claims")
_SLOT = re.compile(r"\{\w*\}")
_STANDS_FOR_SLOT = "Kim"
_LIGHT_MARKUP = re.compile(
    r"(?<![\w*])\*[^\s*][^*]*\*(?![\w*])|(?<!\w)_[^\s_][^_]*_(?!\w)|__|~~|`|^\s{0,3}(?:#{1,6}|>)\s|\|"
)
"""Marks that a mail shows as they are. "Kolleg*innen" and "Kolleg_innen" have none."""
_UNSEEN = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0e\U000e0100-\U000e01ef]"
)
"""Letters and marks that leave a blank, or nothing, beside those that no printer has."""
_SEEN = "\n\u00a0\u202f\u3000"
_ODD_DOT = re.compile(r"(?<=\w)\s+\.\s*(?=\w)|(?<=[a-z0-9])[。｡](?=[a-z])", re.I)
"""A dot behind a blank, and that of Japanese between Latin letters: "evil . co"."""
_DOT = re.compile(r"\bdot\b|@|\bat\b", re.I)
_TIMES = frozenset(("s", "min", "h", "d", "w", "m", "y"))
_MONEY = frozenset(table("quantities")["money"]) | {"%"}
_UNLESS_FOR = frozenset(("deeds", "promises"))
_SPELLED = words_of(_TABLE["spelled_ends"])
_CONTACTS = {
    "email": "an e-mail address",
    "phone": "a telephone number",
    "iban": "an IBAN",
    "card": "a card number",
}


def phrase_fault(text: str, language: str) -> str | None:
    """Return why the phrase *text* cannot stand in a draft, and what to do; None if it can."""
    said = _SLOT.sub(_STANDS_FOR_SLOT, text)
    return _form_fault(said) or _claim_fault(said, language)


def name_fault(name: str) -> str | None:
    """Return why a brand cannot have this *name*, and what to do; None if it can."""
    if fault := _form_fault(name):
        return fault
    if _NOT_IN_NAMES.search(name):
        return "has a brace, a colon, a semicolon or a second line: give the brand's name alone"
    if _money(name):
        return "names an amount: give the brand's name alone"
    is_sentence = len(words(name)) > _LONGEST_NAME
    gives = _says("remedies", name) and (is_sentence or _says("granted", name))
    if is_sentence and _time(name):
        return "names a time: give the brand's name alone"
    if gives or _says("deeds", name) or _says("promises", name) or _refused_by_policy(name):
        return "promises something or says that it was done: give the brand's name alone"
    return None


_LONGEST_NAME = 3
"""Words of a name that may speak of money or hours: "24 Hour Fitness", "Money Back Bank"."""
_NOT_IN_NAMES = re.compile(r"[{};\n]|[:：](?:\s|$)")


def _form_fault(said: str) -> str | None:
    """Return what is wrong with how *said* is written."""
    if any(not c.isprintable() and c not in _SEEN for c in said) or _UNSEEN.search(said):
        return "has a character that nobody sees: delete it, and type the text anew"
    plain = unicodedata.normalize("NFKC", said)
    if re.search(r"[\[\]<>]", plain):
        return "has a bracket, which would be read as a citation or markup: leave it out"
    if markup_in(plain) or _LIGHT_MARKUP.search(plain):
        return "has markup, which a customer would see as signs: write plain text"
    if has_mixed_letters(said):
        return "mixes letters of two scripts that look alike: type the word in one script"
    if _has_address(said) or re.search(r"@\w", plain):
        return "has an address or a bare domain, which reads as a link: leave it out"
    contact = next(personal_data.find(said), None)
    return f"has {_CONTACTS[contact.kind]}: leave it out" if contact else None


def _has_address(said: str) -> bool:
    """Return whether *said* names an address; "to the point" has none, though it spells a dot."""
    joined = _ODD_DOT.sub(".", said)
    found = (joined[begin:end].casefold() for begin, end in foreign_addresses(joined, ()))
    return any(
        " " not in one or one.split()[-1].strip(".,!?") in _SPELLED or _DOT.search(one)
        for one in found
    )


def _claim_fault(said: str, language: str) -> str | None:
    """Return what *said* claims."""
    if _money(said, language):
        return "names an amount: leave it out; lines of articles bring amounts"
    if _time(said, language):
        return "names a time: leave it out; lines of articles bring times"
    if _says("remedies", said, language):
        return "speaks of money or of something free: leave it out; lines of articles say that"
    if _says("deeds", said, language):
        return "says that something was done, which is true of no ticket but one: leave it out"
    if _says("promises", said, language):
        return "promises something: leave it out, or say what a colleague will look at"
    if rule := _refused_by_policy(said):
        return f"is refused by the policy's rule {rule} in each draft: word it otherwise"
    return None


def _money(said: str, language: str = "en") -> bool:
    return any(found.unit in _MONEY for found in quantities(said, primary_language(language)))


def _time(said: str, language: str = "en") -> bool:
    return any(found.unit in _TIMES for found in quantities(said, primary_language(language)))


def _refused_by_policy(said: str) -> str | None:
    """Return the rule of the included policy that keeps a draft with *said* from passing."""
    rules = load_policy().objections(said, "draft", "neutral")
    return next((rule.id for rule in rules if {"failed", "warning"} & {*rule.effects}), None)


def _says(kind: str, said: str, language: str | None = None) -> bool:
    """Return whether *said* has what the table calls *kind*, in English, or in its *language*."""
    plain = said.replace("’", "'")
    codes = {"en", primary_language(language)} if language else {*_TABLE[kind]}
    if kind in _UNLESS_FOR:
        for code in codes & {*_TABLE["unless"]}:
            plain = _exceptions(code).sub(" ", plain)
    return any(_pattern(kind, code).is_in(plain) for code in codes & {*_TABLE[kind]})


@cache
def _pattern(kind: str, code: str) -> Pattern:
    return Pattern(*_TABLE[kind][code], flags="(?i)")


@cache
def _exceptions(code: str) -> re.Pattern[str]:
    return re.compile("|".join(_TABLE["unless"][code]), re.I)
