"""Subjects, with and without what mail programs and ticket systems put before them."""

from __future__ import annotations

import pytest

from tests.support.readings import PHRASES


@pytest.mark.parametrize(
    ("subject", "core"),
    [
        ("Export stops", "Export stops"),
        ("Re: Export stops", "Export stops"),
        ("RE[2]: AW: Fwd: Export", "Export"),
        ("Odp： [Ticket #123] Export", "Export"),
        ("[EXTERNAL] Antw: Export", "Export"),
        ("Res: Enc: Fatura", "Fatura"),
        ("Refund: when?", "Refund: when?"),
        ("[urgent] Export", "[urgent] Export"),
        ("Re:", ""),
    ],
)
def test_core(subject: str, core: str) -> None:
    """
    Marks of replies in many languages and tags of ticket systems go; the subject stays.
    """
    assert PHRASES.subjects.core(subject) == core


@pytest.mark.parametrize(
    ("subject", "is_forwarded"),
    [
        ("Fwd: Export", True),
        ("WG: Export", True),
        ("Re: Fwd: Export", True),
        ("Re: Export", False),
        ("Export fwd: me", False),
    ],
)
def test_forwarded(subject: str, is_forwarded: bool) -> None:
    """
    A mail that is passed on is told by what its subject begins with.
    """
    assert PHRASES.subjects.is_forwarded(subject) == is_forwarded
