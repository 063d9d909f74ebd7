"""
How a draft greets and closes: fixed phrases, by tone and by the customer's language.

Nothing of a model stands here, and of the customer the checked name alone.
"""

from __future__ import annotations

from streams.text import person_names
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


def _primary(language: str) -> str:
    """Return the language of a tag: `pt` of `pt-BR`."""
    return language.replace("_", "-").split("-")[0].lower()
