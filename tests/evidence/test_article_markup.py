"""What a browser shows of an article's markup."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag

from streams.evidence.article_markup import (
    clean,
    code_text,
    inline_text,
    is_block,
    is_hidden,
    markup_tree,
    shown_lines,
    visible,
)


def tag(html: str) -> Tag:
    """Return the first tag of *html*."""
    found = BeautifulSoup(html, "lxml").find(html[1:].split(">")[0].split(" ")[0])
    assert isinstance(found, Tag)
    return found


@pytest.mark.parametrize(
    ("body", "name", "text"),
    [
        ("# A\n\nText.", "body", "A"),
        ("<html><body><nav>Menu</nav><main><p>Text.</p></main></body></html>", "main", "Text."),
        ("<p>x</p><article><p>Text.</p></article>", "article", "Text."),
    ],
)
def test_the_tree_is_that_of_the_article(body: str, name: str, text: str) -> None:
    """
    Markdown and HTML have the same tree; what surrounds an article is left out.
    """
    with markup_tree(body) as root:
        assert root is not None
        assert root.name == name
        assert shown_lines(root)[0] == text


def test_nothing_has_no_tree() -> None:
    """
    A body that shows nothing has no part that is the article.
    """
    with markup_tree(" ") as root:
        assert root is None


def test_code_keeps_its_lines_and_shows_nothing_hidden() -> None:
    """
    Indentation and empty lines of code stay, and what is hidden in it is not shown.
    """
    html = "<pre>\n\na = 1\n\n  b\u200b = 2 \n<span hidden>secret</span><!-- secret --></pre>"

    assert code_text(tag(html)) == "a = 1\n\n  b = 2"


def test_a_line_of_text() -> None:
    """
    Blanks are one, a break is a line's end, a picture is what is said about it.
    """
    shown = inline_text(tag('<p>A  <b>b</b>\nc<br>d<img alt="e"><i hidden>x</i></p>'))

    assert shown == "A b c\nd e "


def test_invisible_characters_are_no_text() -> None:
    """
    They are dropped, but for those that join letters of some scripts.
    """
    assert visible("a\u200bb\u200dc") == "ab\u200dc"
    assert clean(" a\u00ad \n b ") == "a b"


def test_what_stands_by_itself() -> None:
    """
    A span that holds a paragraph is a block as well.
    """
    assert is_block(tag("<div>x</div>"))
    assert is_block(tag("<span><table><tr><td>x</td></tr></table></span>"))
    assert not is_block(tag("<span>x</span>"))


@pytest.mark.parametrize("style", ["display: none", "OPACITY:0", "font-size: 0px"])
def test_what_a_style_hides(style: str) -> None:
    """
    Hidden is what a browser does not draw, however the style is written.
    """
    assert is_hidden(tag(f'<p style="{style}">x</p>'))
    assert not is_hidden(tag('<p style="opacity:0.5">x</p>'))
