"""A block of an article."""

from __future__ import annotations

from streams.evidence.block import Block, ListEntry


def test_a_block_stands_in_no_list_unless_it_says_so() -> None:
    """
    A paragraph has no mark; an entry of bullets has no number.
    """
    block = Block("paragraph", "Text.")

    assert (block.prefix, block.entries, block.begins_entry, block.row) == ("", (), False, None)
    assert ListEntry(list_id=1, place=0).number == 0
