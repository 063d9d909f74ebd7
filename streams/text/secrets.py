"""
Passwords, keys and tokens in a text, by their forms and by the words before them.

What is found by mistake is merely not sent to a model, so in doubt it counts as a secret. Texts
are `evened`. Every pattern is bounded, so that time grows with the length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from streams.text.patterns import finder
from streams.text.personal_data import Span

# Keys and tokens.

_PRIVATE_KEY = re.compile(r"-{2,5} ?BEGIN[\w ]{0,40}PRIVATE KEY")
_FORMATS = re.compile(
    r"(?<![A-Za-z0-9])(?:sk-[\w-]{16,}|[spr]k_(?:live|test)_\w{8,}|gh[pousr]_\w{20,}"
    r"|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{8,}|A[KS]IA[0-9A-Z]{16}"
    r"|AIza[\w-]{30,}|hf_\w{20,}|npm_\w{20,}|SG\.[\w-]{10,100}\.[\w-]{10,}"
    r"|whsec_\w{16,}|eyJ[\w-]{8,4000}\.[\w-]{8,}(?:\.[\w-]*)?)"
)
_may_have_format = finder(r"[a-z]{2}[_-]\w{4}|SG\.|A[KS]IA|eyJ|AIza")
_KEY_NAMES = (
    r"(?:api|access|secret|auth|private|client|session|refresh|bearer|webhook|signing|encryption"
    r"|licen[cs]e|recovery|activation)[ _-]?(?:access[ _-]?)?(?:key|token|secret|code)s?|apikey"
    r"|token|secret|bearer|authorization|schlüssel|clé|clave|chiave|sleutel|chave"
)
_CLOSE = r"[\"'“”`*_)\]]{0,4}"
"""What ends a name in JSON, Markdown or code."""
_TAGS = r"(?:</?[a-z]{1,6}>\s{0,3}){1,4}"
_SIGN = rf"{_CLOSE}(?:>|\s{{0,4}}(?:[:=|]|->|=>|→|{_TAGS}))[*_ ]{{0,3}}\s{{0,4}}"
_IS = (
    rf"(?:{_SIGN}"
    r"|[ ]+(?:is|was|are|ist|war|lautet|est|était|es|era|è|é|to|auf)(?:[ ]{0,2}:)?\s{1,4})"
)
_NAMED_KEY = re.compile(
    rf"(?<![A-Za-z])(?:{_KEY_NAMES})(?P<words>(?: [^\s:=]{{1,40}}){{0,4}}?)(?:(?P<sign>{_IS})|[ ]+)"
    r"(?:bearer |basic |token )?[\"'“`]?"
    r"(?=[^\s\d]{0,200}\d)(?=[^\sA-Za-z]{0,200}[A-Za-z])([\w.~+/=:-]{8,})",
    re.I,
)
_may_have_named_key = finder(rf"(?i)(?:{_KEY_NAMES})")
_OF_AN_ERROR = re.compile(
    r"\b(?:errors?|fail(?:s|ed|ing)?|rejected|refused|expire[sd]?|status|since|version|order"
    r"|fehler|http\S*|limit|abgelaufen|erreur)\b",
    re.I,
)
"""Said between a key's name and what is none: an error's code, a date."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.Z+-]*)?$")
_BEARER = re.compile(
    r"\b(?:(?:authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:basic|bearer|token|digest)?"
    r"|bearer)[ ]+([\w.~+/=-]{16,}|(?=[^\s\d]{0,20}\d)(?=[^\sA-Za-z]{0,20}[A-Za-z])[\w.~+/=-]{6,})"
    r"|(?:set-)?cookie2?\s{0,3}[:=]\s{0,3}([^\n]{4,}))",
    re.I,
)
_may_have_bearer = finder(r"(?i)bearer|authorization|cookie")
_OPTION = re.compile(
    r"(?<!\S)(?:--?(?:[a-z]{1,20}-)?(?:password|passwd|pass|token|api-?key|secret)[ =]\s{0,3}"
    r"|(?:-u|--user|--proxy-user)[ =]?\s{0,3}(?=[^\s:]{1,100}:))([\"']?[^\s]{3,})",
    re.I,
)
_may_have_option = finder(r"(?i)-(?:[a-z]{1,20}-)?(?:pass|token|api|secret|u|proxy)")
_IN_LINK = re.compile(
    r"[?&;](?:amp;)?[\w-]{0,20}(?:token|key|sig|signature|auth|code|password|secret|session|hash"
    r"|otp)[\w-]{0,10}=([^&\s\"'<>]{4,})|://([^\s/@]{1,200})@",
    re.I,
)
_may_have_link = finder(r"[?&;][\w-]+=|://[^\s/@]+@")
_LONG = re.compile(r"(?<![\w+=])[\w+=]{32,}")
_may_have_long = finder(r"[\w+=]{32}")


def keys(text: str) -> Iterator[Span]:
    """Yield the places of keys and tokens."""
    yield from _private_keys(text)
    for match in _FORMATS.finditer(text) if _may_have_format(text) else ():
        yield match.span()
    for match in _NAMED_KEY.finditer(text) if _may_have_named_key(text) else ():
        value = match.span(match.lastindex or 0)
        is_far = not match["sign"] and match["words"].count(" ") > 1
        if not (is_far or _OF_AN_ERROR.search(match["words"]) or _MOMENT.match(text, *value)):
            yield value
    for match in _BEARER.finditer(text) if _may_have_bearer(text) else ():
        yield match.span(match.lastindex or 0)
    for match in _OPTION.finditer(text) if _may_have_option(text) else ():
        yield match.span(1)
    for match in _IN_LINK.finditer(text) if _may_have_link(text) else ():
        yield match.span(match.lastindex or 0)
    for match in _LONG.finditer(text) if _may_have_long(text) else ():
        if _is_random(match[0]):
            yield match.span()


