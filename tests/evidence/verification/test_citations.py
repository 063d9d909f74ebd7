"""The documents that a draft cites or names."""

from __future__ import annotations

from typing import Any

import pytest

from streams.evidence.verification.citations import of_citations
from tests.support.drafts import a_drafted, a_passage

QUOTE = "A duplicate charge is always returned in full [KB-1001]."


@pytest.mark.parametrize(
    ("body", "more", "rules"),
    [
        (QUOTE, {}, []),
        (QUOTE.replace("1001", "9"), {}, ["unknown-citation", "citation-list", "unknown-document"]),
        (QUOTE, {"citations": ()}, ["citation-list"]),
        (QUOTE, {"closing": "Bye [KB-9]"}, ["unknown-citation", "unknown-document"]),
        (f"{QUOTE} It takes a day (KB-9999).", {}, ["unknown-document"]),
    ],
)
def test_citations(body: str, more: dict[str, Any], rules: list[str]) -> None:
    """
    A draft cites what was found, in our form, and the list beside it is the same.
    """
    found = of_citations(a_drafted(body, a_passage(), **more))

    assert [issue.rule for issue in found] == rules
