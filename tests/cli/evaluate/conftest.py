"""Draft cases on one article, as files have them."""

from __future__ import annotations

import pytest

from tests.support.evaluations import Case, a_case


@pytest.fixture
def honest() -> Case:
    """Return a case whose draft is a sentence of its passage, word for word."""
    body = "A duplicate charge is always returned in full [KB-1001]."
    return a_case(body, id="honest-1", kind="honest", must="not failed")


@pytest.fixture
def wrong() -> Case:
    """Return a case whose draft has a number that no passage has."""
    return a_case("The money arrives within 95 minutes [KB-1001].", id="wrong-1", kind="number")