def _private_keys(text: str) -> Iterator[Span]:
    done = 0
    for match in _PRIVATE_KEY.finditer(text) if "PRIVATE KEY" in text else ():
        if match.start() >= done:
            done = text.find("-----END", match.end())
            done = len(text) if done < 0 else done
            yield match.start(), done


def _is_random(value: str) -> bool:
    """Return whether *value* has letters and digits, as words and numbers have not."""
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value))


# Passwords.

_CALLED = (
    r"pass[ _-]?(?:word|wort|code|phrase)s?|passwd|pwd|pw|pass|kennwort|zugangscode"
    r"|mot de passe|mdp|contraseña|wachtwoord|senha|palavra[ -]passe|parola|hasło|lösenord"
    r"|adgangskode|passord|salasana|şifre|heslo|пароль|パスワード|密码|비밀번호"
    r"|pin(?:[ -]?(?:code|number))?|otp"
    r"|(?:verification|one[ -]time|login|2fa|security|bestätigungs|sms)[ -]?(?:code|password)"
)
_NAME_BEGINS = r"(?:(?<![^\W_])|(?<=(?-i:[a-z]))(?=(?-i:P)))"
_QUOTE = r"[\"“”„«»`‘’']"
_SET = r"(?:[ ]+(?:is|was|has|have|been|will|got|reset|changed|set|updated|wurde|now|jetzt)){0,4}"
_PASSWORD = re.compile(
    rf"{_NAME_BEGINS}(?:{_CALLED})(?:{_SET}[ ]+(?:to|auf|be)[ ]+"
    rf"|(?: [^\s:=]{{1,40}}){{0,4}}?{_IS})"
    rf"(?:(?<=>)(?P<tagged>[^<>\n]{{1,64}})(?=</)"
    rf"|{_QUOTE}(?P<quoted>[^\n]{{2,64}}?)(?={_QUOTE})|(?!//)(\S{{3,}}))",
    re.I,
)
_MEANT = (
    r"(?:[ ]+(?:\([^()\n]{1,20}\)|is|was|now|really|new|reset|changed|set|will|be|with|called"
    r"|namens|to|from|von))"
)
_STRICT = (
    r"(?=[^\s\d]{0,40}\d)(?=[^\s A-Za-z]{0,40}[A-Za-z])"
    r"(?!v\d|\d+(?:days?|h|min|x|st|nd|rd|th|[kmg]b|tage?)\b|(?-i:[A-Z]{1,8}[_-]\d))"
)
"""Letters and digits, but no version, quantity or code of an error."""
_IN_PROSE = re.compile(
    rf"{_NAME_BEGINS}(?:(?:{_CALLED})(?:['’]s)?{_MEANT}{{0,4}}\s{{1,3}}{_QUOTE}?{_STRICT}(\S{{5,}})"
    r"|(?:pin|otp|(?:verification|one[ -]time|login|2fa|security|bestätigungs|sms)[ -]?code)"
    r"(?:[ ]?#)?[ :]{1,3}(\d{4,8})(?![\d.,]?\d))",
    re.I,
)
_BEFORE_ITS_NAME = re.compile(
    rf"(?<!\S)(?:{_STRICT}(\S{{5,64}})|(\d{{4,8}}))[ ](?:is|as|ist|als)[ ]"
    rf"(?:my|our|the|mein|unser|das|der)[ ](?:new[ ]|old[ ]|neues[ ])?(?:{_CALLED})\b",
    re.I,
)
_CHANGED = re.compile(
    rf"{_NAME_BEGINS}(?:{_CALLED}){_SET}[ ]+(?:from|von|de)[ ]+(\S{{3,64}})"
    r"[ ]+(?:to|auf|in|a|à)[ ]+(\S{3,})",
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
    """.casefold().split()
)
"""What is said of a password, and is none."""


def passwords(text: str) -> Iterator[Span]:
    """
    Yield the places of passwords: what is quoted, has a digit or a sign, or is the last word.

    "My password is wrong." says nothing secret, "my password is hunter" does.
    """
    if not _may_have_password(text):
        return
    for match in _PASSWORD.finditer(text):
        name, value = match.lastgroup, match[match.lastindex or 0]
        if name or _is_password(value, text[match.end() : match.end() + 8]):
            yield match.span(match.lastindex or 0)
    for match in _IN_PROSE.finditer(text):
        yield match.span(match.lastindex or 0)
    for match in _BEFORE_ITS_NAME.finditer(text):
        yield match.span(match.lastindex or 0)
    for match in _CHANGED.finditer(text):
        if _SIGNED.search(match[1]) or _SIGNED.search(match[2].rstrip(".,;!?)")):
            yield match.span(1)
            yield match.span(2)


def _is_password(written: str, behind: str) -> bool:
    value = written.rstrip(".,;!?)")
    if _SIGNED.search(value):
        return True
    is_last = value != written or bool(_ENDS.match(behind))
    return is_last and value.casefold() not in _NO_PASSWORDS
