"""
What of an article is never quoted: it is data, and some of it may be meant for a machine.

The words of it are in `text/tables/quotable.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable

from streams.evidence.links import leads_elsewhere, links
from streams.text.citations import cited
from streams.text.patterns import Pattern
from streams.text.tables import table


def is_safe(text: str, url: str) -> bool:
    """
    Return whether *text* of the article at *url* may stand in an answer.

    It may not if it speaks to a machine, is a placeholder, leads to another site, or would be
    read as a citation.
    """
    if cited(text) or "](" in text or _MACHINE.is_in(text) or _PLACEHOLDER.is_in(text):
        return False
    return not any(leads_elsewhere(link, url) for link in links(text))


def _any_of(by_language: dict[str, list[str]]) -> Pattern:
    return Pattern("(?i)" + "|".join(_alternatives(by_language.values())))


def _alternatives(lists: Iterable[list[str]]) -> Iterable[str]:
    return (line for lines in lists for line in lines)


_TABLE = table("quotable")
_MACHINE = _any_of(_TABLE["machine"])
_PLACEHOLDER = _any_of(_TABLE["placeholder"])
