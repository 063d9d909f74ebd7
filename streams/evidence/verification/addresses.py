"""
Addresses in a draft: links, e-mail addresses, host names, however they are written.

A draft may name an address only if a line that it quotes or cites has just that address. What is
disguised (look-alike letters, invisible characters, a backslash, "name at host dot com") is read
as a reader's eye or browser would, and then has to stand in a line like any other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_EDGE = ".,;:!?)]}>\"'»”’"
_SCHEMES = "https?|ftp|mailto|tel|data|javascript|vbscript|file|sms|blob|wss?"
_ADDRESS = re.compile(
    rf"(?<![a-z0-9])(?:{_SCHEMES}):/*[^\s<>\"'|)\]]+"
    r"|(?:[a-z][a-z0-9+.-]{0,15}:)?//[^\s<>\"')\]]+"
    r"|[\w.+%-]+@[\w.-]+"
    r"|(?<![\w@.-])(?:[\w-]+\.)+(?:[^\W\d_]{2,}|xn--[\w-]+)(?![\w-])(?:[:/?#][^\s<>\"')\]]*)?"
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])(?:[:/][^\s<>\"')\]]*)?",
    re.I,
)
_AT = re.compile(
    r"\s*[\[({]\s*(?:at|ät|@|arroba|chez)\s*[\])}]\s*|(?<=[\w.-])\s+(?:at|ät|arroba)\s+(?=[\w-]+\s+(?:dot|punkt|point|punto|ponto)\s)",
    re.I,
)
_DOT = re.compile(
    r"\s*[\[({]\s*(?:dot|punkt|point|punto|ponto|\.)\s*[\])}]\s*|(?<=[\w-])\s+(?:dot|punkt|point|punto|ponto)\s+(?=\w)",
    re.I,
)
_INVISIBLE = frozenset(("Cf", "Cc", "Cs", "Co"))


def foreign_addresses(text: str, lines: Iterable[str]) -> list[tuple[int, int]]:
    """Return where *text* has an address that none of *lines* has, as (start, end)."""
    found = list(_places(text))
    if not found:
        return []
    known = {address for line in lines for _, _, address in _places(line)}
    return [(start, end) for start, end, address in found if address not in known]


def has_mixed_letters(text: str) -> bool:
    """Return whether a word of *text* mixes scripts whose letters look alike."""
    return any(len(_scripts(word)) > 1 for word in re.findall(r"[^\W\d_]+", text))


def _scripts(word: str) -> set[str]:
    if word.isascii():
        return {"LATIN"}
    named = {unicodedata.name(c, "?").partition(" ")[0] for c in word}
    return named & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}


def _places(text: str) -> list[tuple[int, int, str]]:
    """Return where addresses stand in *text*, each with its plain form."""
    plain, at = _seen(text)
    found = []
    for match in _ADDRESS.finditer(plain):
        written = match[0].rstrip(_EDGE)
        found.append((at[match.start()], at[match.start() + len(written)], _canonical(written)))
    return found


def _canonical(address: str) -> str:
    return re.sub(r"^https?://", "", address.casefold()).rstrip("/")


def _seen(text: str) -> tuple[str, list[int]]:
    """Return *text* as it is seen, and the place in *text* of each of its characters."""
    out: list[str] = []
    at: list[int] = []
    for n, character in enumerate(text):
        if unicodedata.category(character) in _INVISIBLE and character not in "\n\t\r":
            continue
        for seen in unicodedata.normalize("NFKC", character):
            out.append("/" if seen == "\\" else seen)
            at.append(n)
    plain = "".join(out)
    for pattern, sign in ((_AT, "@"), (_DOT, ".")):
        plain, at = _replaced(plain, at, pattern, sign)
    return plain, [*at, len(text)]


def _replaced(
    text: str, at: list[int], pattern: re.Pattern[str], sign: str
) -> tuple[str, list[int]]:
    out: list[str] = []
    places: list[int] = []
    last = 0
    for match in pattern.finditer(text):
        out += [text[last : match.start()], sign]
        places += [*at[last : match.start()], at[match.start()]]
        last = match.end()
    return "".join((*out, text[last:])), [*places, *at[last:]]
