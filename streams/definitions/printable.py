"""
Versions and names of an operator's files: nothing in them that nobody sees.

They come into results, logs and tables. There a control character moves the cursor, one of writing
direction reorders the line, and one without width makes two names look the same.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

_IN_NAMES = "\u00a0\u202f\u3000\u200c\u200d"
"""Blanks of other scripts, and what joins letters of Persian and Hindi, and emoji."""


def unprintable_at(text: str, *, but: str = "") -> int | None:
    """Return where the first character of *text* stands that is not printed, if one is, *but*."""
    return next((n for n, c in enumerate(text) if not c.isprintable() and c not in but), None)


def _version(given: str) -> str:
    return _seen(given, "")


def _name(given: str) -> str:
    return _seen(given, _IN_NAMES)


def _seen(given: str, but: str) -> str:
    if unprintable_at(given, but=but) is not None:
        raise ValueError("has a character that is not printed")
    if not given.strip(f" {but}"):
        raise ValueError("is blank")
    return given


PrintedVersion = Annotated[str, AfterValidator(_version)]
PrintedName = Annotated[str, AfterValidator(_name)]
"""As in a person's language: emoji and letters that are joined included."""
