"""Structure that an article's markup only implies."""

from __future__ import annotations

import pytest

from streams.evidence.article_blocks import article_blocks
from streams.evidence.block import INNER, Block
from streams.evidence.implied_structure import with_implied


def test_what_is_no_structure_stays() -> None:
    """
    Paragraphs that imply nothing are what they were.
    """
    found = [Block("paragraph", "One."), Block("paragraph", "- two")]

    assert with_implied(found) == found
    assert with_implied([]) == []


@pytest.mark.parametrize(
    ("body", "is_heading"),
    [
        ("**If you use Outlook**\n\nOpen it.", True),
        ("<p><strong>If you use Outlook</strong></p><ul><li>Open it.</li></ul>", True),
        ("**Never share it.**\n\nOpen it.", False),
        ("**Do this:**\n\n- Open it.", False),
        ("**Note** that it is open.\n\nOpen it.", False),
        ("**One**\n\n**Two**", False),
        ("Open it.\n\n**The end**", False),
        ("- **Android**\n- **iOS**", False),
        (f"**{'word ' * 30}**\n\nOpen it.", False),
    ],
)
def test_a_bold_paragraph_may_be_a_heading(body: str, is_heading: bool) -> None:
    """
    It is one if it is short, no sentence, and something stands under it.
    """
    assert any(b.kind == "heading" and b.level == INNER for b in article_blocks(body)) is is_heading


@pytest.mark.parametrize(
    ("body", "marks"),
    [
        ("<p>• One</p><p>• Two</p>", ["• ", "• "]),
        ("<div>1) One<br>2) Two<br>3) Three</div>", ["1) ", "2) ", "3) "]),
        ("<p>- One</p>", [""]),
        ("<p>1. One</p><p>3. Three</p>", ["", ""]),
        ("<p>2026. One</p><p>Text.</p>", ["", ""]),
    ],
)
def test_a_list_that_is_only_typed_is_a_list(body: str, marks: list[str]) -> None:
    """
    Marks at the begin of paragraphs make a list where more than one goes on.
    """
    assert [b.prefix for b in article_blocks(body)] == marks
