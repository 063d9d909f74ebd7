"""The canonical text, and where its blocks stand."""

from __future__ import annotations

from hypothesis import given, settings

from streams.evidence.article_blocks import article_blocks
from streams.evidence.canonical import CanonicalText, laid_out
from tests.support.made_articles import MadeArticle, made_articles


def canonical(body: str, title: str = "Title") -> CanonicalText:
    """Return the canonical text of *body*."""
    return laid_out(article_blocks(body), title)


def test_blocks_are_a_line_each() -> None:
    """
    Headings are part of it, marks of lists too, and cells of a row stand apart.
    """
    text = canonical("# Title\n\nText.\n\n- one\n\n|a|b|\n|-|-|\n|c|d|").text

    assert text == "Title\nText.\n- one\na | b\nc | d"


@given(made=made_articles())
@settings(max_examples=100, deadline=None)
def test_a_block_stands_where_it_says(made: MadeArticle) -> None:
    """
    Spans of blocks and cells cut their texts out.
    """
    found = canonical(made.body)

    assert all(found.cut(laid.span) == laid.block.text for laid in found.blocks)
    assert all(found.cut(span) == cell.text for cell, span in found.cells.items())
    assert all(found.blocks[n].begin == begin for begin, n in found.index.items())


def test_headings_are_those_above() -> None:
    """
    A heading ends those of its level and below; one that repeats the title stands above nothing.
    """
    found = canonical("# Title\n\na\n\n## B\n\n### C\n\nc\n\n## D\n\nd")
    above = {laid.block.text: laid.headings for laid in found.blocks}

    assert above["a"] == ()
    assert above["c"] == ("B", "C")
    assert above["d"] == ("D",)
    sections = [laid.section for laid in found.blocks if laid.block.kind != "heading"]
    assert len(set(sections)) == 3


def test_what_an_accordion_heads_ends_with_it() -> None:
    """
    Text after it is not under its summary.
    """
    found = canonical("<details><summary>Why?</summary>So.</details><p>After.</p>")

    assert found.blocks[1].headings == ("Why?",)
    assert found.blocks[2].headings == ()
