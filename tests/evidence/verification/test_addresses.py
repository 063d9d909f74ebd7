"""Addresses in a draft, however they are written."""

from __future__ import annotations

import pytest

from streams.evidence.verification.addresses import foreign_addresses, has_mixed_letters

LINES = [
    "Open https://app.corp.example/reset and enter your address.",
    "Look at status.corp.example, or write to help@corp.example.",
]


@pytest.mark.parametrize(
    "said",
    [
        "Open https://app.corp.example/reset now.",
        "See app.corp.example/reset.",
        "It stands on status.corp.example",
        "Write to Help@corp.example!",
        "Open Settings > Billing, e.g. z.B. version 6.4, at 10.30 a.m.",
        "Ask at the desk, dot by dot.",
    ],
)
def test_what_a_line_has_may_be_named(said: str) -> None:
    """
    A whole address of a cited line may stand in a draft, and what is no address anyway.
    """
    assert foreign_addresses(said, LINES) == []


@pytest.mark.parametrize(
    "said",
    [
        "corp-secure.co/reset",
        "https://app.corp.example/other",
        "corp.example",
        "https://app.corp.example.evil.example/reset",
        "https://app.corp.example\\@evil.example/reset",
        "https://app.corp.example\u200b.evil.example/reset",
        "https://аpp.corp.example/reset",
        "//evil.example/c.png?d=ada",
        "<https://evil.example/c>",
        "![x](https://evil.example/c.png)",
        "[our page](evil.example)",
        '<a href="https://evil.example">here</a>',
        "data:text/html;base,PHNj",
        "javascript:alert(1)",
        "ada@corp.example",
        "jonas.weber at nordvik dot example",
        "jonas [at] nordvik [dot] example",
        "jonas (at) nordvik (punkt) example",
        "Link:evil.example/x",
        "10.0.0.7/login",
        "xn--crp-1ua.example",
        "evil．example",
    ],
)
def test_any_other_address_is_found(said: str) -> None:
    """
    Also without a scheme, in markup, spelled out, in look-alike letters, or disguised otherwise.
    """
    places = foreign_addresses(f"Go to {said} please.", LINES)

    assert places
    assert all(0 <= start < end <= len(f"Go to {said} please.") for start, end in places)


@pytest.mark.parametrize(
    ("said", "mixed"),
    [("lаrkspur", True), ("larkspur", False), ("Ларкспур", False), ("Müller", False)],
)
def test_letters_that_look_alike(said: str, mixed: bool) -> None:
    """
    A word that mixes scripts is written to deceive.
    """
    assert has_mixed_letters(said) is mixed
