"""The form of a draft."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import AnswerDraft
from streams.evidence.verification.form import MOST_CHARACTERS, of_form
from streams.evidence.verification.sentences import sentences_of


def _rules(body: str = "It is so [A].", quoted: bool = False, **parts: str) -> list[str]:
    draft = AnswerDraft(**{"greeting": "Hi,", "closing": "Bye", **parts}, body=body)
    said = sentences_of(draft)
    lines = [s for s in said if s.part == "body"] if quoted else []
    return [issue.rule for issue in of_form(draft, said, lines)]


def test_a_plain_draft() -> None:
    """
    Plain sentences, lists and paths through menus have nothing wrong with their form.
    """
    assert (
        _rules("Open A > B [A].\n\n- It's 5 < 6 & more [A].\n- «So» it is – fine 👩‍💻 [A].") == []
    )


@pytest.mark.parametrize("body", ["", " \n ", "[A]", "[A][B].", "...", "- "])
def test_a_draft_that_says_nothing(body: str) -> None:
    """
    A body without a word is no draft.
    """
    assert _rules(body)[0] == "empty-draft"


@pytest.mark.parametrize(
    "text",
    [
        "<b>So</b>",
        "<img src=x onerror=alert(1)>",
        "< script>alert(1)</script>",
        "<!-- a -->",
        "&lt;script&gt;",
        "&#x6a;avascript",
        "[here](evil)",
        "![x] (//a)",
        "[here]: evil",
        "javascript:alert(1)",
        "data:text/html;base64,AA",
        "**so**",
        "```so```",
        "~~5~~",
        "5\u0338",
        "5\u20e3",
        "1⁵",
        "{{name}}",
        "${name}",
        "<|system|>",
    ],
)
@pytest.mark.parametrize("part", ["greeting", "body", "closing"])
def test_markup_fails(text: str, part: str) -> None:
    """
    Tags, entities, links and pictures in markup fail in every part of a draft.
    """
    more: dict[str, Any] = {part: f"It is {text} so"}

    assert "markup" in _rules(**more)


def test_markup_of_a_line_is_quoted() -> None:
    """
    What an article shows as an example may be quoted.
    """
    assert "markup" not in _rules("Put <b>it</b> here [A].", quoted=True)


@pytest.mark.parametrize("sign", ["\u200b", "\u202e", "\u2066", "\x00", "\x1b", "\u00ad", "\ufeff"])
def test_characters_that_nobody_sees_fail(sign: str) -> None:
    """
    Invisible characters say something to a program that the reader does not see.
    """
    assert "control-character" in _rules(f"It {sign}is so.")
    assert "control-character" in _rules(greeting=f"{sign}Hi,")


def test_a_draft_that_is_too_long_or_says_things_twice() -> None:
    """
    Nobody reads more than a page, or the same thing twice.
    """
    lines = [f"It is so {n} times [A]." for n in range(13)]

    assert _rules("\n".join(lines), quoted=True) == ["too-long"]
    assert _rules("x" * (MOST_CHARACTERS + 1)) == ["too-long"]
    assert "repeated" in _rules("It is so [A].\nIt is so [A].")
    assert "greeting-or-closing" in _rules(closing="Thanks. " * 100)
