"""
Passwords, keys and tokens in a text, by their forms and by the words before them.

What is found by mistake is merely not sent to a model, so in doubt it counts as a secret. Texts
are `evened`. Every pattern is bounded, so that time grows with the length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from streams.text.patterns import finder
from streams.text.personal_data import Place

# Keys and tokens.

_FORMATS = re.compile(
    r"(?<![A-Za-z0-9])(?:sk-[\w-]{16,200}|[spr]k_(?:live|test)_\w{8,200}|gh[pousr]_\w{20,200}"
    r"|github_pat_\w{20,200}|glpat-[\w-]{16,100}|xox[a-z]-[\w-]{8,200}|A[KS]IA[0-9A-Z]{16}"
    r"|AIza[\w-]{30,60}|hf_\w{20,100}|npm_\w{20,100}|SG\.[\w-]{10,100}\.[\w-]{10,100}"
    r"|whsec_\w{16,100}|eyJ[\w-]{8,4000}\.[\w-]{8,8000}(?:\.[\w-]{0,2000})?)"
)
_may_have_format = finder(r"[a-z]{2}[_-]\w{4}|SG\.|A[KS]IA|eyJ|AIza")
_KEY_NAMES = (
    r"(?:api|access|secret|auth|private|client|session|refresh|bearer|webhook|signing|encryption"
    r"|licen[cs]e|recovery|activation)[ _-]?(?:key|token|secret|code)s?|apikey|token|secret|bearer"
    r"|authorization|schlüssel|clé|clave|chiave|sleutel|chave"
)
_IS = (
    r"(?:\s{0,4}(?:[:=]|->|=>|→)\s{0,4}"
    r"|[ ]+(?:is|was|are|ist|war|lautet|est|était|es|era|è|é|to|auf)(?:[ ]{0,2}:)?\s{1,4})"
)
_NAMED_KEY = re.compile(
    rf"(?<![A-Za-z])(?:{_KEY_NAMES})(?: [^\s:=]{{1,40}}){{0,4}}?(?:{_IS}|[ ]+)"
    r"(?:bearer |basic |token )?[\"'“`]?([\w.~+/=:-]{8,2000})",
    re.I,
)
_may_have_named_key = finder(rf"(?i)(?:{_KEY_NAMES})")
_IN_LINK = re.compile(
    r"[?&;](?:amp;)?[\w-]{0,20}(?:token|key|sig|signature|auth|code|password|secret|session|hash"
    r"|otp)[\w-]{0,10}=([^&\s\"'<>]{4,2000})|://([^\s/@]{1,200})@",
    re.I,
)
_may_have_link = finder(r"[?&;][\w-]+=|://[^\s/@]+@")
_LONG = re.compile(r"(?<![\w+=])[\w+=]{32,2000}")
_may_have_long = finder(r"[\w+=]{32}")


def keys(text: str) -> Iterator[Place]:
    """Yield the places of keys and tokens."""
    yield from _private_keys(text)
    for match in _FORMATS.finditer(text) if _may_have_format(text) else ():
        yield match.span()
    for match in _NAMED_KEY.finditer(text) if _may_have_named_key(text) else ():
        if _is_random(match[1]):
            yield match.span(1)
    for match in _IN_LINK.finditer(text) if _may_have_link(text) else ():
        yield match.span(match.lastindex or 0)
    for match in _LONG.finditer(text) if _may_have_long(text) else ():
        if _is_random(match[0]):
            yield match.span()


def _private_keys(text: str) -> Iterator[Place]:
    begin = text.find("-----BEGIN")
    while begin >= 0:
        end = text.find("-----END", begin)
        end = len(text) if end < 0 else end
        if "PRIVATE KEY" in text[begin : begin + 60]:
            yield begin, end
        begin = text.find("-----BEGIN", end)


def _is_random(value: str) -> bool:
    """Return whether *value* has letters and digits, as words and numbers have not."""
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value))


# Passwords.

_CALLED = (
    r"pass[ -]?(?:word|wort|code|phrase)s?|passwd|pwd|pw|pass|kennwort|mot de passe|contraseña"
    r"|wachtwoord|senha|palavra-passe|parola|pin(?:[ -]?(?:code|number))?|otp|(?:verification"
    r"|one[ -]time|login|2fa|security|bestätigungs|sms)[ -]?(?:code|password)"
)
_QUOTE = r"[\"“”„«»`‘’']"
_PASSWORD = re.compile(
    rf"(?<![^\W_])(?:{_CALLED})(?: [^\s:=]{{1,40}}){{0,4}}?{_IS}"
    rf"(?:{_QUOTE}(?P<quoted>[^\n]{{2,64}}?)(?={_QUOTE})|(?!//)(\S{{3,64}}))",
    re.I,
)
_may_have_password = finder(rf"(?i)(?:{_CALLED})")
_SIGNED = re.compile(r"\d|[^\w'’.,:;?!()-]|[^\W\d_]\W+\w|[a-zß-ÿ][A-Z]")
"""What words of a sentence have not."""
_ENDS = re.compile(r"[.,;!?)]*\s*(?:$|\n)|[.;!?]")
_NO_PASSWORDS = frozenset(
    """
    accepted again asked be been being blocked broken changed correct deleted denied different
    disabled empty expired expiring failing fine forgotten gone here ignored in incorrect invalid
    it its known lost missing mandatory me my needed never new no not nothing now ok okay old
    please rejected refused required reset right safe same saved sent set short shown stored
    strong the this too unknown unsafe updated valid wanted weak what when where why working wrong
    you your yes
    abgelaufen falsch gesperrt ungültig vergessen weg richtig nicht nötig
    erroné oublié expiré perdu invalide refusé bon faux
    incorrecta olvidada caducada errónea inválida
    errata scaduta sbagliata dimenticata persa
    fout verlopen vergeten onjuist ongeldig
    incorreta errada expirada esquecida
    """.split()  # noqa: SIM905
)
"""What is said of a password, and is none."""


def passwords(text: str) -> Iterator[Place]:
    """
    Yield the places of passwords: what is quoted, has a digit or a sign, or is the last word.

    "My password is wrong." says nothing secret, "my password is hunter" does.
    """
    for match in _PASSWORD.finditer(text) if _may_have_password(text) else ():
        if match["quoted"] or _is_password(match[2], text[match.end() : match.end() + 8]):
            yield match.span(match.lastindex or 0)


def _is_password(written: str, behind: str) -> bool:
    value = written.rstrip(".,;!?)")
    if _SIGNED.search(value):
        return True
    is_last = value != written or bool(_ENDS.match(behind))
    return is_last and value.casefold() not in _NO_PASSWORDS
