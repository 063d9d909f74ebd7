"""Draft cases on one article, as files have them."""

from __future__ import annotations

from typing import Any

import pytest

Case = dict[str, Any]
PASSAGE = {
    "doc_id": "KB-1001",
    "title": "How a duplicate charge is returned",
    "text": "A duplicate charge is always returned in full. The money arrives 5 to 10 business days"
    " after the return was started.",
}


def a_case(body: str, **more: Any) -> Case:
    """Return a case whose draft says *body*; *more* replaces what is made up."""
    return {
        "kind": "made up",
        "must": "not passed",
        "ticket": {
            "raw_message": "We were charged twice. When is the duplicate charge returned?",
            "customer_name": "Dana Whitfield",
        },
        "passages": [PASSAGE],
        "answer": {
            "greeting": "Hello Dana,",
            "body": body,
            "closing": "Best regards,\nSupport Team",
        },
        **more,
    }


@pytest.fixture
def honest() -> Case:
    """Return a case whose draft is a sentence of its passage, word for word."""
    body = "A duplicate charge is always returned in full [KB-1001]."
    return a_case(body, id="honest-1", kind="honest", must="not failed")


@pytest.fixture
def wrong() -> Case:
    """Return a case whose draft has a number that no passage has."""
    return a_case("The money arrives within 95 minutes [KB-1001].", id="wrong-1", kind="number")
