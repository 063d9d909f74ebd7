"""Links in a text; `test_quotes.py` has whose links an article vouches for."""

from __future__ import annotations

import pytest

from streams.evidence.links import leads_elsewhere, links


def test_links_end_before_the_full_stop() -> None:
    """
    What ends the sentence is no part of the address.
    """
    assert links("See https://a.example/x. Or (www.b.example), or c.example.") == [
        "https://a.example/x",
        "www.b.example",
    ]


@pytest.mark.parametrize(
    ("link", "elsewhere"),
    [
        ("https://corp.example/x", False),
        ("https://evil.example/x", True),
        ("http://host:port", False),
        ("https://[broken", False),
    ],
)
def test_who_leads_elsewhere(link: str, elsewhere: bool) -> None:
    """
    A placeholder such as `http://host:port` names no host.
    """
    assert leads_elsewhere(link, "https://help.corp.example/a") is elsewhere
