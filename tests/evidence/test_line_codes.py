"""Codes of lines: easily told apart, dealt anew for each ticket, the same for the same one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.evidence.line_codes import CODES, EXAMPLE_CODES, deal
from streams.prompts import prompt_of


def test_codes_are_easily_told_apart() -> None:
    """
    Two characters; nothing that looks like something else, and nothing that spells a word.
    """
    assert len(CODES) == len(set(CODES)) >= 300
    assert {len(code) for code in CODES} == {2}
    assert not set("".join(CODES)) & set("AEIOUYQ01")
    seconds = {code[1] for code in CODES}
    assert not any(digit in seconds and letter in seconds for digit, letter in ("8B", "6G", "5S"))


@given(st.text(max_size=40), st.integers(0, 250))
def test_a_ticket_is_dealt_the_same_again(seed: str, n: int) -> None:
    """
    A retry shows a model the same codes; all of a ticket's are different.
    """
    codes = deal(n, seed)
    assert codes == deal(n, seed)
    assert len(set(codes)) == n
    assert set(codes) <= set(CODES)


@given(st.text(max_size=40), st.integers(2, 250))
def test_codes_do_not_count(seed: str, n: int) -> None:
    """
    The next code is never this one's successor: both characters are others.
    """
    codes = deal(n, seed)
    assert all(a[0] != b[0] and a[1] != b[1] for a, b in pairwise(codes))


def test_another_ticket_is_dealt_others() -> None:
    """
    A code of one ticket names nothing, or something else, in nearly every other ticket.
    """
    hands = [set(deal(20, f"ticket {n}")) for n in range(200)]
    shared = [len(a & b) for a, b in pairwise(hands)]
    assert sum(shared) / len(shared) < 3


def test_a_text_keeps_its_own_meaning() -> None:
    """
    What an article calls F5 or B2 is no line's code.
    """
    said = [code for code in CODES if code not in EXAMPLE_CODES][::2]
    codes = deal(400, "t", ["Press " + ", ".join(said) + "."])
    assert codes
    assert not set(codes) & set(said)


def test_there_are_no_more_codes_than_there_are() -> None:
    """
    More lines than codes get what there is; who deals leaves the last lines out.
    """
    assert len(deal(10_000, "t")) == len(CODES) - len(EXAMPLE_CODES)


@pytest.mark.parametrize("code", sorted(EXAMPLE_CODES))
def test_an_example_names_no_line(code: str) -> None:
    """
    Codes of the prompt's examples cannot exist in a ticket.
    """
    assert code in CODES
    assert all(code not in deal(400, f"ticket {n}") for n in range(50))


def test_the_prompt_uses_no_others() -> None:
    """
    Every code in the examples of the prompt is one of those.
    """
    text = prompt_of("pointing").text
    assert {word for word in CODES if f'"{word}"' in text or f"[{word}]" in text} <= EXAMPLE_CODES
