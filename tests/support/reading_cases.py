"""Inputs whose right reading is known, as files have them, and what becomes of them."""

from __future__ import annotations

from typing import Any

from streams.cli.evaluate.reading_case import ReadingCase, as_reading_case

ARTICLE = (
    "---\ndoc_id: ZZ-1\n---\n# Reset the Zebu meter\n\n1. Hold the Zebu button for 9 seconds.\n"
)
MESSAGE = "How do I reset the Zebu meter?"


def a_check(path: str = "reading.kind", op: str = "equals", value: Any = "question") -> Any:
    """Return a check, as files have it."""
    return {"path": path, "op": op, "value": value}


def a_reading(*checks: Any, **more: Any) -> dict[str, Any]:
    """Return a row whose input has a message, and *checks*; *more* replaces what is made up."""
    return {
        "kind": "made up",
        "seen_in": "nowhere",
        "input": {"raw_message": MESSAGE},
        "expected": list(checks or (a_check(),)),
        **more,
    }


def a_reading_case(*checks: Any, **more: Any) -> ReadingCase:
    """Return the case of such a row."""
    return as_reading_case(a_reading(*checks, **more), "case-1")


def with_article(content: str = ARTICLE, name: str = "zebu.md") -> dict[str, Any]:
    """Return an input with an article of its own."""
    return {"articles": {name: content}, "ticket": {"raw_message": MESSAGE}}
