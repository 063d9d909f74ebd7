"""
How a draft greets and closes: fixed phrases, by tone and by the customer's language.

Nothing of a model stands here, and of the customer the checked name alone. `says_more` tells
whether a greeting or a closing, whoever wrote it, is more than that.
"""

from __future__ import annotations

from functools import cache

from streams.text import person_names
from streams.text.pleasantries import without_pleasantries
from streams.text.sentences import sentences
from streams.text.tables import table

_TITLED = frozenset(("Dr", "Prof", "Mr", "Mrs", "Ms", "Mx"))
_TABLE = table("salutation")
_GREETINGS, _CLOSINGS = _TABLE["greetings"], _TABLE["closings"]
_SIGNATURE = "Support Team"


def greeting(name: str | None, tone: str, *, language: str = "en") -> str:
    """Return the greeting of a customer of this *name*; in English where we lack *language*."""
    spoken = _primary(language)
    if spoken not in _GREETINGS:
        return person_names.english_greeting(name, word="Dear" if tone == "formal" else "Hi")
    lines: dict[str, str] = _GREETINGS[spoken]
    called = person_names.address(name)
    if not called or called.split()[0].rstrip(".") in _TITLED:
        return lines["nameless"]
    return lines["named"].format(called)


def closing(tone: str, *, language: str = "en") -> str:
    """Return the closing line and the signature; in English where we lack *language*."""
    lines = _CLOSINGS.get(_primary(language), _CLOSINGS["en"])
    return f"{lines.get(tone, lines['any'])}\n{_SIGNATURE}"


def says_more(part: str, names: tuple[str, ...]) -> bool:
    """
    Return whether a draft's greeting or closing is more than one of our phrases and politeness.

    Args:
        names: by which the customer may be called.
    """
    lines = [line.strip() for line in part.splitlines()]
    left = [line for line in lines if line and not _is_ours(line, names)]
    return any(without_pleasantries(said, names) for said in sentences("\n".join(left)))


def _is_ours(line: str, names: tuple[str, ...]) -> bool:
    named = {lines["named"].format(name) for lines in _GREETINGS.values() for name in names}
    return line in _fixed() or line in named


@cache
def _fixed() -> frozenset[str]:
    """Return the lines that name nobody."""
    closings = (line for lines in _CLOSINGS.values() for line in lines.values())
    return frozenset(
        ("Hello,", _SIGNATURE, *closings, *(g["nameless"] for g in _GREETINGS.values()))
    )


def _primary(language: str) -> str:
    """Return the language of a tag: `pt` of `pt-BR`."""
    return language.replace("_", "-").split("-")[0].lower()
