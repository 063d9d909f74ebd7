"""Alternatives of wordings, and the terms that they share."""

from __future__ import annotations

import pytest

from streams.definitions.alternatives import mistakes


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"terms": {"it": ["b"]}, "says": {"en": ["a {it}"]}}, []),
        ({"says": {"en": ["a", "(b"]}}, [("says", "en", 1)]),
        ({"says": {"en": ["{it}"]}}, [("says", "en", 0)]),
        ({"terms": {"it": ["("]}, "says": {"en": ["{it}"]}}, [("terms", "it", 0)]),
        ({"terms": "none", "says": {"en": "plain words", "de": ["A"]}}, [("says", "de", 0)]),
        ({"others": {"en": ["("]}}, []),
    ],
)
def test_mistakes(given: dict[str, object], said: list[tuple[str, ...]]) -> None:
    """
    Each line that is no pattern is named by its place, once, in the fields that have patterns.
    """
    found = list(mistakes(given, "says"))

    assert [error.context and error.context["at"] for error in found] == said
