"""
How the LLM server of our tests points at lines that are known to be right for a ticket.

What is right of a ticket: `message`, words by which it is known; `kind`, `queries`, and `lines`: by
words of a question, how the lines begin that answer it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.support.llm_points import QUESTIONS, offered

Json = dict[str, Any]
_CALM = {"sentiment": "neutral", "confidence": 0.95}


def known(given: Json, rights: Sequence[Json]) -> Json | None:
    """Return which of *rights* is that of the ticket in *given*; None if there is none."""
    text = str((given.get("ticket") or {}).get("text") or "")
    return next((one for one in rights if one["message"] in text), None)


def known_triage(said: Json, right: Json, kinds: Sequence[str]) -> Json:
    """Return *said* with what is *right*, as far as the taxonomy has it."""
    kind = right["kind"] if right["kind"] in kinds else said["kind_of_problem"]
    return said | {"kind_of_problem": kind, "queries": right["queries"]} | _CALM


def known_pointing(given: Json, right: Json) -> Json:
    """Return the codes of the lines that are *right*, for each question."""
    asked = given.get("questions") or {}
    lines = offered(given.get("lines") or "")
    return {
        name: {"lines": [one.code for one in lines if _answers(one.text, asked[name], right)]}
        if name in asked
        else None
        for name in QUESTIONS
    }


def _answers(line: str, question: str, right: Json) -> bool:
    text = line.lstrip("-0123456789. ")
    return any(
        words in question and text.startswith(tuple(begins))
        for words, begins in right["lines"].items()
    )
