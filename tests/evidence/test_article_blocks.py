"""From markup to blocks."""

from __future__ import annotations

from streams.evidence.article_blocks import article_blocks
from streams.evidence.block import Block


def blocks(body: str) -> list[tuple[str, str]]:
    """Return kind, and mark and text, of each block of *body*."""
    return [(b.kind, b.prefix + b.text) for b in article_blocks(body) if b.kind != "end"]


def test_markdown_and_html_have_the_same_blocks() -> None:
    """
    Headings, paragraphs, entries, rows and code are told apart, however they are written.
    """
    markdown = "# A\n\nText.\n\n1. One\n   - inner\n2. Two\n\n|a|b|\n|-|-|\n|c|d|\n\n    code"
    html = (
        "<h1>A</h1><p>Text.</p><ol><li>One<ul><li>inner</li></ul></li><li>Two</li></ol>"
        "<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table><pre>code</pre>"
    )

    assert (
        blocks(markdown)
        == blocks(html)
        == [
            ("heading", "A"),
            ("paragraph", "Text."),
            ("paragraph", "1. One"),
            ("paragraph", "  - inner"),
            ("paragraph", "2. Two"),
            ("row", "a | b"),
            ("row", "c | d"),
            ("code", "code"),
        ]
    )


def test_an_entry_knows_its_place() -> None:
    """
    Blocks of a list know list, place and number, the outer list's first.
    """
    found = article_blocks("3. One\n\n   More.\n   - inner\n4. Two")
    first, more, inner, second = found
    outer = [b.entries[0] for b in found]

    assert [(e.place, e.number) for e in outer] == [(0, 3), (0, 3), (0, 3), (1, 4)]
    assert len({e.list_id for e in outer}) == 1
    assert [b.begins_entry for b in (first, more, inner, second)] == [True, False, True, True]
    assert inner.entries[1].number == 0


def test_a_question_in_a_list_of_definitions_or_an_accordion_is_a_heading() -> None:
    """
    The forms of FAQ are read as headings with answers; what follows is not under them.
    """
    asked = "<dl><dt>Can I?</dt><dd>Yes.</dd></dl><p>After.</p>"
    closed = "<details><summary>Can I?</summary>Yes.</details><p>After.</p>"

    for body in (asked, closed):
        found = [(b.kind, b.text) for b in article_blocks(body)]
        assert found == [
            ("heading", "Can I?"),
            ("paragraph", "Yes."),
            ("end", ""),
            ("paragraph", "After."),
        ]


def test_a_term_and_its_meaning_are_a_row() -> None:
    """
    What a term means is not told without the term.
    """
    body = "<dl><dt>Seat</dt><dd>A place.<p>More.</p></dd><dt>Plan</dt></dl>"

    assert blocks(body) == [
        ("row", "Seat | A place."),
        ("paragraph", "More."),
        ("paragraph", "Plan"),
    ]


def test_a_group_in_a_table_is_a_heading_until_the_table_ends() -> None:
    """
    Rows stand under what groups them.
    """
    body = (
        "<table><caption>Sizes</caption><tr><th>a</th><th>b</th></tr><tr><td colspan=2>Old</td>"
        "</tr><tr><td>c</td><td>d</td></tr></table>"
    )

    assert [b.kind for b in article_blocks(body)] == [
        "paragraph",
        "row",
        "heading",
        "row",
        "end",
    ]


def test_a_page_nested_beyond_reason_is_lines() -> None:
    """
    No page is too deep to be read.
    """
    assert article_blocks("<div>" * 3_000 + "Text.") == [Block("paragraph", "Text.")]
