"""A message as paragraphs and items."""

from __future__ import annotations

from streams.reading.message_blocks import MessageBlock, blocks_of


def test_paragraphs_and_items() -> None:
    """
    Items of lists are known by their marks, which they lose; so do headings.
    """
    text = "## Limits\nTwo things:\n1) the first\n- the second\n\nThanks"

    assert [*blocks_of(text)] == [
        MessageBlock("Limits"),
        MessageBlock("Two things:"),
        MessageBlock("the first", is_item=True),
        MessageBlock("the second", is_item=True),
        MessageBlock("Thanks"),
    ]


def test_a_wrapped_sentence_is_whole() -> None:
    """
    What a mail program broke into lines is one paragraph; short lines stay apart.
    """
    text = (
        "Can the events of the whole last night be sent again\nor are they gone?\nSamir\nNorthbeam"
    )

    assert [b.text for b in blocks_of(text)] == [
        "Can the events of the whole last night be sent again or are they gone?",
        "Samir",
        "Northbeam",
    ]


def test_code_and_quoted_lines_are_left_out() -> None:
    """
    What a machine or somebody else wrote is no paragraph.
    """
    text = "Before\n```\nwhy = None?\n```\n> Did you try it?\nAfter"

    assert [b.text for b in blocks_of(text)] == ["Before", "After"]
