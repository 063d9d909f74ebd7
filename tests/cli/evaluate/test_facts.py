"""What a reply must say."""

from __future__ import annotations

import pytest

from streams.cli.evaluate.facts import finder_of, in_one_line, is_said

REPLY = "Hello,\n\nThe money arrives\n5 to 10  Business Days after that [KB-1]. Not in 130 days.\n"


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("5 to 10 business days", True),
        ("arrives 5 to 10", True),
        ("days after that. Not", True),
        ("30 days", False),
        ("KB-1", False),
        ("130 days", True),
        ("/[0-9]+ to 10 business/", True),
        ("/^hello, the money/", True),
        ("/refund|credit/", False),
        ("a+b", False),
    ],
)
def test_a_fact_is_said_or_not(fact: str, said: bool) -> None:
    """
    Words and expressions are found whatever the case and lines; a text is of whole words.
    """
    assert is_said(fact, REPLY) is said


@pytest.mark.parametrize("fact", ["", " ", "/(/", "/(?=x)/"])
def test_no_fact(fact: str) -> None:
    """
    An empty text and a broken expression are told before anything runs.
    """
    with pytest.raises(ValueError, match=r"."):
        finder_of(fact)


def test_one_line() -> None:
    """
    Lines and blanks are one blank each.
    """
    assert in_one_line(" a\n\n b\tc ") == "a b c"
