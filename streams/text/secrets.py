"""
Keys and tokens in a text, by their forms and by the words before them.

What is found by mistake is merely not sent to a model, so in doubt it counts as a secret. Texts
are `evened`. Every pattern is bounded, so that time grows with the length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from streams.text.patterns import finder
from streams.text.personal_data import Span

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
_TAGS = r"(?:</?[a-z]{1,6}(?: [^<>]{0,80})?>\s{0,3}){1,4}"
SIGN = rf"{_CLOSE}(?:>|\s{{0,4}}(?:[:=|]|->|=>|→|{_TAGS}))[*_ ]{{0,3}}\s{{0,4}}"
IS = (
    rf"(?:{SIGN}"
    r"|[ ]+(?:is|was|are|ist|war|lautet|est|était|es|era|è|é|to|auf)(?:[ ]{0,2}:)?\s{1,4})"
)
"""What joins a name and its value: a sign, or "is"."""
_NAMED_KEY = re.compile(
    rf"(?<![A-Za-z])(?:{_KEY_NAMES})(?P<words>(?: [^\s:=]{{1,40}}){{0,4}}?)(?:(?P<sign>{IS})|[ ]+)"
    r"(?:bearer |basic |token |[*•-] )?[\"'“`]?"
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
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,}={0,2}")
_may_have_base64 = finder(r"[A-Za-z0-9+/_-]{32}")
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_WORDLIKE = 3.6
"""Letters in a piece of what people name, on average; less in what a machine drew."""
_NEXT = re.compile(
    r"[ \n]{0,3}(?:[,;/|]|\band\b|\n[*•-])[ \n]{0,3}"
    r"((?=[^\s\d]{0,40}\d)(?=[^\sA-Za-z]{0,40}[A-Za-z])(?!(?-i:[A-Z]{1,8}[_-]\d))[\w.~+/=-]{8,})"
)
_MOST_IN_A_LIST = 40


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
            yield from followers(_NEXT, text, value[1])
    for match in _BEARER.finditer(text) if _may_have_bearer(text) else ():
        yield match.span(match.lastindex or 0)
    for match in _OPTION.finditer(text) if _may_have_option(text) else ():
        yield match.span(1)
    for match in _IN_LINK.finditer(text) if _may_have_link(text) else ():
        yield match.span(match.lastindex or 0)
    for match in _LONG.finditer(text) if _may_have_long(text) else ():
        if _is_random(match[0]):
            yield match.span()
    for match in _BASE64.finditer(text) if _may_have_base64(text) else ():
        if _is_drawn(match[0]):
            yield match.span()


def followers(pattern: re.Pattern[str], text: str, begin: int) -> Iterator[Span]:
    """Yield the places of what *pattern* finds, one right behind the other from *begin* on."""
    for _ in range(_MOST_IN_A_LIST):
        if not (match := pattern.match(text, begin)):
            return
        yield match.span(1)
        begin = match.end()


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


def _is_drawn(value: str) -> bool:
    """Return whether *value* mixes letters and digits as a drawn key does, and no path of files."""
    pieces = _PIECE.findall(value)
    kinds = (str.isdigit, str.islower, str.isupper)
    mixed = all(any(map(is_kind, value)) for is_kind in kinds)
    return mixed and sum(map(len, pieces)) < _WORDLIKE * len(pieces)
